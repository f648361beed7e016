"""All cases at a glance: states, turns, and the rules that refuse most."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from csp_workflow import TransitionRefused
from csp_workflow.errors import BadInput, BadPayload, BadReference, NotFound
from tests.integration.hands import ANNA, ENROLLMENT, OTTO, RITA, SCORES, TODAY, WALK, raised, ready, start

if TYPE_CHECKING:
    from csp_workflow.bootstrap import HostWorkflow
    from csp_workflow.testing import SettableClock


def turn(workflow: HostWorkflow) -> str:
    """Whose turn it is in the only case."""
    return ", ".join(workflow.board().turns)


def test_it_is_the_turn_of_whoever_has_to_act_next(workflow: HostWorkflow) -> None:
    ref = ready(workflow)
    turns = [turn(workflow)]
    for trigger, actor, payload in WALK:
        workflow.fire(ref, trigger, actor=actor, payload=payload)
        turns.append(turn(workflow))
    assert turns == ["", "vendor", "partner", "vendor", "partner", "vendor", "vendor", "partner", "partner", ""]


def test_a_question_passes_the_turn_to_the_partner_and_its_answer_back(workflow: HostWorkflow) -> None:
    ref = ready(workflow)
    workflow.fire(ref, "apply", actor=ANNA)
    workflow.fire(ref, "request_information", actor=RITA, payload={"question": "Which cloud?"})
    assert turn(workflow) == "partner"
    workflow.fire(ref, "answer_information", actor=ANNA, payload={"answer": "All of them."})
    assert turn(workflow) == "vendor"


def test_a_policy_without_an_assessment_leaves_the_turn_with_the_vendor(
    workflow: HostWorkflow, clock: SettableClock
) -> None:
    clock.set(date(2018, 9, 3))
    ref = start(workflow)
    workflow.record(ref.partition("/")[0], "membership", {"status": "active"}, actor=OTTO)
    workflow.fire(ref, "apply", actor=ANNA)
    workflow.fire(ref, "invite_to_assessment", actor=RITA)
    assert (workflow.case(ref).state, turn(workflow)) == ("assessment", "vendor")
    workflow.fire(ref, "approve_application", actor=RITA)
    assert turn(workflow) == "partner"


def test_the_board_counts_the_latest_case_of_every_reference(workflow: HostWorkflow) -> None:
    for number in range(3):
        ready(workflow, f"PGA-{number}")
    workflow.fire("PGA-0/europe", "apply", actor=ANNA)
    for number in (1, 2):
        workflow.fire(f"PGA-{number}/europe", "close", actor=OTTO, payload={"reason": "the test"})
    workflow.open_case("PGA-1", region="europe")
    workflow.open_case("PGA-1", region="europe", lifecycle="indirect_reseller")
    board = workflow.board()
    counted = {state: cases for state, cases in board.states.items() if cases}
    assert counted == {"indirect_tenure": 1, "application": 1, "closed": 1, "registration": 1}
    assert board.turns == {"partner": 1, "vendor": 1}
    assert board.to_dict()["as_of"] == TODAY.isoformat()
    assert list(board.states)[:3] == ["indirect_tenure", "application", "assessment"]
    assert len(workflow.cases()) == sum(counted.values())


def test_a_sweep_passes_turns_on(workflow: HostWorkflow, clock: SettableClock) -> None:
    ref = ready(workflow)
    for trigger, actor, payload in WALK:
        workflow.fire(ref, trigger, actor=actor, payload=payload)
    clock.set(TODAY.replace(year=2026))
    workflow.sweep()
    assert (workflow.case(ref).state, turn(workflow)) == ("annual_review", "partner")
    workflow.fire(ref, "complete_assessment", actor=ANNA, payload={"scores": SCORES})
    assert turn(workflow) == "vendor"


def refused(workflow: HostWorkflow, ref: str, trigger: str, **payload: object) -> TransitionRefused:
    """Try what is refused."""
    return raised(lambda: workflow.fire(ref, trigger, actor=ANNA, payload=payload), TransitionRefused)


def test_the_rules_that_refuse_most_come_first(workflow: HostWorkflow, clock: SettableClock) -> None:
    ref = start(workflow)
    refused(workflow, ref, "submit_enrollment", **ENROLLMENT)
    clock.advance(days=1)
    rules = [finding.rule for finding in refused(workflow, ref, "apply").findings]
    refused(workflow, ref, "apply")
    counts = workflow.refusals()
    assert counts == {**dict.fromkeys(sorted(rules), 2), "order.submit_enrollment": 1}
    assert list(counts)[-1] == "order.submit_enrollment"
    assert workflow.refusals(until=TODAY) == {"order.submit_enrollment": 1}
    assert workflow.refusals(since=TODAY + timedelta(days=2)) == {}


def test_a_period_does_not_end_before_it_begins(workflow: HostWorkflow) -> None:
    with pytest.raises(BadPayload):
        workflow.refusals(TODAY, TODAY - timedelta(days=1))


@pytest.mark.parametrize("day", ["2026-01-01", datetime(2026, 1, 1, tzinfo=UTC), 7])
def test_a_period_is_one_of_days(workflow: HostWorkflow, day: Any) -> None:
    with pytest.raises(BadPayload):
        workflow.refusals(since=day)


def declined(workflow: HostWorkflow, *pgas: str) -> None:
    """Partners that have to wait for a year from the day that the clock shows."""
    for pga in pgas:
        ref = ready(workflow, pga)
        workflow.fire(ref, "apply", actor=ANNA)
        workflow.fire(ref, "decline", actor=RITA, payload={"reason": "the test"})


def in_a_year(days: int = 0) -> date:
    """The day on which a wait is over that began so many days after the first."""
    return TODAY.replace(year=TODAY.year + 1) + timedelta(days=days)


def test_what_is_due_is_listed_until_it_is_swept(workflow: HostWorkflow, clock: SettableClock) -> None:
    declined(workflow, "PGA-1")
    assert workflow.due() == workflow.due(by=in_a_year(-1)) == []
    clock.set(in_a_year())
    assert [(item.ref, item.kind, item.due_on, item.late_days) for item in workflow.due()] == [
        ("PGA-1/europe", "cooldown_ends", in_a_year(), 0)
    ]
    clock.advance(days=4)
    assert [item.late_days for item in workflow.due()] == [4]
    assert workflow.due()[0].to_dict()["due_on"] == in_a_year().isoformat()
    workflow.sweep()
    assert workflow.due() == []


def test_what_is_due_comes_in_pages_by_day_and_by_key(workflow: HostWorkflow, clock: SettableClock) -> None:
    clock.advance(days=1)
    declined(workflow, "PGA-1", "PGA-3")
    clock.advance(days=-1)
    declined(workflow, "PGA-4", "PGA-2")
    clock.set(in_a_year(2))
    keys = [item.key for item in workflow.due()]
    assert keys == [
        *(f"{in_a_year()}/PGA-{number}/europe/cooldown_ends" for number in (2, 4)),
        *(f"{in_a_year(1)}/PGA-{number}/europe/cooldown_ends" for number in (1, 3)),
    ]
    for place, key in enumerate(keys):
        assert [item.key for item in workflow.due(after=key, limit=2)] == keys[place + 1 : place + 3]
    assert [item.key for item in workflow.due(by=in_a_year())] == keys[:2]
    workflow.sweep()
    assert workflow.due(after=keys[1]) == []


def test_several_deadlines_of_a_case_are_told_apart(workflow: HostWorkflow, clock: SettableClock) -> None:
    ref = ready(workflow)
    for trigger, actor, payload in WALK:
        workflow.fire(ref, trigger, actor=actor, payload=payload)
    clock.set(TODAY.replace(year=2026))
    found = workflow.due()
    assert len({item.kind for item in found}) == len(found) > 1
    assert [workflow.due(after=item.key, limit=1) for item in found] == [*([item] for item in found[1:]), []]


@pytest.mark.parametrize("day", ["2026-01-01", datetime(2026, 1, 1, tzinfo=UTC), 7])
def test_what_is_due_is_due_by_a_day(workflow: HostWorkflow, day: Any) -> None:
    with pytest.raises(BadPayload):
        workflow.due(by=day)


@pytest.mark.parametrize("after", ["", "PGA-1/europe", "2026-01-01/PGA-1/cooldown_ends", "soon/PGA-1/europe/x", 7])
def test_a_page_of_what_is_due_begins_after_something_due(workflow: HostWorkflow, after: Any) -> None:
    with pytest.raises(BadReference):
        workflow.due(after=after)


def test_a_page_of_what_is_due_after_a_case_that_is_not_there_is_not_found(workflow: HostWorkflow) -> None:
    with pytest.raises(NotFound):
        workflow.due(after="2026-01-01/PGA-1/europe/cooldown_ends")


@pytest.mark.parametrize("letter", ["\x00", "\ud800"])
def test_a_key_of_something_due_that_no_database_can_hold_is_no_key(workflow: HostWorkflow, letter: str) -> None:
    with pytest.raises(BadReference):
        workflow.due(after=f"2026-01-01/{ready(workflow)}/cooldown_ends{letter}")


@pytest.mark.parametrize("limit", [0, 1001, "5"])
def test_a_page_of_what_is_due_has_a_length(workflow: HostWorkflow, limit: Any) -> None:
    with pytest.raises(BadInput):
        workflow.due(limit=limit)


def test_the_board_says_on_which_day_it_was_asked(workflow: HostWorkflow) -> None:
    assert workflow.board(at=datetime(2027, 1, 1, tzinfo=UTC)).as_of == date(2027, 1, 1)
    assert workflow.board().as_of == TODAY
