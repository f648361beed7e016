"""The yearly review: on which date, under which policy, passed, renewed; and the rules beside it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from csp_workflow.model.case import Case
from csp_workflow.model.fact import Fact
from csp_workflow.rules.review import review_date, review_policy
from tests.unit.evidence import answer, ask, case_in, fact

DAY = timedelta(days=1)
ON = date(2026, 3, 1)


def plan(renews_on: date, *, recorded_on: date = date(2018, 2, 1), **more: Any) -> Fact:
    """A plan that renews on a day."""
    fields = {"kind": "ASfP", "started_on": date(2018, 2, 1), "renews_on": renews_on, "paid": True}
    return fact("support_plan", more.pop("effective_on", recorded_on), recorded_on=recorded_on, **{**fields, **more})


def active(since: date = date(2018, 3, 1), **marks: Any) -> Case:
    """An active case."""
    return case_in("active", entered_on=since, **marks)


@pytest.mark.parametrize(
    ("renews_on", "since", "recorded_on", "expected"),
    [
        (date(2026, 11, 20), date(2025, 11, 24), date(2025, 11, 20), date(2026, 11, 1)),
        (date(2026, 11, 1), date(2025, 11, 24), date(2025, 11, 20), date(2026, 11, 1)),
        (date(2026, 3, 20), date(2026, 3, 10), date(2026, 3, 5), date(2026, 3, 10)),
        (date(2026, 3, 20), date(2026, 3, 1), date(2026, 3, 5), date(2026, 3, 5)),
        (date(2026, 3, 20), date(2026, 2, 28), date(2026, 2, 28), date(2026, 3, 1)),
    ],
)
def test_the_review_date_is_the_first_of_the_month_of_the_renewal_or_the_later_day_of_activation_or_record(
    renews_on: date, since: date, recorded_on: date, expected: date
) -> None:
    question = ask(date(2026, 3, 31), plan(renews_on, recorded_on=recorded_on), case=active(since))
    assert review_date(question) == expected


def test_the_day_of_activation_is_that_of_the_mark_where_there_is_one() -> None:
    question = ask(ON, plan(date(2026, 3, 20)), case=active(date(2018, 3, 1), active_since=date(2026, 3, 7)))
    assert review_date(question) == date(2026, 3, 7)


def test_without_a_plan_there_is_no_review_date() -> None:
    question = ask(ON, case=active())
    assert (review_date(question), review_policy(question)) == (None, None)
    assert answer("review.in_policy", question).met is False
    assert answer("review.month", question)[3] is None


def test_while_a_review_is_open_its_date_is_fixed() -> None:
    case = case_in("annual_review", review_on=date(2025, 12, 1))
    assert review_date(ask(ON, plan(date(2027, 5, 1)), case=case)) == date(2025, 12, 1)


@pytest.mark.parametrize(
    ("renews_on", "held_under"),
    [
        (date(2020, 12, 31), None),
        (date(2021, 1, 1), "2020-10"),
        (date(2025, 4, 30), "2023-07"),
        (date(2025, 5, 1), None),
        (date(2025, 9, 30), None),
        (date(2025, 10, 1), "2025-10"),
        (date(2026, 9, 15), "2025-10"),
    ],
)
def test_a_review_is_held_under_the_policy_of_its_date_where_that_has_one(
    renews_on: date, held_under: str | None
) -> None:
    question = ask(date(2020, 11, 1), plan(renews_on), case=active())
    found = review_policy(question)
    assert (found.id if found else None) == held_under
    assert answer("review.in_policy", question).met is bool(held_under)
    assert answer("renewal.in_review", question).met is not bool(held_under)


@pytest.mark.parametrize(
    ("day", "met", "earliest"),
    [
        (date(2026, 10, 31), False, date(2026, 11, 1)),
        (date(2026, 11, 1), True, None),
        (date(2027, 2, 1), True, None),
    ],
)
def test_a_review_opens_on_its_date_or_late(day: date, met: bool, earliest: date | None) -> None:
    verdict = answer("review.month", ask(day, plan(date(2026, 11, 20)), case=active()))
    assert (verdict.met, verdict.earliest) == (met, earliest)


def test_a_reassessment_is_passed_by_its_mark() -> None:
    assert answer("reassessment.passed", ask(ON, case=case_in("annual_review"))).met is False
    assert answer("reassessment.passed", ask(ON, case=case_in("annual_review", reassessed_on=ON)))[:2] == (True, ON)


@pytest.mark.parametrize(
    ("renewed_on", "day", "met", "earliest"),
    [
        (ON - DAY, ON, False, None),
        (ON, ON, True, None),
        (ON + DAY, ON + DAY, True, None),
        (ON - DAY, ON - DAY, False, ON),
    ],
)
def test_the_plan_is_renewed_on_the_day_of_the_notice_or_later(
    renewed_on: date,
    day: date,
    met: bool,
    earliest: date | None,
) -> None:
    case = case_in("annual_review", result_notified_on=ON)
    verdict = answer("renewal.after_notice", ask(day, plan(ON), case=case, payload={"renewed_on": renewed_on}))
    assert (verdict.met, verdict.earliest) == (met, earliest)


def test_a_plan_that_is_not_there_is_not_renewed() -> None:
    case = case_in("annual_review", result_notified_on=ON)
    assert not answer("renewal.after_notice", ask(ON, case=case, payload={"renewed_on": ON})).met
    assert not answer("renewal.in_review", ask(ON, case=active())).met


def test_without_a_notice_of_the_result_nothing_is_renewed() -> None:
    verdict = answer("renewal.after_notice", ask(ON, case=case_in("annual_review"), payload={"renewed_on": ON}))
    assert (verdict.met, verdict.earliest) == (False, None)


@pytest.mark.parametrize(
    ("day", "pinned", "met"),
    [
        (date(2023, 6, 30), None, False),
        (date(2023, 7, 1), None, True),
        (date(2025, 9, 30), None, True),
        (date(2025, 10, 1), None, False),
        (date(2025, 10, 1), "2023-07", False),
        (date(2025, 9, 30), "2025-10", True),
    ],
)
def test_restriction_is_known_or_not_by_the_policy_of_the_day(day: date, pinned: str | None, met: bool) -> None:
    assert answer("restriction.in_policy", ask(day, case=case_in("annual_review", pinned=pinned))).met is met


@pytest.mark.parametrize(
    ("staff", "changed", "met"),
    [
        ([], [], False),
        (["a@x.org"], [], False),
        (["a@x.org", "b@x.org"], ["a@x.org"], False),
        (["a@x.org", "b@x.org"], ["b@x.org", "a@x.org"], True),
    ],
)
def test_staff_is_activated_when_everyone_has_changed_the_password(
    staff: list[str],
    changed: list[str],
    met: bool,
) -> None:
    case = case_in("staff_activation", lifecycle="indirect_reseller", staff=staff, changed=changed)
    assert answer("staff.activated", ask(ON, case=case))[:3] == (met, len(changed), len(staff))
