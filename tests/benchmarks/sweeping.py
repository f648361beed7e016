"""What a sweep of many due cases costs: against Core's `executemany` that reads and writes the same, and in memory."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from sqlalchemy import Dialect, Engine
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.sql import Executable

from csp_workflow.bootstrap import join
from csp_workflow.rules.engine import Judge
from csp_workflow.storage.prepared import Cursor
from csp_workflow.storage.store import SqlStore, engine_of
from csp_workflow.storage.tables import Table
from csp_workflow.testing import SettableClock
from tests.benchmarks.lives import TODAY
from tests.benchmarks.measure import Figure, Times, order, ratio
from tests.benchmarks.plain_orm import plain_engine

_MANY = 500  # partners that are compared at once
_PEAK = """  # the most memory since everything was imported, so that the import itself is not counted
import sys
from pathlib import Path
import csp_workflow.storage.upgrade
from csp_workflow.bootstrap import open_workflow
from csp_workflow.testing import SettableClock
from tests.benchmarks.lives import TODAY
def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
imported = peak()
with open_workflow(sys.argv[1], clock=SettableClock(TODAY)) as workflow:
    fired = len(workflow.sweep().fired)
print(fired, peak() - imported)
"""


class Run(NamedTuple):
    """A statement that was run, once with some values or once for each of many."""

    statement: Any
    values: Any
    reads: bool


class _Heard(Cursor):
    """A cursor that keeps what it is asked for."""

    def __init__(self, cursor: Any, dialect: Dialect) -> None:
        super().__init__(cursor, dialect)
        self.said: list[Run] = []

    def rows(self, statement: Executable, values: Mapping[str, Any]) -> list[Any]:
        """All rows that a statement finds."""
        self.said.append(Run(statement, values, reads=True))
        return super().rows(statement, values)

    def first(self, statement: Executable, values: Mapping[str, Any]) -> Any:
        """The first row that a statement finds, or None."""
        self.said.append(Run(statement, values, reads=True))
        return super().first(statement, values)

    def ask(self, statement: Executable) -> list[Any]:
        """All rows that a statement finds that was made for this one question."""
        self.said.append(Run(statement, None, reads=True))
        return super().ask(statement)

    def add(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement for each of some rows."""
        self.said += [Run(statement, rows, reads=False)] if rows else []
        super().add(statement, rows)

    def match(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement that changes one row for each of some values."""
        self.said += [Run(statement, rows, reads=False)] if rows else []
        super().match(statement, rows)


class _ListeningStore(SqlStore):
    """A store that keeps what each of its transactions is made of."""

    heard: list[list[Run]]

    def _cursor(self, connection: PoolProxiedConnection) -> Cursor:
        heard = _Heard(connection.cursor(), self._engine.dialect)
        self.heard.append(heard.said)
        return heard


def listen(judge: Judge, file: Path) -> list[list[Run]]:
    """Sweep once, untimed, and keep all that is read and written, transaction by transaction."""
    store = _ListeningStore(engine_of(f"sqlite:///{file}"), owned=True)
    store.heard = []
    with join(store, judge, SettableClock(TODAY)) as workflow:
        workflow.sweep()
    return store.heard


def bare(engine: Engine, transactions: Sequence[Sequence[Run]]) -> None:
    """The same with Core alone."""
    for transaction in transactions:
        with engine.begin() as connection:
            for statement, values, reads in transaction:
                found = connection.execute(statement, values)
                if reads:
                    found.all()


def race(judge: Judge, file: Path, due: Sequence[str], rounds: int) -> Times:
    """Let both sweep in turns, each time a copy of the database; all has to be the same in the end.

    Raises:
        AssertionError: it is not.
    """
    times: Times = {"product": [], "bare": []}
    with _copy(file, "traced") as copy:
        transactions, ends = listen(judge, copy), {_digest(copy, due)}
    for turn in range(rounds):
        for name in order(list(times), turn):
            with _copy(file, name) as copy:
                times[name].append(_timed(judge, copy, transactions if name == "bare" else None))
                ends.add(_digest(copy, due))
    if len(ends) != 1:
        raise AssertionError("the product and Core have not left the same rows")
    return times


def _timed(judge: Judge, file: Path, transactions: Sequence[Sequence[Run]] | None) -> float:
    work: Callable[[], object]
    if transactions is None:
        workflow = join(SqlStore(engine_of(f"sqlite:///{file}"), owned=True), judge, SettableClock(TODAY))
        work, close = workflow.sweep, workflow.close
    else:
        engine = plain_engine(file)
        engine.connect().close()
        work, close = (lambda: bare(engine, transactions)), engine.dispose
    start = perf_counter()
    work()
    spent = perf_counter() - start
    close()
    return spent


@contextmanager
def _copy(file: Path, name: str) -> Iterator[Path]:
    """A copy of a closed database, for one turn."""
    copy = file.with_name(f"{file.stem}-{name}.db")
    shutil.copy(file, copy)
    try:
        yield copy
    finally:
        for left in file.parent.glob(f"{copy.name}*"):
            left.unlink()


def _digest(file: Path, pgas: Sequence[str]) -> str:
    """What tells the rows of some partners from others."""
    engine, seal = plain_engine(file), hashlib.sha256()
    with engine.connect() as connection:
        for table in Table.metadata.sorted_tables:
            for start in range(0, len(pgas) if "pga" in table.c else 0, _MANY):
                some = ", ".join(f"'{pga}'" for pga in pgas[start : start + _MANY])
                found = connection.exec_driver_sql(f"SELECT * FROM {table.name} WHERE pga IN ({some})")
                seal.update(repr(sorted(map(repr, found))).encode())
    engine.dispose()
    return seal.hexdigest()


def peak(file: Path) -> tuple[int, float]:
    """How many deadlines a process of its own fires, and the MiB that it takes for that above what it imports."""
    with _copy(file, "peak") as copy:
        command = [sys.executable, "-c", _PEAK, f"sqlite:///{copy}"]
        done = subprocess.run(command, capture_output=True, check=True, encoding="utf-8")  # noqa: S603 - our own program
    fired, kib = done.stdout.split()
    return int(fired), int(kib) / 1024


def figures(judge: Judge, file: Path, due: Sequence[str], cases: int, rounds: int) -> list[Figure]:
    """The figures of a database with their targets."""
    times = race(judge, file, due, rounds)
    fired, mebibytes = peak(file)
    among = f"a sweep of {len(due):,} due among {cases:,} cases"
    return [
        Figure(what=among, value=len(due) / min(times["product"]), unit="/s"),
        Figure(what="the same reads and writes with bare Core", value=len(due) / min(times["bare"]), unit="/s"),
        Figure(what="the sweep's speed, of bare Core's", value=ratio(times, "bare", "product"), at_least=0.3),
        Figure(what=f"its memory above the import ({fired:,} fired)", value=mebibytes, unit="MiB", at_most=50),
    ]
