"""What an import costs: 100,000 revenue lines from a CSV file, against the same rows as bare `executemany`.

Each round both write into a database of their own that was made before. The product reads and judges the file,
seals a journal entry for each row, sums the ledger by day, and commits chunk by chunk. The other one is given the rows
of journal and ledger that the product has written, and inserts them with SQLAlchemy Core in chunks of the same size.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import Engine, Table, insert, select

from csp_workflow.bootstrap import HostWorkflow, join, judge_of
from csp_workflow.bulk.importing import AT_ONCE, import_records
from csp_workflow.model.actor import Actor
from csp_workflow.model.partner import Partner
from csp_workflow.rules.engine import Judge
from csp_workflow.storage.statements import JOURNAL, LINE
from csp_workflow.storage.store import open_store
from csp_workflow.testing import SettableClock
from tests.benchmarks.measure import Figure, Times, options, order, ratio, tell
from tests.benchmarks.plain_orm import plain_engine
from tests.benchmarks.walks import PREPARED_ON

TITLE = "Many revenue lines on SQLite: a file imported, and the same rows as bare executemany"
_MANY, _FEW = 100_000, 10_000
_PARTNERS = 20
_ACTOR = Actor("otto", "operator")
_PEAK = """  # VmHWM and not ru_maxrss, which a process inherits from the one that started it
import sys
from pathlib import Path
from tests.benchmarks.imports import bring, opened
from csp_workflow.bootstrap import judge_of
with opened(judge_of(), Path(sys.argv[1]), int(sys.argv[4])) as workflow:
    bring(workflow, Path(sys.argv[2]), int(sys.argv[3]))
print(next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")))
"""

Rows = Sequence[tuple[Table, list[dict[str, Any]]]]


def write_lines(file: Path, number: int, partners: int) -> None:
    """A file of lines as a ledger's export has them, of so many partners in turns."""
    with file.open("w", encoding="utf-8") as text:
        text.write("pga,booked_on,amount,channel,tenant,line\n")
        for n in range(number):
            booked_on = PREPARED_ON - timedelta(days=1 + n % 350)
            channel = "direct" if n % 3 else "indirect"
            text.write(
                f"PGA-{n % partners},{booked_on},{1 + n % 9000}.{n % 100:02},{channel},tenant-{n % 50},INV-{n}\n"
            )


def opened(judge: Judge, file: Path, partners: int) -> HostWorkflow:
    """A workflow on a new database that knows the partners."""
    workflow = join(open_store(f"sqlite:///{file}"), judge, SettableClock(PREPARED_ON))
    workflow.register_all([Partner(pga=f"PGA-{n}", name="Fabrikam", country="DE") for n in range(partners)])
    return workflow


def bring(workflow: HostWorkflow, lines: Path, number: int) -> float:
    """Import the file, and see that every row was added; gives the seconds."""
    start = perf_counter()
    report = import_records(workflow, lines, actor=_ACTOR, fact="revenue")
    spent = perf_counter() - start
    if report.added != number:
        raise AssertionError(f"{report.added} of {number} rows were added: {report.problems[:1]}")
    return spent


def bare(engine: Engine, rows: Rows) -> float:
    """The same rows with Core alone, in chunks of the same size; gives the seconds."""
    start = perf_counter()
    for place in range(0, len(rows[0][1]), AT_ONCE):
        with engine.begin() as connection:
            for table, values in rows:
                connection.execute(insert(table), values[place : place + AT_ONCE])
    return perf_counter() - start


def written(file: Path) -> Rows:
    """What an import has written into journal and ledger, in the order of the file."""
    engine = plain_engine(file)
    with engine.begin() as connection:
        found = []
        for table in (JOURNAL, LINE):
            statement = select(table).order_by(table.c.seq, table.c.pga)
            rows = [dict(row) for row in connection.execute(statement).mappings()]
            found.append((table, [row for row in rows if row["seq"] > 1]))  # the first entry made the partner known
    engine.dispose()
    return found


def race(place: Path, number: int, partners: int, rounds: int) -> Times:
    """Let both write in turns, each time into new databases."""
    times: Times = {"product": [], "bare": []}
    judge, lines = judge_of(), place / "lines.csv"
    write_lines(lines, number, partners)
    with opened(judge, place / "first.db", partners) as workflow:
        bring(workflow, lines, number)
    rows = written(place / "first.db")
    for turn in range(rounds):
        for name in order(list(times), turn):
            file = place / f"{name}-{turn}.db"
            with opened(judge, file, partners) as workflow:
                if name == "product":
                    times[name].append(bring(workflow, lines, number))
            if name == "bare":
                engine = plain_engine(file)
                times[name].append(bare(engine, rows))
                engine.dispose()
            for left in place.glob(f"{name}-{turn}.db*"):
                left.unlink()
    return times


def peak(place: Path, number: int, partners: int) -> int:
    """The most memory, in KiB, that a process takes which imports so many lines."""
    lines = place / f"peak-{number}.csv"
    write_lines(lines, number, partners)
    command = [sys.executable, "-c", _PEAK, str(place / f"peak-{number}.db"), str(lines), str(number), str(partners)]
    done = subprocess.run(command, capture_output=True, check=True, encoding="utf-8")  # noqa: S603 - our own program
    return int(done.stdout)


def figures(times: Times, number: int, peaks: Mapping[int, int]) -> list[Figure]:
    """The figures with their targets."""
    few, many = sorted(peaks)
    return [
        Figure(what=f"{number:,} lines imported", value=number / min(times["product"]), unit="/s"),
        Figure(what="the same rows, bare", value=number / min(times["bare"]), unit="/s"),
        Figure(what="the import's speed, of the bare rows'", value=ratio(times, "bare", "product"), at_least=0.35),
        Figure(what=f"peak memory of {many:,} lines", value=peaks[many] / 1024, unit="MiB"),
        Figure(what=f"the same, against {few:,} lines", value=peaks[many] / peaks[few], at_most=1.1),
    ]


def measure(
    *, rounds: int = 5, many: int = _MANY, few: int = _FEW, partners: int = _PARTNERS, folder: Path | None = None
) -> list[Figure]:
    """Run it and give the figures."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        place = Path(name)
        times = race(place, many, partners, rounds)
        return figures(times, many, {number: peak(place, number, partners) for number in (few, many)})


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and tell."""
    parser = options(TITLE)
    parser.add_argument("--folder", type=Path, default=None, help="where the databases are made")
    parser.add_argument("--partners", type=int, default=_PARTNERS, help="how many partners the lines are of, in turns")
    given = parser.parse_args(arguments)
    return tell(
        TITLE, measure(rounds=given.rounds or 5, partners=given.partners, folder=given.folder), check=given.check
    )


if __name__ == "__main__":
    sys.exit(main())
