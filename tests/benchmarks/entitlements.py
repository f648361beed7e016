"""What the question of every order costs: whether a case is entitled to something, now and on an earlier day."""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter

from csp_workflow.bootstrap import HostWorkflow, join, judge_of
from csp_workflow.model.actor import Actor
from csp_workflow.storage.store import open_store
from csp_workflow.testing import SettableClock
from tests.benchmarks.ledger import lengthen
from tests.benchmarks.measure import Figure, options, order, tell
from tests.benchmarks.walks import ACTED_ON, prepare

TITLE = "Whether a case is entitled to something, on SQLite"
_WANTED = "new_purchases"
_OF_A_THOUSAND = 990  # nine hundred and ninety of a thousand are quicker
_MOST = 1.0  # milliseconds


def asked(
    workflow: HostWorkflow, refs: Sequence[str], instants: dict[str, datetime | None], rounds: int
) -> list[Figure]:
    """Ask about one case after the other, now and earlier in turns."""
    times: dict[str, list[float]] = {name: [] for name in instants}
    for turn in range(rounds * len(refs)):
        for name in order(list(instants), turn):
            start = perf_counter()
            workflow.may(refs[turn % len(refs)], _WANTED, at=instants[name])
            times[name].append((perf_counter() - start) * 1e3)
    figures = []
    for name, spent in times.items():
        slow = statistics.quantiles(spent, n=1000)[_OF_A_THOUSAND - 1]
        figures += [
            Figure(what=f"{name}, the median", value=statistics.median(spent), unit="ms"),
            Figure(what=f"{name}, 99 of 100 are quicker", value=slow, unit="ms", at_most=_MOST),
        ]
    return figures


def measure(*, rounds: int = 20, partners: int = 200, lines: int = 20_000, folder: Path | None = None) -> list[Figure]:
    """Run it and give the figures; one of the partners has a long ledger."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        file, judge = Path(place) / "entitlements.db", judge_of()
        refs = prepare(judge, file, partners)
        store = open_store(f"sqlite:///{file}")
        lengthen(store, refs[0].partition("/")[0], lines)
        clock = SettableClock(ACTED_ON)
        with join(store, judge, clock) as workflow:
            was = clock()
            clock.set(was + timedelta(days=1))
            for ref in refs:
                workflow.note(ref, "later", actor=Actor("otto", "operator"))
            return asked(workflow, refs, {"now": None, "on an earlier day": was}, rounds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and tell."""
    given = options(TITLE).parse_args(arguments)
    return tell(TITLE, measure(rounds=given.rounds or 20), check=given.check)


if __name__ == "__main__":
    sys.exit(main())
