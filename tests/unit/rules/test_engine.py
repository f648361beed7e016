"""The judge: trigger, role, state, payload, and then every guard that fails, in the contract's order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, cast

import pytest

from csp_workflow import Actor, open_workflow
from csp_workflow.errors import BadPayload, NoPolicy, UnknownName, WorkflowError
from csp_workflow.model.policy import Terms
from csp_workflow.model.verdict import Verdict
from csp_workflow.rules.engine import Judge
from csp_workflow.rules.question import Question
from csp_workflow.rules.registry import Rule, rule
from csp_workflow.rules.requirements import requirements
from csp_workflow.rules.shipped import SHIPPED
from csp_workflow.testing import SettableClock
from tests.unit.evidence import JUDGE, PROGRAMME, RevenueLine, ask, case_in, fact

DAY = timedelta(days=1)
ON = date(2025, 10, 6)
ANNA, ROB, CARLA = Actor("anna", "global_admin"), Actor("rob", "reviewer"), Actor("carla", "credit_officer")
COMPLETE = [
    fact("reseller_tenure", first_transaction_on=date(2024, 6, 1)),
    fact("membership", status="active"),
    fact("location", pla="PLA-1", country="DE"),
    fact("signing_authority", signatory="Ada"),
    fact("first_line_support", available=True),
    fact("security", admins_total=1, admins_with_mfa=1, contact="soc@example.com", alerts_responsive=True),
    fact("designation", area="data"),
]
ENOUGH = [RevenueLine(booked_on=ON - DAY, cents=100_000_000)]


def in_state(state: str, **more: Any) -> Question:
    """A case in a state, without evidence."""
    return ask(ON, case=case_in(state, **more))


# --------------------------------------------------------------------------------- the order of judgement


def test_an_unknown_trigger_is_an_error_whoever_asks_with_whatever_payload() -> None:
    with pytest.raises(UnknownName) as refused:
        JUDGE.decide(in_state("closed"), "purchase_suport_plan", Actor("x", "nobody"), {"colour": 1})
    assert refused.value.code == "unknown_trigger"
    assert "did you mean 'purchase_support_plan'?" in refused.value.message


def test_the_wrong_role_is_refused_alone_before_state_payload_and_guards() -> None:
    decision = JUDGE.decide(in_state("closed"), "decline", ANNA, {"colour": 1})
    assert decision.rules == ("actor.role",)
    (finding,) = decision.findings
    assert (finding.have, finding.need) == ("global_admin", ["credit_officer", "reviewer"])
    assert finding.policy is None


def test_the_wrong_state_is_refused_alone_before_payload_and_guards() -> None:
    decision = JUDGE.decide(in_state("closed"), "purchase_support_plan", ANNA, {"colour": 1})
    assert decision.rules == ("order.purchase_support_plan",)
    (finding,) = decision.findings
    assert (finding.have, finding.need) == ("closed", ["support_plan_purchase"])
    assert decision.earliest is None


@pytest.mark.parametrize(
    ("trigger", "actor", "state", "payload", "field"),
    [
        ("decline", ROB, "application", {}, "reason"),
        ("decline", ROB, "application", {"reason": ""}, "reason"),
        ("decline", ROB, "application", {"reason": "x", "colour": 1}, "colour"),
        ("apply", ANNA, "indirect_tenure", {"x": 1}, "x"),
        ("purchase_support_plan", ANNA, "support_plan_purchase", {"kind": "Unified", "renews_on": ON}, "renews_on"),
    ],
)
def test_a_payload_that_is_not_understood_is_an_error_before_any_guard(
    trigger: str, actor: Actor, state: str, payload: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadPayload) as refused:
        JUDGE.decide(in_state(state), trigger, actor, payload)
    assert refused.value.field == field


def test_all_guards_that_fail_are_named_in_their_order() -> None:
    decision = JUDGE.decide(ask(date(2025, 9, 30)), "apply", ANNA, None)
    assert decision.rules == (
        "window.open",
        "tenure.months",
        "membership.active",
        "location.pla",
        "authority.signing",
        "support.first_line",
        "revenue.floor",
        "managed_service.count",
        "billing.infrastructure",
    )
    assert (decision.accepted, decision.target) == (False, None)
    assert [finding.rule for finding in decision.findings] == list(decision.rules)
    assert not any(finding.met for finding in decision.findings)


def test_an_act_goes_where_every_guard_says_yes() -> None:
    decision = JUDGE.decide(ask(ON, *COMPLETE, lines=ENOUGH), "apply", ANNA, None)
    assert (decision.source, decision.target, decision.rules, decision.findings) == (
        "indirect_tenure",
        "application",
        (),
        (),
    )


@pytest.mark.parametrize("missing", [record.kind for record in COMPLETE])
def test_each_requirement_is_missed_alone(missing: str) -> None:
    evidence = [record for record in COMPLETE if record.kind != missing]
    decision = JUDGE.decide(ask(ON, *evidence, lines=ENOUGH), "apply", ANNA, None)
    assert not decision.accepted
    assert all(missing in SHIPPED.rules[name].reads for name in decision.rules)


def test_without_an_actor_the_role_is_not_asked() -> None:
    assert JUDGE.decide(ask(ON, *COMPLETE, lines=ENOUGH), "apply", None, None).accepted


def test_a_payload_that_is_not_known_yet_may_be_left_out_of_a_question() -> None:
    question = in_state("application")
    assert JUDGE.decide(question, "decline", None, None, partial=True).accepted
    with pytest.raises(BadPayload):
        JUDGE.decide(in_state("application"), "decline", None, None)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda workflow, ref: workflow.fire(ref, "aply", actor=Actor("x", "nobody")), "unknown_role"),
        (lambda workflow, ref: workflow.fire(ref, "aply", actor=ANNA), "unknown_trigger"),
        (lambda workflow, _ref: workflow.record("P", "membership", {}, actor=Actor("x", "nobody")), "unknown_role"),
        (lambda workflow, _ref: workflow.record("P", "membrship", {}, actor=ANNA), "unknown_fact"),
        (lambda workflow, _ref: workflow.record("P", "membership", {}, actor=Actor("t", "system")), "refused"),
        (lambda workflow, _ref: workflow.record("P", "membership", {}, actor=ANNA), "bad_payload"),
    ],
)
def test_an_unknown_role_comes_before_everything_and_facts_are_judged_in_the_same_order(
    call: Callable[[Any, str], Any], code: str
) -> None:
    with open_workflow("memory:", clock=SettableClock(ON)) as workflow:
        workflow.register_partner("P", name="P", country="DE")
        ref = workflow.open_case("P", region="europe").ref
        with pytest.raises(WorkflowError) as refused:
            call(workflow, ref)
    assert refused.value.code == code


# ---------------------------------------------------------------------------------------- which policy


def test_the_pinned_policy_judges_the_requirements() -> None:
    question = ask(ON, *COMPLETE, case=case_in("application", pinned="2018-08"))
    assert JUDGE.decide(question, "invite_to_assessment", ROB, None).accepted
    unpinned = ask(ON, *COMPLETE, case=case_in("application"))
    assert JUDGE.decide(unpinned, "invite_to_assessment", ROB, None).rules == ("revenue.floor",)


def test_a_finding_names_the_policy_that_judged_it() -> None:
    question = ask(date(2025, 9, 30), case=case_in(pinned="2018-08"))
    findings = {finding.rule: finding for finding in JUDGE.decide(question, "apply", ANNA, None).findings}
    assert findings["window.open"].policy == "2025-05"
    assert findings["membership.active"].policy == "2018-08"
    assert findings["membership.active"].sources == ("enroll-2018",)


def test_only_verified_revenue_counts_when_the_vendor_decides() -> None:
    unverified = [replace(ENOUGH[0], verified=False)]
    assert JUDGE.decide(ask(ON, *COMPLETE, lines=unverified), "apply", ANNA, None).accepted
    question = ask(ON, *COMPLETE, lines=unverified, case=case_in("application", pinned="2025-10"))
    assert JUDGE.decide(question, "invite_to_assessment", ROB, None).rules == ("revenue.floor",)


@pytest.mark.parametrize("day", [date(2017, 12, 31), date(1999, 1, 1)])
def test_before_the_first_policy_a_rule_that_needs_one_is_an_error_and_an_act_without_one_goes(day: date) -> None:
    with pytest.raises(NoPolicy):
        JUDGE.decide(ask(day), "apply", ANNA, None)
    assert JUDGE.decide(ask(day), "close", ROB, {"reason": "x"}).accepted


def test_a_field_is_demanded_where_the_judging_policy_asks_for_it() -> None:
    form = {"legal_name": "F", "address": "A", "admin_email": "a@x.org"}
    now = in_state("enrollment", pinned="2025-10")
    assert JUDGE.decide(now, "submit_enrollment", ANNA, form).accepted
    with pytest.raises(BadPayload, match="bank_account"):
        JUDGE.decide(in_state("enrollment", pinned="2018-08"), "submit_enrollment", ANNA, form)


def test_dates_of_a_payload_get_their_defaults_from_the_day_and_the_plan_on_record() -> None:
    plan = fact("support_plan", kind="ASfP", started_on=date(2024, 12, 1), renews_on=date(2025, 12, 1), paid=True)
    question = ask(date(2025, 5, 2), plan, case=case_in("annual_review"))
    payload = JUDGE.decide(question, "renew_support_plan", ANNA, None).payload
    assert payload == {"renewed_on": date(2025, 5, 2), "renews_on": date(2026, 12, 1)}


def test_a_transition_is_not_completed_before_the_case_entered_its_state() -> None:
    case = case_in("active", entered_on=ON)
    given = {"provider": "P", "completed_on": ON - DAY}
    with pytest.raises(BadPayload, match="entered_on"):
        JUDGE.decide(ask(ON, case=case), "transition_to_indirect", ANNA, given)
    assert JUDGE.decide(
        ask(ON, case=case), "transition_to_indirect", ANNA, {"provider": "P", "completed_on": ON}
    ).accepted


# ----------------------------------------------------------------------------------------- what heals


def earliest(*records: Any, day: date = ON) -> date | None:
    """From when on an application would go."""
    return JUDGE.decide(ask(day, *records, lines=ENOUGH), "apply", ANNA, None).earliest


def test_evidence_that_is_on_its_way_heals_on_its_day() -> None:
    others = [record for record in COMPLETE if record.kind != "membership"]
    coming = fact("membership", ON + 10 * DAY, recorded_on=ON, status="active")
    assert earliest(*others, coming) == ON + 10 * DAY
    assert earliest(*others) is None


def test_evidence_that_does_not_help_heals_nothing() -> None:
    others = [record for record in COMPLETE if record.kind != "membership"]
    assert earliest(*others, fact("membership", ON + 10 * DAY, recorded_on=ON, status="lapsed")) is None


def test_a_first_transaction_heals_when_its_months_are_complete_or_when_an_older_one_takes_effect() -> None:
    others = [record for record in COMPLETE if record.kind != "reseller_tenure"]
    young = fact("reseller_tenure", first_transaction_on=date(2025, 6, 1))
    older = fact("reseller_tenure", ON + 5 * DAY, recorded_on=ON, first_transaction_on=date(2024, 6, 1), seq=2)
    assert earliest(*others, young) == date(2026, 6, 1)
    assert earliest(*others, young, older) == ON + 5 * DAY


def test_a_day_that_a_later_record_takes_away_is_no_earliest() -> None:
    others = [record for record in COMPLETE if record.kind != "reseller_tenure"]
    first = fact("reseller_tenure", first_transaction_on=date(2024, 11, 15))
    later = fact("reseller_tenure", date(2025, 10, 20), recorded_on=ON, first_transaction_on=date(2025, 6, 1))
    assert earliest(*others, first) == date(2025, 11, 15)
    assert earliest(*others, first, later) == date(2026, 6, 1)


def test_a_refusal_s_own_earliest_is_the_latest_of_its_findings_and_none_where_one_has_none() -> None:
    others = [record for record in COMPLETE if record.kind not in {"membership", "signing_authority"}]
    soon = fact("membership", ON + 5 * DAY, recorded_on=ON, status="active")
    later = fact("signing_authority", ON + 9 * DAY, recorded_on=ON, signatory="Ada")
    assert earliest(*others, soon, later) == ON + 9 * DAY
    assert earliest(*others, soon) is None


def test_revenue_that_takes_effect_later_heals_on_its_day() -> None:
    coming = [replace(ENOUGH[0], effective_on=ON + 3 * DAY)]
    decision = JUDGE.decide(ask(ON, *COMPLETE, lines=coming), "apply", ANNA, None)
    assert (decision.rules, decision.earliest) == (("revenue.floor",), ON + 3 * DAY)


# -------------------------------------------------------------------------------- a rule of one's own


def judging_with(met: Any, *, reads: tuple[str, ...] = ()) -> Judge:
    """A judge whose `plan.paid` answers what it is told, asked by an act that asks nothing else."""

    @rule("plan.paid", reads=reads)
    def told(_question: Question, _terms: Terms) -> Verdict:
        return Verdict(met=met)

    own: Rule = told
    registry = replace(
        SHIPPED, rules={**SHIPPED.rules, "verification.passed": replace(own, name="verification.passed")}
    )
    return Judge(PROGRAMME, registry)


def told_to_approve(judge: Judge) -> Any:
    """The judgement of an act with that one guard."""
    return judge.decide(in_state("credit_check", pinned="2025-10"), "approve_credit", CARLA, None)


def test_a_rule_that_says_true_lets_the_act_pass() -> None:
    assert told_to_approve(judging_with(True)).accepted  # noqa: FBT003 - the answer itself is on trial


@pytest.mark.parametrize("reads", [(), ("membership",)])
@pytest.mark.parametrize("met", [1, 2, 1.0, "yes", [1], {"a": 1}, object(), None, 0, "", False])
def test_a_rule_that_says_anything_but_true_says_no_and_is_named(met: Any, reads: tuple[str, ...]) -> None:
    decision = told_to_approve(judging_with(met, reads=reads))
    assert (decision.accepted, decision.rules) == (False, ("verification.passed",))
    (finding,) = decision.findings
    assert finding.met is False
    assert finding.to_dict()["met"] is False


def test_a_rule_that_says_anything_but_true_is_not_listed_as_met() -> None:
    judge = judging_with(cast("bool", 1))
    question = in_state("credit_check", pinned="2025-10")
    view = requirements(judge, question, "PGA-1/europe", PROGRAMME.wordings["en"])
    assert [finding.rule for finding in view.waiting_on_vendor] == ["verification.passed", "order.approve_credit"]
    assert [finding.rule for finding in view.met] == ["billing.currency"]
