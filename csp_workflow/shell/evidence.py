"""Facts: recorded, verified, retracted; every open case that they concern gets its deadlines anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from csp_workflow.errors import BadPayload, Conflict, Duplicate, NotFound, TransitionRefused
from csp_workflow.model.actor import Actor, Role
from csp_workflow.model.case import Case
from csp_workflow.model.decision import Recorded
from csp_workflow.model.fact import Fact, FactKind
from csp_workflow.model.fields import Known, plain
from csp_workflow.model.finding import Judged, Verdict
from csp_workflow.model.journal import Draft
from csp_workflow.model.kinds import KINDS, usable_text
from csp_workflow.model.money import to_cents
from csp_workflow.model.snapshot import changes
from csp_workflow.ports import Line
from csp_workflow.rules.engine import BY_ROLE
from csp_workflow.shell.dossier import Dossier


def record(
    dossier: Dossier,
    case: Case | None,
    name: str,
    given: Mapping[str, Any],
    actor: Actor,
    at: datetime,
    effective_on: Any = None,
    document: str | None = None,
) -> Recorded | TransitionRefused:
    """Record a fact about the partner, or about a case of it.

    Raises:
        UnknownName: no such role or fact.
        BadPayload: a field is missing, unknown or malformed.
        Duplicate: the revenue line stands there with other content.
    """
    role = dossier.programme.role_of(actor)
    kind = dossier.programme.fact(name)
    if refused := _may_record(dossier, case, kind, role, actor, at):
        return refused
    about = "case" if case else "partner"
    if about not in kind.about:
        other = "a case: name one" if about == "partner" else "the partner as a whole: name the partner alone"
        raise BadPayload(name, f"is recorded about {other}")
    known = Known(today=at.date(), countries=dossier.programme.countries)
    fields = dict(kind.form.read(given, known))
    from_day = _day(effective_on, known) or at.date()
    document = _document(document)
    if kind.accumulates == "ledger":
        return _record_line(dossier, kind, fields, role, actor, at, from_day, document)
    draft, after = _draft(dossier, case, actor, at, "recorded", name)
    sealed = dossier.append(
        replace(draft, payload=dossier.masked(kind.form, fields), effective_on=from_day, document=document)
    )
    number = case.number if case else None
    stored = dossier.masked(kind.form, fields)
    dossier.add_facts([Fact(name, stored, from_day, at, number, sealed.seq)])
    _derive_again(dossier, after, at)
    return Recorded(
        entry=f"{dossier.pga}#{sealed.seq}", kind="recorded", name=name, fields=stored, effective_on=from_day
    )


def retract(dossier: Dossier, seq: int, reason: str, actor: Actor, at: datetime) -> Recorded | TransitionRefused:
    """Take back what an entry has recorded; a revenue line goes with its verification.

    Raises:
        NotFound: the entry recorded nothing.
        Conflict: it was retracted before.
        BadPayload: the reason is empty.
    """
    role = dossier.programme.role_of(actor)
    sealed, gone = dossier.session.entry(dossier.pga, seq), dossier.session.is_retracted(dossier.pga, seq)
    if sealed is None or gone is None or sealed.draft.kind != "recorded":
        raise NotFound("entry", f"{dossier.pga}#{seq}", "only recorded facts can be retracted: see the history")
    name = sealed.draft.trigger or ""
    kind = dossier.programme.fact(name)
    case = dossier.cases.get(sealed.draft.case_number or 0)
    if refused := _may_record(dossier, case, kind, role, actor, at):
        return refused
    try:
        if not usable_text(reason).strip():
            raise ValueError("must not be empty")  # noqa: TRY301 - one kind of no
    except ValueError as problem:
        raise BadPayload("reason", str(problem)) from None
    if gone:
        raise Conflict(f"{dossier.pga}#{seq} was retracted before.", entry=f"{dossier.pga}#{seq}")
    draft, after = _draft(dossier, case, actor, at, "retracted", name)
    entry = dossier.append(replace(draft, payload={"entry": f"{dossier.pga}#{seq}", "reason": reason}, concerns=seq))
    dossier.retract(_with_verification(dossier, seq), at)
    _derive_again(dossier, after, at)
    return Recorded(
        entry=f"{dossier.pga}#{entry.seq}", kind="retracted", name=name, fields={"entry": f"{dossier.pga}#{seq}"}
    )


def _with_verification(dossier: Dossier, seq: int) -> set[int]:
    """The entries that go when one goes: a line's own entry takes its verification with it."""
    rows = dossier.session.lines_of(dossier.pga, seq)
    seqs = {seq}
    if len(rows) == 1 and rows[0].line is not None:
        seqs |= {row.seq for row, _entry in dossier.session.line(dossier.pga, rows[0].line)}
    return seqs


def _may_record(
    dossier: Dossier, case: Case | None, kind: FactKind, role: Role, actor: Actor, at: datetime
) -> TransitionRefused | None:
    may = kind.recorded_by or tuple(name for name, known in dossier.programme.roles.items() if not known.is_system)
    if role.name in may:
        return None
    judged = Judged(BY_ROLE, Verdict(False, role.name, sorted(may)), (), None, assumed=False)
    names = {"partner": dossier.pga, "region": case.reference.region if case else ""}
    finding = judged.finding(dossier.programme.words("en")[BY_ROLE], names)
    draft = Draft(
        at=at,
        actor=actor.name,
        role=actor.role,
        kind="refused",
        case_number=case.number if case else None,
        trigger=kind.name,
        source=case.state if case else None,
        findings=(finding,),
    )
    dossier.append(draft, counts=False)
    return TransitionRefused(kind.name, case.state if case else None, (finding,), None)


def _draft(
    dossier: Dossier, case: Case | None, actor: Actor, at: datetime, kind: str, name: str
) -> tuple[Draft, Case | None]:
    """The entry of a fact, and the case after it: a fact of its own is an act on it."""
    draft = Draft(at=at, actor=actor.name, role=actor.role, kind=kind, trigger=name)
    if case is None:
        return draft, None
    after = replace(case, version=case.version + 1, last_at=at)
    policy = dossier.policy_id(case, at.date())
    return replace(draft, case_number=case.number, changes=changes(case, after), policy=policy), after


def _derive_again(dossier: Dossier, after: Case | None, at: datetime) -> None:
    concerned = [after] if after else [case for case in dossier.cases.values() if dossier.is_open(case)]
    for case in concerned:
        dossier.rederive(case, at)


def _record_line(
    dossier: Dossier,
    kind: FactKind,
    fields: dict[str, Any],
    role: Role,
    actor: Actor,
    at: datetime,
    from_day: date,
    document: str | None,
) -> Recorded:
    if role.is_partner and fields.get("verified"):
        raise BadPayload("verified", "may not be set by the partner: the vendor verifies revenue")
    fields.setdefault("verified", not role.is_partner)
    standing = dossier.session.line(dossier.pga, fields["line"]) if fields.get("line") else []
    verifies = False
    if standing:
        row, entry = standing[0]
        _check_same(row, fields, dossier.pga)
        verifies = fields["verified"] and not any(row.verified for row, _entry in standing)
        if not verifies:
            return Recorded(entry=entry, kind="recorded", name=kind.name, fields=plain(fields), repeated=True)
    draft, _after = _draft(dossier, None, actor, at, "recorded", kind.name)
    sealed = dossier.append(replace(draft, payload=plain(fields), effective_on=from_day, document=document))
    line = _line(fields, sealed.seq, at, from_day)
    if verifies:
        dossier.changes.lines.append(line._replace(cents=-line.cents, verified=False))
        line = line._replace(part=2)
    dossier.changes.lines.append(line)
    return Recorded(
        entry=f"{dossier.pga}#{sealed.seq}",
        kind="recorded",
        name=kind.name,
        fields=plain(fields),
        effective_on=from_day,
    )


def _line(fields: Mapping[str, Any], seq: int, at: datetime, from_day: date) -> Line:
    return Line(
        seq=seq,
        part=1,
        line=fields.get("line"),
        booked_on=fields["booked_on"],
        cents=to_cents(fields["amount"]),
        product=fields["product"],
        channel=fields["channel"],
        tenant=fields.get("tenant"),
        verified=fields["verified"],
        effective_on=from_day,
        recorded_at=at,
    )


def _check_same(row: Line, fields: Mapping[str, Any], pga: str) -> None:
    new = _line(fields, row.seq, row.recorded_at, row.effective_on)._replace(verified=row.verified)
    if new != row:
        raise Duplicate(
            "line",
            f"line: {row.line!r} of {pga} stands there with other content: take another id, or retract that entry.",
        )


def _day(value: Any, known: Known) -> date | None:
    if value is None:
        return None
    try:
        day: date = KINDS["any_date"].read(value, "", known)
    except ValueError as problem:
        raise BadPayload("effective_on", str(problem)) from None
    return day


def _document(value: Any) -> str | None:
    if value is None:
        return None
    try:
        return usable_text(value)
    except ValueError as problem:
        raise BadPayload("document", str(problem)) from None
