"""What is read of all cases together: counts from indexes alone, and pages in the order of an index."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, func, select, tuple_

from csp_workflow.model.case import Deadline, Reference
from csp_workflow.storage.prepared import Cursor
from csp_workflow.storage.statements import CASE, DEADLINE, REFUSAL
from csp_workflow.stored import BoardRow, DueDeadline

BOARD = (
    select(CASE.c.lifecycle, CASE.c.state, CASE.c.turn, func.count().label("cases"))
    .where(CASE.c.is_latest)
    .group_by(CASE.c.lifecycle, CASE.c.state, CASE.c.turn)
)
REFUSALS = (
    select(REFUSAL.c.rule, func.count().label("times"))
    .where(REFUSAL.c.refused_on >= bindparam("since"), REFUSAL.c.refused_on <= bindparam("until"))
    .group_by(REFUSAL.c.rule)
)
_ORDER: Any = (DEADLINE.c.due_on, DEADLINE.c.pga, DEADLINE.c.case_number, DEADLINE.c.kind)
_AFTER: Any = tuple_(bindparam("on", type_=DEADLINE.c.due_on.type), *map(bindparam, ("pga", "number", "kind")))
DEADLINES = (
    select(*_ORDER, CASE.c.region, CASE.c.lifecycle, CASE.c.tenant)
    .join(CASE, and_(CASE.c.pga == DEADLINE.c.pga, CASE.c.number == DEADLINE.c.case_number))
    .where(DEADLINE.c.due_on <= bindparam("by"), tuple_(*_ORDER) > _AFTER)
    .order_by(*_ORDER)
    .limit(bindparam("most"))
)


_NARROWEST = ("pga", "state", "region", "lifecycle")  # each the beginning of an index that goes on in the order of keys


@cache
def listed(*filters: str) -> Any:
    """The keys of a page of the newest cases that are as some columns say, in order, after one.

    A planner that knows no counts takes any condition for narrow, and may sort all that it finds for every page. So
    the narrowest filter alone is left to an index, which gives the keys in order; the others are asked of its entries.
    """
    index = next((name for name in _NARROWEST if name in filters), None)
    asked = [
        (CASE.c[name] if name == index else func.coalesce(CASE.c[name], "")) == bindparam(name) for name in filters
    ]
    key: Any = (CASE.c.pga, CASE.c.number)
    return (
        select(*key)
        .where(CASE.c.is_latest, *asked)
        .where(tuple_(*key) > tuple_(bindparam("after_pga"), bindparam("after_number")))
        .order_by(*key)
        .limit(bindparam("most"))
    )


class OverviewReads:
    """The part of a session that looks at all cases."""

    _cursor: Cursor

    def board(self) -> list[BoardRow]:
        """How many cases are in each state, and whose turn it is."""
        return [BoardRow(*row) for row in self._cursor.rows(BOARD, {})]

    def refusals(self, since: date, until: date) -> dict[str, int]:
        """How often each rule has refused something in a period, both days included."""
        return {row.rule: row.times for row in self._cursor.rows(REFUSALS, {"since": since, "until": until})}

    def deadlines(self, by: date, limit: int, after: tuple[date, str, int, str] | None) -> list[DueDeadline]:
        """A page of the deadlines that are due by a day, in order of that day, of their cases and of their kinds."""
        start = dict(zip(("on", "pga", "number", "kind"), after or (date.min, "", 0, ""), strict=True))
        found = self._cursor.rows(DEADLINES, {"by": by, "most": limit, **start})
        return [
            DueDeadline(Reference(row.pga, row.region, row.lifecycle, row.tenant), Deadline(row.kind, row.due_on))
            for row in found
        ]
