"""How cost grows with the number of cases: questions and acts on an almost empty database and on ever larger ones.

Each database holds the same partners that are asked about, spread among the others, and on the smallest there are no
others. The contestants are the databases: each is asked the same in turns.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from csp_workflow.bootstrap import HostWorkflow, join, judge_of
from csp_workflow.model.actor import Actor
from csp_workflow.rules.engine import Judge
from csp_workflow.storage.store import open_store
from csp_workflow.testing import SettableClock
from tests import postgres
from tests.benchmarks import sweeping
from tests.benchmarks.lives import TODAY
from tests.benchmarks.measure import Figure, Times, machine, options, order, ratio, tell
from tests.benchmarks.population import Population, populate, prove

TITLE = "Many cases: the same questions and acts on an almost empty database and on large ones"
EMPTY = "empty"
_ANNA = Actor("anna", "global_admin")
_BATCH, _PAGE = 500, 100
_DUE = 10_000
_ROUNDS = 1_000
_NEAR = 1.5  # times as long as on an empty database, at most

Ask = Callable[[HostWorkflow, str], object]


class Question(NamedTuple):
    """What is timed, and in how much fewer rounds; `near` says that it may hardly take longer on a large database."""

    name: str
    ask: Ask
    near: bool = False
    rarer: int = 1


def _batch(workflow: HostWorkflow, _ref: str) -> None:
    """What a sweep reads before it judges: who has something due, their cases, and their facts."""
    with workflow._desk.store.reading() as session:  # noqa: SLF001 - a sweep would go on, and write
        pgas = sorted({case.pga for case in session.due(TODAY, _BATCH, None)})
        session.files(pgas)
        session.facts_of(pgas)


QUESTIONS = (
    Question("the first batch of 500 due, as a sweep reads it", _batch, near=True, rarer=5),
    Question("due, a list of 500", lambda workflow, _ref: workflow.due(limit=_BATCH), near=True),
    Question("case", lambda workflow, ref: workflow.case(ref), near=True),
    Question("requirements", lambda workflow, ref: workflow.requirements(ref), near=True),
    Question("fire, with commit", lambda workflow, ref: workflow.fire(ref, "apply", actor=_ANNA), near=True),
    Question("cases, a page of 100", lambda workflow, ref: workflow.cases(after=ref, limit=_PAGE), rarer=10),
    Question(
        "cases in a state, a page of 100",
        lambda workflow, ref: workflow.cases(state="indirect_tenure", after=ref, limit=_PAGE),
        rarer=10,
    ),
    Question("board", lambda workflow, _ref: workflow.board(), rarer=50),
    Question("refusals, of all time", lambda workflow, _ref: workflow.refusals(), rarer=50),
    Question("refusals, of a month", lambda workflow, _ref: workflow.refusals(TODAY.replace(day=1), TODAY)),
)


class Made(NamedTuple):
    """A database, who is in it, and how long it took to make."""

    url: str
    population: Population
    seconds: float


def sizes(most: int) -> list[int]:
    """10,000 and ten times as many again and again, up to the most."""
    found = [10_000]
    while found[-1] * 10 <= most:
        found.append(found[-1] * 10)
    return found if found[-1] == most else [*(size for size in found if size < most), most]


def make(judge: Judge, url: str, cases: int, ready: int) -> Made:
    """A database of so many cases; of none it holds only the partners that are asked about, and a batch of due ones."""
    start = perf_counter()
    due = min(_DUE, cases // 10) or _BATCH
    population = populate(judge, url, cases=cases or due + ready, due=due, ready=ready)
    made = Made(url, population, perf_counter() - start)
    prove(judge, url, population.partners)
    return made


def race(judge: Judge, made: Mapping[str, Made], rounds: int) -> dict[str, Times]:
    """Ask each database everything in turns; each round is about another partner."""
    times: dict[str, Times] = {question.name: {name: [] for name in made} for question in QUESTIONS}
    with ExitStack() as opened:
        workflows = {
            name: opened.enter_context(join(open_store(one.url), judge, SettableClock(TODAY)))
            for name, one in made.items()
        }
        for question in QUESTIONS:
            for turn in range(max(1, rounds // question.rarer) + 1):
                for name in order(list(made), turn):
                    ref = f"{made[name].population.ready[turn]}/europe"
                    start = perf_counter()
                    question.ask(workflows[name], ref)
                    spent = perf_counter() - start
                    if turn:  # the first round warms up
                        times[question.name][name].append(spent)
    return times


def slowest(seconds: Sequence[float]) -> float:
    """What 99 of 100 do not exceed."""
    return sorted(seconds)[max(0, round(len(seconds) * 0.99) - 1)]


def figures(times: Mapping[str, Times], made: Mapping[str, Made]) -> list[Figure]:
    """How many times as long everything takes on the largest database as on the empty one."""
    largest = list(made)[-1]
    found = []
    for question in QUESTIONS:
        mine = times[question.name]
        found.append(
            Figure(
                what=f"{question.name}: {largest} cases, against {EMPTY}",
                value=ratio(mine, largest, EMPTY),
                at_most=_NEAR if question.near else None,
            )
        )
        if question.near:
            slow = slowest(mine[largest]) / slowest(mine[EMPTY])
            found.append(Figure(what=f"{question.name}: the same, 99 of 100", value=slow, at_most=_NEAR))
    return found


def growth(times: Mapping[str, Times], made: Mapping[str, Made]) -> str:
    """How cost grows, as a table in Markdown: the median, and what 99 of 100 do not exceed, in milliseconds."""
    lines = [f"| milliseconds: median / p99 | {' | '.join(made)} |", f"| --- |{' --- |' * len(made)}"]
    for question in QUESTIONS:
        cells = [
            f"{statistics.median(seconds) * 1e3:.2f} / {slowest(seconds) * 1e3:.2f}"
            for seconds in times[question.name].values()
        ]
        lines.append(f"| {question.name} | {' | '.join(cells)} |")
    lines.append(f"| entries | {' | '.join(f'{one.population.entries:,}' for one in made.values())} |")
    lines.append(f"| seconds to make it | {' | '.join(f'{one.seconds:.0f}' for one in made.values())} |")
    return "\n".join(lines)


@contextmanager
def _addresses(folder: Path | None, *, postgresql: bool) -> Iterator[Callable[[str], str]]:
    """Where the databases are made, and how each is called."""
    if not postgresql:
        with tempfile.TemporaryDirectory(dir=folder) as place:
            yield lambda name: f"sqlite:///{place}/{name}.db"
        return
    with postgres.start() as server:
        yield lambda name: server.create(f"scale-{name}")


def measure(
    *,
    rounds: int = _ROUNDS,
    cases: int = 100_000,
    sweeps: int = 3,
    postgresql: bool = False,
    folder: Path | None = None,
) -> list[Figure]:
    """Make the databases, run it, print how cost grows, and give the figures; a sweep is measured on SQLite."""
    judge = judge_of()
    with _addresses(folder, postgresql=postgresql) as address:
        made = {
            f"{size:,}" if size else EMPTY: make(judge, address(f"{size}"), size, rounds + 1)
            for size in [0, *sizes(cases)]
        }
        largest = list(made.values())[-1]
        found = []
        if not postgresql:
            file = Path(largest.url.removeprefix("sqlite:///"))
            found = sweeping.figures(judge, file, largest.population.due, largest.population.cases, sweeps)
        times = race(judge, made, rounds)
    print(f"{machine()}\n\n{growth(times, made)}\n", flush=True)  # noqa: T201 - the table of the documentation
    return [*figures(times, made), *found]


def add_options(parser: ArgumentParser) -> None:
    """The options of this benchmark alone."""
    parser.add_argument(
        "--cases", type=int, default=100_000, help="scale: the most cases; ten times fewer are made too"
    )
    parser.add_argument("--postgresql", action="store_true", help="scale: on a server of its own instead of files")
    parser.add_argument("--folder", type=Path, default=None, help="scale: where the files are made")


def chosen(given: Namespace) -> dict[str, Any]:
    """What was said of this benchmark alone."""
    return {"cases": given.cases, "postgresql": given.postgresql, "folder": given.folder}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and tell."""
    parser = options(TITLE)
    add_options(parser)
    given = parser.parse_args(arguments)
    return tell(TITLE, measure(rounds=given.rounds or _ROUNDS, **chosen(given)), check=given.check)


if __name__ == "__main__":
    sys.exit(main())
