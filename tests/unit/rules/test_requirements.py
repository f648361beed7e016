"""What is required: each rule in exactly one of the five lists, as the contract has it for each state."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from csp_workflow.errors import NoPolicy
from csp_workflow.model.case import Case, Cooldown
from csp_workflow.model.decision import LISTS, Requirements
from csp_workflow.model.fact import Fact
from csp_workflow.rules.question import Question, Wait
from csp_workflow.rules.requirements import requirements
from tests.unit.evidence import JUDGE, PROGRAMME, RevenueLine, ask, case_in, fact

DAY = timedelta(days=1)
ON = date(2025, 10, 6)
APPLICANT = [
    fact("reseller_tenure", first_transaction_on=date(2024, 6, 1)),
    fact("membership", status="active"),
    fact("location", pla="PLA-1", country="DE"),
    fact("signing_authority", signatory="Ada"),
    fact("first_line_support", available=True),
    fact("security", admins_total=1, admins_with_mfa=1, contact="soc@example.com", alerts_responsive=True),
    fact("designation", area="data"),
]
MILLION = RevenueLine(booked_on=ON - DAY, cents=100_000_000)
UNVERIFIED = RevenueLine(booked_on=ON - DAY, cents=100_000_000, verified=False)
ASKED = [
    "tenure.months",
    "membership.active",
    "location.pla",
    "authority.signing",
    "support.first_line",
    "revenue.floor",
    "security.mfa",
    "security.contact",
    "security.alerts",
    "designation.count",
]


def required(question: Question, language: str = "en") -> Requirements:
    """The view of a case on the day of the question."""
    return requirements(JUDGE, question, "PGA-1/europe", PROGRAMME.words(language))


def lists(question: Question) -> dict[str, list[str]]:
    """The rule ids of each list that holds any, but for a billing currency that is certain."""
    view = required(question)
    found = {name: [finding.rule for finding in getattr(view, name)] for name in LISTS}
    found["met"] = [rule for rule in found["met"] if rule != "billing.currency"]  # asked everywhere, and met in Germany
    named = [rule for rules in found.values() for rule in rules]
    assert len(named) == len(set(named)), "a rule stands in two lists"
    return {name: rules for name, rules in found.items() if rules}


def due_on(question: Question) -> dict[str, date | None]:
    """When what is asked later is asked."""
    return {finding.rule: finding.due_on for finding in required(question).due_later}


# ------------------------------------------------------------------------------ before the application


def test_before_the_application_what_time_does_not_heal_is_due_now() -> None:
    assert lists(ask(ON)) == {"met": ["window.open", "cooldown.elapsed"], "due_now": ASKED}


def test_before_the_application_what_time_heals_is_due_later_on_its_day() -> None:
    day = date(2025, 9, 30)
    wait = Wait(1, "europe", Cooldown(case="not_approved", started_on=day - 364 * DAY, ends_on=day + DAY))
    young = fact("reseller_tenure", first_transaction_on=date(2024, 12, 1))
    question = ask(day, young, fact("membership", day + 5 * DAY, recorded_on=day, status="active"), waits=[wait])
    assert due_on(question) == {
        "window.open": date(2025, 10, 1),
        "cooldown.elapsed": day + DAY,
        "tenure.months": date(2025, 12, 1),
        "membership.active": day + 5 * DAY,
    }


def test_before_the_application_everything_may_be_met() -> None:
    question = ask(ON, *APPLICANT, lines=[UNVERIFIED])
    assert lists(question) == {"met": ["window.open", "cooldown.elapsed", *ASKED]}


def test_before_the_first_policy_nothing_can_be_asked() -> None:
    with pytest.raises(NoPolicy):
        required(ask(date(2017, 12, 31)))


def test_the_view_says_for_which_day_and_policy_it_holds_and_speaks_the_reader_s_language() -> None:
    view = required(ask(ON, case=case_in("application", pinned="2023-07")))
    assert (view.ref, view.as_of, view.policy) == ("PGA-1/europe", ON, "2023-07")
    german = required(ask(ON), "de").due_now[0]
    assert german.statement != required(ask(ON)).due_now[0].statement
    assert set(view.to_dict()) == {"ref", "as_of", "policy", *LISTS}


# --------------------------------------------------------------------------------------------- in flight


def applying(state: str = "application", **marks: Any) -> Case:
    """A case under way."""
    return case_in(state, pinned="2025-10", applied_on=ON, **marks)


def test_in_the_application_the_invitation_is_waited_for() -> None:
    found = lists(ask(ON, *APPLICANT, case=applying(), lines=[MILLION]))
    assert found == {"met": ASKED, "waiting_on_vendor": ["order.invite_to_assessment"]}


def test_in_the_application_revenue_that_only_has_to_be_verified_waits_for_the_vendor() -> None:
    found = lists(ask(ON, *APPLICANT, case=applying(), lines=[UNVERIFIED]))
    assert found["waiting_on_vendor"] == ["revenue.floor", "order.invite_to_assessment"]
    assert "due_now" not in found


@pytest.mark.parametrize(("cents", "listed"), [(99_999_999, "due_now"), (100_000_000, "waiting_on_vendor")])
def test_revenue_that_is_not_there_is_due_now(cents: int, listed: str) -> None:
    unverified = RevenueLine(booked_on=ON - DAY, cents=cents, verified=False)
    assert "revenue.floor" in lists(ask(ON, *APPLICANT, case=applying(), lines=[unverified]))[listed]


def test_in_the_application_what_time_heals_is_due_now_all_the_same() -> None:
    coming = fact("membership", ON + DAY, recorded_on=ON, status="active")
    found = lists(ask(ON, *APPLICANT[:1], coming, case=applying()))
    assert "membership.active" in found["due_now"]
    assert "due_later" not in found


def test_in_the_assessment_it_is_due_now_and_then_the_approval_is_waited_for() -> None:
    assert lists(ask(ON, case=applying("assessment"))) == {
        "met": ["assessment.score"],
        "due_now": ["assessment.complete"],
    }
    points = {
        f"{category}.{item}": 80
        for category, items in PROGRAMME.policies.named("2025-10").value("assessment.categories").items()
        for item in items
    }
    done = applying("assessment", assessed_on=ON, assessment=points)
    assert lists(ask(ON, case=done)) == {
        "met": ["assessment.complete", "assessment.score"],
        "waiting_on_vendor": ["order.approve_application"],
    }


def test_where_the_policy_has_no_assessment_the_approval_is_waited_for_at_once() -> None:
    found = lists(ask(ON, case=case_in("assessment", pinned="2018-08")))
    assert found["waiting_on_vendor"] == ["order.approve_application"]


def test_in_the_enrollment_the_form_is_due_now() -> None:
    assert lists(ask(ON, case=applying("enrollment"))) == {"due_now": ["order.submit_enrollment"]}


def test_in_the_credit_check_the_vendor_is_waited_for() -> None:
    assert lists(ask(ON, case=applying("credit_check"))) == {
        "waiting_on_vendor": ["verification.passed", "order.approve_credit"]
    }
    assert lists(ask(ON, case=applying("credit_check", verified_on=ON))) == {
        "met": ["verification.passed"],
        "waiting_on_vendor": ["order.approve_credit"],
    }


def plan(started_on: date, renews_on: date | None = None, **more: Any) -> Fact:
    """A plan as it is recorded."""
    values = {"kind": "ASfP", "started_on": started_on, "renews_on": renews_on or started_on + 365 * DAY, "paid": True}
    return fact("support_plan", started_on, **{**values, **more})


@pytest.mark.parametrize(
    ("records", "order"),
    [
        ([], "purchase_support_plan"),
        ([plan(ON - 30 * DAY)], "confirm_support_plan"),
        ([plan(ON - 30 * DAY, ON - DAY)], "purchase_support_plan"),
        ([plan(ON - 30 * DAY, kind="Unified")], "purchase_support_plan"),
        ([plan(ON + DAY)], "purchase_support_plan"),
        ([plan(ON + 10 * DAY)], "confirm_support_plan"),
    ],
    ids=["none", "had one", "lapsed", "of another kind", "bought during the review", "bought after the notice"],
)
def test_a_plan_that_is_there_is_confirmed_and_otherwise_one_is_bought(records: list[Fact], order: str) -> None:
    case = applying("support_plan_purchase", credit_notified_on=ON + 10 * DAY)
    assert lists(ask(ON + 20 * DAY, *records, case=case)) == {"due_now": [f"order.{order}"]}


def test_before_the_agreement_its_rules_and_the_agreement_itself_are_due_now() -> None:
    assert lists(ask(ON, case=applying("mpa_acceptance"))) == {
        "due_now": ["authority.signing", "plan.active", "order.accept_mpa"]
    }
    ready = ask(ON, plan(ON), fact("signing_authority", signatory="Ada"), case=applying("mpa_acceptance"))
    assert lists(ready) == {"met": ["authority.signing", "plan.active"], "due_now": ["order.accept_mpa"]}


# ------------------------------------------------------------------------------------ year after year

PLAN = plan(date(2025, 11, 20), date(2026, 11, 20))
LATER = date(2026, 3, 1)
REVIEW = date(2026, 11, 1)


def holding(state: str = "active", **marks: Any) -> Case:
    """A case with an authorization."""
    return case_in(state, entered_on=date(2025, 11, 24), **marks)


@pytest.mark.parametrize("state", ["active", "restricted"])
def test_while_active_the_coming_review_is_due_later_on_its_date_and_advice_without_one(state: str) -> None:
    question = ask(LATER, PLAN, case=holding(state))
    assert lists(question) == {
        "met": ["plan.active", "assessment.score", "security.validated"],
        "due_later": [
            "revenue.floor",
            "assessment.complete",
            "membership.active",
            "support.first_line",
            "designation.count",
        ],
    }
    assert due_on(question) == {
        "revenue.floor": REVIEW,
        "assessment.complete": REVIEW,
        "membership.active": None,
        "support.first_line": None,
        "designation.count": None,
    }
    advice = {finding.rule: finding.assumed for finding in required(question).due_later}
    assert advice["membership.active"] is advice["support.first_line"] is advice["designation.count"] is True
    assert advice["revenue.floor"] is False


def test_while_active_only_verified_revenue_counts() -> None:
    booked = RevenueLine(booked_on=LATER - DAY, cents=100_000_000)
    assert "revenue.floor" in lists(ask(LATER, PLAN, case=holding(), lines=[booked]))["met"]
    unverified = RevenueLine(booked_on=LATER - DAY, cents=100_000_000, verified=False)
    assert "revenue.floor" in lists(ask(LATER, PLAN, case=holding(), lines=[unverified]))["due_later"]


@pytest.mark.parametrize(("day", "listed"), [(date(2026, 11, 20), "met"), (date(2026, 11, 21), "past_due")])
def test_a_plan_that_has_lapsed_is_past_due_and_named_once(day: date, listed: str) -> None:
    assert "plan.active" in lists(ask(day, PLAN, case=holding()))[listed]


def test_a_review_that_asks_for_the_plan_does_not_name_it_twice() -> None:
    old = plan(date(2022, 3, 1), date(2023, 3, 1))
    found = lists(ask(date(2023, 3, 2), old, case=case_in("active", entered_on=date(2022, 3, 1))))
    assert found["past_due"] == ["plan.active"]


@pytest.mark.parametrize(
    ("day", "listed"),
    [(date(2026, 3, 1), "due_now"), (date(2026, 3, 31), "due_now"), (date(2026, 4, 1), "past_due")],
)
@pytest.mark.parametrize("state", ["active", "restricted", "annual_review"])
def test_an_open_security_check_is_due_now_and_past_due_after_its_month(state: str, day: date, listed: str) -> None:
    case = holding(state, check_on=date(2026, 3, 1), **({"review_on": day} if state == "annual_review" else {}))
    assert "security.validated" in lists(ask(day, PLAN, case=case))[listed]


@pytest.mark.parametrize("rule", ["account_setup", "customer_association"])
def test_in_2018_the_set_up_is_advised_and_blocks_nothing(rule: str) -> None:
    day = date(2019, 3, 1)
    case = case_in("active", entered_on=date(2019, 1, 1))
    assert rule in lists(ask(day, case=case))["due_later"]
    assert due_on(ask(day, case=case))[rule] is None
    done: dict[str, Any] = {"done_on": day}
    assert rule in lists(ask(day, fact(rule, of_case=1, **done), case=case))["met"]


def test_where_no_review_is_coming_none_is_asked_for() -> None:
    case = case_in("active", entered_on=date(2019, 1, 1))
    question = ask(date(2019, 3, 1), plan(date(2019, 1, 1)), case=case)
    assert "revenue.floor" not in {rule for rules in lists(question).values() for rule in rules}


def in_review(**marks: Any) -> Case:
    """A case whose review of November 2026 is open."""
    return case_in("annual_review", entered_on=REVIEW, pinned="2025-10", review_on=REVIEW, **marks)


def enough(on: date = REVIEW) -> RevenueLine:
    """Revenue that reaches the floor at the review."""
    return RevenueLine(booked_on=on - DAY, cents=100_000_000)


@pytest.mark.parametrize(
    ("day", "listed"), [(REVIEW, "due_now"), (date(2026, 11, 30), "due_now"), (date(2026, 12, 1), "past_due")]
)
def test_in_the_review_what_fails_is_due_now_and_past_due_after_the_month(day: date, listed: str) -> None:
    found = lists(ask(day, PLAN, case=in_review()))
    assert found[listed] == ["revenue.floor", "assessment.complete", "reassessment.passed"]
    assert "order.renew_support_plan" not in {rule for rules in found.values() for rule in rules}


def assessed(**marks: Any) -> Case:
    """A review in which the questionnaire was answered."""
    points = {
        f"{category}.{item}": 80
        for category, items in PROGRAMME.policies.named("2025-10").value("assessment.categories").items()
        for item in items
    }
    return in_review(assessed_on=REVIEW, assessment=points, **marks)


@pytest.mark.parametrize(
    ("day", "listed"), [(date(2026, 11, 30), "waiting_on_vendor"), (date(2026, 12, 1), "past_due")]
)
def test_when_the_review_s_rules_are_met_the_vendor_is_waited_for(day: date, listed: str) -> None:
    found = lists(ask(day, PLAN, case=assessed(), lines=[enough()]))
    assert found[listed] == ["reassessment.passed"]
    assert {"revenue.floor", "assessment.complete", "assessment.score"} <= set(found["met"])


@pytest.mark.parametrize(
    ("day", "listed"),
    [
        (date(2026, 11, 9), "due_later"),
        (date(2026, 11, 10), "due_now"),
        (date(2026, 11, 30), "due_now"),
        (date(2026, 12, 1), "past_due"),
    ],
)
def test_after_the_result_the_renewal_is_due_from_the_day_of_the_notice_on(day: date, listed: str) -> None:
    case = assessed(reassessed_on=date(2026, 11, 5), result_notified_on=date(2026, 11, 10))
    question = ask(day, PLAN, case=case, lines=[enough()])
    found = lists(question)
    assert found[listed] == ["order.renew_support_plan"]
    assert "reassessment.passed" in found["met"]
    if listed == "due_later":
        assert due_on(question) == {"order.renew_support_plan": date(2026, 11, 10)}


def test_the_review_s_rules_are_shown_as_they_stand_also_after_they_were_passed() -> None:
    case = assessed(reassessed_on=date(2026, 11, 5), result_notified_on=date(2026, 11, 5))
    found = lists(ask(date(2026, 11, 10), PLAN, case=case))
    assert found["due_now"] == ["revenue.floor", "order.renew_support_plan"]
    assert "reassessment.passed" in found["met"]


def test_after_a_deauthorization_only_the_wait_is_left() -> None:
    wait = Wait(1, "europe", Cooldown(case="deauthorized", started_on=ON, ends_on=date(2026, 10, 6)))
    case = case_in("deauthorized", entered_on=ON)
    question = ask(date(2026, 10, 5), case=case, waits=[wait])
    assert lists(question) == {"due_later": ["cooldown.elapsed"]}
    assert due_on(question) == {"cooldown.elapsed": date(2026, 10, 6)}
    assert lists(ask(date(2026, 10, 6), case=case, waits=[wait])) == {"met": ["cooldown.elapsed"]}


def test_of_a_closed_case_nothing_is_asked() -> None:
    assert lists(ask(ON, case=case_in("closed"))) == {}


# ------------------------------------------------------------------------------------ indirect resellers


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("registration", {"due_now": ["order.submit_registration"]}),
        ("verification", {"waiting_on_vendor": ["order.pass_verification"]}),
        ("provider_search", {"due_now": ["order.choose_provider"]}),
        ("account_setup", {"due_now": ["order.finish_account"]}),
        ("staff_activation", {"due_now": ["staff.activated"]}),
        ("profile_setup", {"due_now": ["order.finish_profile"]}),
        ("transacting", {}),
        ("closed", {}),
    ],
)
def test_an_indirect_reseller_is_asked_for_its_next_step_under_no_policy(
    state: str, expected: dict[str, list[str]]
) -> None:
    question = ask(ON, case=case_in(state, lifecycle="indirect_reseller"))
    assert lists(question) == expected
    assert required(question).policy is None


def test_when_the_staff_is_activated_its_step_is_to_be_finished() -> None:
    staff: dict[str, Any] = {"staff": ["a@x.org"], "changed": ["a@x.org"]}
    case = case_in("staff_activation", lifecycle="indirect_reseller", **staff)
    assert lists(ask(ON, case=case)) == {"met": ["staff.activated"], "due_now": ["order.finish_staff"]}


@pytest.mark.parametrize(
    ("state", "lifecycle", "policy"),
    [("enrollment", "direct_bill", "2025-10"), ("registration", "indirect_reseller", None)],
)
def test_the_next_step_names_the_policy_that_judges_where_there_are_policies(
    state: str, lifecycle: str, policy: str | None
) -> None:
    found = required(ask(ON, case=case_in(state, lifecycle=lifecycle))).due_now
    assert [(finding.rule.partition(".")[0], finding.policy) for finding in found] == [("order", policy)]
