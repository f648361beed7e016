"""A partner's journal replayed: what it makes of cases, facts, lines, deadlines, notices and answers of keys."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from csp_workflow.audit.findings import Broken
from csp_workflow.model.case import Case, Reference
from csp_workflow.model.journal import BEGINNING, KEPT, UPGRADED, Sealed, canonical, digest, of_case, reseal
from csp_workflow.model.programme import Programme
from csp_workflow.model.snapshot import restored
from csp_workflow.stored import Line

UNKNOWN = Reference("", "", "")


class Counted:
    """Digests in no order: how many there are, and a sum that tells whether they are the same ones."""

    def __init__(self) -> None:
        self.number = 0
        self.sum = 0

    def add(self, digests: Iterable[str]) -> None:
        """Take in some more."""
        for one in digests:
            self.number += 1
            self.sum = (self.sum + int(one, 16)) % 2**256

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Counted) and (self.number, self.sum) == (other.number, other.sum)

    __hash__ = None  # type: ignore[assignment]


@dataclass(slots=True)
class Replayed:
    """What the entries so far have made; an entry is added after its hash was found right."""

    pga: str
    programme: Programme
    seq: int = 0
    head: str = BEGINNING
    revision: int = 0
    partner: Mapping[str, Any] = field(default_factory=dict)
    cases: dict[int, Case] = field(default_factory=dict)
    deadlines: dict[int, list[list[Any]]] = field(default_factory=dict)
    retracted: dict[int, datetime] = field(default_factory=dict)
    ledger_changed_at: datetime | None = None
    ledger_effective_on: date | None = None
    answers: Counted = field(default_factory=Counted)
    owed: dict[tuple[str, int], str] = field(default_factory=dict)

    def add(self, entry: Sealed) -> None:
        """Chain an entry to the one before, and take in what it changes.

        Raises:
            Broken: it is not the one that was written there.
        """
        if entry.seq != self.seq + 1:
            raise Broken(f"the entry before it, #{self.seq + 1}, is missing", entry.seq)
        if reseal(entry, self.pga, self.head) != entry.hash:
            raise Broken("its content or its place is not what its hash says", entry.seq)
        self.seq, self.head = entry.seq, entry.hash
        draft = entry.draft
        self.revision += draft.kind not in {"refused", KEPT, UPGRADED}
        if draft.kind in {"registered", "edited"}:
            self.partner = draft.payload
        self._take_case(entry)
        for number, deadlines in draft.changes.get("deadlines", {}).items():
            self.deadlines[int(number)] = deadlines
        for seq in draft.changes.get("retracted", [draft.concerns] if draft.kind == "retracted" else []):
            self.retracted[seq] = draft.at
            self.ledger_changed_at = max(self.ledger_changed_at or draft.at, draft.at)
        self.answers.add(draft.changes.get("commands", ()))
        if draft.kind == UPGRADED:
            self._take_over(draft.changes)

    def _take_over(self, changes: Mapping[str, Any]) -> None:
        """What an upgrade covers of the rows before it."""
        for number, reference in changes.get("references", {}).items():
            self.cases[int(number)] = replace(self.cases[int(number)], reference=Reference(self.pga, *reference))
        covered = {(table, int(seq)): told for table, rows in changes["rows"].items() for seq, told in rows.items()}
        for key, told in self.owed.items():
            if covered.get(key) != told:
                raise Broken(f"its {key[0]} are not those that the upgrade found", key[1])
        if missing := sorted(covered.keys() - self.owed.keys()):
            raise Broken(f"its {missing[0][0]} that the upgrade found are missing", missing[0][1])
        self.owed = {}

    def _take_case(self, entry: Sealed) -> None:
        draft, number = entry.draft, entry.draft.case_number
        if number is None or (draft.kind == "refused" and not of_case(draft.changes)):
            return
        before = self.cases.get(number)
        if before is None:
            reference = draft.changes.get("reference")
            named = Reference(self.pga, *reference) if reference else UNKNOWN
            before = _blank(named, number, draft.at)
        elif draft.target and draft.source != before.state:
            raise Broken(f"it leaves {draft.source}, and the case was in {before.state} by its journal", entry.seq)
        after = restored(before, of_case(draft.changes), draft.at)
        self.cases[number] = replace(after, last_at=before.last_at) if draft.kind == "refused" else after

    def owe(
        self, table: str, entry: Sealed, said: Iterable[Any], stored: Iterable[Any], plainly: Callable[[Any], Any]
    ) -> None:
        """Hold what an entry says that it made against what is stored; rows that it says nothing of are owed.

        The first release did not say of everything; its rows are covered by the entry with which it was upgraded.

        Raises:
            Broken: they differ.
        """
        wanted, found = [plainly(item) for item in said], [plainly(item) for item in stored]
        if canonical(wanted) == canonical(found):  # as texts: to Python, 1 is True
            return
        # an entry of the first release says of a verification no more than of any line
        if wanted and (table != "lines" or len(found) <= len(wanted)):
            raise Broken(f"the {table} that it made are not those that are stored", entry.seq)
        self.owed[table, entry.seq] = digest(found)

    def takes_lines(self, lines: Iterable[Line]) -> None:
        """Keep what the ledger's rows say of when it changed and from which day on."""
        for line in lines:
            self.ledger_changed_at = max(self.ledger_changed_at or line.recorded_at, line.recorded_at)
            self.ledger_effective_on = max(self.ledger_effective_on or line.effective_on, line.effective_on)

    def lines_of(self, entry: Sealed) -> list[Line]:
        """The rows of the ledger that an entry made; none where it recorded no revenue."""
        draft = entry.draft
        kind = self.programme.facts.get(draft.trigger or "")
        if draft.kind != "recorded" or kind is None or kind.accumulates != "ledger":
            return []
        verifies = draft.changes.get("verifies")
        line = _line(entry, date.fromisoformat(verifies) if verifies else draft.effective_on or draft.at.date())
        if not verifies:
            return [line]
        return [line._replace(cents=-line.cents, verified=False), line._replace(part=2)]

    def facts_of(self, entry: Sealed) -> list[list[Any]]:
        """The facts that an entry made: kind, fields and the day from which each holds."""
        draft = entry.draft
        if draft.kind == "recorded" and not self.lines_of(entry):
            return [[draft.trigger, draft.payload, (draft.effective_on or draft.at.date()).isoformat()]]
        return list(draft.changes.get("facts", ()))


def _blank(reference: Reference, number: int, at: datetime) -> Case:
    return Case(
        reference=reference,
        number=number,
        state="",
        version=0,
        opened_at=at,
        entered_on=at.date(),
        last_at=at,
        derived_on=at.date(),
    )


def _line(entry: Sealed, holds_from: date) -> Line:
    said = json.loads(entry.payload)
    return Line(
        seq=entry.seq,
        part=1,
        line=said.get("line"),
        booked_on=date.fromisoformat(said["booked_on"]),
        cents=int(Decimal(said["amount"]) * 100),
        product=said["product"],
        channel=said["channel"],
        tenant=said.get("tenant"),
        verified=said["verified"],
        effective_on=holds_from,
        recorded_at=entry.draft.at,
    )
