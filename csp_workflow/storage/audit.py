"""What an audit reads: journals stretch by stretch with the rows that their entries made, and sums beside lines."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, literal_column, select, union

from csp_workflow.model.journal import Refused
from csp_workflow.storage import rows
from csp_workflow.storage.prepared import Cursor
from csp_workflow.storage.statements import (
    CASE,
    COMMAND,
    DAY_TOTAL,
    DEADLINE,
    FACT,
    JOURNAL,
    LINE,
    NOTICE,
    PARTNER,
    REFUSAL,
)
from csp_workflow.stored import CaseFlags, Command, Stretch


@cache
def _stretch(table: Any, *, is_first: bool, is_last: bool) -> Any:
    """The rows of a table from one entry to another; the first and the last stretch have no bound on that side.

    So a row is read whatever number somebody has given it.
    """
    statement = select(table).where(table.c.pga == bindparam("pga"))
    if not is_first:
        statement = statement.where(table.c.seq > bindparam("after"))
    if not is_last:
        statement = statement.where(table.c.seq <= bindparam("until"))
    return statement.order_by(table.c.seq, *(table.c[name] for name in ("part",) if name in table.c))


@cache
def _entries(*, is_first: bool) -> Any:
    return _stretch(JOURNAL, is_first=is_first, is_last=True).limit(bindparam("most"))


_KEYS = select(COMMAND).where(COMMAND.c.pga == bindparam("pga"), COMMAND.c.key > bindparam("after"))
NEXT_COMMANDS = _KEYS.order_by(COMMAND.c.key).limit(bindparam("most"))
_WAITS = and_(CASE.c.stirs_on.is_not(None), CASE.c.stirs_on <= CASE.c.derived_on)
FLAGS = (
    select(CASE.c.number, CASE.c.is_open, CASE.c.is_latest, CASE.c.turn, _WAITS.label("waits"))
    .where(CASE.c.pga == bindparam("pga"))
    .order_by(CASE.c.number)
)
_DAY = ("booked_on", "product", "channel", "verified")
_SUMS = (
    select(*(LINE.c[name] for name in _DAY), func.sum(LINE.c.cents).label("cents"))
    .where(LINE.c.pga == bindparam("pga"), LINE.c.retracted_at.is_(None))
    .group_by(*(LINE.c[name] for name in _DAY))
    .subquery()
)
_TOTALS = select(DAY_TOTAL).where(DAY_TOTAL.c.pga == bindparam("pga")).subquery()
_SAME_DAY = and_(*(_SUMS.c[name] == _TOTALS.c[name] for name in _DAY))
WRONG_TOTALS = (
    select(_TOTALS.c.booked_on)
    .outerjoin(_SUMS, _SAME_DAY)
    .where(_TOTALS.c.cents != func.coalesce(_SUMS.c.cents, 0))
    .union(
        select(_SUMS.c.booked_on).outerjoin(_TOTALS, _SAME_DAY).where(_TOTALS.c.booked_on.is_(None), _SUMS.c.cents != 0)
    )
)
_BELONGING = (JOURNAL, CASE, FACT, LINE, DAY_TOTAL, DEADLINE, NOTICE, COMMAND, REFUSAL)
_OF_NO_CASE = ~exists().where(CASE.c.pga == DEADLINE.c.pga, CASE.c.number == DEADLINE.c.case_number)
STRAYS = union(
    *(
        select(table.c.pga, literal_column("'partner'").label("lacks")).where(table.c.pga.not_in(select(PARTNER.c.pga)))
        for table in _BELONGING
    ),
    select(DEADLINE.c.pga, literal_column("'case'").label("lacks")).where(_OF_NO_CASE),
).limit(3)
PARTNERS = select(func.count().label("partners")).select_from(PARTNER)
HEADS = (
    select(PARTNER.c.pga, PARTNER.c.last_seq, PARTNER.c.head)
    .where(PARTNER.c.pga > bindparam("after"))
    .order_by(PARTNER.c.pga)
    .limit(bindparam("most"))
)


class AuditReads:
    """The part of a session that an audit uses."""

    _cursor: Cursor

    def stretch(self, pga: str, after: int, limit: int) -> Stretch:
        """The next entries of a partner's journal, and the rows that they made; in the last one all that is left."""
        run, is_first = self._cursor, not after
        found = run.rows(_entries(is_first=is_first), {"pga": pga, "after": after, "most": limit})
        entries, is_last = [rows.sealed_of(row) for row in found], len(found) < limit
        within = {"pga": pga, "after": after, "until": entries[-1].seq if entries else after}

        def made(table: Any) -> list[Any]:
            return run.rows(_stretch(table, is_first=is_first, is_last=is_last), within)

        return Stretch(
            entries,
            [(row.part, rows.fact_of(row)) for row in made(FACT)],
            [(rows.line_of(row), row.retracted_at) for row in made(LINE)],
            [rows.notice_of(row) for row in made(NOTICE)],
            [(row.seq, Refused(row.rule, row.trigger, row.refused_on)) for row in made(REFUSAL)],
            is_last,
        )

    def commands(self, pga: str, after: str, limit: int) -> list[Command]:
        """A page of the idempotency keys of a partner, in order."""
        found = self._cursor.rows(NEXT_COMMANDS, {"pga": pga, "after": after, "most": limit})
        return [Command(row.key, row.fingerprint, row.outcome) for row in found]

    def flags(self, pga: str) -> list[CaseFlags]:
        """What is kept of each case of a partner to find it by."""
        return [CaseFlags(*row) for row in self._cursor.rows(FLAGS, {"pga": pga})]

    def wrong_totals(self, pga: str) -> list[date]:
        """The days whose sum of revenue is not that of the lines that stand."""
        return sorted(row[0] for row in self._cursor.rows(WRONG_TOTALS, {"pga": pga}))

    def strays(self) -> list[tuple[str, str]]:
        """Partners of whom there are rows that belong to nothing, each with what is not there; a few of them."""
        return [(row.pga, row.lacks) for row in self._cursor.rows(STRAYS, {})]

    def number_of_partners(self) -> int:
        """How many partners there are."""
        return int(self._cursor.first(PARTNERS, {}).partners)

    def heads(self, after: str, limit: int) -> list[tuple[str, int, str]]:
        """A page of partners, each with the number and the hash of its last entry."""
        found = self._cursor.rows(HEADS, {"after": after, "most": limit})
        return [(row.pga, row.last_seq, row.head) for row in found]
