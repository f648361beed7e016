"""The billing currency of a case, and what partners may sell to each other."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from csp_workflow import NotFound, TransitionRefused
from csp_workflow.errors import BadPayload, NoPolicy
from csp_workflow.model.decision import Recorded
from csp_workflow.model.record import Record
from tests.integration.hands import ANNA, OTTO, PGA, REF, RITA, TODAY, WALK, raised, ready, start, walk

if TYPE_CHECKING:
    from csp_workflow import Workflow
    from csp_workflow.bootstrap import HostWorkflow
    from csp_workflow.testing import SettableClock

EURO = {"currency": "EUR", "reason": "The tables give it."}
DOLLAR = {"currency": "USD", "reason": "The partner asked for it."}
CURRENCY, TENANT = "billing.currency", "billing.new_tenant"


@pytest.fixture
def active(workflow: HostWorkflow) -> HostWorkflow:
    """A German case that has just become active."""
    walk(workflow, ready(workflow))
    return workflow


def listed(workflow: Workflow, ref: str = REF) -> str:
    """The list of requirements in which the billing currency stands."""
    view = workflow.requirements(ref)
    lists = {name: [item.rule for item in getattr(view, name)] for name in ("met", "due_now", "due_later", "past_due")}
    return next((name for name, rules in lists.items() if CURRENCY in rules), "")


def test_a_conflict_is_due_until_a_person_settles_it_and_blocks_nothing(workflow: HostWorkflow) -> None:
    ref = ready(workflow)
    workflow.record(PGA, "location", {"pla": "PLA-2", "country": "MT"}, actor=OTTO)
    assert listed(workflow) == "due_now"
    walk(workflow, ref)
    assert listed(workflow) == "due_now"
    workflow.record(ref, "billing_currency", EURO, actor=OTTO)
    assert listed(workflow) == "met"


def test_the_partner_s_country_is_the_place_of_a_case_without_a_location(workflow: HostWorkflow) -> None:
    workflow.register_partner(PGA, name="Fabrikam", country="FJ")
    ref = workflow.open_case(PGA, region="australia").ref
    assert listed(workflow, ref) == "due_now"
    workflow.edit_partner(PGA, country="AU", actor=OTTO)
    assert listed(workflow, ref) == "met"


def test_of_an_earlier_day_it_is_the_country_that_the_partner_had_then(
    workflow: HostWorkflow, clock: SettableClock
) -> None:
    workflow.register_partner(PGA, name="Fabrikam", country="FJ")
    ref = workflow.open_case(PGA, region="australia").ref
    earlier = clock()
    clock.advance(days=1)
    workflow.edit_partner(PGA, country="AU", actor=OTTO)
    assert CURRENCY in [item.rule for item in workflow.requirements(ref, at=earlier).due_now]
    assert CURRENCY in [item.rule for item in workflow.requirements(ref, at=clock()).met]


@pytest.mark.parametrize("subject", [PGA, REF])
def test_the_currency_of_an_active_case_is_not_changed(active: HostWorkflow, subject: str) -> None:
    before = active.case(REF)
    refusal = raised(lambda: active.record(subject, "billing_currency", DOLLAR, actor=OTTO), TransitionRefused)
    (finding,) = refusal.findings
    assert (finding.rule, finding.have, finding.need, finding.earliest) == (TENANT, ["USD"], ["EUR"], None)
    assert "tenant of its own" in finding.fix
    assert active.case(REF) == before
    entry = active.history(REF if subject == REF else PGA)[-1]
    assert (entry.kind, entry.trigger, entry.payload) == ("refused", "billing_currency", DOLLAR)
    assert [item.rule for item in entry.findings] == [TENANT]


def test_the_same_currency_may_be_recorded_again(active: HostWorkflow) -> None:
    active.record(REF, "billing_currency", EURO, actor=OTTO)
    assert listed(active) == "met"


def test_a_currency_from_a_later_day_on_is_a_change_too(active: HostWorkflow) -> None:
    later = TODAY + timedelta(days=90)
    refusal = raised(
        lambda: active.record(REF, "billing_currency", DOLLAR, actor=OTTO, effective_on=later), TransitionRefused
    )
    assert refusal.findings[0].rule == TENANT


def test_a_case_that_is_not_active_yet_may_change_its_currency(workflow: HostWorkflow) -> None:
    ref = ready(workflow)
    workflow.record(ref, "billing_currency", EURO, actor=OTTO)
    workflow.record(ref, "billing_currency", DOLLAR, actor=OTTO)
    walk(workflow, ref)
    raised(lambda: workflow.record(ref, "billing_currency", EURO, actor=OTTO), TransitionRefused)


def test_an_active_case_keeps_its_currency_when_its_location_moves(active: HostWorkflow) -> None:
    active.record(PGA, "location", {"pla": "PLA-2", "country": "CH"}, actor=OTTO)
    met = {item.rule: item.have for item in active.requirements(REF).met}
    assert met[CURRENCY] == "EUR"
    franc = {"currency": "CHF", "reason": "It moved."}
    raised(lambda: active.record(REF, "billing_currency", franc, actor=OTTO), TransitionRefused)


def test_a_new_case_with_a_tenant_of_its_own_may_have_the_other_currency(active: HostWorkflow) -> None:
    second = active.open_case(PGA, region="europe", tenant="DOLLARS").ref
    active.record(second, "billing_currency", DOLLAR, actor=OTTO)
    assert {item.rule: item.have for item in active.requirements(second).met}[CURRENCY] == "USD"
    assert {item.rule: item.have for item in active.requirements(REF).met}[CURRENCY] == "EUR"


def test_a_case_that_went_back_and_comes_again_is_billed_where_it_is_then(
    active: HostWorkflow, clock: SettableClock
) -> None:
    active.fire(REF, "transition_to_indirect", actor=ANNA, payload={"provider": "Northwind"})
    active.record(REF, "billing_currency", DOLLAR, actor=OTTO)
    assert {item.rule: item.have for item in active.requirements(REF).met}[CURRENCY] == "USD"
    clock.advance(days=1)
    active.fire(REF, "close", actor=OTTO, payload={"reason": "the end"})
    assert CURRENCY not in {item.rule for item in active.requirements(REF).met}


def test_many_records_are_guarded_like_one(active: HostWorkflow) -> None:
    answers = active.record_all(
        [
            Record(subject=REF, fact="billing_currency", fields=DOLLAR),
            Record(subject=REF, fact="billing_currency", fields=EURO),
        ],
        actor=OTTO,
    )
    assert [isinstance(answer, TransitionRefused) for answer in answers] == [True, False]


def test_what_stood_recorded_before_a_state_guards_it_is_repeated_and_no_refusal(workflow: HostWorkflow) -> None:
    ref = ready(workflow)
    file = [
        Record(subject=ref, fact="billing_currency", fields=fields, effective_on=TODAY) for fields in (DOLLAR, EURO)
    ]
    workflow.record_all(file, actor=OTTO)
    walk(workflow, ref)
    before = workflow.history(PGA)
    answers = workflow.record_all(file, actor=OTTO)
    assert [isinstance(answer, Recorded) and answer.repeated for answer in answers] == [True, True]
    assert workflow.history(PGA) == before
    franc = Record(subject=ref, fact="billing_currency", fields={**DOLLAR, "currency": "CHF"}, effective_on=TODAY)
    assert isinstance(workflow.record_all([franc], actor=OTTO)[0], TransitionRefused)


@pytest.mark.parametrize("currency", ["ZZZ", "EUT", "XAU", "DEM", "eur", "", "EURO", None, 7])
def test_a_currency_that_nobody_pays_in_is_refused(workflow: HostWorkflow, currency: Any) -> None:
    start(workflow)
    with pytest.raises(BadPayload):
        workflow.record(PGA, "billing_currency", {"currency": currency, "reason": "It is so."}, actor=OTTO)


def test_a_retraction_corrects_what_was_never_so(workflow: HostWorkflow) -> None:
    ref = ready(workflow)
    workflow.record(PGA, "location", {"pla": "PLA-2", "country": "MT"}, actor=OTTO)
    for trigger, actor, payload in WALK:
        workflow.fire(ref, trigger, actor=actor, payload=payload)
    wrong = workflow.record(ref, "billing_currency", DOLLAR, actor=OTTO)
    workflow.retract(wrong.entry, reason="a mistake", actor=OTTO)
    workflow.record(ref, "billing_currency", EURO, actor=OTTO)
    assert listed(workflow) == "met"


# ------------------------------------------------------------------------------------------------ resale


@pytest.fixture
def two(active: HostWorkflow) -> HostWorkflow:
    """An active case, and another partner."""
    active.register_partner("PGA-2", name="Tailspin", country="DE")
    return active


def test_a_partner_does_not_sell_to_another_one_s_business_tenant(two: HostWorkflow) -> None:
    finding = two.may_sell(REF, "PGA-2")
    assert finding == two.may_sell(REF, "PGA-2", "csp")
    assert (finding.rule, finding.met, finding.have, finding.need) == ("resale.csp_tenant", False, "csp", "own_use")
    assert (finding.policy, finding.sources, finding.assumed) == ("2025-10", ("enroll-2018",), True)
    assert finding.statement
    assert finding.fix


def test_it_may_sell_for_the_other_one_s_own_use(two: HostWorkflow) -> None:
    assert two.may_sell(REF, "PGA-2", "own_use").met is True


def test_in_2018_a_document_said_so(workflow: HostWorkflow, clock: SettableClock) -> None:
    clock.set(date(2018, 3, 1))
    ref = start(workflow)
    workflow.register_partner("PGA-2", name="Tailspin", country="DE")
    finding = workflow.may_sell(ref, "PGA-2")
    assert (finding.met, finding.policy, finding.assumed) == (False, "2018-closed", False)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda workflow: workflow.may_sell(REF, "PGA-9"), NotFound),
        (lambda workflow: workflow.may_sell("PGA-9/europe", PGA), NotFound),
        (lambda workflow: workflow.may_sell(REF, PGA, "both"), BadPayload),
        (lambda workflow: workflow.may_sell(REF, PGA, at=datetime(2017, 1, 1, tzinfo=UTC)), NoPolicy),
    ],
)
def test_who_and_what_must_be_known(two: HostWorkflow, call: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        call(two)


def test_the_reason_is_given_in_the_reader_s_language(two: HostWorkflow) -> None:
    german = two.may_sell(REF, "PGA-2", language="de")
    assert german.statement.startswith("Es werden keine Onlinedienste")


# ------------------------------------------------------------------------------------------ entitlements


def test_an_entitlement_is_answered_for_the_newest_case_of_a_reference(active: HostWorkflow) -> None:
    assert active.may(REF, "new_purchases").met is True
    active.fire(REF, "deauthorize", actor=RITA, payload={"reason": "the test"})
    active.fire(REF, "close", actor=OTTO, payload={"reason": "the test"})
    active.open_case(PGA, region="europe")
    assert active.may(REF, "new_purchases").met is False
    assert active.may(REF, "transact_indirect").met is True


def test_an_entitlement_of_an_earlier_day_is_that_of_the_state_then(active: HostWorkflow, clock: SettableClock) -> None:
    was = clock()
    clock.advance(days=1)
    active.fire(REF, "deauthorize", actor=RITA, payload={"reason": "the test"})
    assert active.may(REF, "new_purchases").met is False
    assert active.may(REF, "new_purchases", at=was).met is True


def test_of_an_earlier_day_the_case_of_that_day_is_asked_and_before_the_first_there_is_none(
    active: HostWorkflow, clock: SettableClock
) -> None:
    was_active, before = clock(), clock() - timedelta(days=9)
    clock.advance(days=1)
    active.fire(REF, "deauthorize", actor=RITA, payload={"reason": "the test"})
    was_deauthorized = clock()
    clock.advance(days=1)
    active.fire(REF, "close", actor=OTTO, payload={"reason": "the test"})
    clock.advance(days=1)
    active.open_case(PGA, region="europe")
    asked = {"new_purchases": was_active, "transact_indirect": clock()}
    for entitlement, on in asked.items():
        found = {at: active.may(REF, entitlement, at=at).met for at in (before, was_active, was_deauthorized, clock())}
        assert found == {at: at == on for at in found}
    assert active.case(REF, at=was_active).state == "active"
    assert active.may(REF, "transact_indirect", at=before).have is None


def test_entries_that_change_no_state_change_no_answer_about_an_earlier_day(
    active: HostWorkflow, clock: SettableClock
) -> None:
    was = clock()
    clock.advance(days=1)
    active.fire(REF, "deauthorize", actor=RITA, payload={"reason": "the test"})
    active.note(REF, "noted", actor=OTTO)
    raised(lambda: active.fire(REF, "apply", actor=ANNA), TransitionRefused)
    assert active.may(REF, "new_purchases", at=was).have == "active"
    assert active.may(REF, "new_purchases", at=clock()).have == "deauthorized"


def test_what_only_another_lifecycle_entitles_to_is_no_and_no_mistake(workflow: HostWorkflow) -> None:
    start(workflow)
    ref = workflow.open_case(PGA, region="europe", lifecycle="indirect_reseller").ref
    assert workflow.may(ref, "new_purchases").met is False
    assert workflow.may(REF, "receive_referrals").met is False


def test_who_is_unknown_is_said_as_everywhere(workflow: HostWorkflow) -> None:
    start(workflow)
    assert raised(lambda: workflow.may("PGA-9/europe", "new_purchases"), NotFound).code == "unknown_partner"
    assert raised(lambda: workflow.may(f"{PGA}/japan", "new_purchases"), NotFound).code == "unknown_case"
