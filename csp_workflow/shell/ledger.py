"""Revenue: every record is a line; the same line counts once, and a second record may verify it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from csp_workflow.errors import BadPayload, Duplicate
from csp_workflow.model.actor import Actor, Role
from csp_workflow.model.decision import Recorded
from csp_workflow.model.fact import FactKind
from csp_workflow.model.fields import plain
from csp_workflow.model.journal import Draft
from csp_workflow.model.money import to_cents
from csp_workflow.shell.dossier import Dossier
from csp_workflow.shell.lines import Rows
from csp_workflow.stored import Line

_LONGEST_LINE = 255  # characters of an id: PostgreSQL finds no longer ones by an index


class Filing(NamedTuple):
    """How a fact is recorded: by whom, when, from which day it holds, on which document."""

    actor: Actor
    role: Role
    at: datetime
    from_day: date
    document: str | None


def record_line(dossier: Dossier, kind: FactKind, fields: dict[str, Any], filing: Filing) -> Recorded:
    """Record a line of revenue, or verify the one that stands under its id.

    Raises:
        BadPayload: the partner sets `verified` itself, or the id is too long.
        Duplicate: the line stands there with other content.
    """
    _check(fields, filing)
    fields.setdefault("verified", not filing.role.is_partner)
    standing = _meant(dossier.lines.of(fields["line"]), fields) if fields.get("line") else []
    verifies = False
    if standing:
        row, entry = standing[0]
        _check_same(row, fields, dossier.pga)
        verifies = fields["verified"] and not any(row.verified for row, _entry in standing)
        if not verifies:
            return Recorded(entry=entry, kind="recorded", name=kind.name, fields=plain(fields), repeated=True)
    said = plain(fields)
    draft = Draft(
        at=filing.at,
        actor=filing.actor.name,
        role=filing.actor.role,
        kind="recorded",
        trigger=kind.name,
        payload=said,
        effective_on=filing.from_day,
        document=filing.document,
    )
    seq = dossier.append(draft)
    # a verification holds no earlier than the line that it verifies
    holds_from = max(filing.from_day, standing[0][0].effective_on) if verifies else filing.from_day
    line = _line(fields, seq, filing.at, holds_from)
    if verifies:
        dossier.journal.beside(filing.at)["verifies"] = holds_from.isoformat()
        dossier.add_line(line._replace(cents=-line.cents, verified=False))
        line = line._replace(part=2)
    dossier.add_line(line)
    return recorded(dossier, seq, kind.name, said, filing)


def _check(fields: Mapping[str, Any], filing: Filing) -> None:
    if filing.role.is_partner and fields.get("verified"):
        raise BadPayload("verified", "may not be set by the partner: the vendor verifies revenue")
    if len(fields.get("line") or "") > _LONGEST_LINE:
        raise BadPayload("line", f"must have at most {_LONGEST_LINE} characters: it is the id of the line")


def recorded(dossier: Dossier, seq: int, name: str, fields: Mapping[str, Any], filing: Filing) -> Recorded:
    """What the caller is told of a new entry."""
    return Recorded(
        entry=f"{dossier.pga}#{seq}", kind="recorded", name=name, fields=fields, effective_on=filing.from_day
    )


def of_one_line(row: Line, other: Line) -> bool:
    """Whether two rows are about the same revenue: a line, what takes it back, or its verification."""
    return _revenue(row) == _revenue(other)


def _revenue(row: Line) -> tuple[Any, ...]:
    return row.booked_on, abs(row.cents), row.product, row.channel, row.tenant


def _meant(standing: Rows, fields: Mapping[str, Any]) -> Rows:
    """The rows of the line that is meant: the entry here that has its name, or the one that was an entry elsewhere."""
    if not standing or standing[0][1] != fields["line"]:
        return standing
    own = standing[0][0]
    is_own = _is_same(own, fields)
    return [pair for pair in standing if of_one_line(pair[0], own) is is_own]


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


def _is_same(row: Line, fields: Mapping[str, Any]) -> bool:
    """Whether a line says the same, verified or not."""
    new = _line(fields, row.seq, row.recorded_at, row.effective_on)
    return new._replace(verified=row.verified, part=row.part) == row


def _check_same(row: Line, fields: Mapping[str, Any], pga: str) -> None:
    if not _is_same(row, fields):
        raise Duplicate(
            "line",
            f"line: {row.line!r} of {pga} stands there with other content: take another id, or retract that entry.",
        )
