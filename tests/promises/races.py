"""Two processes that do one act each at the same moment, round after round: `races ORDER`, see `crew`."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csp_workflow.bootstrap import open_workflow
from csp_workflow.testing import SettableClock
from tests.promises import commands
from tests.promises.commands import Command
from tests.promises.crew import begin
from tests.promises.partners import EUROPE, STATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from multiprocessing.synchronize import Barrier

    from csp_workflow import Workflow
    from tests.promises.crew import Say

_APPLY: commands.Act = ("apply", "global_admin", {})
_DECLINE: commands.Act = ("decline", "reviewer", {"reason": "The figures could not be confirmed."})


def same(workflow: Workflow, pga: str, _side: int) -> Command:
    """Both apply with the same key: it is one command."""
    return commands.act(workflow, f"{pga} same", "both", f"{pga}/{EUROPE}", _APPLY)


def other(workflow: Workflow, pga: str, side: int) -> Command:
    """Each leaves another note with the same key."""
    return commands.note(workflow, f"{pga} other", "odds", f"{pga}/{EUROPE}", f"This is {side}.")


def row(workflow: Workflow, pga: str, _side: int) -> Command:
    """Both import the same row, which has a key."""
    return commands.row(workflow, f"{pga} row", "row", pga)


def decline(workflow: Workflow, pga: str, side: int) -> Command:
    """One applies in Europe, the other declines in the United States."""
    region, act = ((EUROPE, _APPLY), (STATES, _DECLINE))[side]
    return commands.act(workflow, f"{pga} {side}", "walk", f"{pga}/{region}", act)


def version(workflow: Workflow, pga: str, side: int) -> Command:
    """Both record a fact about the case as they have read it."""
    return commands.association(workflow, f"{pga} {side}", "fact", f"{pga}/{EUROPE}")


def lapse(workflow: Workflow, pga: str, side: int) -> Command:
    """One applies, the other records that the membership has lapsed."""
    if side:
        return commands.membership(workflow, f"{pga} {side}", "evidence", pga, "lapsed")
    return commands.act(workflow, f"{pga} {side}", "walk", f"{pga}/{EUROPE}", _APPLY)


_IN_TURN = 10  # one of so many rounds gives the first side a head start, and the next one the second

_RACES: Mapping[str, Callable[[Workflow, str, int], Command]] = {
    race.__name__: race for race in (same, other, row, version, decline, lapse)
}


def main(order: Mapping[str, Any]) -> None:
    """Let two processes race, once for each partner and race; they change sides after every round."""
    clock = SettableClock(datetime.fromisoformat(order["start"]))
    rounds = [(_RACES[race], place, pga) for race in order["races"] for place, pga in enumerate(order["pgas"])]

    def part(number: int, gate: Barrier, say: Say) -> None:
        with open_workflow(order["url"], clock=clock) as workflow:
            for race, place, pga in rounds:
                side = number ^ place % 2
                command = race(workflow, pga, side)
                key = command.by if command.what in {"both", "odds"} else None
                expected = workflow.case(command.about[0]).version if command.what == "fact" else None
                gate.wait()
                with _turn(gate, side, place % _IN_TURN):
                    said = commands.sent(command, key=key, expected=expected)
                say(said)

    begin(2, part, Path(order["folder"]))


@contextmanager
def _turn(gate: Barrier, side: int, turn: int) -> Iterator[None]:
    """Act at once, but in some rounds one side waits until the other is done: chance alone may favour one for good."""
    if turn in {0, 1} and turn != side:
        gate.wait()
    yield
    if turn == side:
        gate.wait()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
