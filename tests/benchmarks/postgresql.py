"""One durable transition on PostgreSQL, against bare psycopg and against plain SQLModel, alone and with eight clients.

Bare psycopg is told the statements that the product says where it says them one by one, each a round trip. The
product joins them: what it reads is one statement, what it writes is another.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine

from csp_workflow.bootstrap import HostWorkflow, join, judge_of
from csp_workflow.rules.engine import Judge
from csp_workflow.storage.store import open_store
from csp_workflow.storage.tables import Table
from csp_workflow.testing import SettableClock, ready_partner
from tests import postgres
from tests.benchmarks import one_step
from tests.benchmarks.clients import clients_take_turns
from tests.benchmarks.measure import Figure, options, tell
from tests.benchmarks.plain_orm import write_again
from tests.benchmarks.race import Timed, round_of
from tests.benchmarks.script import Script, learn
from tests.benchmarks.traced import Said
from tests.benchmarks.traced_postgresql import listening_store, raw_connection, say_again
from tests.benchmarks.walks import ACTED_ON, PREPARED_ON, WALK, Act, fire

TITLE = "One durable transition on PostgreSQL: read, judge, write everything, commit"
_CONTESTANTS = ("product", "raw", "orm")
_CLIENTS = 8
_WORKFLOWS = 300


@contextmanager
def opened(judge: Judge, url: str) -> Iterator[HostWorkflow]:
    """The product on a database, as its users open it."""
    with join(open_store(url), judge, SettableClock(ACTED_ON)) as workflow:
        yield workflow


def prepare(judge: Judge, url: str, partners: int) -> list[str]:
    """Fill a database with partners that have all that an application needs; the references of their cases."""
    with join(open_store(url), judge, SettableClock(PREPARED_ON)) as workflow:
        return [ready_partner(workflow, f"PGA-{number}", on=PREPARED_ON) for number in range(partners)]


def heard(judge: Judge, url: str, refs: Sequence[str]) -> Script:
    """What is said to PostgreSQL in the walks of some cases, statement by statement, and which rows come of it."""
    said, looking = list[Said](), create_engine(url)
    with join(listening_store(url, said), judge, SettableClock(ACTED_ON)) as workflow:
        script = learn(workflow, said, looking, refs)
    looking.dispose()
    return script


def race(judge: Judge, urls: dict[str, str], script: Script, groups: Sequence[Sequence[str]]) -> list[Timed]:
    """Let the three contestants do every act in turns, one round for each group of cases."""
    engine: Engine = create_engine(urls["orm"])
    with opened(judge, urls["product"]) as workflow, raw_connection(urls["raw"]) as raw:

        def run(name: str, ref: str, act: Act) -> None:
            if name == "product":
                fire(workflow, ref, act)
            elif name == "raw":
                say_again(raw, script.said[ref, act.trigger])
            else:
                write_again(engine, script.written[ref, act.trigger])

        rounds = [round_of(run, _CONTESTANTS, group, number) for number, group in enumerate(groups)]
    engine.dispose()
    return rounds[1:] or rounds  # the first one warms up


def check_same(urls: dict[str, str], contestants: Sequence[str]) -> None:
    """See that contestants have done the same: every row of every table is equal in their databases.

    Raises:
        AssertionError: one of them has written something else.
    """
    engines = {name: create_engine(urls[name]) for name in contestants}
    for table in Table.metadata.sorted_tables:
        contents = {}
        for name, engine in engines.items():
            with engine.connect() as connection:
                contents[name] = sorted(map(tuple, connection.execute(table.select())), key=repr)
        for name, found in contents.items():
            if found != contents["product"]:
                raise AssertionError(f"{name} has other rows in {table.name} than the product")
    for engine in engines.values():
        engine.dispose()


def figures(rounds: Sequence[Timed], together: Sequence[float]) -> list[Figure]:
    """The figures with their targets."""
    every = [act.trigger for act in WALK]

    def middle(over: str, triggers: Sequence[str], *, processor: bool = False) -> float:
        return statistics.median(
            timed.usual(over, triggers, processor=processor) / timed.usual("product", triggers, processor=processor)
            for timed in rounds
        )

    def per_second(name: str) -> float:
        return statistics.median(len(every) / timed.usual(name, every) for timed in rounds)

    found = [Figure(what=f"{name}: transitions", value=per_second(name), unit="/s") for name in _CONTESTANTS]
    for what, triggers in [("the whole walk", every), *((name, [name]) for name in ("apply", "accept_mpa"))]:
        found += [
            Figure(what=f"{what}: speed, of raw psycopg", value=middle("raw", triggers), at_least=0.9),
            Figure(what=f"{what}: speed, of plain SQLModel", value=middle("orm", triggers), at_least=2.5),
        ]
    what = f"the whole walk with {_CLIENTS} clients: speed, of raw psycopg"
    return [*found, Figure(what=what, value=statistics.median(together), at_least=0.45)]


def measure(
    *, rounds: int = 9, cases: int = 20, clients: int = _CLIENTS, each: int = 10, folder: Path | None = None
) -> list[Figure]:
    """Run it on a server of its own and give the figures; its files are in memory, or in `folder`.

    `clients` do `each` so many cases in a round beside each other.
    """
    judge = judge_of()
    with postgres.start(folder) as server:
        alone, beside = (rounds + 1) * cases, (rounds + 1) * clients * each
        refs = prepare(judge, server.create("base"), alone + beside)
        urls = {name: postgres.create(server.url(), name, like="base") for name in ("traced", *_CONTESTANTS)}
        script = heard(judge, urls["traced"], refs)
        timed = race(judge, urls, script, _groups(refs[:alone], cases))
        check_same(urls, _CONTESTANTS)
        together = clients_take_turns(urls, script.said, _groups(refs[alone:], each), clients)
        check_same(urls, ("product", "raw"))
        beside_us = [_dbos(server.create("dbos"))] if one_step.is_installed() else []
    return figures(timed, together) + beside_us


def _dbos(url: str) -> Figure:
    return Figure(what="DBOS: workflows of one step", value=one_step.per_second(url, _WORKFLOWS), unit="/s")


def _groups(refs: Sequence[str], size: int) -> list[Sequence[str]]:
    return [refs[start : start + size] for start in range(0, len(refs), size)]


def main(arguments: list[str] | None = None) -> int:
    """Measure and tell."""
    parser = options(TITLE)
    parser.add_argument("--folder", type=Path, default=None, help="where the server keeps its files")
    given = parser.parse_args(arguments)
    return tell(TITLE, measure(rounds=given.rounds or 9, folder=given.folder), check=given.check)


if __name__ == "__main__":
    sys.exit(main())
