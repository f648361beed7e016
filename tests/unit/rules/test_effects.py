"""What an accepted act brings with it: the plan that is bought or renewed, as a fact of the case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from csp_workflow.rules.act import Act, NewFact
from csp_workflow.rules.effects import EFFECTS
from tests.unit.evidence import ask, fact

ON, NEXT = date(2026, 11, 18), date(2027, 11, 20)
RENEWED = {"renewed_on": ON, "renews_on": NEXT}


def recorded(effect: str, given: Mapping[str, Any]) -> list[NewFact]:
    """The facts that an act with this effect records, where there is a plan that is not paid."""
    old = fact("support_plan", kind="PSfP", started_on="2025-11-20", renews_on="2026-11-20", paid=False)
    act = Act(ask(ON, old, payload=given), ON)
    EFFECTS[effect].apply(act, ())
    return act.facts


def test_a_renewed_plan_is_of_the_kind_of_the_old_one_and_paid() -> None:
    plan = {"kind": "PSfP", "started_on": ON, "renews_on": NEXT, "paid": True}
    assert recorded("record_renewal", RENEWED) == [NewFact("support_plan", plan, ON)]


def test_a_bought_plan_is_of_the_kind_that_was_bought_and_paid() -> None:
    given = {"kind": "ASfP", "purchased_on": ON, "renews_on": NEXT}
    plan = {"kind": "ASfP", "started_on": ON, "renews_on": NEXT, "paid": True}
    assert recorded("record_purchase", given) == [NewFact("support_plan", plan, ON)]
