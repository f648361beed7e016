"""One transaction on a connection: reads and writes in SQLAlchemy Core on the tables."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, or_, select, union

from csp_workflow.model.case import Case, Deadline, Reference
from csp_workflow.model.fact import Window
from csp_workflow.model.journal import Sealed
from csp_workflow.model.partner import Partner
from csp_workflow.storage import rows
from csp_workflow.storage.audit import AuditReads
from csp_workflow.storage.definitions import Definitions
from csp_workflow.storage.overview import OverviewReads, listed
from csp_workflow.storage.prepared import Cursor
from csp_workflow.storage.statements import (
    CASE,
    CASES_DUE,
    DEADLINE,
    DUE,
    FACT,
    FACTS,
    FILED,
    JOURNAL,
    LINE,
    LOCKED_PARTNER,
    MANY,
    NAMED,
    ONE_COMMAND,
    ONE_ENTRY,
    ONE_NOTICE,
    ONE_PARTNER,
    OWN_ENTRIES,
    PARTNER,
    REVENUE_DAYS,
    SECRET,
    STANDING,
    STATE_AT,
    STIR_ALL,
    SWEEP_BY,
    SWEPT_BY,
    named_lines,
    notices,
    revenue,
)
from csp_workflow.storage.writer import Writer
from csp_workflow.stored import (
    Changes,
    Command,
    DueCase,
    FiledRow,
    Line,
    NoticeRow,
    PartnerFile,
    Standing,
    StoredFact,
)


class SqlSession(Definitions, AuditReads, OverviewReads):
    """The session of a transaction that somebody else begins and ends; `known` are definitions that are there."""

    def __init__(self, cursor: Cursor, *, locks: bool = False, known: Collection[str] = ()) -> None:
        super().__init__(known)
        self._cursor = cursor
        self._locks = locks
        self._partner = LOCKED_PARTNER if locks else ONE_PARTNER
        self._along: dict[
            tuple[Any, ...], Iterable[Any]
        ] = {}  # what was asked along with a file, until it is asked for

    def file(self, pga: str, key: str | None = None) -> PartnerFile | None:
        """A partner with its cases and deadlines; locked until the end in a session that locks.

        Where that costs next to nothing, what will be asked for is asked along: the facts, and what comes with a key.
        """
        along: list[tuple[Any, ...]] = []
        if self._cursor.asks_along:
            along = [(FACTS, pga)] if key is None else [(FACTS, pga), (SECRET,), (ONE_COMMAND, pga, key)]
        asked = (self._partner, CASES_DUE, *(statement for statement, *_values in along))
        partners, due, *others = self._cursor.each(asked, {"pga": pga, "key": key})
        self._along = dict(zip(along, others, strict=True))
        partner = next(iter(partners), None)
        if partner is None:
            return None
        cases: dict[int, Case] = {}
        deadlines: dict[int, tuple[Deadline, ...]] = {}
        for row in due:
            if row.number not in cases:
                cases[row.number] = rows.case_of(row)
                deadlines[row.number] = ()
            if row.kind is not None:
                deadlines[row.number] += (Deadline(row.kind, row.due_on, row.about),)
        return rows.file_of(partner, tuple(cases.values()), deadlines)

    def standing(self, reference: Reference) -> Standing | None:
        """Where the newest case of a reference stands, by one indexed read; None where there is none."""
        found = self._cursor.first(STANDING, reference._asdict())
        return rows.standing_of(found) if found else None

    def facts(self, pga: str) -> list[StoredFact]:
        """All facts of a partner and its cases, revenue apart."""
        return [rows.fact_of(row) for row in self._rows(FACTS, pga=pga)]

    def filed(self, pga: str, after: int, limit: int) -> list[FiledRow]:
        """What stands recorded, by the entries after one; an entry's facts stay together."""
        values = {"pga": pga, "after": after, "most": limit + 1}
        found = [rows.filed_of(row) for statement in FILED for row in self._cursor.rows(statement, values)]
        found.sort(key=lambda row: row.seq)
        if len(found) <= limit:
            return found
        whole = [row for row in found if row.seq < found[limit].seq]
        return whole or [row for row in found if row.seq == found[limit].seq]

    def revenue(self, pga: str, at: datetime, window: Window, *, settled: bool) -> int:
        """The cents that count in a window, as recorded by an instant; where all is `settled`, from sums by day."""
        statement = revenue(
            len(window.products),
            of_channel=window.channel is not None,
            only_verified=window.verified,
            settled=settled,
        )
        values = {"pga": pga, "at": at, "start": window.start, "end": window.end, "day": window.day}
        values |= {f"product_{number}": product for number, product in enumerate(window.products)}
        return int(self._cursor.first(statement, values | {"of_channel": window.channel}).cents)

    def revenue_days(self, pga: str, at: datetime, after: date) -> list[date]:
        """The days after a day on which recorded revenue takes effect."""
        return [row.effective_on for row in self._cursor.rows(REVENUE_DAYS, {"pga": pga, "at": at, "after": after})]

    def lines(self, pga: str, lines: Sequence[str]) -> list[tuple[Line, str]]:
        """The rows of some revenue lines that stand, each with the id of its entry, in order of entries."""
        found: list[Any] = []
        for start in range(0, len(lines), MANY):
            some = lines[start : start + MANY]
            size = 1 if len(some) == 1 else MANY
            names = {f"line_{place}": some[min(place, len(some) - 1)] for place in range(size)}
            found += self._cursor.rows(named_lines(size), {"pga": pga, **names})
        found.sort(key=lambda row: (row.seq, row.part))
        return [(rows.line_of(row), f"{pga}#{row.seq}") for row in found]

    def entry(self, pga: str, seq: int) -> Sealed | None:
        """One entry of a journal."""
        found = self._cursor.first(ONE_ENTRY, {"pga": pga, "seq": seq})
        return rows.sealed_of(found) if found else None

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
        statement = (
            select(JOURNAL).where(JOURNAL.c.pga == pga, JOURNAL.c.seq > after).order_by(JOURNAL.c.seq).limit(limit)
        )
        if case_number is not None:
            of_partner = and_(JOURNAL.c.case_number.is_(None), JOURNAL.c.kind.in_(("recorded", "retracted")))
            statement = statement.where(or_(JOURNAL.c.case_number == case_number, of_partner))
        if until is not None:
            statement = statement.where(JOURNAL.c.at <= until)
        return map(rows.sealed_of, self._cursor.ask(statement))

    def own_entries(self, pga: str, case_number: int) -> Iterator[Sealed]:
        """The entries of a case itself, in order."""
        return map(rows.sealed_of, self._cursor.rows(OWN_ENTRIES, {"pga": pga, "case_number": case_number}))

    def state_at(self, reference: Reference, at: datetime) -> str | None:
        """The state of the newest case of a reference that was open by an instant; None where there was none."""
        found = self._cursor.first(STATE_AT, {**reference._asdict(), "at": at})
        return found.target if found else None

    def named(self, pga: str, at: datetime) -> Sealed | None:
        """The newest entry by an instant that says who a partner is."""
        found = self._cursor.first(NAMED, {"pga": pga, "at": at})
        return rows.sealed_of(found) if found else None

    def is_retracted(self, pga: str, seq: int) -> bool | None:
        """Whether a recorded entry was retracted; None where it recorded nothing."""
        recorded = union(
            select(FACT.c.retracted_at).where(FACT.c.pga == pga, FACT.c.seq == seq),
            select(LINE.c.retracted_at).where(LINE.c.pga == pga, LINE.c.seq == seq),
        )
        found = [row.retracted_at for row in self._cursor.ask(recorded)]
        return any(value is not None for value in found) if found else None

    def lines_of(self, pga: str, seq: int) -> list[Line]:
        """The rows of the ledger that an entry recorded."""
        statement = select(LINE).where(LINE.c.pga == pga, LINE.c.seq == seq)
        return list(map(rows.line_of, self._cursor.ask(statement)))

    def command(self, pga: str, key: str) -> Command | None:
        """What an idempotency key was used for."""
        found = self._rows(ONE_COMMAND, pga=pga, key=key)
        return Command(found[0].key, found[0].fingerprint, found[0].outcome) if found else None

    def notices(
        self, pga: str, case_number: int | None, after: tuple[int, int], limit: int, until: datetime | None
    ) -> list[NoticeRow]:
        """A page of the notices of a partner, or of one of its cases, in order of entry and part."""
        statement = notices(of_case=case_number is not None, until=until is not None)
        values = {"pga": pga, "case_number": case_number, "until": until, "most": limit}
        found = self._cursor.rows(statement, values | {"after_seq": after[0], "after_part": after[1]})
        return list(map(rows.notice_of, found))

    def notice(self, pga: str, seq: int, part: int) -> NoticeRow | None:
        """One notice."""
        found = self._cursor.first(ONE_NOTICE, {"pga": pga, "seq": seq, "part": part})
        return rows.notice_of(found) if found else None

    def due(self, day: date, limit: int, after: DueCase | None) -> list[DueCase]:
        """Cases with something due by a day, in order of that day and of their keys; one may come more than once."""
        start = after or DueCase(date.min, "", 0)
        values = {"day": day, "most": limit, **start._asdict()}
        found = (DueCase(*row) for statement in DUE for row in self._cursor.rows(statement, values))
        return sorted(found)[:limit]

    def partners(self, after: str | None, limit: int) -> list[Partner]:
        """A page of partners in order of their keys."""
        statement = select(PARTNER).order_by(PARTNER.c.pga).limit(limit)
        if after is not None:
            statement = statement.where(PARTNER.c.pga > after)
        return list(map(rows.partner_of, self._cursor.ask(statement)))

    def cases(
        self, filters: Mapping[str, str], after: tuple[str, int] | None, limit: int
    ) -> Sequence[tuple[PartnerFile, int]]:
        """A page of the newest cases of their references, each as its file and its number, in order of their keys."""
        values = {"most": limit, "after_pga": after[0] if after else "", "after_number": after[1] if after else 0}
        keys = [(row.pga, row.number) for row in self._cursor.rows(listed(*sorted(filters)), {**values, **filters})]
        files = self.files(sorted({pga for pga, _number in keys}))
        return [(files[pga], number) for pga, number in keys]

    def files(self, pgas: Sequence[str]) -> dict[str, PartnerFile]:
        """Some partners with their cases and deadlines; locked, in order of their keys, in a writing session."""
        run, wanted = self._cursor.ask, list(pgas)
        partners = select(PARTNER).where(PARTNER.c.pga.in_(wanted)).order_by(PARTNER.c.pga)
        found = run(partners.with_for_update() if self._locks else partners)
        cases: dict[str, list[Case]] = {}
        for row in run(select(CASE).where(CASE.c.pga.in_(wanted)).order_by(CASE.c.pga, CASE.c.number)):
            cases.setdefault(row.pga, []).append(rows.case_of(row))
        deadlines = _grouped(run(select(DEADLINE).where(DEADLINE.c.pga.in_(wanted))), cases)
        return {row.pga: rows.file_of(row, tuple(cases.get(row.pga, ())), deadlines.get(row.pga, {})) for row in found}

    def facts_of(self, pgas: Sequence[str]) -> dict[str, list[StoredFact]]:
        """All facts of some partners and their cases, revenue apart."""
        statement = select(FACT).where(FACT.c.pga.in_(list(pgas))).order_by(FACT.c.pga, FACT.c.seq, FACT.c.part)
        found: dict[str, list[StoredFact]] = {pga: [] for pga in pgas}
        for row in self._cursor.ask(statement):
            found[row.pga].append(rows.fact_of(row))
        return found

    def secret(self) -> bytes:
        """The key of this database's masked values."""
        return rows.secret_of(next(iter(self._rows(SECRET)), None))

    def swept_by(self) -> str:
        """The fingerprint of the definition by which the last sweep derived deadlines."""
        return rows.swept_by_of(self._cursor.first(SWEPT_BY, {}))

    def stir_all(self, definition: str) -> None:
        """Have the next sweep derive the deadlines of every open case anew, by this definition."""
        self._cursor.run(STIR_ALL, {})
        self._cursor.run(SWEEP_BY, {"by": definition})

    def write(self, *changes: Changes) -> None:
        """Write it all, of one partner or of many.

        Raises:
            StaleRevision: somebody else was faster.
        """
        with self._cursor.as_one():
            self.learn(changes)
            Writer(self._cursor, self._cursor.dialect).write(changes)

    def _rows(self, statement: Any, **values: Any) -> list[Any]:
        """What a statement finds, which may have been asked along."""
        known = self._along.pop((statement, *values.values()), None)
        return self._cursor.rows(statement, values) if known is None else list(known)


def _grouped(found: Any, cases: Mapping[str, list[Case]]) -> dict[str, dict[int, tuple[Deadline, ...]]]:
    grouped = {pga: {case.number: list[Deadline]() for case in known} for pga, known in cases.items()}
    for row in found:
        grouped.setdefault(row.pga, {}).setdefault(row.case_number, []).append(
            Deadline(row.kind, row.due_on, row.about)
        )
    return {
        pga: {number: tuple(sorted(items, key=lambda item: item.due_on)) for number, items in numbers.items()}
        for pga, numbers in grouped.items()
    }
