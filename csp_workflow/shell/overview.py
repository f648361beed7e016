"""All cases at a glance: how many are in each state, whose turn it is, and which rules refuse most."""

from __future__ import annotations

from datetime import date, datetime

from csp_workflow.errors import BadPayload, BadReference
from csp_workflow.model.board import Board, Due
from csp_workflow.model.kinds import usable_text
from csp_workflow.ports import Session
from csp_workflow.shell.desk import Desk


class Overview:
    """What can be asked of all cases together; each is answered from an index, however many there are."""

    _desk: Desk

    def board(self, *, at: datetime | None = None) -> Board:
        """How many cases are in each state, and for how many it is whose turn; counted as they are now."""
        when = self._desk.instant(at)
        states: dict[str, int] = {}
        turns: dict[str, int] = {}
        with self._desk.store.reading() as session:
            found = session.board()
        for row in found:
            states[row.state] = states.get(row.state, 0) + row.cases
            if row.turn:
                turns[row.turn] = turns.get(row.turn, 0) + row.cases
        order = [state for lifecycle in self._desk.programme.lifecycles.values() for state in lifecycle.states]
        ordered = {state: states.get(state, 0) for state in dict.fromkeys([*order, *sorted(states)])}
        return Board(as_of=when.date(), states=ordered, turns=dict(sorted(turns.items())))

    def due(
        self, *, by: date | None = None, after: str | None = None, limit: int = 100, at: datetime | None = None
    ) -> list[Due]:
        """A page of what is due by a day (today if left out), in order of due date; `after` is the last one's `key`.

        What a sweep has not fired yet is there, as the deadlines are now; `late_days` is counted on the day of `at`.

        Raises:
            BadPayload: `by` is no date.
            BadReference: `after` is no key of something due.
            NotFound: it names a case that is not there.
        """
        today, limit = self._desk.instant(at).date(), self._desk.limit(limit)
        if type(day := by or today) is not date:
            raise BadPayload("by", "must be a date")
        with self._desk.store.reading() as session:
            start = None if after is None else self._place(session, after)
            found = session.deadlines(day, limit, start)
        usual = self._desk.programme.default_lifecycle
        return [
            Due(
                ref=reference.write(usual),
                kind=deadline.kind,
                due_on=deadline.due_on,
                late_days=max(0, (today - deadline.due_on).days),
            )
            for reference, deadline in found
        ]

    def _place(self, session: Session, after: str) -> tuple[date, str, int, str]:
        """Where a key of something due stands in the order."""
        day, _, rest = str(after).partition("/")
        ref, _, kind = rest.rpartition("/")
        try:
            reference, on, kind = self._desk.reference(ref), date.fromisoformat(day), usable_text(kind)
        except (BadReference, ValueError):
            raise BadReference(f"{after!r} is nothing due: write DATE/CASE/DEADLINE, as the list shows it.") from None
        return on, reference.pga, self._desk.look(session, reference.pga).case(reference).number, kind

    def refusals(self, since: date | None = None, until: date | None = None) -> dict[str, int]:
        """How often each rule has refused something from one day to another, both included; the most frequent first."""
        first, last = since or date.min, until or date.max
        if type(first) is not date or type(last) is not date or last < first:
            raise BadPayload("until", "must be a date that is not before the first day")
        with self._desk.store.reading() as session:
            found = session.refusals(first, last)
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))
