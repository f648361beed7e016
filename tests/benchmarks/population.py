"""A large database of any number of cases, quickly: lives that the product itself has lived, copied under other keys.

A copy differs from its original in the partner's key and in what hangs on it: the keys and digests of its notices, and
the chain of its journal, which the product's own function seals anew. `verify` proves that a copy is a partner.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import cycle
from time import perf_counter
from typing import Any, NamedTuple

from sqlalchemy import Engine, StaticPool, create_engine

from csp_workflow.audit.definitions import Judging
from csp_workflow.audit.partner import audit_partner
from csp_workflow.bootstrap import join, judge_of
from csp_workflow.model.journal import BEGINNING, Sealed, reseal
from csp_workflow.rules.engine import Judge
from csp_workflow.storage.store import engine_of, open_store
from csp_workflow.storage.tables import Table
from csp_workflow.stored import NoticeRow
from csp_workflow.testing import SettableClock
from tests.benchmarks.lives import TODAY, live

ENTRIES = 5  # of a case, on average
_AT_ONCE = 2_000  # partners
_SAMPLE = 1_000  # partners
_MOST_NOTICES = 1_000
_COLUMNS = {table.name: [column.name for column in table.c] for table in Table.metadata.sorted_tables}
_OF_PARTNERS = [name for name, columns in _COLUMNS.items() if "pga" in columns]
_JOURNAL, _PARTNER, _DEFINITION = "csp_journal", "csp_partner", "csp_definition"
_PLACE = {name: _COLUMNS[_JOURNAL].index(name) for name in ("pga", "payload", "findings", "changes", "hash")}
_HEAD = _COLUMNS[_PARTNER].index("head")

Rows = list[Sequence[Any]]
Load = Callable[[str, Rows], None]  # adds rows to a table, as quickly as its database can


class Population(NamedTuple):
    """What was made: how many partners, cases and entries, and who of them has something due or is ready to apply."""

    partners: int
    cases: int
    entries: int
    due: tuple[str, ...]
    ready: tuple[str, ...]


@dataclass(frozen=True)
class Original:
    """A partner as stored: its journal, its notices, and the rows of all tables as SQLite's driver gives them."""

    pga: str
    journal: tuple[Sealed, ...]
    notices: tuple[NoticeRow, ...]
    rows: dict[str, Rows]

    @property
    def cases(self) -> int:
        """How many cases it has."""
        return len(self.rows["csp_case"])

    @cached_property
    def _keyed(self) -> list[tuple[str, Sequence[Any], list[int]]]:
        """Rows of tables other than the journal, and where the key stands in each."""
        return [
            (table, row, [place for place, value in enumerate(row) if isinstance(value, str) and self.pga in value])
            for table, found in self.rows.items()
            if table != _JOURNAL
            for row in found
        ]

    @cached_property
    def _digests(self) -> dict[int, list[tuple[NoticeRow, str]]]:
        """What the entries say of their notices."""
        found: dict[int, list[tuple[NoticeRow, str]]] = {}
        for notice in self.notices:
            found.setdefault(notice.seq, []).append((notice, notice.digest()))
        return found

    def copy(self, pga: str, into: dict[str, Rows]) -> None:
        """The rows of a partner with another key who has lived the same life."""
        head = self._copy_journal(pga, into[_JOURNAL])
        for table, row, places in self._keyed:
            copied = list(row)
            for place in places:
                copied[place] = copied[place].replace(self.pga, pga)
            if table == _PARTNER:
                copied[_HEAD] = head
            into[table].append(copied)

    def _copy_journal(self, pga: str, into: Rows) -> str:
        """The entries, chained anew; the hash of the last one."""
        head = BEGINNING
        for entry, row in zip(self.journal, self.rows[_JOURNAL], strict=True):
            texts = [text.replace(self.pga, pga) for text in (entry.payload, entry.findings, entry.changes)]
            for notice, digest in self._digests.get(entry.seq, ()):
                texts[2] = texts[2].replace(digest, self._renamed(notice, pga).digest())
            payload, findings, changes = texts
            head = reseal(entry._replace(payload=payload, findings=findings, changes=changes), pga, head)
            copied = list(row)
            for name, value in zip(_PLACE, (pga, *texts, head), strict=True):
                copied[_PLACE[name]] = value
            into.append(copied)
        return head

    def _renamed(self, notice: NoticeRow, pga: str) -> NoticeRow:
        """A notice to the copy: what it speaks of is the copy's own, too."""
        told = {name: value for name, value in notice._asdict().items() if isinstance(value, str)}
        values = {name: self._with(value, pga) for name, value in notice.values.items()}
        return notice._replace(values=values, **{name: self._with(value, pga) for name, value in told.items()})

    def _with(self, value: Any, pga: str) -> Any:
        return value.replace(self.pga, pga) if isinstance(value, str) else value


class Originals(NamedTuple):
    """Those to copy from: with something due, ready to apply, and the others by how long their journals are."""

    due: list[Original]
    ready: list[Original]
    long: list[Original]
    short: list[Original]
    definitions: Rows
    secret: str


def originals(judge: Judge) -> Originals:
    """Let some dozens of partners live, and take them out of their database."""
    clock = SettableClock(TODAY)
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    store = open_store(engine)
    lives = live(join(store, judge, clock), clock)
    connection = engine.raw_connection()

    def taken(pga: str) -> Original:
        with store.reading() as session:
            journal, notices = session.entries(pga, None), session.notices(pga, None, (0, 0), _MOST_NOTICES, None)
            original = Original(pga, tuple(journal), tuple(notices), {})
        for table in _OF_PARTNERS:
            order = ', "seq"' if "seq" in _COLUMNS[table] else ""
            statement = f'SELECT {_names(table)} FROM "{table}" WHERE pga = ? ORDER BY pga{order}'
            original.rows[table] = connection.cursor().execute(statement, (pga,)).fetchall()
        if original.rows["csp_command"]:
            raise AssertionError(f"{pga} has used an idempotency key, whose mark would not be that of its copies")
        return original

    settled = [taken(pga) for pga in lives.settled]
    (secret,), *_ = connection.cursor().execute("SELECT secret FROM csp_installation").fetchall()
    found = Originals(
        due=[taken(pga) for pga in lives.due],
        ready=[taken(lives.ready)],
        long=[one for one in settled if len(one.journal) >= ENTRIES * one.cases],
        short=[one for one in settled if len(one.journal) < ENTRIES * one.cases],
        definitions=connection.cursor().execute(f"SELECT {_names(_DEFINITION)} FROM {_DEFINITION}").fetchall(),
        secret=secret,
    )
    connection.close()
    engine.dispose()
    return found


def populate(judge: Judge, url: str, *, cases: int, due: int, ready: int) -> Population:
    """Fill a new database; of so many cases so many have something due on `TODAY`, and so many are ready to apply."""
    found = originals(judge)
    with join(open_store(url), judge, SettableClock(TODAY)) as workflow:
        workflow.sweep()  # the tables are made, and what was swept is swept by these definitions
    with _loading(url) as (load, execute):
        execute(f"UPDATE csp_installation SET secret = '{found.secret}'")  # by which what is masked is marked
        load(_DEFINITION, found.definitions)
        return _copies(found, load, cases, due, ready)


def prove(judge: Judge, url: str, partners: int) -> int:
    """Audit a thousand of the partners, or all where they are fewer; how many entries they have.

    Raises:
        Broken: one of them is not as the product would have written it.
    """
    store, step = open_store(url), max(1, partners // _SAMPLE)
    with store.reading() as session:
        keys = (f"P{number:07}" for number in range(1, partners + 1, step))
        entries = sum(audit_partner(session, judge.programme, pga, Judging(), is_swept=True) for pga in keys)
    store.close()
    return entries


def _copies(found: Originals, load: Load, cases: int, due: int, ready: int) -> Population:
    waiting: dict[str, Rows] = {table: [] for table in _OF_PARTNERS}
    keys: dict[str, list[str]] = {"due": [], "ready": [], "settled": []}
    number = entries = 0
    for partners, (what, original) in enumerate(_chosen(found, cases, due, ready), 1):
        pga = f"P{partners:07}"
        keys[what].append(pga)
        original.copy(pga, waiting)
        number, entries = number + original.cases, entries + len(original.journal)
        if partners % _AT_ONCE == 0:
            _empty(waiting, load)
    _empty(waiting, load)
    return Population(sum(map(len, keys.values())), number, entries, tuple(keys["due"]), tuple(keys["ready"]))


def _empty(waiting: dict[str, Rows], load: Load) -> None:
    for table, found in waiting.items():
        if found:
            load(table, found)
            found.clear()


def _chosen(found: Originals, cases: int, due: int, ready: int) -> Iterator[tuple[str, Original]]:
    """Whom to copy next: those due and ready evenly among the others, and journals as long as wanted."""
    turns = {name: cycle(getattr(found, name)) for name in ("due", "ready", "long", "short")}
    wanted, made = {"ready": ready, "due": due}, {"ready": 0, "due": 0}
    number = entries = 0
    while number < cases:
        what = next(
            (name for name in wanted if made[name] < wanted[name] and made[name] * cases <= wanted[name] * number),
            "settled",
        )
        if what == "settled":
            turn = turns["short" if entries >= ENTRIES * number else "long"]
            original = next(one for one in turn if number + one.cases <= cases)
        else:
            made[what] += 1
            original = next(turns[what])
        number, entries = number + original.cases, entries + len(original.journal)
        yield what, original


@contextmanager
def _loading(url: str) -> Iterator[tuple[Load, Callable[[str], object]]]:
    """How rows get into a database quickly; nothing needs to survive a crash in the middle."""
    engine = engine_of(url)
    connection = engine.raw_connection()
    try:
        yield (_sqlite if engine.dialect.name == "sqlite" else _postgresql)(connection.driver_connection)
        connection.commit()
        _settle(engine, connection.driver_connection)
    finally:
        connection.close()
        engine.dispose()


def _sqlite(connection: Any) -> tuple[Load, Callable[[str], object]]:
    connection.commit()
    for pragma in ("foreign_keys=OFF", "synchronous=OFF", "journal_mode=MEMORY", "cache_size=-400000"):
        connection.execute(f"PRAGMA {pragma}")

    def load(table: str, found: Rows) -> None:
        marks = ", ".join("?" * len(_COLUMNS[table]))
        connection.executemany(f'INSERT INTO "{table}" ({_names(table)}) VALUES ({marks})', found)

    return load, connection.execute


def _postgresql(connection: Any) -> tuple[Load, Callable[[str], object]]:
    cursor = connection.cursor()
    cursor.execute("SET session_replication_role = replica")  # references are right, and need not be looked up

    def load(table: str, found: Rows) -> None:
        with cursor.copy(f'COPY "{table}" ({_names(table)}) FROM STDIN') as copy:
            for row in found:
                copy.write_row(row)

    return load, cursor.execute


def _names(table: str) -> str:
    return ", ".join(f'"{name}"' for name in _COLUMNS[table])


def _settle(engine: Engine, connection: Any) -> None:
    """As a database is that has been in use for a while."""
    if engine.dialect.name == "sqlite":
        connection.execute("PRAGMA journal_mode=WAL")
        return
    connection.autocommit = True
    connection.execute("SET session_replication_role = origin")
    connection.execute("VACUUM (ANALYZE)")  # its server does so by itself, some time


def main(arguments: Sequence[str] | None = None) -> int:
    """Make one: `python -m tests.benchmarks.population URL CASES`."""
    url, cases = arguments or sys.argv[1:]
    start = perf_counter()
    due = min(10_000, int(cases) // 10)
    made = populate(judge_of(), url, cases=int(cases), due=due, ready=due // 10)
    spent = perf_counter() - start
    print(f"{made.partners:,} partners, {made.cases:,} cases, {made.entries:,} entries in {spent:.0f} s")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
