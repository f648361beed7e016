"""The direct-bill programme as literal tables: a second reading of the same rules, written without the package.

Nothing here is read from `states/`: if a value there is changed by mistake, the comparison with these tables shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

INDIRECT, APPLICATION, ASSESSMENT, ENROLLMENT = "indirect_tenure", "application", "assessment", "enrollment"
CREDIT, PLAN, MPA = "credit_check", "support_plan_purchase", "mpa_acceptance"
ACTIVE, REVIEW, RESTRICTED, DEAUTHORIZED, CLOSED = "active", "annual_review", "restricted", "deauthorized", "closed"

IN_FLIGHT = (APPLICATION, ASSESSMENT, ENROLLMENT, CREDIT, PLAN, MPA)
DIRECT = (ACTIVE, REVIEW, RESTRICTED)
STATES = (INDIRECT, *IN_FLIGHT, *DIRECT, DEAUTHORIZED, CLOSED)

MOVES: dict[tuple[str, str], str] = {
    ("apply", INDIRECT): APPLICATION,
    ("request_information", APPLICATION): APPLICATION,
    ("answer_information", APPLICATION): APPLICATION,
    ("invite_to_assessment", APPLICATION): ASSESSMENT,
    ("complete_assessment", ASSESSMENT): ASSESSMENT,
    ("complete_assessment", REVIEW): REVIEW,
    ("approve_application", ASSESSMENT): ENROLLMENT,
    ("decline", APPLICATION): INDIRECT,
    ("decline", ASSESSMENT): INDIRECT,
    ("decline", ENROLLMENT): INDIRECT,
    ("decline", CREDIT): INDIRECT,
    ("submit_enrollment", ENROLLMENT): CREDIT,
    ("pass_verification", CREDIT): CREDIT,
    ("approve_credit", CREDIT): PLAN,
    ("purchase_support_plan", PLAN): MPA,
    ("confirm_support_plan", PLAN): MPA,
    ("accept_mpa", MPA): ACTIVE,
    ("validate_security", ACTIVE): ACTIVE,
    ("validate_security", REVIEW): REVIEW,
    ("validate_security", RESTRICTED): RESTRICTED,
    ("open_review", ACTIVE): REVIEW,
    ("pass_reassessment", REVIEW): REVIEW,
    ("renew_support_plan", REVIEW): ACTIVE,
    ("renew_support_plan", ACTIVE): ACTIVE,
    ("restrict", ACTIVE): RESTRICTED,
    ("restrict", REVIEW): RESTRICTED,
    ("lift_restriction", RESTRICTED): ACTIVE,
    ("transition_to_indirect", ACTIVE): INDIRECT,
    ("transition_to_indirect", REVIEW): INDIRECT,
    ("transition_to_indirect", RESTRICTED): INDIRECT,
    ("transition_to_indirect", DEAUTHORIZED): INDIRECT,
    ("deauthorize", ACTIVE): DEAUTHORIZED,
    ("deauthorize", REVIEW): DEAUTHORIZED,
    ("deauthorize", RESTRICTED): DEAUTHORIZED,
    ("end_cooldown", DEAUTHORIZED): INDIRECT,
    **{("withdraw", state): INDIRECT for state in IN_FLIGHT},
    **{("migrate_policy", state): state for state in IN_FLIGHT},
    ("close", INDIRECT): CLOSED,
    ("close", DEAUTHORIZED): CLOSED,
}

ROLES = ("global_admin", "partner_user", "profile_admin", "reviewer", "credit_officer", "operator", "system")
PARTNER_ROLES = ("global_admin", "partner_user", "profile_admin")


@dataclass(frozen=True)
class Act:
    """A trigger apart from its moves: who may do it, with which payload (`!`: required), asked what, telling what."""

    roles: tuple[str, ...]
    payload: dict[str, str]
    guards: tuple[str, ...] = ()
    notice: str | None = None


ADMIN, REVIEWER = ("global_admin",), ("reviewer",)
REASON = {"reason": "text!"}
TRIGGERS: dict[str, Act] = {
    "apply": Act(ADMIN, {}, ("window.open", "cooldown.elapsed", "<requirements>")),
    "request_information": Act(REVIEWER, {"question": "text!"}, notice="information_requested"),
    "answer_information": Act(("global_admin", "partner_user"), {"answer": "text!"}),
    "invite_to_assessment": Act(REVIEWER, {}, ("<requirements>",), "assessment_invitation"),
    "complete_assessment": Act(("global_admin", "partner_user"), {"scores": "scores!"}, ("assessment.in_policy",)),
    "approve_application": Act(REVIEWER, {}, ("assessment.complete", "assessment.score"), "application_approved"),
    "decline": Act(("reviewer", "credit_officer"), REASON, notice="application_declined"),
    "submit_enrollment": Act(ADMIN, {"legal_name": "text!", "address": "text!", "admin_email": "text!"}),
    "pass_verification": Act(REVIEWER, {}),
    "approve_credit": Act(("credit_officer",), {"notified_on": "later"}, ("verification.passed",), "credit_approved"),
    "purchase_support_plan": Act(
        ADMIN,
        {"kind": "text!", "purchased_on": "past", "renews_on": "renewal"},
        ("plan.kind", "plan.after_credit_notice"),
    ),
    "confirm_support_plan": Act(ADMIN, {}, ("plan.active", "plan.kind", "plan.after_credit_notice")),
    "accept_mpa": Act(ADMIN, {"tenant": "text"}, ("authority.signing", "plan.active"), "activated"),
    "validate_security": Act(REVIEWER, {}, ("security.mfa", "security.contact", "security.alerts")),
    "open_review": Act(("system", "reviewer"), {}, ("review.in_policy", "review.month"), "review_opened"),
    "pass_reassessment": Act(REVIEWER, {"notified_on": "later"}, ("<review>",), "reassessment_passed"),
    "renew_support_plan": Act(ADMIN, {"renewed_on": "past", "renews_on": "renewal"}, ("<renewal>",)),
    "restrict": Act(REVIEWER, REASON, ("restriction.in_policy",), "restricted"),
    "lift_restriction": Act(REVIEWER, REASON),
    "transition_to_indirect": Act(ADMIN, {"provider": "text!", "completed_on": "stay"}, notice="transitioned"),
    "deauthorize": Act(REVIEWER, REASON, notice="deauthorized"),
    "end_cooldown": Act(("system",), {}, ("own.cooldown.elapsed",), "cooldown_ended"),
    "withdraw": Act(ADMIN, {"reason": "text"}),
    "migrate_policy": Act(REVIEWER, {"to": "text!", "reason": "text!"}),
    "close": Act(("reviewer", "operator"), REASON),
}
WAIT_AFTER = {"decline": "not_approved", "transition_to_indirect": "transitioned", "deauthorize": "deauthorized"}
VERIFIED_ONLY = ("invite_to_assessment", "pass_reassessment")

REGIONS_OF = {"DE": ("europe",), "MG": ("europe", "mea_cee"), "JP": ("japan",), "US": ("united_states",)}

ENTITLEMENTS: dict[str, tuple[str, ...]] = {
    "transact_indirect": (INDIRECT, *IN_FLIGHT),
    "transact_direct": DIRECT,
    "new_purchases": (ACTIVE, REVIEW),
    "manage_existing": DIRECT,
}


@dataclass(frozen=True)
class Floor:
    """How much revenue is asked in twelve months, and which lines count towards it."""

    amount: Decimal
    products: tuple[str, ...]
    channels: tuple[str, ...]


CLOUD, ANY = ("cloud",), ("indirect", "direct")
SELL = ("technical_resources", "sales_force", "billing_provisioning", "managed_services", "solution_expertise")
SECURE = ("data_security_mfa", "incident_monitoring", "compliance_function", "customer_oversight", "deal_management")
SUPPORT = ("support_function", "support_staff", "support_metrics")
QUESTIONNAIRE = tuple(
    [f"sell.{name}" for name in SELL] + [f"secure.{name}" for name in SECURE] + [f"support.{name}" for name in SUPPORT]
)
FOUR_AREAS = ("billing", "provisioning", "customer_support", "security")


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What the programme asked from its first day until the first day of the next policy."""

    name: str
    start: date
    is_open: bool
    requirements: tuple[str, ...]
    floor: Floor | None = None
    criteria: tuple[str, ...] = ()
    third_party: bool = False
    separate_verification: bool = True
    bank_account: bool = False
    review: tuple[str, ...] = ()
    review_from: date = date.min
    review_floor: Floor | None = None
    yearly_security: bool = False
    restriction: bool = False
    wait: bool = False


EARLY = ("membership.active",)
CAPABLE = (
    "tenure.months",
    "membership.active",
    "location.pla",
    "authority.signing",
    "support.first_line",
    "revenue.floor",
)
THIRD_PARTY = (*CAPABLE, "managed_service.count", "billing.infrastructure")
TODAY = (*CAPABLE, "security.mfa", "security.contact", "security.alerts", "designation.count")
FLOOR_2020 = Floor(Decimal(300_000), CLOUD, ANY)
FLOOR_2023 = Floor(Decimal(300_000), CLOUD, ("indirect",))
FLOOR_2025 = Floor(Decimal(1_000_000), ("cloud", "perpetual_software"), ANY)
ASSESSED = ("revenue.floor", "assessment.complete", "assessment.score")

POLICIES: tuple[Policy, ...] = (
    Policy(name="2018-closed", start=date(2018, 1, 1), is_open=False, requirements=EARLY, bank_account=True),
    Policy(name="2018-08", start=date(2018, 8, 31), is_open=True, requirements=EARLY, bank_account=True),
    Policy(
        name="2020-10",
        start=date(2020, 10, 1),
        is_open=True,
        requirements=("entry.indirect_first", "membership.active", "revenue.floor"),
        floor=FLOOR_2020,
        review=("revenue.floor", "plan.active", "plan.paid"),
        review_from=date(2021, 1, 1),
        review_floor=FLOOR_2020,
    ),
    Policy(
        name="2023-07",
        start=date(2023, 7, 1),
        is_open=True,
        requirements=THIRD_PARTY,
        floor=FLOOR_2023,
        criteria=FOUR_AREAS,
        third_party=True,
        separate_verification=False,
        review=(*ASSESSED, "plan.active"),
        review_floor=FLOOR_2020,
        restriction=True,
    ),
    Policy(
        name="2025-05",
        start=date(2025, 5, 1),
        is_open=False,
        requirements=THIRD_PARTY,
        floor=FLOOR_2023,
        criteria=FOUR_AREAS,
        third_party=True,
        separate_verification=False,
        restriction=True,
        wait=True,
    ),
    Policy(
        name="2025-10",
        start=date(2025, 10, 1),
        is_open=True,
        requirements=TODAY,
        floor=FLOOR_2025,
        criteria=QUESTIONNAIRE,
        review=ASSESSED,
        review_floor=FLOOR_2025,
        yearly_security=True,
        wait=True,
    ),
)

FACTS: dict[str, dict[str, str]] = {
    "reseller_tenure": {"first_transaction_on": "past!", "provider": "text"},
    "revenue": {
        "booked_on": "past!",
        "amount": "amount!",
        "currency": "usd",
        "product": "product",
        "channel": "channel",
        "tenant": "text",
        "verified": "bool",
        "line": "text",
    },
    "membership": {"status": "status!", "partner_id": "text"},
    "location": {"pla": "text!", "country": "text!"},
    "signing_authority": {"signatory": "text!", "title": "text"},
    "first_line_support": {"available": "bool!"},
    "security": {"admins_total": "int!", "admins_with_mfa": "int!", "contact": "blank", "alerts_responsive": "bool!"},
    "designation": {"area": "text!", "attained_on": "past", "expires_on": "date"},
    "managed_service": {"name": "text!"},
    "billing_infrastructure": {"ready": "bool!"},
    "csp_onboarding": {"onboarded_on": "past!"},
    "support_plan": {"kind": "text!", "started_on": "past!", "renews_on": "renewal", "paid": "bool"},
}
OF_A_CASE = ("location", "support_plan")

DEADLINES = (
    "review_reminder",
    "review_opens",
    "review_closes",
    "security_check",
    "security_check_closes",
    "support_plan_ends",
    "cooldown_ends",
    "window_opens",
    "policy_changes",
)
DEADLINES_HANG_ON = ("support_plan", "csp_onboarding")
REMINDER_DAYS = (90, 60, 30)
NOTICE_OF = {
    "review_reminder": "review_reminder",
    "review_closes": "review_closed",
    "security_check": "security_check_due",
    "security_check_closes": "security_check_overdue",
    "support_plan_ends": "support_plan_ending",
    "cooldown_ends": "cooldown_ended",
    "window_opens": "window_opened",
    "policy_changes": "policy_news",
}


def policy_on(day: date) -> Policy | None:
    """The policy in force on the day; none before the first."""
    begun = [policy for policy in POLICIES if policy.start <= day]
    return begun[-1] if begun else None


def policy_named(name: str) -> Policy | None:
    """The policy of this id."""
    return next((policy for policy in POLICIES if policy.name == name), None)


def has_review(day: date) -> bool:
    """Whether the policy in force on a review date knows a yearly review."""
    policy = policy_on(day)
    return policy is not None and bool(policy.review) and day >= policy.review_from
