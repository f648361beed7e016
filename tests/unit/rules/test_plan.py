"""The support plan: its kind, its time, and when it was bought."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from csp_workflow.model.fact import Fact
from csp_workflow.rules.plan import plan_on
from tests.unit.evidence import answer, ask, case_in, fact

DAY = timedelta(days=1)
APPLIED, NOTIFIED, ON = date(2025, 10, 6), date(2025, 11, 17), date(2025, 11, 20)


def plan(started_on: date, renews_on: date | None = None, **more: Any) -> Fact:
    """A plan as it is recorded."""
    effective_on = more.pop("effective_on", started_on)
    values = {
        "kind": "ASfP",
        "started_on": started_on.isoformat(),
        "renews_on": (renews_on or started_on + 365 * DAY).isoformat(),
        "paid": True,
    }
    return fact("support_plan", effective_on, **{**values, **more})


@pytest.mark.parametrize(
    ("day", "covers"),
    [
        (date(2025, 11, 19), False),
        (date(2025, 11, 20), True),
        (date(2026, 11, 20), True),
        (date(2026, 11, 21), False),
    ],
)
def test_a_plan_covers_its_first_and_its_last_day(day: date, covers: bool) -> None:
    recorded = plan(ON, date(2026, 11, 20), effective_on=date(2025, 1, 1))
    assert answer("plan.active", ask(day, recorded)).met is covers


def test_without_a_plan_every_rule_about_it_fails() -> None:
    question = ask(ON, case=case_in(credit_notified_on=NOTIFIED, applied_on=APPLIED))
    for rule in ("plan.active", "plan.kind", "plan.paid", "plan.after_credit_notice"):
        verdict = answer(rule, question)
        assert (verdict.met, verdict.earliest) == (False, None)
    assert plan_on(question, ON) is None


@pytest.mark.parametrize(("kind", "met"), [("ASfP", True), ("PSfP", True), ("asfp", False), ("Unified", False)])
def test_two_kinds_of_plan_count(kind: str, met: bool) -> None:
    assert answer("plan.kind", ask(ON, payload={"kind": kind})).met is met
    verdict = answer("plan.kind", ask(ON, plan(ON, kind=kind)))
    assert (verdict.met, verdict.have, verdict.need) == (met, kind, ["ASfP", "PSfP"])


def test_the_kind_that_is_bought_is_judged_and_not_that_of_an_older_plan() -> None:
    old = plan(APPLIED, kind="Unified")
    assert answer("plan.kind", ask(ON, old, payload={"kind": "ASfP"})).met is True
    assert answer("plan.kind", ask(ON, plan(APPLIED), payload={"kind": "Unified"})).met is False


@pytest.mark.parametrize("paid", [True, False])
def test_a_plan_is_paid_or_not(paid: bool) -> None:
    assert answer("plan.paid", ask(ON, plan(ON, paid=paid))).met is paid


# ----------------------------------------------------------------------------------- after the notice


@pytest.mark.parametrize(("bought_on", "met"), [(NOTIFIED - DAY, False), (NOTIFIED, True), (NOTIFIED + DAY, True)])
def test_a_plan_is_bought_on_the_day_of_the_notice_or_later(bought_on: date, met: bool) -> None:
    question = ask(ON, case=case_in(credit_notified_on=NOTIFIED), payload={"purchased_on": bought_on})
    verdict = answer("plan.after_credit_notice", question)
    assert (verdict.met, verdict.have, verdict.need) == (met, bought_on, NOTIFIED)
    assert verdict.earliest is None


@pytest.mark.parametrize(("day", "earliest"), [(NOTIFIED - DAY, NOTIFIED), (NOTIFIED, None)])
def test_a_notice_that_is_still_to_come_heals_on_its_day(day: date, earliest: date | None) -> None:
    question = ask(day, case=case_in(credit_notified_on=NOTIFIED), payload={"purchased_on": NOTIFIED - DAY})
    verdict = answer("plan.after_credit_notice", question)
    assert (verdict.met, verdict.earliest) == (False, earliest)


def test_without_a_notice_nothing_is_bought() -> None:
    assert answer("plan.after_credit_notice", ask(ON, payload={"purchased_on": ON})).met is False


@pytest.mark.parametrize(
    ("started_on", "renews_on", "met"),
    [
        (NOTIFIED, date(2026, 11, 17), True),
        (NOTIFIED - DAY, date(2026, 11, 17), False),
        (APPLIED, date(2026, 10, 6), True),
        (APPLIED + DAY, date(2026, 10, 6), False),
        (APPLIED - 365 * DAY, APPLIED, True),
        (APPLIED - 365 * DAY, APPLIED - DAY, False),
    ],
)
def test_a_plan_that_is_there_counts_from_the_notice_on_or_if_it_covers_the_day_of_the_application(
    started_on: date,
    renews_on: date,
    met: bool,
) -> None:
    case = case_in(credit_notified_on=NOTIFIED, applied_on=APPLIED)
    verdict = answer("plan.after_credit_notice", ask(ON, plan(started_on, renews_on), case=case))
    assert (verdict.met, verdict.have) == (met, started_on)


def test_the_plan_that_counts_on_the_day_is_the_case_s_own() -> None:
    own, partner = plan(APPLIED, of_case=1, kind="PSfP"), plan(ON, seq=2)
    found = plan_on(ask(ON, own, partner), ON)
    assert found is not None
    assert (found.kind, found.started_on, found.paid) == ("PSfP", APPLIED, True)
    assert found.recorded_on == APPLIED
