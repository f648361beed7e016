"""Rows as values and values as rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from csp_workflow.errors import BadPartner, StorageDamaged
from csp_workflow.finding import Finding
from csp_workflow.model.case import Case, Cooldown, Deadline, Reference
from csp_workflow.model.fact import Fact
from csp_workflow.model.journal import Draft, Sealed, canonical, refused_by
from csp_workflow.model.notice import by_type, from_types
from csp_workflow.model.partner import Partner
from csp_workflow.model.snapshot import read_days, read_fired, snapshot
from csp_workflow.stored import CaseKept, Changes, FiledRow, Line, NoticeRow, PartnerFile, Standing, StoredFact

Row = Any
R = TypeVar("R")
P = ParamSpec("P")


def _checked(read: Callable[P, R]) -> Callable[P, R]:
    """A reader that says of a row that it cannot understand that the database is damaged."""

    @wraps(read)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return read(*args, **kwargs)
        except (ValueError, KeyError, TypeError, AttributeError, BadPartner) as problem:
            what = read.__name__.removesuffix("_of")
            reason = str(problem).rstrip(".") or type(problem).__name__
            raise StorageDamaged(f"A row of the database is no {what}: {reason}.") from None

    return checked


@_checked
def partner_of(row: Row) -> Partner:
    """A partner from its row."""
    return Partner(
        pga=row.pga,
        name=row.name,
        country=row.country,
        email=row.email,
        language=row.language,
        manager=row.manager,
        revision=row.revision,
    )


def file_of(row: Row, cases: tuple[Case, ...], deadlines: Mapping[int, tuple[Deadline, ...]]) -> PartnerFile:
    """A partner's file from its row and what belongs to it."""
    ledger = (row.ledger_changed_at, row.ledger_effective_on)
    return PartnerFile(partner_of(row), row.last_seq, row.head, cases, deadlines, ledger)


def ledger_of(changes: Changes) -> tuple[datetime | None, date | None]:
    """The instant of the last change of the revenue, and the last day on which a line takes effect."""
    changed_at, effective_on = changes.file.ledger
    instants = [line.recorded_at for line in changes.lines] + list(changes.retracted.values())
    days = [line.effective_on for line in changes.lines]
    return (
        max([changed_at, *instants] if changed_at else instants, default=None),
        max([effective_on, *days] if effective_on else days, default=None),
    )


def partner_row(file: PartnerFile, partner: Partner) -> dict[str, Any]:
    """The row of a partner at the end of its journal."""
    return {
        "pga": partner.pga,
        "name": partner.name,
        "country": partner.country,
        "email": partner.email,
        "language": partner.language,
        "manager": partner.manager,
        "revision": partner.revision,
        "last_seq": file.last_seq,
        "head": file.head,
        "ledger_changed_at": file.ledger[0],
        "ledger_effective_on": file.ledger[1],
    }


@_checked
def case_of(row: Row) -> Case:
    """A case from its row."""
    memory = json.loads(row.memory)
    cooldown = None
    if row.cooldown_case is not None:
        cooldown = Cooldown(case=row.cooldown_case, started_on=row.cooldown_started_on, ends_on=row.cooldown_ends_on)
    return Case(
        reference=Reference(row.pga, row.region, row.lifecycle, row.tenant),
        number=row.number,
        state=row.state,
        version=row.version,
        opened_at=row.opened_at,
        entered_on=row.entered_on,
        last_at=row.last_at,
        derived_on=row.derived_on,
        pinned=row.pinned,
        cooldown=cooldown,
        cooldown_done=row.cooldown_done,
        marks=memory["marks"],
        since=read_days(memory["since"]),
        fired=read_fired(memory["fired"]),
    )


def case_row(case: Case, *, is_open: bool, kept: CaseKept) -> dict[str, Any]:
    """The row of a case, with what is kept of it beside."""
    cooldown, plain = case.cooldown, snapshot(case)
    return {
        "pga": case.reference.pga,
        "number": case.number,
        "region": case.reference.region,
        "lifecycle": case.reference.lifecycle,
        "tenant": case.reference.tenant,
        "state": case.state,
        "is_open": is_open,
        "is_latest": True,
        "turn": kept.turn,
        "version": case.version,
        "opened_at": case.opened_at,
        "entered_on": case.entered_on,
        "last_at": case.last_at,
        "derived_on": case.derived_on,
        "stirs_on": kept.stirs_on,
        "pinned": case.pinned,
        "cooldown_case": cooldown.case if cooldown else None,
        "cooldown_started_on": cooldown.started_on if cooldown else None,
        "cooldown_ends_on": cooldown.ends_on if cooldown else None,
        "cooldown_done": case.cooldown_done,
        "memory": canonical({name: plain[name] for name in ("marks", "since", "fired")}),
    }


@_checked
def standing_of(row: Row) -> Standing:
    """Where a case stands, from a part of its row."""
    return Standing(row.state, row.last_at)


@_checked
def fact_of(row: Row) -> StoredFact:
    """A fact from its row."""
    fields = json.loads(row.fields)
    if not isinstance(fields, dict) or not fields:
        raise ValueError("its fields are no table")
    fact = Fact(row.kind, fields, row.effective_on, row.recorded_at, row.case_number, row.seq)
    return StoredFact(fact, row.retracted_at)


@_checked
def filed_of(row: Row) -> FiledRow:
    """A fact with what its entry says of it."""
    fields = json.loads(row.fields)
    return FiledRow(
        row.seq, row.case_number, row.kind, fields, row.effective_on, row.document, row.at, row.actor, row.role
    )


def fact_row(pga: str, part: int, fact: Fact) -> dict[str, Any]:
    """The row of a fact."""
    return {
        "pga": pga,
        "seq": fact.seq,
        "part": part,
        "case_number": fact.case_number,
        "kind": fact.kind,
        "fields": canonical(fact.fields),
        "effective_on": fact.effective_on,
        "recorded_at": fact.recorded_at,
        "retracted_at": None,
    }


@_checked
def line_of(row: Row) -> Line:
    """A row of the ledger as a value."""
    return Line(**{name: getattr(row, name) for name in Line._fields})


def line_row(pga: str, line: Line) -> dict[str, Any]:
    """A row of the ledger."""
    return {"pga": pga, **line._asdict(), "retracted_at": None}


def refusal_rows(pga: str, sealed: Sealed) -> list[dict[str, Any]]:
    """The rows of the rules that an entry names as refusing."""
    return [
        {"pga": pga, "seq": sealed.seq, "rule": one.rule, "trigger": one.trigger, "refused_on": one.on}
        for one in refused_by(sealed.draft)
    ]


def deadline_row(pga: str, case_number: int, deadline: Deadline) -> dict[str, Any]:
    """The row of a deadline."""
    return {"pga": pga, "case_number": case_number, **deadline._asdict()}


def notice_row(pga: str, notice: NoticeRow) -> dict[str, Any]:
    """The row of a notice that was not tried yet."""
    told = {name: value for name, value in notice._asdict().items() if name != "values"}
    return {"pga": pga, **told, "attempts": 0, "data": canonical(by_type(notice.values))}


@_checked
def notice_of(row: Row) -> NoticeRow:
    """A notice from its row."""
    told = {name: getattr(row, name) for name in NoticeRow._fields if name != "values"}
    return NoticeRow(**told, values=from_types(json.loads(row.data)))


def journal_row(pga: str, sealed: Sealed) -> dict[str, Any]:
    """The row of a journal entry."""
    draft = sealed.draft
    return {
        "pga": pga,
        "seq": sealed.seq,
        "case_number": draft.case_number,
        "at": draft.at,
        "actor": draft.actor,
        "role": draft.role,
        "kind": draft.kind,
        "trigger": draft.trigger,
        "source": draft.source,
        "target": draft.target,
        "policy": draft.policy,
        "definition": sealed.definition,
        "effective_on": draft.effective_on,
        "document": draft.document,
        "due_on": draft.due_on,
        "concerns": draft.concerns,
        "payload": sealed.payload,
        "findings": sealed.findings,
        "changes": sealed.changes,
        "hash": sealed.hash,
    }


@_checked
def sealed_of(row: Row) -> Sealed:
    """A journal entry from its row."""
    payload, changes = json.loads(row.payload), json.loads(row.changes)
    if not isinstance(payload, dict) or not isinstance(changes, dict):
        raise ValueError("what it says is no table")  # noqa: TRY004 - one kind of no
    draft = Draft(
        at=row.at,
        actor=row.actor,
        role=row.role,
        kind=row.kind,
        case_number=row.case_number,
        trigger=row.trigger,
        source=row.source,
        target=row.target,
        payload=payload,
        policy=row.policy,
        findings=tuple(Finding.from_dict(item) for item in json.loads(row.findings)),
        changes=changes,
        effective_on=row.effective_on,
        document=row.document,
        due_on=row.due_on,
        concerns=row.concerns,
    )
    return Sealed(draft, row.seq, row.definition, row.payload, row.findings, row.changes, row.hash)


@_checked
def swept_by_of(row: Row) -> str:
    """The definition of the last sweep from its row."""
    return str(row.definition)


@_checked
def secret_of(row: Row) -> bytes:
    """The key of masked values from its row."""
    return bytes.fromhex(row.secret)
