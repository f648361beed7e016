"""Deadlines: for each kind the day on which it is due, or none."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from csp_workflow.model.case import Case, Cooldown, Deadline, Fired
from csp_workflow.model.fact import Fact
from csp_workflow.rules.deadlines import DEADLINES
from csp_workflow.rules.question import Question
from csp_workflow.rules.registry import Due, Pending
from tests.unit.evidence import PROGRAMME, ask, case_in, fact

DAY = timedelta(days=1)
ACTIVE_ON = date(2025, 11, 24)
REVIEW = date(2026, 11, 1)


def plan(renews_on: date = date(2026, 11, 20), recorded_on: date = date(2025, 11, 20)) -> Fact:
    """A plan that renews on a day."""
    fields: dict[str, Any] = {"kind": "ASfP", "started_on": recorded_on, "renews_on": renews_on, "paid": True}
    return fact("support_plan", recorded_on, **fields)


def active(**more: Any) -> Case:
    """An active case."""
    return case_in("active", **{"entered_on": ACTIVE_ON, "activated_on": ACTIVE_ON, **more})


def due(
    kind: str,
    question: Question,
    *,
    since: date | None = None,
    stored: Deadline | None = None,
    fired: Fired | None = None,
) -> Due | None:
    """When a deadline is due, derived on the day of the question."""
    pending = Pending(question.day, since or question.case.entered_on, stored, fired)
    return DEADLINES[kind].derive(question, pending)


def day_of(found: Due | None) -> date | None:
    """The day of a derived deadline."""
    return found.on if found else None


# ---------------------------------------------------------------------------------- the reminders


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (ACTIVE_ON, REVIEW - 90 * DAY),
        (REVIEW - 91 * DAY, REVIEW - 90 * DAY),
        (REVIEW - 90 * DAY, REVIEW - 90 * DAY),
        (REVIEW - 89 * DAY, REVIEW - 60 * DAY),
        (REVIEW - 60 * DAY, REVIEW - 60 * DAY),
        (REVIEW - 59 * DAY, REVIEW - 30 * DAY),
        (REVIEW - 30 * DAY, REVIEW - 30 * DAY),
        (REVIEW - 29 * DAY, None),
        (REVIEW, None),
    ],
)
def test_the_reminder_is_the_next_of_the_three_on_or_after_the_day_it_is_derived(
    today: date, expected: date | None
) -> None:
    assert day_of(due("review_reminder", ask(today, plan(), case=active()))) == expected


def test_a_reminder_stays_as_it_is_while_the_review_date_does() -> None:
    stored = Deadline("review_reminder", REVIEW - 90 * DAY, REVIEW)
    late = ask(REVIEW - 45 * DAY, plan(), case=active())
    assert due("review_reminder", late, stored=stored) == Due(REVIEW - 90 * DAY, REVIEW)


@pytest.mark.parametrize(("today", "expected"), [(REVIEW - DAY, REVIEW - 30 * DAY), (REVIEW, None)])
def test_an_overdue_reminder_is_cancelled_when_the_review_date_has_come(today: date, expected: date | None) -> None:
    stored = Deadline("review_reminder", REVIEW - 30 * DAY, REVIEW)
    assert day_of(due("review_reminder", ask(today, plan(), case=active()), stored=stored)) == expected


def test_a_reminder_is_derived_anew_when_the_review_date_changes() -> None:
    stored = Deadline("review_reminder", REVIEW - 90 * DAY, REVIEW)
    moved = ask(REVIEW - 45 * DAY, plan(date(2027, 2, 3)), case=active())
    assert due("review_reminder", moved, stored=stored) == Due(date(2027, 2, 1) - 90 * DAY, date(2027, 2, 1))


def test_after_one_reminder_comes_the_next_and_after_the_last_none() -> None:
    question = ask(REVIEW - 90 * DAY, plan(), case=active())
    fired = [Fired(REVIEW - days * DAY, REVIEW) for days in (90, 60, 30)]
    assert [day_of(due("review_reminder", question, fired=last)) for last in fired] == [
        REVIEW - 60 * DAY,
        REVIEW - 30 * DAY,
        None,
    ]


def test_reminders_of_an_earlier_review_are_no_reminders_of_this_one() -> None:
    question = ask(REVIEW - 90 * DAY, plan(), case=active())
    before = Fired(date(2025, 10, 2), date(2025, 11, 1))
    assert day_of(due("review_reminder", question, fired=before)) == REVIEW - 90 * DAY


def test_the_days_of_reminders_are_a_parameter() -> None:
    programme = PROGRAMME.with_values({"review.reminder_days": (7, 14)})
    question = ask(ACTIVE_ON, plan(), case=active(), programme=programme)
    assert day_of(due("review_reminder", question)) == REVIEW - 14 * DAY
    none = PROGRAMME.with_values({"review.reminder_days": ()})
    assert due("review_reminder", ask(ACTIVE_ON, plan(), case=active(), programme=none)) is None


# ------------------------------------------------------------------------------------- the review


@pytest.mark.parametrize("kind", ["review_reminder", "review_opens", "review_closes", "support_plan_ends"])
def test_without_a_plan_nothing_hangs_on_one(kind: str) -> None:
    assert due(kind, ask(ACTIVE_ON, case=active())) is None


def test_a_review_opens_on_its_date_and_once() -> None:
    question = ask(ACTIVE_ON, plan(), case=active())
    assert day_of(due("review_opens", question)) == REVIEW
    assert due("review_opens", question, fired=Fired(REVIEW)) is None
    assert day_of(due("review_opens", question, fired=Fired(REVIEW - DAY))) == REVIEW


@pytest.mark.parametrize(
    ("review_on", "expected"),
    [
        (date(2026, 11, 1), date(2026, 12, 1)),
        (date(2026, 11, 30), date(2026, 12, 1)),
        (date(2026, 12, 31), date(2027, 1, 1)),
        (date(2028, 2, 29), date(2028, 3, 1)),
    ],
)
def test_a_review_closes_on_the_day_after_its_month(review_on: date, expected: date) -> None:
    question = ask(review_on, plan(), case=case_in("annual_review", review_on=review_on))
    assert day_of(due("review_closes", question)) == expected
    assert due("review_closes", question, fired=Fired(expected)) is None


def test_a_plan_ends_on_its_day_of_renewal_and_once() -> None:
    question = ask(ACTIVE_ON, plan(), case=active())
    assert day_of(due("support_plan_ends", question)) == date(2026, 11, 20)
    assert due("support_plan_ends", question, fired=Fired(date(2026, 11, 20))) is None


# ------------------------------------------------------------------------------------- the security check


def onboarded(on: date) -> Fact:
    """The record of the original onboarding."""
    return fact("csp_onboarding", onboarded_on=on)


@pytest.mark.parametrize(
    ("onboarded_on", "activated_on", "expected"),
    [
        (date(2019, 3, 17), date(2025, 11, 24), date(2026, 3, 1)),
        (date(2019, 3, 17), date(2026, 2, 28), date(2026, 3, 1)),
        (date(2019, 3, 17), date(2026, 3, 1), date(2027, 3, 1)),
        (date(2019, 3, 17), date(2026, 3, 31), date(2027, 3, 1)),
        (date(2019, 12, 31), date(2025, 11, 24), date(2025, 12, 1)),
        (date(2019, 9, 1), date(2024, 1, 1), date(2026, 9, 1)),
        (date(2019, 10, 1), date(2024, 1, 1), date(2025, 10, 1)),
    ],
)
def test_the_check_is_due_on_the_first_day_of_the_first_onboarding_month_that_begins_after_activation(
    onboarded_on: date, activated_on: date, expected: date
) -> None:
    case = case_in("active", entered_on=activated_on, activated_on=activated_on)
    assert day_of(due("security_check", ask(activated_on, onboarded(onboarded_on), case=case))) == expected


@pytest.mark.parametrize(
    ("validated_on", "expected"),
    [
        (date(2026, 2, 28), date(2026, 3, 1)),
        (date(2026, 3, 1), date(2027, 3, 1)),
        (date(2026, 5, 1), date(2027, 3, 1)),
        (date(2025, 11, 25), date(2026, 3, 1)),
    ],
)
def test_after_a_validation_the_next_one_is_due_in_the_next_onboarding_month(
    validated_on: date, expected: date
) -> None:
    case = active(validated_on=validated_on)
    assert day_of(due("security_check", ask(validated_on, onboarded(date(2019, 3, 17)), case=case))) == expected


def test_an_open_check_has_no_successor_and_an_unknown_onboarding_no_check() -> None:
    assert (
        due("security_check", ask(ACTIVE_ON, onboarded(date(2019, 3, 17)), case=active(check_on=date(2026, 3, 1))))
        is None
    )
    assert due("security_check", ask(ACTIVE_ON, case=active())) is None
    assert due("security_check", ask(ACTIVE_ON, fact("csp_onboarding"), case=active())) is None


def test_where_no_policy_asks_for_security_there_is_no_check() -> None:
    programme = PROGRAMME.with_values({"review.security": False})
    question = ask(ACTIVE_ON, onboarded(date(2019, 3, 17)), case=active(), programme=programme)
    assert due("security_check", question) is None


@pytest.mark.parametrize(
    ("check_on", "expected"), [(date(2026, 3, 1), date(2026, 4, 1)), (date(2026, 12, 1), date(2027, 1, 1))]
)
def test_an_open_check_closes_on_the_day_after_its_month_and_once(check_on: date, expected: date) -> None:
    question = ask(check_on, case=active(check_on=check_on))
    assert day_of(due("security_check_closes", question)) == expected
    assert due("security_check_closes", question, fired=Fired(expected)) is None
    assert due("security_check_closes", ask(check_on, case=active())) is None


# ---------------------------------------------------------------------------- waits, windows, policies

WAIT = Cooldown(case="deauthorized", started_on=date(2026, 1, 10), ends_on=date(2027, 1, 10))


@pytest.mark.parametrize("state", ["deauthorized", "indirect_tenure"])
def test_a_wait_of_this_case_ends_on_its_day_until_it_was_dealt_with(state: str) -> None:
    waiting = case_in(state, entered_on=date(2026, 1, 10), cooldown=WAIT)
    assert day_of(due("cooldown_ends", ask(date(2026, 1, 10), case=waiting))) == date(2027, 1, 10)
    done = case_in(state, entered_on=date(2026, 1, 10), cooldown=WAIT, cooldown_done=True)
    assert due("cooldown_ends", ask(date(2026, 1, 10), case=done)) is None


def test_without_a_wait_a_deauthorized_case_goes_on_at_once_and_another_has_nothing_to_wait_for() -> None:
    on = date(2024, 1, 10)
    assert day_of(due("cooldown_ends", ask(on, case=case_in("deauthorized", entered_on=on)))) == on
    assert due("cooldown_ends", ask(on, case=case_in("indirect_tenure", entered_on=on))) is None


@pytest.mark.parametrize(
    ("refused_on", "expected"),
    [
        (date(2018, 3, 1), date(2018, 8, 31)),
        (date(2025, 5, 1), date(2025, 10, 1)),
        (date(2025, 9, 30), date(2025, 10, 1)),
        (date(2025, 10, 1), None),
    ],
)
def test_the_window_opens_on_the_first_day_of_the_next_open_policy_after_a_refusal(
    refused_on: date, expected: date | None
) -> None:
    question = ask(refused_on, case=case_in(window_refused_on=refused_on))
    assert day_of(due("window_opens", question)) == expected


def test_nobody_who_was_not_refused_is_told_of_the_window_and_nobody_twice() -> None:
    on = date(2025, 5, 1)
    assert due("window_opens", ask(on, case=case_in())) is None
    refused = ask(on, case=case_in(window_refused_on=on))
    assert due("window_opens", refused, fired=Fired(date(2025, 10, 1))) is None


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        (date(2025, 4, 30), date(2025, 5, 1)),
        (date(2025, 5, 1), date(2025, 10, 1)),
        (date(2025, 9, 30), date(2025, 10, 1)),
        (date(2025, 10, 1), None),
    ],
)
def test_a_change_of_policy_is_told_on_the_first_day_of_the_next_one(since: date, expected: date | None) -> None:
    assert day_of(due("policy_changes", ask(since, case=active()), since=since)) == expected


def test_a_change_that_was_told_is_followed_by_the_next() -> None:
    question = ask(date(2026, 1, 1), case=active())
    told = [Fired(date(2023, 7, 1)), Fired(date(2025, 5, 1)), Fired(date(2025, 10, 1))]
    found = [day_of(due("policy_changes", question, since=date(2021, 1, 1), fired=fired)) for fired in told]
    assert found == [date(2025, 5, 1), date(2025, 10, 1), None]


def test_every_kind_of_deadline_is_tried() -> None:
    assert set(DEADLINES) == set(PROGRAMME.lifecycles["direct_bill"].deadlines)
