"""All cases at a glance: how many are in each state, whose turn it is, and which rules refuse most."""

from __future__ import annotations

from datetime import date

from csp_workflow.errors import BadPayload
from csp_workflow.model.board import Board
from csp_workflow.shell.desk import Desk


class Overview:
    """What can be asked of all cases together; each is answered from an index, however many there are."""

    _desk: Desk

    def board(self) -> Board:
        """How many cases are in each state as they are now, and for how many it is whose turn."""
        when = self._desk.instant(None)
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

    def refusals(self, since: date | None = None, until: date | None = None) -> dict[str, int]:
        """How often each rule has refused something from one day to another, both included; the most frequent first."""
        first, last = since or date.min, until or date.max
        if type(first) is not date or type(last) is not date or last < first:
            raise BadPayload("until", "must be a date that is not before the first day")
        with self._desk.store.reading() as session:
            found = session.refusals(first, last)
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))
