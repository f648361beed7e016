"""One durable transition on SQLite, against bare `sqlite3` and against plain SQLModel, act by act in one run."""

from __future__ import annotations

import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from csp_workflow.bootstrap import HostWorkflow, join, judge_of
from csp_workflow.rules.engine import Judge
from csp_workflow.storage.store import open_store
from csp_workflow.storage.tables import Table
from csp_workflow.testing import SettableClock
from tests.benchmarks.measure import Figure, options, tell
from tests.benchmarks.plain_orm import plain_engine, write_again
from tests.benchmarks.race import Timed, round_of
from tests.benchmarks.script import Script, learn
from tests.benchmarks.traced import Said, listening_engine, raw_connection, say_again
from tests.benchmarks.walks import ACTED_ON, WALK, Act, copies, fire, prepare

TITLE = "One durable transition on SQLite: read, judge, write everything, commit"
_TYPICAL = ("apply", "invite_to_assessment", "approve_application", "accept_mpa")
_CONTESTANTS = ("product", "raw", "orm")


@contextmanager
def opened(judge: Judge, file: Path) -> Iterator[HostWorkflow]:
    """The product on a database file, as its users open it."""
    with join(open_store(f"sqlite:///{file}"), judge, SettableClock(ACTED_ON)) as workflow:
        yield workflow


def heard(judge: Judge, file: Path, refs: Sequence[str]) -> Script:
    """What is said to SQLite in the walks of some cases, and which rows come of it."""
    said = list[Said]()
    engine, looking = listening_engine(file, said), plain_engine(file)
    with join(open_store(engine), judge, SettableClock(ACTED_ON)) as workflow:
        script = learn(workflow, said, looking, refs)
    engine.dispose()
    looking.dispose()
    return script


def race(judge: Judge, files: dict[str, Path], script: Script, groups: Sequence[Sequence[str]]) -> list[Timed]:
    """Let the three contestants do every act in turns, one round for each group of cases."""
    raw, engine = raw_connection(files["raw"]), plain_engine(files["orm"])
    with opened(judge, files["product"]) as workflow:

        def run(name: str, ref: str, act: Act) -> None:
            if name == "product":
                fire(workflow, ref, act)
            elif name == "raw":
                say_again(raw, script.said[ref, act.trigger])
            else:
                write_again(engine, script.written[ref, act.trigger])

        rounds = [round_of(run, _CONTESTANTS, group, number) for number, group in enumerate(groups)]
    raw.close()
    engine.dispose()
    return rounds[1:] or rounds  # the first one warms up


def check_same(files: dict[str, Path]) -> None:
    """See that all contestants have done the same: every row of every table is equal in all databases.

    Raises:
        AssertionError: one of them has written something else.
    """
    for table in Table.metadata.tables:
        contents = {name: _rows(file, table) for name, file in files.items()}
        for name, found in contents.items():
            if found != contents["product"]:
                raise AssertionError(f"{name} has other rows in {table} than the product")


def _rows(file: Path, table: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(file)
    try:
        return sorted(connection.execute(f"SELECT * FROM {table}").fetchall(), key=repr)
    finally:
        connection.close()


def figures(rounds: Sequence[Timed], script: Script) -> list[Figure]:
    """The figures with their targets."""
    every = [act.trigger for act in WALK]

    def middle(over: str, under: str, triggers: Sequence[str], *, processor: bool = False) -> float:
        return statistics.median(
            timed.usual(over, triggers, processor=processor) / timed.usual(under, triggers, processor=processor)
            for timed in rounds
        )

    def per_second(name: str) -> float:
        return statistics.median(len(every) / timed.usual(name, every) for timed in rounds)

    found = [Figure(what=f"{name}: transitions", value=per_second(name), unit="/s") for name in _CONTESTANTS]
    for what, triggers in [("the whole walk", every), *((name, [name]) for name in _TYPICAL)]:
        found += [
            Figure(what=f"{what}: speed, of raw sqlite3", value=middle("raw", "product", triggers), at_least=0.35),
            Figure(what=f"{what}: speed, of plain SQLModel", value=middle("orm", "product", triggers), at_least=2.5),
        ]
    for than, name in (("raw sqlite3", "raw"), ("plain SQLModel", "orm")):
        processor = middle(name, "product", every, processor=True)
        found.append(Figure(what=f"the whole walk: speed, of {than}, processor alone", value=processor))
    return found + [
        Figure(what=f"{trigger}: BEGIN to COMMIT", value=script.statements(trigger), unit="statements", at_most=10)
        for trigger in every
    ]


def measure(*, rounds: int = 9, cases: int = 30, folder: Path | None = None) -> list[Figure]:
    """Run it and give the figures; the databases are made in a temporary folder, in `folder` if given."""
    judge = judge_of()
    with tempfile.TemporaryDirectory(dir=folder) as place:
        base = Path(place) / "base.db"
        refs = prepare(judge, base, (rounds + 1) * cases)
        files = copies(base, ["traced", *_CONTESTANTS])
        script = heard(judge, files["traced"], refs)
        groups = [refs[start : start + cases] for start in range(0, len(refs), cases)]
        timed = race(judge, files, script, groups)
        check_same(files)
    return figures(timed, script)


def main(arguments: list[str] | None = None) -> int:
    """Measure and tell."""
    parser = options(TITLE)
    parser.add_argument("--folder", type=Path, default=None, help="where the databases are made")
    given = parser.parse_args(arguments)
    return tell(TITLE, measure(rounds=given.rounds or 9, folder=given.folder), check=given.check)


if __name__ == "__main__":
    sys.exit(main())
