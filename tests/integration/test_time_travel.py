"""A question about an earlier instant is answered as it would have been then."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from csp_workflow import Actor, BadInput, TransitionRefused, open_workflow
from csp_workflow.testing import SettableClock, ready_partner

ANNA, OLGA, ROB = Actor("anna", "global_admin"), Actor("olga", "operator"), Actor("rob", "reviewer")
CARLA = Actor("carla", "credit_officer")
REF = "PGA-1001/europe"


def instant(month: int, day: int, year: int = 2025) -> datetime:
    """A UTC midnight."""
    return datetime(year, month, day, tzinfo=UTC)


def test_a_refusal_that_is_later_than_the_next_act_hides_nothing() -> None:
    with open_workflow("memory:", clock=SettableClock(date(2025, 5, 1))) as workflow:
        ready_partner(workflow, on=date(2025, 5, 1))
        with pytest.raises(TransitionRefused):
            workflow.fire(REF, "apply", actor=ANNA, at=instant(6, 10))
        workflow.note(REF, "called", actor=OLGA, at=instant(6, 5))
        workflow.note(REF, "called again", actor=OLGA, at=instant(6, 20))
        assert [workflow.case(REF, at=instant(6, day)).version for day in (4, 5, 6, 19, 20)] == [1, 2, 2, 2, 3]


def test_deadlines_of_then_know_nothing_of_later_facts() -> None:
    with open_workflow("memory:", clock=SettableClock(date(2018, 9, 3))) as workflow:
        workflow.register_partner("PGA-1001", name="Fabrikam GmbH", country="DE")
        workflow.open_case("PGA-1001", region="europe")
        for fact, fields in (
            ("membership", {"status": "active"}),
            ("signing_authority", {"signatory": "Ada"}),
            ("csp_onboarding", {"onboarded_on": date(2015, 3, 12)}),
        ):
            workflow.record("PGA-1001", fact, fields, actor=OLGA)
        form = {"legal_name": "F", "address": "B", "admin_email": "a@b.example", "bank_account": "DE89370400440532"}
        for trigger, actor, payload in (
            ("apply", ANNA, {}),
            ("invite_to_assessment", ROB, {}),
            ("approve_application", ROB, {}),
            ("submit_enrollment", ANNA, form),
            ("pass_verification", ROB, {}),
            ("approve_credit", CARLA, {}),
            ("purchase_support_plan", ANNA, {"kind": "ASfP"}),
            ("accept_mpa", ANNA, {}),
        ):
            workflow.fire(REF, trigger, actor=actor, payload=payload)
        onboarding = {"onboarded_on": date(2015, 5, 12)}
        workflow.record("PGA-1001", "csp_onboarding", onboarding, actor=OLGA, at=instant(12, 1, 2018))

        def checked_on(at: datetime) -> date | None:
            due = {item.kind: item.due_on for item in workflow.case(REF, at=at).deadlines}
            return due.get("security_check")

        assert checked_on(instant(11, 1, 2018)) == date(2026, 3, 1)
        assert checked_on(instant(12, 1, 2018)) == date(2026, 5, 1)


def test_nobody_acts_where_nobody_is_named() -> None:
    with open_workflow("memory:", clock=SettableClock(date(2025, 10, 6))) as workflow:
        ready_partner(workflow, on=date(2025, 10, 6))
        nobody: Any = None  # what a host that found no user may pass
        for act in (
            lambda: workflow.fire(REF, "close", actor=nobody, payload={"reason": "x"}),
            lambda: workflow.note(REF, "x", actor=nobody),
            lambda: workflow.record("PGA-1001", "membership", {"status": "active"}, actor=nobody),
        ):
            with pytest.raises(BadInput, match="actor"):
                act()
