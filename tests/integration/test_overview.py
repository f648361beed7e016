"""All cases at a glance: states, turns, and the rules that refuse most."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from csp_workflow import TransitionRefused
from csp_workflow.errors import BadPayload
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
