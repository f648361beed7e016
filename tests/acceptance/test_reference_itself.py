"""The reference model walks the programme as its documents say, before anything is compared with it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.reference import Reference
from tests.acceptance.reference_facts import add_months
from tests.acceptance.reference_tables import MOVES, QUESTIONNAIRE, STATES, TRIGGERS

if TYPE_CHECKING:
    from tests.acceptance.reference_answers import Verdict

EUROPE = "PGA-1/europe"
SCORES = dict.fromkeys(QUESTIONNAIRE, 80)
PLAN_ENDS = date(2026, 12, 1)


def at(day: date) -> datetime:
    """The first instant of a business day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def partner(day: date, *regions: str) -> Reference:
    """A partner that meets everything that is asked from October 2025, with cases in the regions."""
    reference = Reference("PGA-1")
    for region in regions or ("europe",):
        reference.open_case(region, at(day))
    revenue = {"booked_on": day - timedelta(days=1), "amount": Decimal(1_000_000)}
    evidence: list[tuple[str, dict[str, Any]]] = [
        ("reseller_tenure", {"first_transaction_on": add_months(day, -12)}),
        ("membership", {"status": "active"}),
        ("location", {"pla": "PLA-1", "country": "DE"}),
        ("signing_authority", {"signatory": "Anna"}),
        ("first_line_support", {"available": True}),
        ("revenue", revenue),
        ("security", {"admins_total": 2, "admins_with_mfa": 2, "contact": "Eve", "alerts_responsive": True}),
        ("designation", {"area": "security"}),
        ("csp_onboarding", {"onboarded_on": date(2018, 9, 14)}),
    ]
    for kind, fields in evidence:
        assert reference.record(kind, fields, role="operator", at=at(day)).accepted
    return reference


def do(reference: Reference, day: date, trigger: str, *, ref: str = EUROPE, **payload: Any) -> Verdict:
    """One act by a role that may do it."""
    return reference.fire(ref, trigger, role=TRIGGERS[trigger].roles[-1], payload=payload, at=at(day))


def activated(day: date = date(2025, 12, 1)) -> Reference:
    """A partner that became direct-bill on a day."""
    reference = partner(day)
    steps: list[tuple[str, dict[str, Any]]] = [
        ("apply", {}),
        ("invite_to_assessment", {}),
        ("complete_assessment", {"scores": SCORES}),
        ("approve_application", {}),
        ("submit_enrollment", {"legal_name": "Fabrikam", "address": "Street 1", "admin_email": "a@b.example"}),
        ("pass_verification", {}),
        ("approve_credit", {}),
        ("purchase_support_plan", {"kind": "ASfP"}),
        ("accept_mpa", {}),
    ]
    for trigger, payload in steps:
        assert do(reference, day, trigger, **payload).accepted, trigger
    return reference


def test_the_journey_to_direct_bill_and_its_deadlines() -> None:
    view = activated().view(EUROPE, at(date(2025, 12, 1)))
    assert (view.state, view.version, view.policy) == ("active", 10, "2025-10")
    assert view.entitlements == {"transact_direct", "new_purchases", "manage_existing"}
    assert view.deadlines == {
        "review_reminder": PLAN_ENDS - timedelta(days=90),
        "review_opens": PLAN_ENDS,
        "security_check": date(2026, 9, 1),
        "support_plan_ends": PLAN_ENDS,
    }


def test_a_year_of_sweeps_and_the_review() -> None:
    reference = activated()
    fired, notices = reference.sweep(at(date(2026, 10, 20)))
    assert fired == {EUROPE: ["security_check", "review_reminder", "security_check_closes"]}
    assert set(notices) == {"security_check_due", "review_reminder", "security_check_overdue"}
    assert reference.view(EUROPE, at(date(2026, 10, 20))).deadlines["review_reminder"] == date(2026, 11, 1)
    assert do(reference, date(2026, 10, 21), "validate_security").accepted
    assert reference.view(EUROPE, at(date(2026, 10, 21))).deadlines["security_check"] == date(2027, 9, 1)
    fired, _ = reference.sweep(at(date(2026, 12, 5)))
    assert fired == {EUROPE: ["review_opens", "support_plan_ends"]}
    assert do(reference, date(2026, 12, 6), "pass_reassessment").refused_by == {"revenue.floor", "assessment.complete"}
    line = {"booked_on": date(2026, 12, 6), "amount": Decimal(1_000_000)}
    reference.record("revenue", line, role="global_admin", at=at(date(2026, 12, 6)))
    do(reference, date(2026, 12, 7), "complete_assessment", scores=SCORES)
    assert do(reference, date(2026, 12, 7), "pass_reassessment").refused_by == {"revenue.floor"}
    reference.record("revenue", line, role="reviewer", at=at(date(2026, 12, 7)))
    assert do(reference, date(2026, 12, 7), "pass_reassessment", notified_on=date(2026, 12, 9)).accepted
    refused = do(reference, date(2026, 12, 8), "renew_support_plan")
    assert refused.refused_by == {"renewal.after_notice"}
    assert refused.earliest == date(2026, 12, 9)
    assert do(reference, date(2026, 12, 9), "renew_support_plan").accepted
    assert reference.view(EUROPE, at(date(2026, 12, 9))).deadlines["support_plan_ends"] == date(2027, 12, 1)


@pytest.mark.parametrize(("day", "refused"), [(date(2027, 1, 9), {"cooldown.elapsed"}), (date(2027, 1, 10), set())])
def test_a_wait_of_one_year_is_over_on_the_same_day_in_every_region(day: date, refused: set[str]) -> None:
    reference = partner(date(2026, 1, 10), "europe", "mea_cee")
    assert do(reference, date(2026, 1, 10), "apply").accepted
    assert do(reference, date(2026, 1, 10), "decline", reason="no").accepted
    reference.record("location", {"pla": "P", "country": "MG"}, role="operator", at=at(day))
    reference.record("revenue", {"booked_on": date(2027, 1, 1), "amount": Decimal(10**6)}, role="operator", at=at(day))
    assert do(reference, day, "apply", ref="PGA-1/mea_cee").refused_by == refused


@pytest.mark.parametrize(("day", "refused"), [(date(2025, 9, 30), {"window.open"}), (date(2025, 10, 1), set())])
def test_the_window_opens_on_its_first_day(day: date, refused: set[str]) -> None:
    reference = partner(day)
    reference.record("managed_service", {"name": "backup"}, role="operator", at=at(day))
    reference.record("billing_infrastructure", {"ready": True}, role="operator", at=at(day))
    verdict = do(reference, day, "apply")
    assert verdict.refused_by == refused
    assert verdict.earliest == (date(2025, 10, 1) if refused else None)


def test_every_state_but_the_last_has_a_way_out_and_every_trigger_a_move() -> None:
    assert {source for _, source in MOVES} == set(STATES) - {"closed"}
    assert {trigger for trigger, _ in MOVES} == set(TRIGGERS)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2028, 2, 29), 12, date(2029, 3, 1)),
        (date(2028, 2, 29), -12, date(2027, 3, 1)),
        (date(2026, 1, 10), 12, date(2027, 1, 10)),
        (date(2025, 12, 31), 2, date(2026, 3, 1)),
    ],
)
def test_nobody_is_let_in_early_by_a_day_that_does_not_exist(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected
