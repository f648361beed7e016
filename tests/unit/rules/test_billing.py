"""Where a case is billed and in which currency, and what may be sold to another partner."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from csp_workflow.errors import NoPolicy
from csp_workflow.model.verdict import Verdict
from csp_workflow.rules.act import Act
from csp_workflow.rules.effects import EFFECTS
from tests.unit.evidence import JUDGE, PROGRAMME, answer, ask, case_in, fact

if TYPE_CHECKING:
    from csp_workflow.model.fact import Fact
    from csp_workflow.rules.question import Question

DAY = timedelta(days=1)
ON = date(2025, 10, 6)
FIJI = fact("location", pla="PLA-1", country="FJ")


def settled(currency: str, on: date = ON, **values: Any) -> Fact:
    """A person's decision on the currency."""
    return fact("billing_currency", on, currency=currency, reason="It is so.", **values)


def proposing(new: Fact, question: Question) -> Question:
    """The question whether something may be recorded."""
    question.proposed = question.evidence._replace(facts=question.facts.plus([new]))
    return question


@pytest.mark.parametrize(
    ("country", "expected"),
    [
        ("DE", Verdict(True, "EUR")),
        ("BE", Verdict(True, "EUR")),  # twice in one table, and each time the same
        ("TL", Verdict(True, "USD")),  # in no market, and yet with a currency
        ("FJ", Verdict(False, ["USD", "AUD"], assumed=True)),
        ("MT", Verdict(False, None, assumed=True)),
        ("CN", Verdict(False, None, assumed=True)),
        ("QQ", Verdict(False, None, assumed=True)),
    ],
)
def test_a_currency_is_certain_where_the_tables_give_exactly_one(country: str, expected: Verdict) -> None:
    assert answer("billing.currency", ask(ON, country=country)) == expected


def test_the_place_is_the_location_before_the_partner_s_country() -> None:
    assert answer("billing.currency", ask(ON, FIJI, country="DE")).met is False
    in_japan = fact("location", pla="PLA-2", country="JP", of_case=1)
    assert answer("billing.currency", ask(ON, FIJI, in_japan, country="DE")).have == "JPY"


def test_a_person_s_decision_settles_it_from_its_day_on() -> None:
    decision = settled("AUD", ON)
    assert answer("billing.currency", ask(ON, decision, country="FJ")) == Verdict(True, "AUD")
    assert answer("billing.currency", ask(ON - DAY, decision, country="FJ")).met is False


def test_the_case_s_own_decision_wins_over_its_partner_s() -> None:
    own = settled("USD", ON - 9 * DAY, of_case=1)
    assert answer("billing.currency", ask(ON, settled("AUD"), own, country="FJ")).have == "USD"


def test_the_finding_cites_the_table_and_no_policy() -> None:
    rule = JUDGE.registry.rules["billing.currency"]
    for country, assumed in (("DE", False), ("FJ", True)):
        question = ask(ON, country=country, case=case_in("active"))
        judged = JUDGE.answer(rule, JUDGE.terms_of(rule, question), question)
        assert (judged.sources, judged.policy, judged.assumed) == (("enroll-2018",), None, assumed)


@pytest.mark.parametrize(
    ("country", "known", "new", "met"),
    [
        ("DE", [], "EUR", True),
        ("DE", [], "USD", False),
        ("FJ", [], "AUD", True),
        ("MT", [], "EUR", True),
        ("FJ", [settled("AUD", ON - DAY)], "AUD", True),
        ("FJ", [settled("AUD", ON - DAY)], "USD", False),
    ],
)
def test_only_a_currency_that_is_not_certain_can_be_settled(
    country: str, known: list[Fact], new: str, met: bool
) -> None:
    question = proposing(settled(new), ask(ON, *known, country=country))
    assert answer("billing.new_tenant", question).met is met


def test_a_refused_currency_is_named_beside_the_one_that_stays() -> None:
    question = proposing(settled("USD"), ask(ON))
    assert answer("billing.new_tenant", question) == Verdict(False, ["USD"], ["EUR"])


def test_what_changes_nothing_for_a_case_with_a_decision_of_its_own_is_no_change() -> None:
    own = settled("USD", ON - 9 * DAY, of_case=1)
    assert answer("billing.new_tenant", proposing(settled("AUD"), ask(ON, own, country="FJ"))).met is True


def test_an_active_case_keeps_the_currency_in_which_it_was_activated_wherever_its_place_moves() -> None:
    active = case_in("active", billed_in="EUR")
    moved = fact("location", pla="PLA-2", country="CH")
    assert answer("billing.currency", ask(ON, moved, case=active)).have == "EUR"
    assert answer("billing.new_tenant", proposing(settled("CHF"), ask(ON, moved, case=active))).met is False
    assert answer("billing.new_tenant", proposing(settled("EUR"), ask(ON, moved, case=active))).met is True


@pytest.mark.parametrize(
    ("country", "marks"),
    [
        ("DE", {"billed_in": "EUR"}),
        ("FJ", {"unsettled_since": ON.isoformat()}),
        ("MT", {"unsettled_since": ON.isoformat()}),
    ],
)
def test_the_currency_is_kept_at_the_activation_if_it_is_certain(country: str, marks: dict[str, str]) -> None:
    act = Act(ask(ON, country=country, case=case_in("mpa_acceptance")), ON)
    EFFECTS["keep_currency"].apply(act, ())
    assert act.marks == marks


UNSETTLED = case_in("active", unsettled_since=ON)


def test_an_active_case_without_a_currency_keeps_the_first_that_becomes_certain() -> None:
    german = fact("location", ON + 2 * DAY, pla="PLA-1", country="DE")
    american = fact("location", ON + 4 * DAY, pla="PLA-2", country="US")
    assert answer("billing.currency", ask(ON + DAY, german, american, case=UNSETTLED, country="MT")).met is False
    for days in (2, 3, 4, 99):
        question = ask(ON + days * DAY, german, american, case=UNSETTLED, country="MT")
        assert answer("billing.currency", question).have == "EUR"


def test_of_two_decisions_the_one_that_takes_effect_first_settles_it_whenever_each_was_recorded() -> None:
    later = settled("EUR", ON + 60 * DAY, recorded_on=ON)
    now = settled("USD", ON + DAY)
    for days in (1, 59, 60, 99):
        question = ask(ON + days * DAY, later, now, case=UNSETTLED, country="MT")
        assert answer("billing.currency", question).have == "USD"
    euro = settled("EUR", ON + 61 * DAY)
    assert answer("billing.new_tenant", proposing(euro, ask(ON + 61 * DAY, later, now, case=UNSETTLED))).met is False


def test_what_is_dated_back_does_not_undo_what_was_certain_when_it_was_recorded() -> None:
    german = fact("location", ON + 2 * DAY, pla="PLA-1", country="DE")
    dated_back = fact("location", ON + DAY, pla="PLA-2", country="US", recorded_on=ON + 9 * DAY)
    assert answer("billing.currency", ask(ON + 9 * DAY, german, dated_back, case=UNSETTLED, country="MT")).have == "EUR"


def test_the_partner_s_country_alone_settles_nothing_once_the_case_is_active() -> None:
    assert answer("billing.currency", ask(ON + DAY, case=UNSETTLED, country="DE")) == Verdict(False, None, assumed=True)


# ------------------------------------------------------------------------------------------------ resale


def selling(day: date, buyer: str, tenant: str) -> Question:
    """The question whether PGA-1 may sell to a tenant."""
    return ask(day, payload={"buyer": buyer, "buyer_tenant": tenant})


@pytest.mark.parametrize("day", [date(2018, 1, 1), date(2020, 10, 1), ON, date(2099, 1, 1)])
def test_no_policy_yet_lets_a_partner_sell_to_another_one_s_business_tenant(day: date) -> None:
    assert answer("resale.csp_tenant", selling(day, "PGA-2", "csp")) == Verdict(False, "csp", "own_use")
    assert answer("resale.csp_tenant", selling(day, "PGA-2", "own_use")).met is True


def test_the_rule_is_about_other_partners() -> None:
    own = case_in("active").reference.pga
    assert answer("resale.csp_tenant", selling(ON, own, "csp")).met is True


def test_a_policy_may_allow_it() -> None:
    assert answer("resale.csp_tenant", selling(ON, "PGA-2", "csp"), value=True).met is True


def test_it_is_documented_for_2018_and_assumed_since() -> None:
    found = {
        policy.id: (policy.value("resale.csp_tenant"), policy.terms("resale.csp_tenant").assumed)
        for policy in PROGRAMME.policies.policies
    }
    assert found == {
        "2018-closed": (False, False),
        "2018-08": (False, False),
        "2020-10": (False, True),
        "2023-07": (False, True),
        "2025-05": (False, True),
        "2025-10": (False, True),
    }


def test_before_the_first_policy_it_cannot_be_judged() -> None:
    with pytest.raises(NoPolicy):
        answer("resale.csp_tenant", selling(date(2017, 12, 31), "PGA-2", "csp"))
