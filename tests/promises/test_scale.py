"""What a question or an act costs does not grow with the database: 50,000 cases cost what a thousand do.

Nothing here asserts a time: what counts are the steps of SQLite's own machine, statements, plans and memory.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from sqlalchemy import event

from csp_workflow import Actor
from csp_workflow.audit.definitions import Judging
from csp_workflow.audit.partner import audit_partner
from csp_workflow.bootstrap import join
from csp_workflow.storage.store import SqlStore, engine_of, open_store
from csp_workflow.testing import SettableClock
from tests.benchmarks import sweeping
from tests.benchmarks.lives import TODAY
from tests.benchmarks.population import ENTRIES, Population, populate, prove
from tests.integration.hands import rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from csp_workflow.bootstrap import HostWorkflow
    from csp_workflow.model.board import Due
    from csp_workflow.rules.engine import Judge
    from tests.databases import Database

CASES, DUE, READY = 50_000, 1_000, 20
ANNA = Actor("anna", "global_admin")
_OF_ONE_ROW = "SCAN csp_installation"
_COUNTED = "SCAN csp_case USING COVERING INDEX csp_case_turn"  # the board counts its entries, and reads no case
_BATCH = 200  # cases that a sweep takes in one transaction


class Made(NamedTuple):
    """A database file, and who is in it."""

    file: Path
    population: Population

    def ref(self, number: int) -> str:
        """A case that is ready to apply."""
        return f"{self.population.ready[number]}/europe"


class Crowd(NamedTuple):
    """The same partners to ask about: once among 50,000 cases, and once by themselves."""

    many: Made
    few: Made


@dataclass
class Watch:
    """What SQLite is asked, and how many steps its machine takes for that."""

    said: list[str] = field(default_factory=list)
    steps: int = 0

    def begin(self) -> None:
        """Count from now on."""
        self.said.clear()
        self.steps = 0

    def step(self) -> int:
        """One more."""
        self.steps += 1
        return 0


@pytest.fixture(scope="module")
def crowd(judge: Judge, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    """Both databases, made once for all processes of a run and removed by the last one that uses them."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "crowd"
    folder.mkdir(exist_ok=True)
    with (folder / "turn").open("w") as turn, (folder / "users").open("w") as users:
        fcntl.flock(turn, fcntl.LOCK_EX)
        fcntl.flock(users, fcntl.LOCK_SH)
        made = Crowd(_made(judge, folder / "many.db", CASES), _made(judge, folder / "few.db", DUE + READY))
        fcntl.flock(turn, fcntl.LOCK_UN)
        yield made
        fcntl.flock(turn, fcntl.LOCK_EX)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        for left in [*folder.glob("*.db*"), *folder.glob("*.json")]:
            left.unlink()


def _made(judge: Judge, file: Path, cases: int) -> Made:
    told = file.with_suffix(".json")
    if not told.exists():
        made = populate(judge, f"sqlite:///{file}", cases=cases, due=DUE, ready=READY)
        told.write_text(json.dumps(made), encoding="utf-8")
    return Made(file, Population(*json.loads(told.read_text(encoding="utf-8"))))


@pytest.fixture
def own(crowd: Crowd, tmp_path: Path) -> Iterator[Crowd]:
    """Copies of both, to write to."""
    copies = Crowd(*(Made(tmp_path / made.file.name, made.population) for made in crowd))
    for made, copy in zip(crowd, copies, strict=True):
        shutil.copy(made.file, copy.file)
    yield copies
    for left in tmp_path.glob("*.db*"):
        left.unlink()


@contextmanager
def watched(judge: Judge, file: Path) -> Iterator[tuple[HostWorkflow, Watch]]:
    """A workflow on a file, with a watch on its connections."""
    engine, watch = engine_of(f"sqlite:///{file}"), Watch()

    @event.listens_for(engine, "connect")
    def listen(connection: Any, _record: Any) -> None:
        connection.set_trace_callback(watch.said.append)
        connection.set_progress_handler(watch.step, 1)

    with join(SqlStore(engine, owned=True), judge, SettableClock(TODAY)) as workflow:
        workflow.board()  # its connection is there
        yield workflow, watch


QUESTIONS: dict[str, Callable[[HostWorkflow, str], object]] = {
    "due": lambda workflow, _ref: workflow.due(limit=500),
    "due, a second page": lambda workflow, _ref: workflow.due(limit=100, after=workflow.due(limit=100)[-1].key),
    "case": lambda workflow, ref: workflow.case(ref),
    "requirements": lambda workflow, ref: workflow.requirements(ref),
    "history": lambda workflow, ref: workflow.history(ref, limit=100),
    "may": lambda workflow, ref: workflow.may(ref, "new_purchases"),
    "partners": lambda workflow, ref: workflow.partners(after=ref.partition("/")[0], limit=20),
    "cases": lambda workflow, _ref: workflow.cases(limit=20),
    "cases in a state": lambda workflow, _ref: workflow.cases(state="indirect_tenure", limit=20),
    "cases in a state of a region": lambda workflow, _ref: workflow.cases(
        state="indirect_tenure", region="europe", limit=20
    ),
    "cases in a region": lambda workflow, _ref: workflow.cases(region="europe", limit=20),
    "cases of a lifecycle": lambda workflow, _ref: workflow.cases(lifecycle="direct_bill", limit=20),
    "cases in a state that nobody is in": lambda workflow, _ref: workflow.cases(state="deauthorized"),
}


def act(workflow: HostWorkflow, ref: str) -> None:
    """An act that is accepted."""
    workflow.fire(ref, "apply", actor=ANNA)


def steps(judge: Judge, made: Made, ask: Callable[[HostWorkflow, str], object]) -> int:
    """How many steps SQLite's machine takes for something that was asked before, about another partner."""
    with watched(judge, made.file) as (workflow, watch):
        ask(workflow, made.ref(0))
        watch.begin()
        ask(workflow, made.ref(1))
        return watch.steps


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_reads_as_little_among_50_000_cases_as_among_a_thousand(
    crowd: Crowd, judge: Judge, name: str
) -> None:
    many, few = (steps(judge, made, QUESTIONS[name]) for made in crowd)
    assert 0 < many <= few * 1.1


def test_an_act_reads_and_writes_as_little_among_50_000_cases_as_among_a_thousand(own: Crowd, judge: Judge) -> None:
    many, few = (steps(judge, made, act) for made in own)
    assert 0 < many <= few * 1.1


def test_the_crowd_is_as_if_every_partner_had_lived(crowd: Crowd, judge: Judge) -> None:
    file, population = crowd.many
    assert prove(judge, f"sqlite:///{file}", population.partners) > 5_000
    store = open_store(f"sqlite:///{file}")
    with store.reading() as session:
        assert session.number_of_partners() == population.partners
        assert session.strays() == []
        assert session.swept_by() == judge.programme.sha256
    store.close()
    assert rows(file, "SELECT count(*) FROM csp_case") == [(CASES,)]
    assert abs(rows(file, "SELECT count(*) FROM csp_journal")[0][0] - ENTRIES * CASES) < 50
    overdue = f"SELECT count(DISTINCT pga) FROM csp_deadline WHERE due_on <= '{TODAY}'"
    assert rows(file, overdue) == [(DUE,)] == [(len(population.due),)]


def plans(workflow: HostWorkflow, watch: Watch, made: Made, ask: Callable[[HostWorkflow, str], object]) -> list[str]:
    """How SQLite goes about everything that something takes; the lines of all plans."""
    watch.begin()
    ask(workflow, made.ref(2))
    asked = [text for text in watch.said if text.startswith(("SELECT", "UPDATE", "DELETE"))]
    return [plan for text in asked for (_, _, _, plan) in rows(made.file, f"EXPLAIN QUERY PLAN {text}")]


def test_no_table_is_read_whole_and_no_page_is_sorted(crowd: Crowd, judge: Judge) -> None:
    asked = {**QUESTIONS, "board": lambda workflow, _ref: workflow.board()}
    asked |= {"refusals": lambda workflow, _ref: workflow.refusals(TODAY, TODAY)}
    found: dict[str, list[str]] = {}
    with watched(judge, crowd.many.file) as (workflow, watch):
        for name, ask in asked.items():
            found[name] = plans(workflow, watch, crowd.many, ask)
    for name, lines in found.items():
        assert lines, name
        scanned = [line for line in lines if line.startswith("SCAN csp_") and line != _OF_ONE_ROW]
        assert scanned == ([_COUNTED] if name == "board" else []), name
        assert "USE TEMP B-TREE FOR ORDER BY" not in lines, name
    assert any("COVERING INDEX csp_deadline_due" in line for line in found["due"])
    assert any("COVERING INDEX csp_refusal_on" in line for line in found["refusals"])


def test_a_list_is_read_page_by_page_to_its_end(crowd: Crowd, judge: Judge) -> None:
    refs: list[str] = []
    taken: list[int] = []
    with watched(judge, crowd.many.file) as (workflow, watch):
        while len(refs) % 1_000 == 0:
            watch.begin()
            page = workflow.cases(lifecycle="indirect_reseller", after=refs[-1] if refs else None, limit=1_000)
            refs += [case.ref for case in page]
            taken.append(watch.steps)
        board = workflow.board()
    assert len(refs) == len(set(refs)) == board.states["provider_search"] > 5_000
    assert max(taken) < min(taken[:-1]) * 1.1


def test_all_that_is_due_comes_in_pages_in_its_order(crowd: Crowd, judge: Judge) -> None:
    found: list[Due] = []
    with watched(judge, crowd.many.file) as (workflow, _watch):
        while len(found) % 250 == 0:
            found += workflow.due(after=found[-1].key if found else None, limit=250)
        coming = workflow.due(by=TODAY.replace(year=TODAY.year + 2), after=found[-1].key, limit=1)
    assert len({item.key for item in found}) == len(found)
    assert [item.due_on for item in found] == sorted(item.due_on for item in found)
    assert {item.ref.partition("/")[0] for item in found} == {*crowd.many.population.due}
    assert coming[0].due_on > TODAY


def test_a_sweep_fires_a_thousand_among_50_000_once_each_and_in_batches(own: Crowd, judge: Judge) -> None:
    made = own.many
    with watched(judge, made.file) as (workflow, watch):
        wanted = {(item.ref, item.kind, item.due_on) for item in workflow.due(limit=1_000)}
        wanted |= {
            (i.ref, i.kind, i.due_on) for i in workflow.due(limit=1_000, after=workflow.due(limit=1_000)[-1].key)
        }
        watch.begin()
        done = workflow.sweep()
        fired = [(item.ref, item.kind, item.due_on) for item in done.fired]
        commits = watch.said.count("COMMIT")
        assert workflow.due() == []
        assert workflow.sweep().fired == ()
    assert len(fired) == len(set(fired)) >= DUE
    assert wanted <= set(fired)
    assert DUE / _BATCH <= commits <= len(fired) / _BATCH + 2
    assert rows(made.file, f"SELECT count(*) FROM csp_journal WHERE kind = 'deadline' AND at > '{TODAY}'") == [
        (len(fired),)
    ]
    store = open_store(f"sqlite:///{made.file}")
    with store.reading() as session:
        for pga in made.population.due[::10]:
            audit_partner(session, judge.programme, pga, Judging(), is_swept=True)
    store.close()


@pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is read from /proc")
def test_a_sweep_among_50_000_takes_little_memory(crowd: Crowd) -> None:
    fired, mebibytes = sweeping.peak(crowd.many.file)
    assert fired >= DUE
    assert mebibytes < 50


def test_a_crowd_on_postgresql_is_listed_and_swept_likewise(postgresql: Database, judge: Judge) -> None:
    made = populate(judge, postgresql.url, cases=1_000, due=200, ready=1)
    store = open_store(postgresql.url)
    with join(store, judge, SettableClock(TODAY)) as workflow:
        act(workflow, f"{made.ready[0]}/europe")
        due = workflow.due(limit=1_000)
        assert {item.ref.partition("/")[0] for item in due} == {*made.due}
        latest = rows(postgresql, "SELECT count(*) FROM csp_case WHERE is_latest")
        assert [(sum(workflow.board().states.values()),)] == latest
        assert {(item.ref, item.kind) for item in due} <= {(item.ref, item.kind) for item in workflow.sweep().fired}
        assert workflow.due() == []
        with store.reading() as session:
            for pga in [*made.due[::20], *made.ready, *(f"P{number:07}" for number in range(1, 500, 20))]:
                audit_partner(session, judge.programme, pga, Judging(), is_swept=True)
