"""The shipped folder is coherent, and says what the contract says: its tables stand here once more, by hand."""

from __future__ import annotations

import hashlib
import json
import string
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from csp_workflow.catalogue import load
from csp_workflow.model.lifecycle import Guard, GuardGroup, Lifecycle, Move, NoticeSpec
from csp_workflow.model.market import CONTRADICTIONS
from csp_workflow.model.policy import Policy
from csp_workflow.rules.assessment import criteria
from csp_workflow.rules.shipped import SHIPPED
from tests.states.folders import SHIPPED_FOLDER, appended, copied, replaced

PROGRAMME = load(SHIPPED_FOLDER, SHIPPED)
DIRECT, RESELLER = PROGRAMME.lifecycles["direct_bill"], PROGRAMME.lifecycles["indirect_reseller"]
BOTH = [DIRECT, RESELLER]
LANGUAGES = ("en", "de", "it", "cs")

IN_FLIGHT = ("application", "assessment", "enrollment", "credit_check", "support_plan_purchase", "mpa_acceptance")
HOME = "indirect_tenure"


class Act(NamedTuple):
    """One line of the trigger table; `moves` holds pairs of states, `notices` as the definition writes them."""

    roles: str
    moves: dict[str, str]
    payload: str = ""
    guards: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


def stays(*states: str) -> dict[str, str]:
    """Moves that stay where they are."""
    return {state: state for state in states}


def all_to(target: str, *states: str) -> dict[str, str]:
    """Moves from several states to one."""
    return dict.fromkeys(states, target)


# `field!` is required, `field?` is required where the policy says so
DIRECT_TABLE: dict[str, Act] = {
    "apply": Act("global_admin", {HOME: "application"}, guards=("window.open", "cooldown.elapsed", "@requirements")),
    "request_information": Act("reviewer", stays("application"), "question!", notices=("information_requested",)),
    "answer_information": Act("global_admin partner_user", stays("application"), "answer!"),
    "invite_to_assessment": Act(
        "reviewer",
        {"application": "assessment"},
        guards=("@requirements(verified)",),
        notices=("assessment_invitation if assessment.categories",),
    ),
    "complete_assessment": Act(
        "global_admin partner_user",
        stays("assessment", "annual_review"),
        "scores! assessor? interviews?",
        guards=("assessment.in_policy",),
    ),
    "approve_application": Act(
        "reviewer",
        {"assessment": "enrollment"},
        guards=("assessment.complete", "assessment.score"),
        notices=("application_approved",),
    ),
    "decline": Act(
        "reviewer credit_officer",
        all_to(HOME, "application", "assessment", "enrollment", "credit_check"),
        "reason!",
        notices=("application_declined",),
    ),
    "submit_enrollment": Act(
        "global_admin", {"enrollment": "credit_check"}, "legal_name! address! admin_email! bank_account?"
    ),
    "pass_verification": Act("reviewer", stays("credit_check")),
    "approve_credit": Act(
        "credit_officer",
        {"credit_check": "support_plan_purchase"},
        "notified_on",
        guards=("verification.passed",),
        notices=("credit_approved",),
    ),
    "purchase_support_plan": Act(
        "global_admin",
        {"support_plan_purchase": "mpa_acceptance"},
        "kind! purchased_on renews_on",
        guards=("plan.kind", "plan.after_credit_notice"),
    ),
    "confirm_support_plan": Act(
        "global_admin",
        {"support_plan_purchase": "mpa_acceptance"},
        guards=("plan.active", "plan.kind", "plan.after_credit_notice"),
    ),
    "accept_mpa": Act(
        "global_admin",
        {"mpa_acceptance": "active"},
        "tenant",
        guards=("authority.signing", "plan.active"),
        notices=("activated",),
    ),
    "validate_security": Act(
        "reviewer",
        stays("active", "annual_review", "restricted"),
        guards=("security.mfa", "security.contact", "security.alerts"),
    ),
    "open_review": Act(
        "system reviewer",
        {"active": "annual_review"},
        guards=("review.in_policy", "review.month"),
        notices=("review_opened",),
    ),
    "pass_reassessment": Act(
        "reviewer",
        stays("annual_review"),
        "notified_on",
        guards=("@review(verified)",),
        notices=("reassessment_passed",),
    ),
    "renew_support_plan": Act(
        "global_admin",
        {"annual_review": "active", "active": "active"},
        "renewed_on renews_on",
        guards=("annual_review: reassessment.passed renewal.after_notice", "active: renewal.in_review"),
    ),
    "restrict": Act(
        "reviewer",
        all_to("restricted", "active", "annual_review"),
        "reason!",
        guards=("restriction.in_policy",),
        notices=("restricted",),
    ),
    "lift_restriction": Act("reviewer", {"restricted": "active"}, "reason!"),
    "transition_to_indirect": Act(
        "global_admin",
        all_to(HOME, "active", "annual_review", "restricted", "deauthorized"),
        "provider! completed_on",
        notices=("transitioned",),
    ),
    "deauthorize": Act(
        "reviewer",
        all_to("deauthorized", "active", "annual_review", "restricted"),
        "reason!",
        notices=("deauthorized",),
    ),
    "end_cooldown": Act(
        "system", {"deauthorized": HOME}, guards=("cooldown.elapsed(own)",), notices=("cooldown_ended",)
    ),
    "withdraw": Act("global_admin", all_to(HOME, *IN_FLIGHT), "reason"),
    "migrate_policy": Act("reviewer", stays(*IN_FLIGHT), "to! reason!"),
    "close": Act("reviewer operator", all_to("closed", HOME, "deauthorized"), "reason!"),
}

RESELLER_TABLE: dict[str, Act] = {
    "submit_registration": Act(
        "global_admin", {"registration": "verification"}, "mpn! address! bank_account! admin_email!"
    ),
    "pass_verification": Act("reviewer", {"verification": "provider_search"}, notices=("verification_finished",)),
    "fail_verification": Act("reviewer", {"verification": "registration"}, "reason!"),
    "choose_provider": Act("global_admin", {"provider_search": "account_setup"}, "provider!"),
    "finish_account": Act(
        "global_admin", {"account_setup": "staff_activation"}, "staff!", notices=("temporary_password to staff",)
    ),
    "change_password": Act("partner_user", stays("staff_activation"), "staff!"),
    "finish_staff": Act("global_admin", {"staff_activation": "profile_setup"}, guards=("staff.activated",)),
    "finish_profile": Act("profile_admin", {"profile_setup": "transacting"}),
    "change_provider": Act("global_admin", stays("transacting"), "provider!"),
    "close": Act(
        "reviewer operator",
        all_to(
            "closed",
            "registration",
            "verification",
            "provider_search",
            "account_setup",
            "staff_activation",
            "profile_setup",
            "transacting",
        ),
        "reason!",
    ),
}
TABLES = [(DIRECT, name, act) for name, act in DIRECT_TABLE.items()]
TABLES += [(RESELLER, name, act) for name, act in RESELLER_TABLE.items()]
each_act = pytest.mark.parametrize(
    ("lifecycle", "name", "act"), TABLES, ids=[f"{lifecycle.name}: {name}" for lifecycle, name, _ in TABLES]
)


def written_guard(guard: Guard | GuardGroup) -> str:
    """A guard as the definition writes it."""
    if isinstance(guard, GuardGroup):
        return f"@{guard.group}{'(verified)' if guard.verified else ''}"
    return f"{guard.rule}({guard.argument})" if guard.argument else guard.rule


def written_notice(notice: NoticeSpec) -> str:
    """A notice as the definition writes it."""
    condition = f" if {notice.setting}" if notice.setting else ""
    return f"{notice.kind}{condition}{f' to {notice.to_field}' if notice.to_field else ''}"


def guards_in(act: Act, state: str) -> list[str]:
    """What the table says for one state; a guard may be written as `state: rule rule`."""
    found: list[str] = []
    for guard in act.guards:
        where, colon, rules = guard.partition(": ")
        if not colon:
            found.append(guard)
        elif where == state:
            found += rules.split()
    return found


# ------------------------------------------------------------------------------------------- the triggers


def test_the_triggers_are_those_of_the_contract() -> None:
    assert list(DIRECT.triggers) == list(DIRECT_TABLE)
    assert set(RESELLER.triggers) == set(RESELLER_TABLE)


@each_act
def test_a_trigger_leads_where_the_contract_says(lifecycle: Lifecycle, name: str, act: Act) -> None:
    moves = lifecycle.triggers[name].moves
    assert {source: move.target for source, move in moves.items()} == act.moves
    assert all((move.trigger, move.source) == (name, source) for source, move in moves.items())


@each_act
def test_a_trigger_is_allowed_to_the_roles_of_the_contract(lifecycle: Lifecycle, name: str, act: Act) -> None:
    assert lifecycle.triggers[name].roles == set(act.roles.split())


@each_act
def test_a_trigger_takes_the_payload_of_the_contract(lifecycle: Lifecycle, name: str, act: Act) -> None:
    fields = lifecycle.triggers[name].form.fields.values()
    marks = {field.name: "!" if field.required else "?" if field.required_if else "" for field in fields}
    assert {f"{field}{mark}" for field, mark in marks.items()} == set(act.payload.split())


@each_act
def test_a_trigger_asks_the_guards_of_the_contract_in_their_order(lifecycle: Lifecycle, name: str, act: Act) -> None:
    for state, move in lifecycle.triggers[name].moves.items():
        assert [written_guard(guard) for guard in move.guards] == guards_in(act, state)


@each_act
def test_a_trigger_sends_the_notices_of_the_contract(lifecycle: Lifecycle, name: str, act: Act) -> None:
    for move in lifecycle.triggers[name].moves.values():
        assert [written_notice(notice) for notice in move.notices] == list(act.notices)


@each_act
def test_a_trigger_has_its_source_or_is_assumed(lifecycle: Lifecycle, name: str, act: Act) -> None:
    del act
    trigger = lifecycle.triggers[name]
    assert trigger.sources or trigger.assumed


def effects(move: Move) -> list[str]:
    """The effects of a move as the definition writes them."""
    return [" ".join([effect.name, *effect.arguments]) for effect in move.effects]


def test_a_wait_starts_where_the_contract_says_and_nowhere_else() -> None:
    started = {
        (move.trigger, move.source): effect
        for move in DIRECT.moves()
        for effect in effects(move)
        if effect.startswith("cooldown ")
    }
    declined = {("decline", state): "cooldown not_approved" for state in DIRECT_TABLE["decline"].moves}
    authorized = ("active", "annual_review", "restricted")
    moved = {("transition_to_indirect", state): "cooldown transitioned completed_on" for state in authorized}
    lost = {("deauthorize", state): "cooldown deauthorized" for state in authorized}
    assert started == declined | moved | lost


def test_a_policy_is_pinned_by_the_application_by_the_review_and_by_a_migration_only() -> None:
    pinning = {"pin_policy": "apply", "open_review": "open_review", "pin_named_policy to": "migrate_policy"}
    found = {effect: move.trigger for move in DIRECT.moves() for effect in effects(move) if effect in pinning}
    assert found == pinning


def test_a_pinned_policy_stays_pinned_in_flight_and_in_the_review() -> None:
    assert {state.name for state in DIRECT.states.values() if state.keeps_policy} == {*IN_FLIGHT, "annual_review"}


# --------------------------------------------------------------------------------------------- the states

TRANSACT, DIRECTLY, BUY, MANAGE = "transact_indirect", "transact_direct", "new_purchases", "manage_existing"
ENTITLEMENTS = {
    HOME: {TRANSACT},
    **{state: {TRANSACT} for state in IN_FLIGHT},
    "active": {DIRECTLY, BUY, MANAGE},
    "annual_review": {DIRECTLY, BUY, MANAGE},
    "restricted": {DIRECTLY, MANAGE},
    "deauthorized": set(),
    "closed": set(),
}
DEADLINES = {
    "review_reminder": {"active"},
    "review_opens": {"active"},
    "review_closes": {"annual_review"},
    "security_check": {"active", "annual_review", "restricted"},
    "security_check_closes": {"active", "annual_review", "restricted"},
    "support_plan_ends": {"active", "annual_review", "restricted"},
    "cooldown_ends": {HOME, "deauthorized"},
    "window_opens": {HOME},
    "policy_changes": {*IN_FLIGHT, "active", "annual_review"},
}
DEADLINE_NOTICES = {
    "review_reminder": "review_reminder",
    "review_closes": "review_closed",
    "security_check": "security_check_due",
    "security_check_closes": "security_check_overdue",
    "support_plan_ends": "support_plan_ending",
    "window_opens": "window_opened",
    "policy_changes": "policy_news",
}
NOTICES = [
    "assessment_invitation",
    "application_approved",
    "application_declined",
    "information_requested",
    "credit_approved",
    "activated",
    "review_opened",
    "review_reminder",
    "review_closed",
    "reassessment_passed",
    "security_check_due",
    "security_check_overdue",
    "support_plan_ending",
    "restricted",
    "deauthorized",
    "transitioned",
    "cooldown_ended",
    "window_opened",
    "policy_news",
    "verification_finished",
    "temporary_password",
]


def test_the_states_are_those_of_the_contract() -> None:
    assert list(DIRECT.states) == [HOME, *IN_FLIGHT, "active", "annual_review", "restricted", "deauthorized", "closed"]
    assert list(RESELLER.states) == [
        "registration",
        "verification",
        "provider_search",
        "account_setup",
        "staff_activation",
        "profile_setup",
        "transacting",
        "closed",
    ]


@pytest.mark.parametrize(("lifecycle", "first"), [(DIRECT, HOME), (RESELLER, "registration")])
def test_a_case_begins_in_the_initial_state_and_ends_closed(lifecycle: Lifecycle, first: str) -> None:
    assert lifecycle.initial.name == first
    assert [state.name for state in lifecycle.states.values() if state.initial] == [first]
    assert [state.name for state in lifecycle.states.values() if state.final] == ["closed"]


def test_direct_bill_is_meant_where_no_lifecycle_is_named() -> None:
    assert PROGRAMME.default_lifecycle == "direct_bill"


def test_only_direct_bill_has_policies() -> None:
    assert (DIRECT.has_policies, RESELLER.has_policies) == (True, False)


@pytest.mark.parametrize("state", ENTITLEMENTS)
def test_a_state_entitles_to_what_the_contract_says(state: str) -> None:
    assert set(DIRECT.states[state].entitlements) == ENTITLEMENTS[state]


def test_an_indirect_reseller_transacts_when_its_staff_is_ready_and_is_referred_to_when_its_profile_is() -> None:
    entitled = {state.name: set(state.entitlements) for state in RESELLER.states.values() if state.entitlements}
    assert entitled == {"profile_setup": {TRANSACT}, "transacting": {TRANSACT, "receive_referrals"}}


def test_the_deadlines_stand_in_the_order_of_the_contract() -> None:
    assert list(DIRECT.deadlines) == list(DEADLINES)
    assert [kind.order for kind in DIRECT.deadlines.values()] == list(range(len(DEADLINES)))
    assert not RESELLER.deadlines


@pytest.mark.parametrize("kind", DEADLINES)
def test_a_deadline_exists_in_the_states_of_the_contract(kind: str) -> None:
    assert {state.name for state in DIRECT.states.values() if kind in state.deadlines} == DEADLINES[kind]


@pytest.mark.parametrize("kind", DEADLINE_NOTICES)
def test_a_deadline_sends_the_notice_of_the_contract_in_each_of_its_states(kind: str) -> None:
    found = {state: [spec.kind for spec in specs] for state, specs in DIRECT.deadlines[kind].notices.items()}
    assert found == {state: [DEADLINE_NOTICES[kind]] for state in DEADLINES[kind]}


def test_two_deadlines_bring_a_move() -> None:
    moving = {name: dict(kind.fires) for name, kind in DIRECT.deadlines.items() if kind.fires}
    assert moving == {"review_opens": {"active": "open_review"}, "cooldown_ends": {"deauthorized": "end_cooldown"}}


def test_the_end_of_a_wait_sends_one_notice_wherever_it_is_reached() -> None:
    kind = DIRECT.deadlines["cooldown_ends"]
    assert [spec.kind for spec in kind.notices[HOME]] == ["cooldown_ended"]
    assert not kind.notices.get("deauthorized")  # there `end_cooldown` carries it


def test_a_wait_is_shown_where_it_gates_applying() -> None:
    assert {state.name for state in DIRECT.states.values() if state.shows_wait} == {HOME, "deauthorized"}


def test_the_roles_are_those_of_the_contract() -> None:
    sides = {role.name: role.side for role in PROGRAMME.roles.values()}
    assert sides == {
        "global_admin": "partner",
        "partner_user": "partner",
        "profile_admin": "partner",
        "reviewer": "vendor",
        "credit_officer": "vendor",
        "operator": "operator",
        "system": "system",
    }
    assert str(PROGRAMME.timer) == "system:system"


# ---------------------------------------------------------------------------------------------- the facts

FACTS = {
    "reseller_tenure": "first_transaction_on! provider",
    "revenue": "booked_on! amount! currency product channel tenant verified line",
    "membership": "status! partner_id",
    "location": "pla! country!",
    "signing_authority": "signatory! title",
    "first_line_support": "available!",
    "security": "admins_total! admins_with_mfa! contact alerts_responsive!",
    "designation": "area! attained_on expires_on",
    "managed_service": "name!",
    "billing_infrastructure": "ready!",
    "csp_onboarding": "onboarded_on!",
    "support_plan": "kind! started_on! renews_on paid",
    "billing_currency": "currency! reason!",
    "account_setup": "done_on!",
    "customer_association": "done_on!",
}
ABOUT = {
    **{name: {"partner"} for name in FACTS},
    **{name: {"case", "partner"} for name in ("location", "support_plan", "billing_currency")},
    **{name: {"case"} for name in ("account_setup", "customer_association")},
}
ACCUMULATE = {"revenue": "ledger", "designation": "area", "managed_service": "name"}


def test_the_facts_are_those_of_the_contract() -> None:
    assert list(PROGRAMME.facts) == list(FACTS)


@pytest.mark.parametrize("name", FACTS)
def test_a_fact_holds_the_fields_of_the_contract(name: str) -> None:
    fact = PROGRAMME.facts[name]
    fields = [f"{field.name}{'!' if field.required else ''}" for field in fact.form.fields.values()]
    assert fields == FACTS[name].split()
    assert set(fact.about) == ABOUT[name]
    assert fact.accumulates == ACCUMULATE.get(name, "")
    assert fact.recorded_by == ()  # anyone but timers


def test_every_shipped_fact_is_read_by_some_rule() -> None:
    assert [fact.name for fact in PROGRAMME.facts.values() if fact.informative] == []


def test_the_currency_is_guarded_where_a_case_is_billed_directly_and_nowhere_else() -> None:
    guarded = [(state.name, fact, guards) for state in DIRECT.states.values() for fact, guards in state.guards.items()]
    guards = (Guard("billing.new_tenant"),)
    assert guarded == [(state, "billing_currency", guards) for state in ("active", "annual_review", "restricted")]
    assert not any(state.guards for state in RESELLER.states.values())


def test_the_billing_currency_is_asked_in_every_state_but_those_without_any_business() -> None:
    asked = {
        (lifecycle.name, state.name)
        for lifecycle in (DIRECT, RESELLER)
        for state in lifecycle.states.values()
        if any("billing.currency" in ask.options.get("rules", ()) for ask in state.asks)
    }
    every = {(lifecycle.name, state) for lifecycle in (DIRECT, RESELLER) for state in lifecycle.states}
    assert every - asked == {
        ("direct_bill", "deauthorized"),
        ("direct_bill", "closed"),
        ("indirect_reseller", "closed"),
    }


# ------------------------------------------------------------------------------------------- the policies


class Row(NamedTuple):
    """One line of the policy table."""

    starts_on: date
    ends_on: date | None
    window: bool
    requirements: str
    assessment: str
    separate: bool
    review: str
    restriction: bool
    cooldown: int | None


APPLICANT_300K = (
    "tenure.months membership.active location.pla authority.signing support.first_line revenue.floor "
    "managed_service.count billing.infrastructure"
)
APPLICANT_1M = (
    "tenure.months membership.active location.pla authority.signing support.first_line revenue.floor "
    "security.mfa security.contact security.alerts designation.count"
)
AREAS = "billing customer_support provisioning security"
QUESTIONS = (
    "secure.compliance_function secure.customer_oversight secure.data_security_mfa secure.deal_management "
    "secure.incident_monitoring sell.billing_provisioning sell.managed_services sell.sales_force "
    "sell.solution_expertise sell.technical_resources support.support_function support.support_metrics "
    "support.support_staff"
)
POLICIES = {
    "2018-closed": Row(
        date(2018, 1, 1),
        date(2018, 8, 30),
        window=False,
        requirements="membership.active",
        assessment="",
        separate=True,
        review="",
        restriction=False,
        cooldown=None,
    ),
    "2018-08": Row(
        date(2018, 8, 31),
        date(2020, 9, 30),
        window=True,
        requirements="membership.active",
        assessment="",
        separate=True,
        review="",
        restriction=False,
        cooldown=None,
    ),
    "2020-10": Row(
        date(2020, 10, 1),
        date(2023, 6, 30),
        window=True,
        requirements="entry.indirect_first membership.active revenue.floor",
        assessment="",
        separate=True,
        review="revenue.floor plan.active plan.paid",
        restriction=False,
        cooldown=None,
    ),
    "2023-07": Row(
        date(2023, 7, 1),
        date(2025, 4, 30),
        window=True,
        requirements=APPLICANT_300K,
        assessment=AREAS,
        separate=False,
        review="revenue.floor assessment.complete assessment.score plan.active",
        restriction=True,
        cooldown=None,
    ),
    "2025-05": Row(
        date(2025, 5, 1),
        date(2025, 9, 30),
        window=False,
        requirements=APPLICANT_300K,
        assessment=AREAS,
        separate=False,
        review="",
        restriction=True,
        cooldown=1,
    ),
    "2025-10": Row(
        date(2025, 10, 1),
        None,
        window=True,
        requirements=APPLICANT_1M,
        assessment=QUESTIONS,
        separate=True,
        review="revenue.floor assessment.complete assessment.score",
        restriction=False,
        cooldown=1,
    ),
}
each_policy = pytest.mark.parametrize(
    ("policy", "row"), [(PROGRAMME.policies.named(name), row) for name, row in POLICIES.items()], ids=POLICIES
)


def test_the_policies_are_those_of_the_contract_in_their_order() -> None:
    assert [policy.id for policy in PROGRAMME.policies.policies] == list(POLICIES)


@each_policy
def test_a_policy_is_in_force_from_its_first_to_its_last_day(policy: Policy, row: Row) -> None:
    timeline, day = PROGRAMME.policies, timedelta(days=1)
    assert (policy.starts_on, policy.ends_on) == (row.starts_on, row.ends_on)
    assert timeline.on(row.starts_on).id == policy.id
    assert timeline.known_on(row.starts_on - day) is not policy
    if row.ends_on:
        assert timeline.on(row.ends_on).id == policy.id
        assert timeline.on(row.ends_on + day).starts_on == row.ends_on + day


@each_policy
def test_a_policy_decides_as_the_table_of_the_contract_has_it(policy: Policy, row: Row) -> None:
    assert policy.value("window.open") is row.window
    assert list(policy.group("requirements")) == row.requirements.split()
    assert criteria(policy) == tuple(row.assessment.split())
    assert bool(policy.value("verification.separate")) is row.separate
    assert list(policy.group("review")) == row.review.split()
    assert bool(policy.value("restriction.known")) is row.restriction
    assert policy.value("cooldown.years") == row.cooldown
    assert policy.value("plan.kinds") == ("ASfP", "PSfP")
    assert policy.value("review.reminder_days") == (90, 60, 30)


CLOUD, ALL_PRODUCTS = ("cloud",), ("cloud", "perpetual_software")
FLOORS: dict[tuple[str, str], tuple[int, tuple[str, ...], str | None]] = {
    ("2020-10", "requirements"): (300_000, CLOUD, None),
    ("2020-10", "review"): (300_000, CLOUD, None),
    ("2023-07", "requirements"): (300_000, CLOUD, "indirect"),
    ("2023-07", "review"): (300_000, CLOUD, None),
    ("2025-05", "requirements"): (300_000, CLOUD, "indirect"),
    ("2025-10", "requirements"): (1_000_000, ALL_PRODUCTS, None),
    ("2025-10", "review"): (1_000_000, ALL_PRODUCTS, None),
}


def test_the_floors_are_those_of_the_contract() -> None:
    found = {
        (policy.id, group): (terms["floor"], tuple(terms["products"]), terms.get("channel"))
        for policy in PROGRAMME.policies.policies
        for group, rules in policy.groups.items()
        for rule, terms in rules.items()
        if rule == "revenue.floor"
    }
    assert found == FLOORS


def test_tenure_and_counts_are_those_of_the_contract() -> None:
    found = {
        (policy.id, rule): terms.values[rule.rpartition(".")[2]]
        for policy in PROGRAMME.policies.policies
        for rule, terms in policy.group("requirements").items()
        if rule in {"tenure.months", "designation.count", "managed_service.count"}
    }
    twelve = dict.fromkeys([(name, "tenure.months") for name in ("2023-07", "2025-05", "2025-10")], 12)
    services = dict.fromkeys([(name, "managed_service.count") for name in ("2023-07", "2025-05")], 1)
    assert found == twelve | services | {("2025-10", "designation.count"): 1}


@pytest.mark.parametrize("policy", ["2023-07", "2025-05", "2025-10"])
def test_weights_are_equal_and_there_is_no_pass_mark_and_both_are_assumed(policy: str) -> None:
    judged_by = PROGRAMME.policies.named(policy)
    assert set(judged_by.value("assessment.weights").values()) == {1}
    assert judged_by.value("assessment.pass_mark") == "none"
    assert judged_by.terms("assessment.weights").assumed
    assert judged_by.terms("assessment.pass_mark").assumed


@each_policy
def test_a_third_party_is_asked_for_with_its_interviews_and_a_bank_account_in_2018(policy: Policy, row: Row) -> None:
    assert bool(policy.value("assessment.interviews")) is (row.assessment == AREAS)
    assert bool(policy.value("enrollment.bank_account")) is policy.id.startswith("2018")


@pytest.mark.parametrize(
    ("day", "held"),
    [
        (date(2018, 12, 1), False),
        (date(2020, 12, 31), False),
        (date(2021, 1, 1), True),
        (date(2023, 6, 30), True),
        (date(2023, 7, 1), True),
        (date(2025, 4, 30), True),
        (date(2025, 5, 1), False),
        (date(2025, 9, 30), False),
        (date(2025, 10, 1), True),
    ],
)
def test_reviews_are_held_from_2021_on_but_not_in_the_summer_of_2025(day: date, held: bool) -> None:
    assert PROGRAMME.policies.on(day).has_review_on(day) is held


def test_security_is_asked_for_yearly_from_2025_10_on() -> None:
    asking = [policy.id for policy in PROGRAMME.policies.policies if policy.value("review.security")]
    assert asking == ["2025-10"]


@pytest.mark.parametrize("policy", ["2025-05", "2025-10"])
def test_a_wait_holds_for_the_whole_partner_and_that_is_assumed(policy: str) -> None:
    scope = PROGRAMME.policies.named(policy).terms("cooldown.scope")
    assert (scope["value"], scope.assumed) == ("partner", True)


ADVICE = {
    "2018-closed": "membership.active account_setup customer_association",
    "2018-08": "membership.active account_setup customer_association",
    "2020-10": "membership.active",
    "2023-07": "membership.active support.first_line",
    "2025-05": "membership.active support.first_line",
    "2025-10": "membership.active support.first_line designation.count",
}


@each_policy
def test_advice_is_given_on_what_the_policy_asks_of_applicants_and_in_2018_on_the_set_up(
    policy: Policy, row: Row
) -> None:
    advice = ADVICE[policy.id].split()
    assert list(policy.group("advice")) == advice
    assert set(advice) - {"account_setup", "customer_association"} <= set(row.requirements.split())


def test_what_the_contract_calls_assumed_is_marked_as_assumed() -> None:
    named = PROGRAMME.policies.named
    assumed = [
        named("2018-closed").dates,
        named("2018-08").terms("window.open"),
        *(named(policy).terms("verification.separate") for policy in ("2018-closed", "2018-08", "2020-10")),
        *(named(policy).terms("plan.kinds") for policy in ("2018-closed", "2018-08", "2020-10")),
        named("2020-10").group("requirements")["revenue.floor"],
        named("2023-07").dates,
        named("2023-07").group("review")["revenue.floor"],
        *(policy.terms("review.reminder_days") for policy in PROGRAMME.policies.policies),
    ]
    assert [terms.assumed for terms in assumed] == [True] * len(assumed)


def test_that_the_rules_of_2020_end_in_june_2023_is_assumed() -> None:
    assert PROGRAMME.policies.named("2020-10").dates.assumed


def settings() -> Iterator[tuple[str, Any]]:
    """Every value of every policy with what it comes from."""
    for policy in PROGRAMME.policies.policies:
        yield f"{policy.id} in_force", policy.dates
        for name, terms in policy.settings.items():
            yield f"{policy.id} {name}", terms
        for group, rules in policy.groups.items():
            for rule, terms in rules.items():
                yield f"{policy.id} {group} {rule}", terms


def test_every_value_has_its_sources_or_is_assumed() -> None:
    assert [name for name, terms in settings() if not terms.sources and not terms.assumed] == []


def test_every_source_is_one_of_the_four_documents() -> None:
    documents = {"direct-bill-2025", "direct-bill-300k", "enroll-2018", "softwareone-2020"}
    assert set(PROGRAMME.sources) == documents
    assert {source for _, terms in settings() for source in terms.sources} == documents


def test_no_document_is_named_for_a_policy_that_it_knows_nothing_of() -> None:
    later = {"2018-closed", "2018-08"}
    assert not [
        name
        for name, terms in settings()
        if name.split()[0] in later and set(terms.sources) - {"enroll-2018", "softwareone-2020"}
    ]


# ------------------------------------------------------------------------- what is registered is used


def test_every_shipped_rule_is_used() -> None:
    used = {
        guard.rule for move in DIRECT.moves() + RESELLER.moves() for guard in move.guards if isinstance(guard, Guard)
    }
    used |= {rule for state in DIRECT.states.values() for ask in state.asks for rule in ask.options.get("rules", ())}
    used |= {rule for policy in PROGRAMME.policies.policies for rules in policy.groups.values() for rule in rules}
    used |= {guard.rule for state in DIRECT.states.values() for guards in state.guards.values() for guard in guards}
    assert set(SHIPPED.rules) == used | {"resale.csp_tenant"}, "which callers ask by itself"


def test_every_shipped_effect_is_used() -> None:
    used = {effect.name for move in DIRECT.moves() + RESELLER.moves() for effect in move.effects}
    used |= {effect.name for kind in DIRECT.deadlines.values() for effect in kind.effects}
    used |= {effect.name for trigger in DIRECT.triggers.values() for _, effect in trigger.refused}
    assert set(SHIPPED.effects) == used


def test_every_shipped_deadline_and_view_is_used() -> None:
    assert set(SHIPPED.deadlines) == set(DIRECT.deadlines)
    asked = {ask.view for lifecycle in BOTH for state in lifecycle.states.values() for ask in state.asks}
    assert set(SHIPPED.views) == asked


def test_every_setting_that_the_code_reads_is_set_by_some_policy() -> None:
    given = {name for policy in PROGRAMME.policies.policies for name in policy.settings}
    assert set(SHIPPED.settings) <= given
    assert {rule.setting for rule in SHIPPED.rules.values() if rule.setting} <= given


# ---------------------------------------------------------------------------------------------- the words

PLACEHOLDERS = {"have", "need", "earliest", "partner", "region"}
NOTICE_DATA = {"name", "pga", "ref", "region", "on", "due_on"}


def placeholders(text: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_the_folder_speaks_four_languages() -> None:
    assert set(PROGRAMME.wordings) == set(PROGRAMME.titles) == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_has_its_wording(language: str) -> None:
    orders = {f"order.{name}" for lifecycle in BOTH for name in lifecycle.triggers}
    assert set(PROGRAMME.wordings[language]) == orders | set(SHIPPED.rules) | {"actor.role", "entitlement"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(PROGRAMME.wordings["en"]))
def test_a_wording_is_one_sentence_each_with_the_placeholders_of_the_english_one(name: str, language: str) -> None:
    english, wording = PROGRAMME.wordings["en"][name], PROGRAMME.wordings[language][name]
    for ours, theirs in ((english.statement, wording.statement), (english.fix, wording.fix)):
        assert placeholders(theirs) == placeholders(ours) <= PLACEHOLDERS
        assert theirs == theirs.strip()
        assert theirs.endswith(".")
        assert theirs.format_map(dict.fromkeys(PLACEHOLDERS, "…"))


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_another_language_is_not_english(language: str) -> None:
    same = [
        name
        for name, wording in PROGRAMME.wordings[language].items()
        if wording.statement == PROGRAMME.wordings["en"][name].statement
    ]
    assert same == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_on_a_screen_has_a_title(language: str) -> None:
    titles = PROGRAMME.titles[language]
    states = {name for lifecycle in BOTH for name in lifecycle.states}
    entitlements = {name for lifecycle in BOTH for state in lifecycle.states.values() for name in state.entitlements}
    assert {kind: set(names) for kind, names in titles.items()} == {
        "state": states,
        "trigger": {name for lifecycle in BOTH for name in lifecycle.triggers},
        "role": set(PROGRAMME.roles),
        "entitlement": entitlements,
        "deadline": set(DEADLINES),
        "cooldown": {"transitioned", "deauthorized", "not_approved"},
        "list": {"met", "due_now", "due_later", "past_due", "waiting_on_vendor"},
        "contradiction": set(CONTRADICTIONS),
        **({} if language == "en" else {"region": set(PROGRAMME.regions)}),  # the English names stand in markets.toml
    }
    assert all(title.strip() for names in titles.values() for title in names.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_contradiction_is_one_sentence_with_the_placeholders_of_the_english_one(language: str) -> None:
    english, ours = (PROGRAMME.titles[spoken]["contradiction"] for spoken in ("en", language))
    assert all(sentence.endswith(".") and sentence.count(".") == 1 for sentence in ours.values())
    assert {word: placeholders(text) for word, text in ours.items()} == {
        word: placeholders(text) for word, text in english.items()
    }
    assert language == "en" or not set(english.values()) & set(ours.values())


def test_the_notices_are_those_of_the_contract_in_four_languages() -> None:
    assert set(PROGRAMME.notices) == {(kind, language) for kind in NOTICES for language in LANGUAGES}


def data_of(kind: str) -> set[str]:
    """What is known when a notice of this kind is written: about the case, and the payload of the act that sends it."""
    fields = [
        set(lifecycle.triggers[move.trigger].form.fields)
        for lifecycle in BOTH
        for move in lifecycle.moves()
        if kind in {notice.kind for notice in move.notices}
    ]
    return NOTICE_DATA.union(set.intersection(*fields) if fields else set())


def text_of(kind: str, language: str) -> str:
    """The text of a notice."""
    return (SHIPPED_FOLDER / "notices" / f"{kind}.{language}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", NOTICES)
def test_a_notice_has_a_subject_and_a_text_with_the_placeholders_of_the_english_one(kind: str, language: str) -> None:
    text = text_of(kind, language)
    subject, blank, *body = text.splitlines()
    assert subject.startswith("Subject: ")
    assert len(subject) > len("Subject: ")
    assert blank == ""
    assert any(line.strip() for line in body)
    assert placeholders(text) == placeholders(text_of(kind, "en"))
    assert text.format_map(dict.fromkeys(placeholders(text), "…"))


@pytest.mark.parametrize("kind", NOTICES)
def test_a_notice_speaks_only_of_what_is_known_when_it_is_written(kind: str) -> None:
    assert placeholders(text_of(kind, "en")) <= data_of(kind)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notice_of_a_temporary_password_holds_none(language: str) -> None:
    assert placeholders(text_of("temporary_password", language)) == {"name", "on"}


# ----------------------------------------------------------------------------------------------- the rest


def test_the_regions_stand_in_the_order_of_the_contract() -> None:
    assert list(PROGRAMME.regions) == [
        "brazil",
        "canada",
        "india",
        "japan",
        "korea",
        "new_zealand",
        "russia",
        "taiwan",
        "united_states",
        "australia",
        "latin_america",
        "europe",
        "mea_cee",
        "africa",
        "asia_pacific",
    ]


def test_a_country_knows_its_regions() -> None:
    assert PROGRAMME.regions_of("DE") == ("europe",)
    assert PROGRAMME.regions_of("MG") == ("europe", "mea_cee")
    assert PROGRAMME.regions_of("CN") == ()
    assert PROGRAMME.regions_of("ZZ") == ()


def test_the_fingerprint_is_that_of_what_decides() -> None:
    assert load(SHIPPED_FOLDER, SHIPPED).sha256 == PROGRAMME.sha256
    assert hashlib.sha256(PROGRAMME.text.encode()).hexdigest() == PROGRAMME.sha256
    assert list(json.loads(PROGRAMME.text)["direct_bill/lifecycle.toml"]["state"]) == list(DIRECT.states)


def test_comments_and_wording_do_not_change_the_fingerprint(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    appended(folder, "direct_bill/lifecycle.toml", "# a remark")
    replaced(folder, "rules.en.toml", "statement = ", "statement =    ")
    assert load(folder, SHIPPED).sha256 == PROGRAMME.sha256


def test_the_order_in_which_deadlines_fire_changes_the_fingerprint(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    file, header = folder / "direct_bill/lifecycle.toml", "[deadline.review_reminder]"
    text = file.read_text(encoding="utf-8")
    table = text[text.index(header) : text.index("\n[", text.index(header))]
    file.write_text(f"{text.replace(table, '')}\n{table}\n", encoding="utf-8")
    changed = load(folder, SHIPPED)
    assert list(changed.lifecycles["direct_bill"].deadlines)[-1] == "review_reminder"
    assert changed.sha256 != PROGRAMME.sha256
