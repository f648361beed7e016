"""What a long revenue ledger costs: a durable `apply` of a partner with 24 lines, and of one with 100,000."""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter

from csp_workflow.bootstrap import HostWorkflow, join, judge_of
from csp_workflow.storage.store import SqlStore, open_store
from csp_workflow.stored import Changes
from csp_workflow.testing import SettableClock
from tests.benchmarks.measure import Figure, Times, options, order, ratio, tell
from tests.benchmarks.walks import ACTED_ON, PREPARED_ON, WALK, WITHDRAW, fire, prepare

TITLE = "A long revenue ledger on SQLite: apply with few lines and with many"
_FEW, _MANY = 24, 100_000
_CENTS = 1_000
_DAYS = 360


def lengthen(store: SqlStore, pga: str, lines: int, *, last_effective_on: date = PREPARED_ON) -> None:
    """Give a partner's revenue, which is one line so far, as many lines as wanted, spread over a year."""
    with store.writing() as session:
        file = session.file(pga)
        if file is None:
            raise AssertionError(f"{pga} is not there")
        line = next(line for seq in range(1, file.last_seq + 1) for line in session.lines_of(pga, seq))
        changes = Changes(file=file, partner=file.partner)
        changes.lines += [
            line._replace(
                part=part,
                cents=_CENTS,
                booked_on=PREPARED_ON - timedelta(days=1 + part % _DAYS),
                effective_on=PREPARED_ON if part < lines else last_effective_on,
            )
            for part in range(2, lines + 1)
        ]
        session.write(changes)


def race(workflow: HostWorkflow, refs: Mapping[str, str], rounds: int) -> Times:
    """Let the partners apply in turns; each withdraws afterwards, untimed, so that it can apply again."""
    times: Times = {name: [] for name in refs}
    for turn in range(rounds + 1):
        for name in order(list(refs), turn):
            start = perf_counter()
            fire(workflow, refs[name], WALK[0])
            spent = perf_counter() - start
            fire(workflow, refs[name], WITHDRAW)
            if turn:  # the first round warms up
                times[name].append(spent)
    return times


def figures(times: Times, many: int) -> list[Figure]:
    """The figures with their targets."""

    def milliseconds(name: str) -> float:
        return statistics.median(times[name]) * 1e3

    return [
        Figure(what=f"apply with {_FEW} lines", value=milliseconds("few"), unit="ms"),
        Figure(what=f"apply with {many:,} lines", value=milliseconds("many"), unit="ms"),
        Figure(what=f"apply with {many:,} lines, against {_FEW}", value=ratio(times, "many", "few"), at_most=1.25),
        Figure(what=f"apply with {many:,} lines, one of them effective later", value=milliseconds("later"), unit="ms"),
    ]


def measure(*, rounds: int = 25, many: int = _MANY, folder: Path | None = None) -> list[Figure]:
    """Run it and give the figures."""
    judge, later = judge_of(), ACTED_ON + timedelta(days=30)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        file = Path(place) / "ledger.db"
        refs = dict(zip(("few", "many", "later"), prepare(judge, file, 3), strict=True))
        pgas = {name: ref.partition("/")[0] for name, ref in refs.items()}
        store = open_store(f"sqlite:///{file}")
        lengthen(store, pgas["few"], _FEW)
        lengthen(store, pgas["many"], many)
        lengthen(store, pgas["later"], many, last_effective_on=later)
        with join(store, judge, SettableClock(ACTED_ON)) as workflow:
            return figures(race(workflow, refs, rounds), many)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and tell."""
    given = options(TITLE).parse_args(arguments)
    return tell(TITLE, measure(rounds=given.rounds or 25), check=given.check)


if __name__ == "__main__":
    sys.exit(main())
