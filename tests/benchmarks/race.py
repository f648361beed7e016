"""Acts that several contestants do in turns, each timed."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter, thread_time

from tests.benchmarks.measure import order
from tests.benchmarks.walks import WALK, Act


@dataclass(frozen=True, slots=True)
class Timed:
    """One round: the seconds of its cases by contestant and trigger, on the clock and of the processor alone."""

    clock: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    processor: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    def add(self, contestant: str, trigger: str, clock: float, processor: float) -> None:
        """Note one act."""
        self.clock.setdefault((contestant, trigger), []).append(clock)
        self.processor.setdefault((contestant, trigger), []).append(processor)

    def usual(self, contestant: str, triggers: Sequence[str], *, processor: bool = False) -> float:
        """The seconds of a contestant for some triggers, each as long as for the middle one of the cases."""
        times = self.processor if processor else self.clock
        return sum(statistics.median(times[contestant, trigger]) for trigger in triggers)


def round_of(
    run: Callable[[str, str, Act], None], contestants: Sequence[str], refs: Sequence[str], number: int
) -> Timed:
    """Every act of some cases by each contestant; a turn is one act of all of them, as a service does many alike.

    `number` is the round's: in each, another contestant is the first to do an act.
    """
    timed = Timed()
    for turn, act in enumerate(WALK, start=number):
        for name in order(contestants, turn):
            for ref in refs:
                clock, processor = perf_counter(), thread_time()
                run(name, ref, act)
                timed.add(name, act.trigger, perf_counter() - clock, thread_time() - processor)
    return timed
