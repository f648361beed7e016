"""How the benchmarks measure: contestants take turns in one run, and the median of the rounds' ratios counts."""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import timeit
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

Act = Callable[[], object]
Times = dict[str, list[float]]  # seconds by contestant, one number a round
_MICRO = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured figure, with the target that it has to meet, if there is one."""

    what: str
    value: float
    unit: str = "x"
    at_most: float | None = None
    at_least: float | None = None

    @property
    def met(self) -> bool:
        """Whether the target is met; a figure without one is only told."""
        below = self.at_most is None or self.value <= self.at_most
        return below and (self.at_least is None or self.value >= self.at_least)

    @property
    def target(self) -> str:
        """The target in words."""
        if self.at_most is not None:
            return f"at most {self.at_most:g}"
        return f"at least {self.at_least:g}" if self.at_least is not None else ""

    def row(self) -> tuple[str, str, str, str]:
        """The cells of its line in the table."""
        digits = 0 if self.unit in {"statements", "/s"} else 2
        value = f"{self.value:,.{digits}f} {self.unit}"
        return self.what, value, self.target, ("met" if self.met else "MISSED") if self.target else ""


def take_turns(contestants: Mapping[str, Act], *, rounds: int, number: int) -> Times:
    """The seconds that one call of each contestant takes, round by round, each called `number` times in its turn."""
    times: Times = {name: [] for name in contestants}
    for act in contestants.values():
        timeit.timeit(act, number=number)
    for turn in range(rounds):
        for name in order(list(contestants), turn):
            times[name].append(timeit.timeit(contestants[name], number=number) / number)
    return times


def order(names: Sequence[str], turn: int) -> list[str]:
    """The same names, another one first each turn and every other turn backwards: who goes before whom changes."""
    first = turn // 2 % len(names)
    rotated = [*names[first:], *names[:first]]
    return rotated[::-1] if turn % 2 else rotated


def ratio(times: Times, name: str, base: str) -> float:
    """How many times as long as the base a contestant takes: the median of the rounds' ratios."""
    return statistics.median(mine / its for mine, its in zip(times[name], times[base], strict=True))


def micros(times: Times, name: str) -> float:
    """The median of a contestant's rounds, in microseconds."""
    return statistics.median(times[name]) * _MICRO


def machine() -> str:
    """Where and when this was measured."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {python}, {cores} cores, {_memory()}, {platform.machine()}"


def _memory() -> str:
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return "memory unknown"
    return f"{size / 2**30:.0f} GiB"


def table(figures: Iterable[Figure]) -> str:
    """The figures as aligned text."""
    rows = [("figure", "measured", "target", ""), *(figure.row() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = []
    for what, value, target, met in rows:
        lines.append(f"{what:<{widths[0]}}  {value:>{widths[1]}}  {target:<{widths[2]}}  {met}".rstrip())
    return "\n".join(lines)


def options(description: str) -> argparse.ArgumentParser:
    """The options that every benchmark knows."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--check", action="store_true", help="exit with 1 where a target is missed")
    parser.add_argument("--rounds", type=int, default=None, help="how often the contestants take turns")
    return parser


def tell(title: str, figures: Sequence[Figure], *, check: bool) -> int:
    """Print the figures of a benchmark and give the exit code."""
    print(f"{title}\n{machine()}\n{table(figures)}\n", flush=True)  # noqa: T201 - this is what it is for
    return int(check and not all(figure.met for figure in figures))
