"""The one home of `transitions`: a shared machine per lifecycle holds the moves, and nothing else does.

Every move has one condition, which runs all its guards and leaves what fails on the carrier; where the move
leads is read from the carrier afterwards. No callback has a side effect, so a shared machine serves all threads.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import cast

from transitions import Event, EventData, Machine

from csp_workflow.model.lifecycle import Lifecycle, Move
from csp_workflow.rules.question import Question

Ask = Callable[[Move, Question], bool]


def build_machine(lifecycle: Lifecycle, ask: Ask) -> Machine:
    """A machine without a model: states, moves, and for each move the one condition that asks its guards."""
    machine = Machine(
        model=None,
        states=list(lifecycle.states),
        initial=lifecycle.initial.name,
        auto_transitions=False,
        send_event=True,
    )
    for move in lifecycle.moves():
        machine.add_transition(
            move.trigger,
            move.source,
            move.target,
            conditions=[partial(_condition, ask, move)],
        )
    return machine


def leads_from(machine: Machine, trigger: str, state: str) -> bool:
    """Whether the machine has a move for the trigger from this state."""
    event: Event | None = machine.events.get(trigger)
    return event is not None and bool(event.transitions.get(state))


def run(machine: Machine, trigger: str, carrier: Question) -> str | None:
    """Where the trigger leads the carrier, or None where a guard says no."""
    return carrier.state if machine.events[trigger].trigger(carrier) else None


def _condition(ask: Ask, move: Move, event: EventData) -> bool:
    return ask(move, cast("Question", event.model))
