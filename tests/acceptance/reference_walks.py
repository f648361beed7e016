"""Where a walk may go next: the natural step of a case, evidence that suffices or just does not, days on an edge."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.acceptance.reference_facts import add_months, day_of, first_of_next_month, revenue, seen
from tests.acceptance.reference_rules import RULES
from tests.acceptance.reference_tables import (
    ACTIVE,
    APPLICATION,
    ASSESSMENT,
    CREDIT,
    DEAUTHORIZED,
    ENROLLMENT,
    INDIRECT,
    MPA,
    PLAN,
    POLICIES,
    QUESTIONNAIRE,
    RESTRICTED,
    REVIEW,
    TRIGGERS,
    policy_on,
)

if TYPE_CHECKING:
    from datetime import datetime

    from tests.acceptance.reference import Reference
    from tests.acceptance.reference_rules import Case

STARTS = (
    date(2017, 12, 30),
    date(2018, 8, 29),
    date(2019, 2, 1),
    date(2019, 10, 20),
    date(2020, 9, 20),
    date(2023, 3, 31),
    date(2024, 2, 28),
    date(2025, 4, 20),
    date(2025, 9, 25),
    date(2025, 10, 1),
    date(2026, 1, 10),
    date(2027, 2, 27),
)
AMOUNTS = tuple(map(Decimal, ("1000000", "999999.99", "300000", "299999.99", "700000", "0.01")))
ASIDE = {"purchase_support_plan": "confirm_support_plan", "open_review": "validate_security"}
EFFECTIVE = (0, 0, 0, 0, -1, -30, -400, 1, 10, 40)
Payload = dict[str, Any]
CENT, MILLION = Decimal("0.01"), Decimal(1_000_000)
SECURE: Payload = {"admins_total": 2, "admins_with_mfa": 2, "contact": "Eve", "alerts_responsive": True}


def days(number: int) -> timedelta:
    """So many days."""
    return timedelta(days=number)


def natural(case: Case, today: date) -> str | None:
    """The trigger that brings the case on, as far as its state tells."""
    policy = case.judging_policy or policy_on(today)
    assessed = bool(case.state in (ASSESSMENT, REVIEW) and case.since(case.state, "complete_assessment"))
    ask_first = bool(policy and policy.criteria) and not assessed
    if case.state == ASSESSMENT:
        return "complete_assessment" if ask_first else "approve_application"
    if case.state == CREDIT:
        separate = policy is not None and policy.separate_verification
        return "pass_verification" if separate and not case.since(CREDIT, "pass_verification") else "approve_credit"
    if case.state == REVIEW:
        passed = case.since(REVIEW, "pass_reassessment")
        return "complete_assessment" if ask_first else ("renew_support_plan" if passed else "pass_reassessment")
    if case.state == ACTIVE:
        return "open_review" if case.deadlines.get("review_opens", date.max) <= today else "validate_security"
    return {
        INDIRECT: "apply",
        APPLICATION: "invite_to_assessment",
        ENROLLMENT: "submit_enrollment",
        PLAN: "purchase_support_plan",
        MPA: "accept_mpa",
        RESTRICTED: "lift_restriction",
        DEAUTHORIZED: "end_cooldown",
    }.get(case.state)


def payload_for(trigger: str, case: Case, today: date, twist: int) -> Payload:
    """A payload that is understood; `twist` chooses among the dates that it may name (0: none)."""
    policy = case.judging_policy or policy_on(today)
    payload: Payload = {name: "so it is" for name, form in TRIGGERS[trigger].payload.items() if form == "text!"}
    if trigger == "submit_enrollment":
        payload["admin_email"] = "anna@fabrikam.example"
    if trigger == "submit_enrollment" and policy and policy.bank_account:
        payload["bank_account"] = "DE02 1203"
    if trigger == "complete_assessment":
        criteria = policy.criteria if policy and policy.criteria else QUESTIONNAIRE
        payload["scores"] = {name: (twist * 37 + index * 11) % 101 for index, name in enumerate(criteria)}
        if policy and policy.third_party:
            payload |= {"assessor": "Northwind", "interviews": [today - days(twist)]}
    if trigger == "migrate_policy":
        payload["to"] = POLICIES[-1 - twist % 3].name if twist > 5 else (policy_on(today) or POLICIES[0]).name
    if trigger == "purchase_support_plan":
        payload["kind"] = ("ASfP", "PSfP", "Basic")[twist % 8 // 3]
    named = {
        "approve_credit": ("notified_on", twist % 6),
        "pass_reassessment": ("notified_on", twist % 6),
        "purchase_support_plan": ("purchased_on", -(twist % 4)),
        "renew_support_plan": ("renewed_on", -(twist % 4)),
        "transition_to_indirect": ("completed_on", -(twist % 5) * 20),
    }
    if trigger in named and twist % 2:
        name, offset = named[trigger]
        entered = day_of(case.entered().at)
        payload[name] = max(today + days(offset), entered) if name == "completed_on" else today + days(offset)
    if trigger == "purchase_support_plan" and twist % 5 == 4:
        payload["renews_on"] = today + days(20 * twist)
    return payload


HOME = {"europe": "DE", "mea_cee": "MG", "japan": "JP"}


def missing(reference: Reference, case: Case, at: datetime) -> list[tuple[str, Payload]]:
    """One fact for each rule about the company that the case does not meet at the instant, whatever the policy."""
    today = day_of(at)
    enough: dict[str, tuple[str, Payload]] = {
        "tenure.months": ("reseller_tenure", {"first_transaction_on": add_months(today, -12)}),
        "membership.active": ("membership", {"status": "active"}),
        "authority.signing": ("signing_authority", {"signatory": "Anna"}),
        "support.first_line": ("first_line_support", {"available": True}),
        "security.mfa": ("security", SECURE),
        "security.contact": ("security", SECURE),
        "security.alerts": ("security", SECURE),
        "designation.count": ("designation", {"area": "modern_work"}),
        "managed_service.count": ("managed_service", {"name": "backup"}),
        "billing.infrastructure": ("billing_infrastructure", {"ready": True}),
        "location.pla": ("location", {"pla": "PLA-1", "country": HOME[case.region]}),
    }
    question = reference.question(case, "apply", payload={}, policy=POLICIES[-1], at=at)
    found = {kind: fields for rule, (kind, fields) in enough.items() if not RULES[rule](question)}
    return list(found.items())


def lines_to_the_floor(reference: Reference, case: Case, at: datetime, twist: int) -> list[tuple[str, Payload]]:
    """Lines of revenue (each with the role that tells it) that reach the judging policy's floor, or just do not."""
    policy, today = case.judging_policy or policy_on(day_of(at)), day_of(at)
    floor = policy and (policy.review_floor if case.state == REVIEW else policy.floor)
    if not floor:
        return []
    seen_lines = seen(reference.facts, "revenue", day=today, at=at, case=case.number)
    short = floor.amount - revenue(seen_lines, day=today, floor=floor, verified_only=True)
    if short <= 0:
        return []
    line: Payload = {"booked_on": today - days(1), "amount": short}
    named = line | {"line": f"INV-{len(reference.facts)}"}
    return {
        0: [("operator", line | {"amount": floor.amount})],
        1: [("operator", line)],
        2: [("operator", line | {"booked_on": add_months(today, -12)})],
        3: [("operator", line | {"booked_on": add_months(today, -12) - days(1)})],
        4: [("operator", line | {"booked_on": today})],
        5: [("global_admin", named), ("reviewer", named), ("reviewer", named)],
        6: [("operator", line | {"channel": "direct"})],
        7: [("operator", line | {"product": "perpetual_software"})],
        8: [("global_admin", line)],
        9: [("operator", line | {"amount": short - CENT})] if short > CENT else [],
    }[twist % 10]


def variant(kind: str, today: date, which: int, effective: int = 0) -> Payload:
    """One of the facts of a kind that lie on both sides of what the rules ask; a plan to come does not lapse before."""
    year_ago = add_months(today, -12)
    plan = {"kind": "ASfP", "started_on": today}
    known: dict[str, list[Payload]] = {
        "reseller_tenure": [
            {"first_transaction_on": year_ago + days(offset), "provider": "Northwind"} for offset in (0, 1, -1, 30, 200)
        ],
        "revenue": [{"booked_on": today, "amount": MILLION}],
        "membership": [{"status": "active", "partner_id": "MPN-1"}, {"status": "lapsed"}],
        "location": [{"pla": "PLA-1", "country": country} for country in ("DE", "MG", "JP", "US")],
        "signing_authority": [{"signatory": "Anna", "title": "CEO"}],
        "first_line_support": [{"available": True}, {"available": False}],
        "security": [
            SECURE,
            SECURE | {"admins_with_mfa": 1},
            SECURE | {"contact": ""},
            SECURE | {"alerts_responsive": False},
        ],
        "designation": [
            {"area": "modern_work", "attained_on": today, "expires_on": today + days(90)},
            {"area": "modern_work", "attained_on": today - days(30), "expires_on": today},
            {"area": "security", "attained_on": today - days(300), "expires_on": today + days(1)},
            {"area": "security"},
        ],
        "managed_service": [{"name": "backup"}, {"name": "monitoring"}],
        "billing_infrastructure": [{"ready": True}, {"ready": False}],
        "csp_onboarding": [
            {"onboarded_on": today},
            {"onboarded_on": add_months(today, -11)},
            {"onboarded_on": add_months(today, -34)},
            {"onboarded_on": add_months(today, -6)},
        ],
        "support_plan": [
            plan,
            plan | {"started_on": today - days(30), "kind": "PSfP"},
            plan | {"started_on": today - days(364)},
            plan | {"started_on": today - days(200), "renews_on": today + days(100)},
            plan | {"started_on": today - days(100), "renews_on": today + days(30), "paid": False},
            plan | {"started_on": today - days(400), "renews_on": today - days(10)},
            plan | {"kind": "Basic"},
        ],
    }
    return known[kind][0 if kind == "support_plan" and effective > 0 else which % len(known[kind])]


def edges(reference: Reference, today: date) -> list[date]:
    """The days soon to come on which something may change, in order."""
    found = {day for case in reference.newest() for day in case.deadlines.values()}
    found |= {wait.ends_on for wait in reference.waits} | {policy.start for policy in POLICIES}
    found |= {fact.effective_on for fact in reference.facts}
    for fact in reference.facts:
        for name, months in (("first_transaction_on", 12), ("booked_on", 12), ("renews_on", 0), ("expires_on", 0)):
            if fact.fields.get(name):
                found.add(add_months(fact.fields[name], months))
    told = [entry.payload.get("notified_on") for case in reference.newest() for entry in case.entries]
    found |= {day for day in told if day} | {first_of_next_month(today)}
    found |= {date(year, 2, 28) + days(1) for year in range(today.year, today.year + 2)}
    return sorted(day for day in found if today <= day <= today + days(400))


def verified_since(reference: Reference, number: int) -> bool:
    """Whether a line of revenue was recorded again to verify it: what is left of it if the first is taken back?"""
    line = reference.facts[number].fields.get("line")
    return line is not None and line in [later.fields.get("line") for later in reference.facts[number + 1 :]]
