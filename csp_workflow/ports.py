"""What the workflow needs of its surroundings, as protocols; storage keeps them, bootstrap joins them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Protocol

from csp_workflow.model.case import Reference
from csp_workflow.model.definition import KnownDefinition
from csp_workflow.model.fact import Window
from csp_workflow.model.journal import Sealed
from csp_workflow.model.partner import Partner
from csp_workflow.stored import (
    BoardRow,
    CaseFlags,
    CaseKey,
    Changes,
    Command,
    DueCase,
    DueDeadline,
    FiledRow,
    Line,
    NoticeRow,
    PartnerFile,
    Places,
    Standing,
    StoredFact,
    Stretch,
)

Clock = Callable[[], datetime]


class AuditReads(Protocol):
    """What an audit reads."""

    def stretch(self, pga: str, after: int, limit: int) -> Stretch:
        """The next entries of a partner's journal, and the rows that they made."""

    def commands(self, pga: str, after: str, limit: int) -> list[Command]:
        """A page of the idempotency keys of a partner, in order."""

    def flags(self, pga: str) -> list[CaseFlags]:
        """What is kept of each case of a partner to find it by."""

    def wrong_totals(self, pga: str) -> list[date]:
        """The days whose sum of revenue is not that of the lines that stand."""

    def strays(self) -> list[tuple[str, str]]:
        """Partners of whom there are rows that belong to nothing, each with what is not there; a few of them."""

    def number_of_partners(self) -> int:
        """How many partners there are."""

    def heads(self, after: str, limit: int) -> list[tuple[str, int, str]]:
        """A page of partners, each with the number and the hash of its last entry."""


class Definitions(Protocol):
    """What is known of definitions, and of where cases stand."""

    def definitions(self) -> list[KnownDefinition]:
        """All definitions that the database was used with, the first one first."""

    def definition_text(self, sha256: str) -> str | None:
        """What decides by a definition; None where only its fingerprint is known, or not even that."""

    def last_definition(self, key: CaseKey) -> str:
        """The definition of the last entry of a case."""

    def places(self) -> Places:
        """In which states there are cases, which policies are pinned, which definitions known: by a few index steps."""

    def in_states(self) -> dict[tuple[str, str], int]:
        """How many cases there are in each state of each lifecycle, closed ones and their predecessors too."""

    def pinned(self) -> dict[str, int]:
        """To how many cases each policy is pinned."""

    def keys_in_state(self, lifecycle: str, state: str, after: CaseKey, limit: int) -> list[CaseKey]:
        """A page of the cases in a state, in order of their keys."""

    def keys_pinned(self, policy: str, after: CaseKey, limit: int) -> list[CaseKey]:
        """A page of the cases to which a policy is pinned, in order of their keys."""

    def has_closed(self, lifecycle: str, state: str) -> bool:
        """Whether any case in a state is closed."""


class Session(AuditReads, Definitions, Protocol):
    """One transaction: consistent reads, and writes that come together or not at all."""

    def file(self, pga: str, key: str | None = None) -> PartnerFile | None:
        """A partner with its cases and deadlines; in a writing session it is locked until the end.

        `key` is an idempotency key that will be asked for.
        """

    def files(self, pgas: Sequence[str]) -> dict[str, PartnerFile]:
        """Some partners with their cases and deadlines; locked, in order of their keys, in a writing session."""

    def facts_of(self, pgas: Sequence[str]) -> dict[str, list[StoredFact]]:
        """All facts of some partners and their cases, revenue apart."""

    def standing(self, reference: Reference) -> Standing | None:
        """Where the newest case of a reference stands, by one indexed read; None where there is none."""

    def facts(self, pga: str) -> list[StoredFact]:
        """All facts of a partner and its cases, revenue apart."""

    def filed(self, pga: str, after: int, limit: int) -> list[FiledRow]:
        """What stands recorded, by the entries after one; an entry's facts stay together."""

    def revenue(self, pga: str, at: datetime, window: Window, *, settled: bool) -> int:
        """The cents that count in a window, as recorded by an instant; where all is `settled`, from sums by day."""

    def revenue_days(self, pga: str, at: datetime, after: date) -> list[date]:
        """The days after a day on which recorded revenue takes effect."""

    def lines(self, pga: str, lines: Sequence[str]) -> list[tuple[Line, str]]:
        """The rows of some revenue lines that stand, each with the id of its entry, in order of entries."""

    def entry(self, pga: str, seq: int) -> Sealed | None:
        """One entry of a journal."""

    def entries(
        self,
        pga: str,
        case_number: int | None,
        until: datetime | None = None,
        *,
        after: int = 0,
        limit: int | None = None,
    ) -> Iterator[Sealed]:
        """The entries of a partner in order; with a case number its own and the partner's facts."""

    def own_entries(self, pga: str, case_number: int) -> Iterator[Sealed]:
        """The entries of a case itself, in order."""

    def state_at(self, reference: Reference, at: datetime) -> str | None:
        """The state of the newest case of a reference that was open by an instant; None where there was none."""

    def named(self, pga: str, at: datetime) -> Sealed | None:
        """The newest entry by an instant that says who a partner is."""

    def is_retracted(self, pga: str, seq: int) -> bool | None:
        """Whether a recorded entry was retracted; None where it recorded nothing."""

    def lines_of(self, pga: str, seq: int) -> list[Line]:
        """The rows of the revenue line that an entry recorded or verified."""

    def command(self, pga: str, key: str) -> Command | None:
        """What an idempotency key was used for."""

    def notices(
        self, pga: str, case_number: int | None, after: tuple[int, int], limit: int, until: datetime | None
    ) -> list[NoticeRow]:
        """A page of the notices of a partner, or of one of its cases, in order of entry and part."""

    def notice(self, pga: str, seq: int, part: int) -> NoticeRow | None:
        """One notice."""

    def due(self, day: date, limit: int, after: DueCase | None) -> list[DueCase]:
        """Cases with something due by a day, in order of that day and of their keys; one may come more than once."""

    def partners(self, after: str | None, limit: int) -> list[Partner]:
        """A page of partners in order of their keys."""

    def cases(
        self, filters: Mapping[str, str], after: tuple[str, int] | None, limit: int
    ) -> Sequence[tuple[PartnerFile, int]]:
        """A page of the newest cases of their references, each as its file and its number, in order of their keys."""

    def board(self) -> list[BoardRow]:
        """How many cases are in each state, and whose turn it is."""

    def refusals(self, since: date, until: date) -> dict[str, int]:
        """How often each rule has refused something in a period, both days included."""

    def deadlines(self, by: date, limit: int, after: tuple[date, str, int, str] | None) -> list[DueDeadline]:
        """A page of the deadlines due by a day, in order of that day, of partner, case number and kind, after one."""

    def swept_by(self) -> str:
        """The fingerprint of the definition by which the last sweep derived deadlines."""

    def stir_all(self, definition: str) -> None:
        """Have the next sweep derive the deadlines of every open case anew, by this definition.

        Until it has, a case stirs on the day up to which facts were taken in, as by itself none does.
        """

    def secret(self) -> bytes:
        """The key of this database's masked values."""

    def write(self, *changes: Changes) -> None:
        """Write it all, of one partner or of many.

        Raises:
            StaleRevision: somebody else was faster.
        """


class Store(Protocol):
    """Where partners are kept."""

    def reading(self) -> AbstractContextManager[Session]:
        """A consistent look that writes nothing."""

    def writing(self) -> AbstractContextManager[Session]:
        """A transaction that commits at its end, or rolls back on an error; partners are locked as they are read."""

    def acting(self) -> AbstractContextManager[Session]:
        """A session for one act on one partner, which writes once; where others write first, that fails."""

    def close(self) -> None:
        """Give back what was opened."""
