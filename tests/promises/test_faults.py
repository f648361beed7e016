"""A fault at any seam of an act is one clear error with exit code 6, nothing is half-written, and the work goes on."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing, contextmanager
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sqlalchemy import create_engine, event, make_url

from csp_workflow import open_workflow
from csp_workflow.bootstrap import HostWorkflow, join
from csp_workflow.errors import StorageUnavailable
from csp_workflow.storage.store import SqlStore, engine_of
from csp_workflow.testing import SettableClock
from tests import postgres
from tests.databases import Database, sqlite_at
from tests.integration.hands import OTTO, REF, TODAY, kinds, start
from tests.integration.journals import check_chain, check_replay
from tests.integration.test_storage_errors import one_sentence
from tests.promises.limits import small_files
from tests.promises.lives import BEGUN, Act, Lives, one_life
from tests.promises.told import What, When, tells
from tests.promises.twin import Twin, problems, wait_until_alone
from tests.promises.wire import Break, wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from csp_workflow.rules.engine import Judge
    from tests.postgres import Server

SEAMS: set[tuple[What, When]] = {
    ("read", "after"),
    ("write", "before"),
    ("write", "after"),
    ("commit", "before"),
    ("commit", "after"),
}
LARGEST = 1_200_000  # bytes of a server's file; a segment of its log has 1 MiB


def told(call: Callable[[], object]) -> str | None:
    """What is said in one sentence, with exit code 6, of a database that cannot be used; nothing where it can."""
    try:
        call()
    except StorageUnavailable as caught:
        problem = caught
    else:
        return None
    assert problem.exit_code == 6
    one_sentence(problem)
    return problem.message


def refused(call: Callable[[], object]) -> str:
    """The same, where it cannot be used."""
    said = told(call)
    assert said
    return said


def refused_at_last(call: Callable[[], object]) -> str:
    """The same, where it cannot be used in the long run."""
    while (said := told(call)) is None:
        pass
    return said


# -------------------------------------------------------------------------------------------------- seam by seam


class Fault:
    """A driver that fails once, at the so manieth seam from now on, before or after it has done what it was told."""

    def __init__(self, kind: str) -> None:
        self._error = sqlite3.OperationalError if kind == "sqlite" else psycopg.OperationalError
        self._left = 0
        self.at: tuple[What, When] | None = None

    def wait_for(self, seam: int) -> None:
        """Fail at that seam."""
        self._left, self.at = seam, None

    def tell(self, what: What, when: When) -> None:
        """Count the seams, and fail at the one that was waited for."""
        if (what, when) not in SEAMS or not self._left:
            return
        self._left -= 1
        if not self._left:
            self.at = what, when
            raise self._error("the disk is on fire")


class Faulty:
    """A workflow over a driver that fails, with a twin that does not."""

    def __init__(self, database: Database, judge: Judge, twin: Twin, fault: Fault, workflow: HostWorkflow) -> None:
        self._database, self._judge, self._twin = database, judge, twin
        self._fault, self._workflow = fault, workflow
        self.now = BEGUN
        self.failed = Counter[tuple[What, When]]()

    def do(self, number: int) -> None:
        """Do an act on both, undisturbed."""
        act = Lives().act(number)
        self.now = act.at
        act.do(self._workflow)
        self._twin.do(number)

    def do_through_all_faults(self, number: int) -> None:
        """Do an act that fails at one seam after the other, until there is none at which it could."""
        act = Lives().act(number)
        self.now = act.at
        for seam in count(1):
            self._fault.wait_for(seam)
            if not self._fails(act):
                break
            self._holds(number, came=self._fault.at == ("commit", "after"))
            if self._fault.at == ("commit", "after") and not act.may_be_repeated:
                return
        self._fault.wait_for(0)
        self._twin.do(number)
        self._holds(number, came=False)

    def _fails(self, act: Act) -> bool:
        problem = told(lambda: act.do(self._workflow))
        if self._fault.at is None:
            assert problem is None, problem
            return False
        assert problem, f"{act} was answered although the driver failed: {self._fault.at}"
        assert problem.endswith("cannot be used: the disk is on fire.")
        self.failed[self._fault.at] += 1
        return True

    def _holds(self, number: int, *, came: bool) -> None:
        if came:
            self._twin.do(number)
        known = Lives().partners(number)
        assert self._twin.is_same(known), (number, self._fault.at, self._twin.difference())


@contextmanager
def faulty(database: Database, judge: Judge, file: Path) -> Iterator[Faulty]:
    """A workflow over a driver that fails when it is told to."""
    fault = Fault(database.kind)
    engine = tells(engine_of(database.url), fault.tell)
    workflow = join(SqlStore(engine, owned=True), judge, lambda: made.now)
    with workflow, closing(Twin(file, database, judge)) as twin:
        made = Faulty(database, judge, twin, fault, workflow)
        workflow.sweep()
        yield made


def test_a_driver_that_fails_at_any_seam_of_any_act_leaves_all_of_it_or_nothing(
    database: Database, judge: Judge, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    open_workflow(database.url).close()
    with faulty(database, judge, tmp_path / "twin.db") as both:
        for number in range(one_life()):
            both.do_through_all_faults(number) if number % 3 == 0 else both.do(number)
    assert problems(database, judge, Lives().partners(0)) == []
    check_chain(database)
    check_replay(database)
    failed = {" ".join(reversed(at)): times for at, times in sorted(both.failed.items())}
    record_property(f"faults on {database.kind}", failed)
    acts = one_life() // 3
    many = 3 if database.kind == "sqlite" else 0.5  # PostgreSQL takes most acts as one statement
    assert both.failed["write", "before"] == both.failed["write", "after"] > many * acts
    assert both.failed["commit", "before"] == both.failed["commit", "after"] >= acts
    assert both.failed["read", "after"] > 2 * acts


# ------------------------------------------------------------------------------------------------ a line that breaks


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that may be stopped."""
    with postgres.start() as server:
        yield server


@pytest.mark.parametrize("when", ["before", "after"])
def test_whoever_hears_no_answer_to_a_commit_asks_again_and_has_acted_once(
    server: Server, judge: Judge, when: Break
) -> None:
    database = Database(server.create(f"unheard {when}"))
    with wire(f"{server.folder}/.s.PGSQL.5432") as line:
        url = make_url(database.url).difference_update_query(["host"]).set(host="127.0.0.1", port=line.port)
        address = url.render_as_string(hide_password=False)
        with open_workflow(address, clock=SettableClock(TODAY)) as workflow:
            start(workflow)
            before = database.dump()
            line.break_at_commit(when)
            refused(lambda: workflow.note(REF, "Did you hear me?", actor=OTTO, key="k"))
            assert line.broken.wait(60)
            wait_until_alone(database)
            assert (database.dump() == before) is (when == "before")
            assert workflow.note(REF, "Did you hear me?", actor=OTTO, key="k").version == 2
            assert kinds(workflow, REF).count("note") == 1
    assert problems(database, judge, ["PGA-1001"]) == []


# ------------------------------------------------------------------------------------------------------- a full disk


def test_a_server_whose_disk_is_full_has_written_nothing_of_the_act_that_it_refuses(server: Server) -> None:
    database, chance, versions = Database(server.create("full")), Random(7), list[int]()  # noqa: S311 - no secret
    with open_workflow(database.url, clock=SettableClock(TODAY)) as workflow:

        def write() -> None:
            versions.append(workflow.note(REF, chance.randbytes(1800).hex(), actor=OTTO).version)

        start(workflow)
        server.stop()
        with small_files(LARGEST):
            server.start()
        assert "could not extend file" in refused_at_last(write)
        before = database.dump()
        refused(write)
        assert database.dump() == before
        assert workflow.case(REF).version == versions[-1] > 20
        assert workflow.verify().holds
        server.stop()
        server.start()
        write()
        assert versions == list(range(2, len(versions) + 2))


def test_a_file_that_may_not_grow_has_nothing_of_the_act_that_it_refuses(file: Path) -> None:
    engine, pages, versions = create_engine(f"sqlite:///{file}"), [10_000], list[int]()

    def limit(connection: Any, *_given: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages[0]}")

    event.listen(engine, "checkout", limit)
    with open_workflow(engine, clock=SettableClock(TODAY)) as workflow:
        start(workflow)
        pages[0] = sqlite_at(file).rows("PRAGMA page_count")[0][0] + 20
        assert "full" in refused_at_last(lambda: versions.append(workflow.note(REF, "x" * 2000, actor=OTTO).version))
        before = sqlite_at(file).dump()
        refused(lambda: workflow.note(REF, "x" * 10_000, actor=OTTO, key="k"))
        assert sqlite_at(file).dump() == before
        assert workflow.case(REF).version == versions[-1] > 3
        assert workflow.verify().holds
        pages[0] = 10_000
        assert workflow.note(REF, "x" * 10_000, actor=OTTO, key="k").version == versions[-1] + 1
    engine.dispose()


def test_a_connection_that_may_only_ask_refuses_every_act_until_it_may_write_again(file: Path) -> None:
    engine, only = create_engine(f"sqlite:///{file}"), ["OFF"]

    def limit(connection: Any, *_given: object) -> None:
        connection.execute(f"PRAGMA query_only={only[0]}")

    event.listen(engine, "checkout", limit)
    with open_workflow(engine, clock=SettableClock(TODAY)) as workflow:
        start(workflow)
        only[0], before = "ON", sqlite_at(file).dump()
        assert "readonly" in refused(lambda: workflow.note(REF, "x", actor=OTTO))
        assert workflow.case(REF).version == 1
        assert sqlite_at(file).dump() == before
        only[0] = "OFF"
        assert workflow.note(REF, "x", actor=OTTO).version == 2
    engine.dispose()
