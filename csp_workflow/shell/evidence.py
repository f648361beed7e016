"""Facts: recorded, verified, retracted; every open case that they concern gets its deadlines anew."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from csp_workflow.errors import BadPayload, Conflict, NotFound, TransitionRefused
from csp_workflow.model.actor import Actor, Role
from csp_workflow.model.case import Case
from csp_workflow.model.decision import Recorded
from csp_workflow.model.fact import Fact, FactKind
from csp_workflow.model.fields import Known
from csp_workflow.model.journal import Draft
from csp_workflow.model.kinds import KINDS, usable_text
from csp_workflow.model.snapshot import changes
from csp_workflow.model.verdict import Judged, Verdict
from csp_workflow.rules.engine import BY_ROLE
from csp_workflow.shell.dossier import Dossier
from csp_workflow.shell.guarding import guarded, refuse
from csp_workflow.shell.ledger import Filing, of_one_line, record_line, recorded


def record(
    dossier: Dossier,
    case: Case | None,
    name: str,
    given: Mapping[str, Any],
    actor: Actor,
    at: datetime,
    effective_on: Any = None,
    document: str | None = None,
    *,
    once: bool = False,
) -> Recorded | TransitionRefused:
    """Record a fact about the partner, or about a case of it; with `once` not again what stands there just so.

    Raises:
        UnknownName: no such role or fact.
        BadPayload: a field is missing, unknown or malformed.
        Duplicate: the revenue line stands there with other content.
    """
    role, kind = dossier.programme.role_of(actor), dossier.programme.fact(name)
    if refused := _may_record(dossier, case, kind, role, actor, at):
        return refused
    _check_about(kind, case)
    known = Known(today=at.date(), countries=dossier.programme.countries)
    fields = dict(kind.form.read(given, known))
    filing = Filing(actor, role, at, _day(effective_on, known) or at.date(), _document(document))
    if kind.accumulates == "ledger":
        return record_line(dossier, kind, fields, filing)
    stored = dossier.masked(kind.form, fields)
    fact = Fact(name, stored, filing.from_day, at, case.number if case else None, sys.maxsize)
    if once and (same := dossier.repeats(at).of(fact, dated=effective_on is not None)):
        return replace(recorded(dossier, same.seq, name, stored, filing), repeated=True)
    if findings := guarded(dossier, case, fact, at):
        return refuse(dossier, case, name, findings, actor, at, stored)
    draft, after = _draft(dossier, case, actor, at, "recorded", name)
    draft = replace(draft, payload=stored, effective_on=filing.from_day, document=filing.document)
    seq = dossier.append(draft)
    dossier.add_facts([fact._replace(seq=seq)])
    _derive_again(dossier, after, at)
    return recorded(dossier, seq, name, stored, filing)


def _check_about(kind: FactKind, case: Case | None) -> None:
    about = "case" if case else "partner"
    if about not in kind.about:
        other = "a case: name one" if about == "partner" else "the partner as a whole: name the partner alone"
        raise BadPayload(kind.name, f"is recorded about {other}")


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
    gone_too = _with_verification(dossier, seq)
    dossier.journal.beside(at)["retracted"] = sorted(gone_too)
    dossier.retract(gone_too, at)
    _derive_again(dossier, after, at)
    return Recorded(
        entry=f"{dossier.pga}#{entry}", kind="retracted", name=name, fields={"entry": f"{dossier.pga}#{seq}"}
    )


def _with_verification(dossier: Dossier, seq: int) -> set[int]:
    """The entries that go when one goes: a line's own entry takes its verification with it."""
    rows = dossier.session.lines_of(dossier.pga, seq)
    seqs = {seq}
    if len(rows) == 1:
        named = dossier.lines.of(rows[0].line or f"{dossier.pga}#{seq}")
        seqs |= {row.seq for row, _entry in named if of_one_line(row, rows[0])}
    return seqs


def _may_record(
    dossier: Dossier, case: Case | None, kind: FactKind, role: Role, actor: Actor, at: datetime
) -> TransitionRefused | None:
    if role.name in kind.recorded_by if kind.recorded_by else not role.is_system:
        return None
    may = kind.recorded_by or tuple(name for name, known in dossier.programme.roles.items() if not known.is_system)
    judged = Judged(BY_ROLE, Verdict(False, role.name, sorted(may)), (), None, assumed=False)
    names = {"partner": dossier.pga, "region": case.reference.region if case else ""}
    finding = judged.finding(dossier.programme.words("en")[BY_ROLE], names)
    return refuse(dossier, case, kind.name, (finding,), actor, at, {})


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
        dossier.stir(case, at)


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
