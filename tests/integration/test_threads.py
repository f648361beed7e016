"""One workflow shared by eight threads: nothing is lost, nothing happens twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any, TypeVar

from csp_workflow import Conflict, TransitionRefused, open_workflow
from csp_workflow.errors import Duplicate, StaleVersion
from csp_workflow.testing import SettableClock
from tests.integration.hands import ANNA, OTTO, PGA, REF, TODAY, kinds, ready, start, walk
from tests.integration.journals import check_chain, check_replay

if TYPE_CHECKING:
    from collections.abc import Callable

    from csp_workflow.bootstrap import HostWorkflow
    from tests.databases import Database

THREADS = 8
T = TypeVar("T")


def together(work: Callable[[int], T]) -> list[T]:
    """What eight threads bring back that begin at the same moment."""
    barrier = Barrier(THREADS)

    def begin(number: int) -> T:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(begin, range(THREADS)))


def caught(call: Callable[[], Any]) -> Any:
    """What a call brings back, or the error of ours that it ends with."""
    try:
        return call()
    except (Conflict, TransitionRefused) as problem:
        return problem


def test_every_accepted_act_of_eight_threads_is_one_version(workflow: HostWorkflow) -> None:
    ref = start(workflow)
    each = 6
    seen = together(
        lambda number: [workflow.note(ref, f"{number}.{count}", actor=OTTO).version for count in range(each)]
    )
    versions = [version for versions in seen for version in versions]
    assert sorted(versions) == list(range(2, 2 + THREADS * each))
    assert all(mine == sorted(mine) for mine in seen)
    assert workflow.case(ref).version == 1 + THREADS * each
    assert workflow.partner(PGA).revision == 2 + THREADS * each
    entries = workflow.history(PGA)
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    texts = {entry.payload["text"] for entry in entries if entry.kind == "note"}
    assert len(texts) == THREADS * each


def test_of_eight_readers_of_one_version_one_acts(workflow: HostWorkflow) -> None:
    ref = ready(workflow)
    outcomes = together(lambda _: caught(lambda: workflow.fire(ref, "apply", actor=ANNA, expected_version=1)))
    stale = [outcome for outcome in outcomes if isinstance(outcome, StaleVersion)]
    assert len(stale) == THREADS - 1
    assert workflow.case(ref).version == 2


def test_of_eight_who_apply_at_once_one_does_and_seven_are_refused(workflow: HostWorkflow) -> None:
    ref = ready(workflow)
    outcomes = together(lambda _: caught(lambda: workflow.fire(ref, "apply", actor=ANNA)))
    assert sum(isinstance(outcome, TransitionRefused) for outcome in outcomes) == THREADS - 1
    assert kinds(workflow, ref).count("refused") == THREADS - 1
    assert workflow.case(ref).version == 2


def test_one_key_in_eight_threads_is_one_act_and_eight_equal_answers(workflow: HostWorkflow) -> None:
    ref = ready(workflow)
    outcomes = together(lambda _: workflow.fire(ref, "apply", actor=ANNA, key="req-17"))
    assert len({repr(outcome) for outcome in outcomes}) == 1
    assert workflow.case(ref).version == 2
    assert kinds(workflow, ref).count("transition") == 1


def test_of_eight_registrations_one_holds(workflow: HostWorkflow) -> None:
    outcomes = together(
        lambda number: caught(lambda: workflow.register_partner(PGA, name=f"Number {number}", country="DE"))
    )
    assert sum(isinstance(outcome, Duplicate) for outcome in outcomes) == THREADS - 1
    assert {outcome.code for outcome in outcomes if isinstance(outcome, Duplicate)} == {"duplicate_partner"}
    (winner,) = [outcome for outcome in outcomes if not isinstance(outcome, Duplicate)]
    assert workflow.partner(PGA) == winner


def test_of_eight_who_open_a_case_one_does(workflow: HostWorkflow) -> None:
    workflow.register_partner(PGA, name="Fabrikam", country="DE")
    outcomes = together(lambda _: caught(lambda: workflow.open_case(PGA, region="europe")))
    assert sum(isinstance(outcome, Duplicate) for outcome in outcomes) == THREADS - 1
    assert len(workflow.cases()) == 1


def test_one_revenue_line_sent_by_eight_threads_counts_once(workflow: HostWorkflow) -> None:
    start(workflow)
    line = {"booked_on": TODAY.replace(day=1), "amount": 1000, "line": "INV-1"}
    recorded = together(lambda _: workflow.record(PGA, "revenue", line, actor=OTTO))
    assert sum(item.repeated for item in recorded) == THREADS - 1
    assert len({item.entry for item in recorded}) == 1
    assert workflow.trailing_revenue(REF) == 1000


def test_eight_sweeps_at_once_fire_everything_once(workflow: HostWorkflow) -> None:
    partners = [f"PGA-{number}" for number in range(4)]
    for pga in partners:
        walk(workflow, ready(workflow, pga))
    sweeps = together(lambda _: workflow.sweep(at=SettableClock(TODAY.replace(year=2026))()))
    fired = [(item.ref, item.kind, item.due_on) for swept in sweeps for item in swept.fired]
    assert len(fired) == len(set(fired))
    assert {ref.partition("/")[0] for ref, _kind, _due_on in fired} == set(partners)
    for pga in partners:
        own = [item for item in fired if item[0].startswith(f"{pga}/")]
        assert workflow.case(f"{pga}/europe").version == 10 + len(own)


def test_threads_at_different_partners_do_not_disturb_each_other(stored: HostWorkflow, database: Database) -> None:
    cases = together(lambda number: walk(stored, ready(stored, f"PGA-{number}")))
    assert {(case.state, case.version) for case in cases} == {("active", 10)}
    check_chain(database)
    check_replay(database)


def test_eight_workflows_on_one_database_lose_nothing_either(database: Database) -> None:
    clock = SettableClock(TODAY)
    with open_workflow(database.url, clock=clock) as workflow:
        start(workflow)

    def work(number: int) -> list[int]:
        with open_workflow(database.url, clock=clock) as own:
            return [own.note(REF, f"{number}.{count}", actor=OTTO).version for count in range(4)]

    versions = [version for versions in together(work) for version in versions]
    assert sorted(versions) == list(range(2, 2 + THREADS * 4))
    check_chain(database)
    check_replay(database)


def test_eight_who_make_the_same_new_database_make_one(new_database: Database) -> None:
    def work(number: int) -> str:
        with open_workflow(new_database.url, clock=SettableClock(TODAY)) as own:
            return start(own, f"PGA-{number}")

    assert len(set(together(work))) == THREADS
    with open_workflow(new_database.url) as workflow:
        assert len(workflow.partners()) == THREADS
