"""A case as the list of what happened to it, and every rule as one question about it, for the reference model."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from tests.acceptance.reference_facts import Fact, Fields, add_months, day_of, designations, revenue, seen
from tests.acceptance.reference_tables import (
    ACTIVE,
    APPLICATION,
    IN_FLIGHT,
    POLICIES,
    REGIONS_OF,
    REVIEW,
    TRIGGERS,
    Policy,
    has_review,
    policy_named,
    policy_on,
)

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, eq=False)
class Entry:
    """One accepted thing that happened to a case: opened, an act, a fact about it, or a deadline; like no other."""

    at: datetime
    name: str
    source: str
    to: str
    payload: Fields = field(default_factory=dict)
    policy: str | None = None
    review_on: date | None = None


@dataclass
class Wait:
    """A year in which the partner may not apply; `done` once its end was told, or no longer needs to be."""

    by: int
    case: str
    started_on: date
    ends_on: date
    done: bool = False


@dataclass
class Case:
    """One walk through the lifecycle: its entries, its deadlines, and the little that these must remember."""

    number: int
    ref: str
    region: str
    entries: list[Entry]
    deadlines: dict[str, date] = field(default_factory=dict)
    derived_on: date = date.min
    fired: dict[str, date] = field(default_factory=dict)
    reminded_of: date | None = None
    review_without_policy: date | None = None
    checked_on: date = date.min
    open_check: date | None = None
    open_check_told: bool = False
    window_opens: date | None = None

    @property
    def state(self) -> str:
        """Where the last entry left it."""
        return self.entries[-1].to

    @property
    def version(self) -> int:
        """One when opened, and one more for each later entry."""
        return len(self.entries)

    def entered(self, state: str | None = None) -> Entry:
        """The entry with which it last came into the state (its present one), from another."""
        return [entry for entry in self.entries if entry.to == (state or self.state) != entry.source][-1]

    def since(self, state: str, name: str) -> list[Entry]:
        """The entries of a name since it last came into the state."""
        start = self.entries.index(self.entered(state))
        return [entry for entry in self.entries[start:] if entry.name == name]

    @property
    def judging_policy(self) -> Policy | None:
        """The pinned policy, if one is pinned."""
        if self.state in IN_FLIGHT:
            return policy_named([entry.policy for entry in self.entries if entry.policy][-1] or "")
        return policy_on(self.entered().review_on or date.min) if self.state == REVIEW else None

    def review_date(self, plan: Fact | None) -> date | None:
        """The day on which the coming review opens, or on which the present one did."""
        if self.state == REVIEW:
            return self.entered().review_on
        if plan is None or self.state != ACTIVE:
            return None
        month: date = plan.fields["renews_on"].replace(day=1)
        return max(month, day_of(self.entered(ACTIVE).at), day_of(plan.recorded_at))


@dataclass(frozen=True, kw_only=True)
class Question:
    """All that a rule may look at: the case, the policy that judges it, the evidence, the day, the act's payload."""

    case: Case
    facts: list[Fact]
    waits: list[Wait]
    policy: Policy
    day: date
    known_at: datetime
    trigger: str
    payload: Fields
    verified_only: bool

    def seen(self, kind: str) -> list[Fact]:
        """The facts of a kind that count on the day, the strongest last."""
        return seen(self.facts, kind, day=self.day, at=self.known_at, case=self.case.number)

    def says(self, kind: str, name: str) -> object:
        """What the fact of a kind that counts says in a field; None without one."""
        facts = self.seen(kind)
        return facts[-1].fields[name] if facts else None

    @property
    def plan(self) -> Fields:
        """The support plan that counts, empty without one."""
        plans = self.seen("support_plan")
        return plans[-1].fields if plans else {}

    @property
    def review_date(self) -> date | None:
        """The review date as it stands on the day."""
        plans = self.seen("support_plan")
        return self.case.review_date(plans[-1] if plans else None)


def tenure_long_enough(q: Question) -> bool:
    """At least twelve months since the first transaction as an indirect reseller."""
    first = q.says("reseller_tenure", "first_transaction_on")
    return isinstance(first, date) and add_months(first, 12) <= q.day


def floor_reached(q: Question) -> bool:
    """At least the floor in the trailing twelve months; at the review the review's floor."""
    floor = q.policy.review_floor if q.case.state == REVIEW else q.policy.floor
    lines = q.seen("revenue")
    return floor is not None and revenue(lines, day=q.day, floor=floor, verified_only=q.verified_only) >= floor.amount


def assessment_complete(q: Question) -> bool:
    """None asked for, or one under the judging policy's criteria in this application or review."""
    done = q.case.since(REVIEW if q.case.state == REVIEW else APPLICATION, "complete_assessment")
    return not q.policy.criteria or any(set(entry.payload["scores"]) == set(q.policy.criteria) for entry in done)


def plan_active(q: Question) -> bool:
    """A plan covers the day, its first and its last day included."""
    return bool(q.plan) and q.plan["started_on"] <= q.day <= q.plan["renews_on"]


def plan_kind(q: Question) -> bool:
    """One of the two plans that count: the one being bought, else the one recorded."""
    bought = q.payload if q.trigger == "purchase_support_plan" else q.plan
    return bought.get("kind") in {"ASfP", "PSfP"}


def told_of_credit(q: Question) -> date:
    """The day on which the partner is told that its credit was approved."""
    told: date = q.case.since(APPLICATION, "approve_credit")[-1].payload["notified_on"]
    return told


def plan_after_notice(q: Question) -> bool:
    """Bought on the day of the notice or later; one that it already has may also cover the day of the application."""
    if q.trigger == "purchase_support_plan":
        return bool(q.payload.get("purchased_on", q.day) >= told_of_credit(q))
    applied = day_of(q.case.entered(APPLICATION).at)
    return bool(q.plan) and (
        q.plan["started_on"] >= told_of_credit(q) or q.plan["started_on"] <= applied <= q.plan["renews_on"]
    )


def renewed_after_notice(q: Question) -> bool:
    """There is a plan, and it is renewed on the day on which the partner is told of its result, or later."""
    passed = q.case.since(REVIEW, "pass_reassessment")
    return bool(passed and q.plan) and q.payload.get("renewed_on", q.day) >= passed[-1].payload["notified_on"]


def mfa_everywhere(q: Question) -> bool:
    """Every administrative user has multi-factor authentication."""
    total = q.says("security", "admins_total")
    return total is not None and total == q.says("security", "admins_with_mfa")


def in_the_region(q: Question) -> bool:
    """The location that counts lies in the case's region."""
    return q.case.region in REGIONS_OF.get(str(q.says("location", "country")), ())


RULES: dict[str, Callable[[Question], bool]] = {
    "window.open": lambda q: any(policy.is_open for policy in [policy_on(q.day)] if policy),
    "cooldown.elapsed": lambda q: all(wait.ends_on <= q.day for wait in q.waits),
    "own.cooldown.elapsed": lambda q: all(wait.ends_on <= q.day for wait in q.waits if wait.by == q.case.number),
    "entry.indirect_first": lambda q: bool(q.seen("reseller_tenure")),
    "tenure.months": tenure_long_enough,
    "membership.active": lambda q: q.says("membership", "status") == "active",
    "location.pla": in_the_region,
    "authority.signing": lambda q: bool(q.says("signing_authority", "signatory")),
    "support.first_line": lambda q: q.says("first_line_support", "available") is True,
    "revenue.floor": floor_reached,
    "security.mfa": mfa_everywhere,
    "security.contact": lambda q: bool(q.says("security", "contact")),
    "security.alerts": lambda q: q.says("security", "alerts_responsive") is True,
    "designation.count": lambda q: designations(q.seen("designation"), q.day) >= 1,
    "managed_service.count": lambda q: bool(q.seen("managed_service")),
    "billing.infrastructure": lambda q: q.says("billing_infrastructure", "ready") is True,
    "assessment.in_policy": lambda q: bool(q.policy.criteria),
    "assessment.complete": assessment_complete,
    "assessment.score": lambda _: True,
    "verification.passed": lambda q: (
        not q.policy.separate_verification or bool(q.case.since(APPLICATION, "pass_verification"))
    ),
    "plan.kind": plan_kind,
    "plan.after_credit_notice": plan_after_notice,
    "plan.active": plan_active,
    "plan.paid": lambda q: q.plan.get("paid") is True,
    "review.in_policy": lambda q: q.review_date is not None and has_review(q.review_date),
    "review.month": lambda q: q.review_date is not None and q.review_date <= q.day,
    "reassessment.passed": lambda q: bool(q.case.since(REVIEW, "pass_reassessment")),
    "renewal.after_notice": renewed_after_notice,
    "renewal.in_review": lambda q: q.review_date is not None and not has_review(q.review_date),
    "restriction.in_policy": lambda q: any(policy.restriction for policy in [policy_on(q.day)] if policy),
}
NOT_HEALED_BY_TIME = {
    "assessment.in_policy",
    "assessment.complete",
    "assessment.score",
    "verification.passed",
    "reassessment.passed",
    "restriction.in_policy",
}
BEFORE_THE_NOTICE = {"purchased_on", "renewed_on"}


def earliest(rule: str, q: Question) -> date | None:
    """The first later day on which the rule is met if nothing but time passes, found by trying the days that matter."""
    if rule in NOT_HEALED_BY_TIME:
        return None
    told = [entry.payload["notified_on"] for entry in q.case.entries if "notified_on" in entry.payload]
    days = {q.day + timedelta(days=1), *(fact.effective_on for fact in q.facts), *(wait.ends_on for wait in q.waits)}
    days |= {add_months(fact.fields["first_transaction_on"], 12) for fact in q.facts if fact.kind == "reseller_tenure"}
    reviews = {q.case.review_date(fact) for fact in q.facts if fact.kind == "support_plan"}
    days |= {*told} | {policy.start for policy in POLICIES} | {day for day in reviews if day}
    if told and told[-1] > q.day:
        q = replace(q, payload={name: value for name, value in q.payload.items() if name not in BEFORE_THE_NOTICE})
    later = (replace(q, day=day) for day in sorted(days) if day > q.day)
    return next((question.day for question in later if RULES[rule](question)), None)


def guards_of(trigger: str, state: str, policy: Policy | None) -> list[str]:
    """The rules that a trigger asks in a state, those that depend on the policy filled in."""
    renewal = ("reassessment.passed", "renewal.after_notice") if state == REVIEW else ("renewal.in_review",)
    filled = {
        "<requirements>": policy.requirements if policy else (),
        "<review>": policy.review if policy else (),
        "<renewal>": renewal,
    }
    return [rule for guard in TRIGGERS[trigger].guards for rule in filled.get(guard, (guard,))]
