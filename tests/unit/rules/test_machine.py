"""`transitions` alone holds the moves: what is taken out of the machine does not go."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from transitions import MachineError

from csp_workflow.model.actor import Actor
from csp_workflow.model.lifecycle import Guard, Move
from csp_workflow.rules.engine import Judge
from csp_workflow.rules.machine import build_machine, leads_from, run
from csp_workflow.rules.question import Question
from csp_workflow.rules.shipped import SHIPPED
from tests.unit.evidence import PROGRAMME, ask, case_in

ON = date(2025, 10, 6)
LIFECYCLES = PROGRAMME.lifecycles
MOVES = [(name, move) for name, lifecycle in LIFECYCLES.items() for move in lifecycle.moves()]
each_move = pytest.mark.parametrize(
    ("name", "move"), MOVES, ids=[f"{name}: {move.trigger} from {move.source}" for name, move in MOVES]
)
each_lifecycle = pytest.mark.parametrize("name", LIFECYCLES)


def yes(_move: Move, _question: Question) -> bool:
    """Every guard says yes."""
    return True


def in_state(name: str, state: str) -> Question:
    """A case in a state."""
    return ask(ON, case=case_in(state, lifecycle=name))


@each_move
def test_the_machine_leads_where_the_definition_says(name: str, move: Move) -> None:
    machine = build_machine(LIFECYCLES[name], yes)
    question = in_state(name, move.source)
    assert leads_from(machine, move.trigger, move.source)
    assert run(machine, move.trigger, question) == move.target == question.state


@each_lifecycle
def test_the_machine_leads_nowhere_else(name: str) -> None:
    lifecycle = LIFECYCLES[name]
    machine = build_machine(lifecycle, yes)
    leading = {
        (trigger, state)
        for trigger in lifecycle.triggers
        for state in lifecycle.states
        if leads_from(machine, trigger, state)
    }
    assert leading == {(move.trigger, move.source) for move in lifecycle.moves()}


@each_lifecycle
def test_the_machine_knows_no_trigger_but_those_of_the_definition(name: str) -> None:
    machine = build_machine(LIFECYCLES[name], yes)
    assert set(machine.events) == set(LIFECYCLES[name].triggers)
    assert not [event for event in machine.events if event.startswith("to_")]
    assert machine.models == []


def test_an_unknown_trigger_leads_nowhere() -> None:
    machine = build_machine(LIFECYCLES["direct_bill"], yes)
    assert not leads_from(machine, "to_active", "indirect_tenure")
    assert not leads_from(machine, "aply", "indirect_tenure")


@each_move
def test_a_guard_that_says_no_leaves_the_case_where_it_is(name: str, move: Move) -> None:
    machine = build_machine(LIFECYCLES[name], lambda _move, _question: False)
    question = in_state(name, move.source)
    assert run(machine, move.trigger, question) is None
    assert question.state == move.source


@pytest.mark.parametrize("answer", [1, 2, "yes", [1], object(), None, 0])
def test_a_condition_that_is_not_strictly_true_is_no(answer: Any) -> None:
    machine = build_machine(LIFECYCLES["direct_bill"], lambda _move, _question: answer is True)
    assert run(machine, "apply", in_state("direct_bill", "indirect_tenure")) is None


def test_the_move_is_asked_with_its_own_guards_and_the_case_that_carries_it() -> None:
    asked: list[tuple[Move, Question]] = []

    def keep(move: Move, question: Question) -> bool:
        asked.append((move, question))
        return True

    question = in_state("direct_bill", "active")
    run(build_machine(LIFECYCLES["direct_bill"], keep), "renew_support_plan", question)
    ((move, carrier),) = asked
    assert carrier is question
    assert (move.source, move.guards) == ("active", (Guard("renewal.in_review"),))


def test_one_machine_serves_many_cases_without_keeping_any() -> None:
    machine = build_machine(LIFECYCLES["direct_bill"], yes)
    first, second = in_state("direct_bill", "indirect_tenure"), in_state("direct_bill", "indirect_tenure")
    run(machine, "apply", first)
    assert (first.state, second.state, machine.models) == ("application", "indirect_tenure", [])


# ----------------------------------------------------------------------- the machine is not decoration

REVIEWER = Actor("rob", "reviewer")


@each_move
def test_an_act_whose_move_is_taken_out_of_the_machine_is_refused_by_its_order(name: str, move: Move) -> None:
    judge = Judge(PROGRAMME, SHIPPED)
    transitions = judge.machines[name].events[move.trigger].transitions
    del transitions[move.source]
    actor = Actor("x", min(LIFECYCLES[name].triggers[move.trigger].roles))
    decision = judge.decide(in_state(name, move.source), move.trigger, actor, None)
    assert (decision.accepted, decision.rules) == (False, (f"order.{move.trigger}",))


def test_an_act_goes_where_the_machine_leads_whatever_a_second_table_says() -> None:
    judge = Judge(PROGRAMME, SHIPPED)
    (arrow,) = judge.machines["direct_bill"].events["request_information"].transitions["application"]
    arrow.dest = "assessment"
    decision = judge.decide(in_state("direct_bill", "application"), "request_information", REVIEWER, {"question": "?"})
    assert decision.target == "assessment"


def test_a_machine_whose_guards_are_taken_away_lets_everything_pass() -> None:
    judge = Judge(PROGRAMME, SHIPPED)
    anna = Actor("anna", "global_admin")
    question = in_state("direct_bill", "indirect_tenure")
    assert not judge.decide(question, "apply", anna, None).accepted
    (arrow,) = judge.machines["direct_bill"].events["apply"].transitions["indirect_tenure"]
    arrow.conditions.clear()
    assert judge.decide(in_state("direct_bill", "indirect_tenure"), "apply", anna, None).accepted


def test_a_move_that_is_missing_raises_in_the_machine_and_is_never_asked_of_it() -> None:
    machine = build_machine(LIFECYCLES["direct_bill"], yes)
    with pytest.raises(MachineError):
        run(machine, "apply", in_state("direct_bill", "active"))


def test_a_state_that_is_not_in_the_definition_is_not_in_the_machine() -> None:
    small = replace(LIFECYCLES["indirect_reseller"], triggers={})
    machine = build_machine(small, yes)
    assert list(machine.states) == list(small.states)
    assert not machine.events
