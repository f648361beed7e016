"""What is kept of partners, as values that go in and out of a store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from csp_workflow.model.case import Case, Deadline, Reference
from csp_workflow.model.definition import Definition
from csp_workflow.model.fact import Fact
from csp_workflow.model.fields import plain
from csp_workflow.model.journal import Refused, Sealed, digest
from csp_workflow.model.partner import Partner


class PartnerFile(NamedTuple):
    """A partner as stored: its cases, their deadlines by case number, and the end of its journal.

    `ledger` is the instant of the last change of its revenue, and the last day on which a line takes effect.
    """

    partner: Partner
    last_seq: int
    head: str
    cases: tuple[Case, ...]
    deadlines: Mapping[int, tuple[Deadline, ...]]
    ledger: tuple[datetime | None, date | None] = (None, None)


class DueCase(NamedTuple):
    """A case that has something due, and since which day."""

    on: date
    pga: str
    number: int


class DueDeadline(NamedTuple):
    """A deadline with the case that has it."""

    reference: Reference
    deadline: Deadline


class Standing(NamedTuple):
    """Where a case stands: its state, and the instant of its last accepted entry."""

    state: str
    last_at: datetime


class CaseKey(NamedTuple):
    """What a case is found by: its partner, and which of its cases it is."""

    pga: str
    number: int


class Places(NamedTuple):
    """Where cases stand at all, by lifecycle and state; which policies are pinned; which definitions are known."""

    states: frozenset[tuple[str, str]]
    pinned: frozenset[str]
    definitions: frozenset[str]


class StoredFact(NamedTuple):
    """A fact with the instant of its retraction."""

    fact: Fact
    retracted_at: datetime | None

    def known_at(self, at: datetime) -> bool:
        """Whether it was recorded by then and not retracted by then."""
        return self.fact.recorded_at <= at and (self.retracted_at is None or self.retracted_at > at)


class Line(NamedTuple):
    """A row of the revenue ledger; a verification takes the unverified row back and adds a verified one."""

    seq: int
    part: int
    line: str | None
    booked_on: date
    cents: int
    product: str
    channel: str
    tenant: str | None
    verified: bool
    effective_on: date
    recorded_at: datetime


class FiledRow(NamedTuple):
    """A fact that stands recorded, with what its entry says of it; of a revenue line what was recorded of it."""

    seq: int
    case_number: int | None
    kind: str
    fields: Mapping[str, Any]
    effective_on: date
    document: str | None
    recorded_at: datetime
    actor: str
    role: str


class NoticeRow(NamedTuple):
    """A message in the outbox; `key` stays the same however often it is tried, `values` is what its text speaks of."""

    seq: int
    part: int
    case_number: int
    kind: str
    language: str
    recipient: str | None
    status: str
    key: str
    created_at: datetime
    values: Mapping[str, Any]

    def digest(self) -> str:
        """What the journal keeps of it: all but how its delivery stands."""
        return digest([plain(value) for name, value in self._asdict().items() if name != "status"])


class Stretch(NamedTuple):
    """Some entries of a journal in order, with the rows that they made; facts have parts, lines their retraction.

    The one that `is_last` holds whatever else stands there under a later number.
    """

    entries: list[Sealed]
    facts: list[tuple[int, StoredFact]]
    lines: list[tuple[Line, datetime | None]]
    notices: list[NoticeRow]
    refusals: list[tuple[int, Refused]]
    is_last: bool


class Command(NamedTuple):
    """An idempotency key with the fingerprint of its command and what came of it."""

    key: str
    fingerprint: str
    outcome: str


class CaseFlags(NamedTuple):
    """What a case is found by: whether it is open, the latest of its reference, and whose turn it is.

    `waits` says that a sweep by a new definition has not come to it yet.
    """

    number: int
    is_open: bool
    is_latest: bool
    turn: str
    waits: bool


class BoardRow(NamedTuple):
    """How many cases of a lifecycle are in a state, waiting for one side."""

    lifecycle: str
    state: str
    turn: str
    cases: int


class CaseKept(NamedTuple):
    """What is kept of a case to find it by: the next day on which a fact takes effect, and whose turn it is."""

    stirs_on: date | None
    turn: str


@dataclass(slots=True, kw_only=True)
class Changes:
    """All that one transaction writes about one partner; every write checks what `file` was read with.

    `definition` is what its entries are judged by.
    """

    file: PartnerFile
    partner: Partner
    definition: Definition | None = None
    is_new: bool = False
    closed: set[int] = field(default_factory=set)
    cases: dict[int, tuple[Case | None, Case, CaseKept]] = field(default_factory=dict)
    succeeded: list[int] = field(default_factory=list)
    deadlines: dict[int, tuple[Deadline, ...]] = field(default_factory=dict)
    entries: list[Sealed] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    retracted: dict[int, datetime] = field(default_factory=dict)
    notices: list[NoticeRow] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
