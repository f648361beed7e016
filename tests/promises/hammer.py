"""Eight processes that do a bounded number of mixed acts on the same cases: `hammer ORDER`, see `crew`."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from csp_workflow.bootstrap import open_workflow
from tests.promises.crew import FORKED, PATIENCE, begin
from tests.promises.hand import Hand

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier

    from tests.promises.crew import Say

SIZE = 8
_STEP = timedelta(hours=2)  # by which an act moves the clock on: in 20,000 acts waits end and reviews open


class Calendar:
    """A clock that all processes share: it stands still but for the acts, each of which moves it on a little."""

    def __init__(self, start: datetime, step: timedelta) -> None:
        self._start, self._step = start, step
        self._moved = FORKED.Value("Q", 0)

    def __call__(self) -> datetime:
        """The time that it shows."""
        moved: int = self._moved.value
        return self._start + self._step * moved

    def move(self) -> int:
        """Move it on; how often that was done by now."""
        with self._moved.get_lock():
            self._moved.value += 1
            moved: int = self._moved.value
        return moved


def main(order: dict[str, Any]) -> None:
    """Let the processes do their acts."""
    calendar = Calendar(datetime.fromisoformat(order["start"]), _STEP)
    pairs = [FORKED.Barrier(2, timeout=PATIENCE) for _ in range(SIZE // 2)]

    def lots(whose: str) -> Random:
        return Random(f"{order['seed']} {whose}")  # noqa: S311 - lots, no secrets

    def part(number: int, gate: Barrier, say: Say) -> None:
        with open_workflow(order["url"], clock=calendar) as workflow:
            hand = Hand(workflow, number, order["pgas"], lots(f"of {number}"), calendar.move, calendar, say)
            gate.wait()
            hand.work(order["each"], pairs[number // 2], lots(f"of pair {number // 2}"))

    begin(SIZE, part, Path(order["folder"]))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
