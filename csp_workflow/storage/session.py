"""One transaction on a connection: reads and writes in SQLAlchemy Core on the tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select, tuple_, union, update

from csp_workflow.errors import StaleRevision
from csp_workflow.model.case import Case, Deadline
from csp_workflow.model.fact import Window
from csp_workflow.model.journal import Sealed
from csp_workflow.model.partner import Partner
from csp_workflow.ports import Changes, Command, Line, PartnerFile, StoredFact
from csp_workflow.storage import rows
from csp_workflow.storage.prepared import Cursor
from csp_workflow.storage.statements import (
    ADD,
    CASE,
    CASE_CHANGED,
    CASES_DUE,
    COMMAND,
    DEADLINE,
    DROP_DEADLINE,
    EDITED_PARTNER,
    FACT,
    FACTS,
    FIXED,
    HEAD,
    IS_SUCCEEDED,
    JOURNAL,
    LINE,
    LOCKED_PARTNER,
    MOVE_DEADLINE,
    NEW_PARTNER,
    NOTICE,
    ONE_COMMAND,
    ONE_ENTRY,
    ONE_PARTNER,
    PARTNER,
    PARTNER_HEAD,
    REVENUE_DAYS,
    SECRET,
    STANDING_LINES,
    add_to_day,
    revenue,
)


class SqlSession:
    """The session of a transaction that somebody else begins and ends."""

    def __init__(self, connection: Connection, *, writes: bool) -> None:
        self._connection = connection
        self._cursor = Cursor(connection)
        self._partner = LOCKED_PARTNER if writes and connection.dialect.name != "sqlite" else ONE_PARTNER

    def file(self, pga: str) -> PartnerFile | None:
        """A partner with its cases and deadlines; locked until the end in a writing session."""
        run, key = self._cursor, {"pga": pga}
        found = run.first(self._partner, key)
        if found is None:
            return None
        cases: dict[int, Case] = {}
        deadlines: dict[int, tuple[Deadline, ...]] = {}
        for row in run.rows(CASES_DUE, key):
            if row.number not in cases:
                cases[row.number] = rows.case_of(row)
                deadlines[row.number] = ()
            if row.kind is not None:
                deadlines[row.number] += (Deadline(row.kind, row.due_on, row.about),)
        return rows.file_of(found, tuple(cases.values()), deadlines)

    def facts(self, pga: str) -> list[StoredFact]:
        """All facts of a partner and its cases, revenue apart."""
        return [rows.fact_of(row) for row in self._cursor.rows(FACTS, {"pga": pga})]

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

    def line(self, pga: str, line: str) -> list[tuple[Line, str]]:
        """The rows of a revenue line that stand, each with the id of its entry."""
        statement = select(LINE).where(LINE.c.pga == pga, LINE.c.line == line, LINE.c.retracted_at.is_(None))
        found = self._cursor.ask(statement.order_by(LINE.c.seq, LINE.c.part))
        return [(rows.line_of(row), f"{pga}#{row.seq}") for row in found]

    def entry(self, pga: str, seq: int) -> Sealed | None:
        """One entry of a journal."""
        found = self._cursor.first(ONE_ENTRY, {"pga": pga, "seq": seq})
        return rows.sealed_of(found) if found else None

    def entries(self, pga: str, case_number: int | None, until: datetime | None = None) -> Iterator[Sealed]:
        """The entries of a partner in order; with a case number its own and the partner's facts."""
        statement = select(JOURNAL).where(JOURNAL.c.pga == pga).order_by(JOURNAL.c.seq)
        if case_number is not None:
            of_partner = and_(JOURNAL.c.case_number.is_(None), JOURNAL.c.kind.in_(("recorded", "retracted")))
            statement = statement.where(or_(JOURNAL.c.case_number == case_number, of_partner))
        if until is not None:
            statement = statement.where(JOURNAL.c.at <= until)
        return map(rows.sealed_of, self._cursor.ask(statement))

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
        found = self._cursor.first(ONE_COMMAND, {"pga": pga, "key": key})
        return Command(found.key, found.fingerprint, found.outcome) if found else None

    def due(self, day: date, limit: int, after: tuple[str, int] | None) -> list[tuple[str, int]]:
        """The keys of cases with something due by a day, in order of their keys."""
        found = union(
            select(DEADLINE.c.pga, DEADLINE.c.case_number.label("number")).where(DEADLINE.c.due_on <= day),
            select(CASE.c.pga, CASE.c.number).where(CASE.c.stirs_on <= day),
        ).subquery()
        statement = select(found.c.pga, found.c.number).order_by(found.c.pga, found.c.number).limit(limit)
        if after:
            statement = statement.where(tuple_(found.c.pga, found.c.number) > after)
        return [(row.pga, row.number) for row in self._cursor.ask(statement)]

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
        statement = select(CASE.c.pga, CASE.c.number).order_by(CASE.c.pga, CASE.c.number).limit(limit)
        statement = statement.where(~IS_SUCCEEDED, *(CASE.c[name] == value for name, value in filters.items()))
        if after:
            statement = statement.where(tuple_(CASE.c.pga, CASE.c.number) > after)
        keys = [(row.pga, row.number) for row in self._cursor.ask(statement)]
        files = self._files(sorted({pga for pga, _number in keys}))
        return [(files[pga], number) for pga, number in keys]

    def _files(self, pgas: list[str]) -> dict[str, PartnerFile]:
        run = self._cursor.ask
        cases: dict[str, list[Case]] = {}
        for row in run(select(CASE).where(CASE.c.pga.in_(pgas)).order_by(CASE.c.pga, CASE.c.number)):
            cases.setdefault(row.pga, []).append(rows.case_of(row))
        deadlines = _grouped(run(select(DEADLINE).where(DEADLINE.c.pga.in_(pgas))))
        return {
            row.pga: rows.file_of(row, tuple(cases.get(row.pga, ())), deadlines.get(row.pga, {}))
            for row in run(select(PARTNER).where(PARTNER.c.pga.in_(pgas)))
        }

    def counts(self) -> dict[str, int]:
        """How many cases are in each state."""
        statement = select(CASE.c.state, func.count().label("cases")).group_by(CASE.c.state).order_by(CASE.c.state)
        return {row.state: row.cases for row in self._cursor.ask(statement)}

    def secret(self) -> bytes:
        """The key of this database's masked values."""
        return rows.secret_of(self._cursor.first(SECRET, {}))

    def write(self, changes: Changes) -> None:
        """Write it all.

        Raises:
            StaleRevision: somebody else was faster.
        """
        self._write_partner(changes)
        pga, run = changes.partner.pga, self._cursor
        run.add(ADD[JOURNAL], [rows.journal_row(pga, entry) for entry in changes.entries])
        self._write_cases(changes)
        self._write_deadlines(changes)
        if changes.facts:
            numbered: dict[int, int] = {}
            facts = []
            for fact in changes.facts:
                part = numbered[fact.seq] = numbered.get(fact.seq, 0) + 1
                facts.append(rows.fact_row(pga, part, fact))
            run.add(ADD[FACT], facts)
        self._write_revenue(changes)
        for seq, at in changes.retracted.items():
            for table in (FACT, LINE):
                statement = update(table).where(table.c.pga == pga, table.c.seq == seq).values(retracted_at=at)
                self._connection.execute(statement)
        run.add(ADD[NOTICE], [rows.notice_row(pga, notice) for notice in changes.notices])
        if changes.command:
            run.add(ADD[COMMAND], [{"pga": pga, **changes.command._asdict()}])

    def _write_revenue(self, changes: Changes) -> None:
        pga, run = changes.partner.pga, self._cursor
        run.add(ADD[LINE], [rows.line_row(pga, line) for line in changes.lines])
        gone = [
            rows.line_of(row) for seq in changes.retracted for row in run.rows(STANDING_LINES, {"pga": pga, "seq": seq})
        ]
        totals: dict[tuple[date, str, str, bool], int] = {}
        for sign, lines in ((1, changes.lines), (-1, gone)):
            for line in lines:
                key = (line.booked_on, line.product, line.channel, line.verified)
                totals[key] = totals.get(key, 0) + sign * line.cents
        names = ("booked_on", "product", "channel", "verified")
        days = [{"pga": pga, **dict(zip(names, key, strict=True)), "cents": cents} for key, cents in totals.items()]
        run.add(add_to_day(self._connection.dialect.name), days)

    def _write_partner(self, changes: Changes) -> None:
        before, partner = changes.file, changes.partner
        end = changes.entries[-1] if changes.entries else None
        after = before._replace(
            ledger=rows.ledger_of(changes),
            last_seq=end.seq if end else before.last_seq,
            head=end.hash if end else before.head,
        )
        values = rows.partner_row(after, partner)
        if changes.is_new:
            self._cursor.add(NEW_PARTNER, [values])
            return
        old = before.partner
        checks = {"old_pga": partner.pga, "old_revision": old.revision, "old_seq": before.last_seq}
        del values["pga"]
        if (partner.name, partner.country, partner.email, partner.language, partner.manager) == (
            old.name,
            old.country,
            old.email,
            old.language,
            old.manager,
        ):
            values = {name: values[name] for name in HEAD}
            found = self._cursor.change(PARTNER_HEAD, values | checks)
        else:
            found = self._cursor.change(EDITED_PARTNER, values | checks)
        if found != 1:
            raise StaleRevision(partner.pga)

    def _write_cases(self, changes: Changes) -> None:
        for before, after, stirs_on in changes.cases.values():
            is_open = after.number not in changes.closed
            values = rows.case_row(after, is_open=is_open, stirs_on=stirs_on)
            if before is None:
                self._cursor.add(ADD[CASE], [values])
                continue
            checks = {"old_pga": after.reference.pga, "old_number": after.number, "old_version": before.version}
            values = {name: value for name, value in values.items() if name not in FIXED}
            if self._cursor.change(CASE_CHANGED, values | checks) != 1:
                raise StaleRevision(after.reference.pga)

    def _write_deadlines(self, changes: Changes) -> None:
        pga, run = changes.partner.pga, self._cursor
        dropped, moved, added = [], [], []
        for number, deadlines in changes.deadlines.items():
            old = {item.kind: item for item in changes.file.deadlines.get(number, ())}
            new = {item.kind: item for item in deadlines}
            checks = {"old_pga": pga, "old_number": number}
            dropped += [{**checks, "old_kind": kind} for kind in old if kind not in new]
            moved += [
                {**checks, "old_kind": kind, "due_on": item.due_on, "about": item.about}
                for kind, item in new.items()
                if kind in old and old[kind] != item
            ]
            added += [rows.deadline_row(pga, number, item) for kind, item in new.items() if kind not in old]
        run.add(DROP_DEADLINE, dropped)
        run.add(MOVE_DEADLINE, moved)
        run.add(ADD[DEADLINE], added)


def _grouped(found: Any) -> dict[str, dict[int, tuple[Deadline, ...]]]:
    grouped: dict[str, dict[int, list[Deadline]]] = {}
    for row in found:
        deadline = Deadline(row.kind, row.due_on, row.about)
        grouped.setdefault(row.pga, {}).setdefault(row.case_number, []).append(deadline)
    return {
        pga: {number: tuple(sorted(items, key=lambda item: item.due_on)) for number, items in cases.items()}
        for pga, cases in grouped.items()
    }
