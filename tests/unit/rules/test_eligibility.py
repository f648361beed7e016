"""The requirements of an applicant, each asked directly on the day before and on the day itself."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from csp_workflow.errors import NoPolicy
from csp_workflow.model.case import Cooldown
from csp_workflow.model.fact import Fact
from csp_workflow.rules.question import Wait
from tests.unit.evidence import PROGRAMME, answer, ask, case_in, fact

DAY = timedelta(days=1)
ON = date(2025, 10, 6)


@pytest.mark.parametrize(
    ("day", "met", "earliest"),
    [
        (date(2018, 1, 1), False, date(2018, 8, 31)),
        (date(2018, 8, 30), False, date(2018, 8, 31)),
        (date(2018, 8, 31), True, None),
        (date(2025, 4, 30), True, None),
        (date(2025, 5, 1), False, date(2025, 10, 1)),
        (date(2025, 9, 30), False, date(2025, 10, 1)),
        (date(2025, 10, 1), True, None),
    ],
)
def test_the_window_is_that_of_the_day_and_the_next_open_policy_heals_it(
    day: date,
    met: bool,
    earliest: date | None,
) -> None:
    verdict = answer("window.open", ask(day))
    assert (verdict.met, verdict.earliest) == (met, earliest)


def test_the_window_follows_the_policy_of_the_day_even_while_another_is_pinned() -> None:
    pinned = case_in("application", pinned="2023-07")
    assert answer("window.open", ask(date(2025, 9, 30), case=pinned)).met is False
    assert answer("window.open", ask(date(2025, 10, 1), case=case_in(pinned="2025-05"))).met is True


def test_before_the_first_policy_there_is_no_window_to_ask_for() -> None:
    with pytest.raises(NoPolicy):
        answer("window.open", ask(date(2017, 12, 31)))


# ------------------------------------------------------------------------------------------- the wait


def wait(ends_on: date, *, number: int = 1, region: str = "europe") -> Wait:
    """A wait of a year."""
    cooldown = Cooldown(case="not_approved", started_on=ends_on - 365 * DAY, ends_on=ends_on)
    return Wait(number, region, cooldown)


@pytest.mark.parametrize(
    ("day", "met", "earliest"),
    [
        (date(2027, 1, 9), False, date(2027, 1, 10)),
        (date(2027, 1, 10), True, None),
        (date(2027, 1, 11), True, None),
    ],
)
def test_a_wait_is_over_on_its_last_day(day: date, met: bool, earliest: date | None) -> None:
    verdict = answer("cooldown.elapsed", ask(day, waits=[wait(date(2027, 1, 10))]))
    assert (verdict.met, verdict.earliest) == (met, earliest)
    assert verdict.have == date(2027, 1, 10)


def test_without_a_wait_nothing_is_waited_for() -> None:
    assert answer("cooldown.elapsed", ask(ON)).met is True


def test_every_wait_of_the_partner_holds_and_the_last_one_is_named() -> None:
    waits = [
        wait(date(2026, 5, 1)),
        wait(date(2026, 8, 1), number=2, region="canada"),
        wait(date(2026, 6, 1), number=3),
    ]
    verdict = answer("cooldown.elapsed", ask(date(2026, 7, 31), waits=waits))
    assert (verdict.met, verdict.earliest) == (False, date(2026, 8, 1))
    assert answer("cooldown.elapsed", ask(date(2026, 8, 1), waits=waits)).met is True


def test_that_another_region_s_wait_holds_is_assumed_and_the_region_s_own_is_not() -> None:
    other, own = wait(date(2026, 8, 1), number=2, region="canada"), wait(date(2026, 8, 1))
    assert answer("cooldown.elapsed", ask(ON, waits=[other])).assumed is True
    assert answer("cooldown.elapsed", ask(ON, waits=[own])).assumed is False


def test_where_the_scope_is_the_region_another_region_s_wait_does_not_hold() -> None:
    regional = PROGRAMME.with_values({"cooldown.scope": "region"})
    other = wait(date(2026, 8, 1), number=2, region="canada")
    own = wait(date(2026, 5, 1), number=3)
    assert answer("cooldown.elapsed", ask(ON, waits=[other], programme=regional)).met is True
    verdict = answer("cooldown.elapsed", ask(ON, waits=[other, own], programme=regional))
    assert (verdict.met, verdict.earliest) == (False, date(2026, 5, 1))


def test_the_case_s_own_wait_is_asked_for_alone_where_that_is_meant() -> None:
    waits = [wait(date(2026, 5, 1)), wait(date(2026, 8, 1), number=2)]
    assert answer("cooldown.elapsed", ask(date(2026, 4, 30), waits=waits, argument="own")).met is False
    assert answer("cooldown.elapsed", ask(date(2026, 5, 1), waits=waits, argument="own")).met is True


# ------------------------------------------------------------------------------------------ the tenure


def tenure(first: date) -> Fact:
    """The record of a first transaction."""
    return fact("reseller_tenure", first_transaction_on=first.isoformat())


@pytest.mark.parametrize(
    ("first", "day", "met", "have", "earliest"),
    [
        (date(2024, 10, 7), date(2025, 10, 6), False, 11, date(2025, 10, 7)),
        (date(2024, 10, 6), date(2025, 10, 6), True, 12, None),
        (date(2024, 10, 5), date(2025, 10, 6), True, 12, None),
        (date(2028, 2, 29), date(2029, 2, 28), False, 11, date(2029, 3, 1)),
        (date(2028, 2, 29), date(2029, 3, 1), True, 12, None),
    ],
)
def test_twelve_months_of_tenure_are_complete_on_the_day(
    first: date,
    day: date,
    met: bool,
    have: int,
    earliest: date | None,
) -> None:
    verdict = answer("tenure.months", ask(day, tenure(first)), months=12)
    assert (verdict.met, verdict.have, verdict.need, verdict.earliest) == (met, have, 12, earliest)


def test_without_a_first_transaction_time_does_not_heal_the_tenure() -> None:
    verdict = answer("tenure.months", ask(ON), months=12)
    assert (verdict.met, verdict.have, verdict.earliest) == (False, None, None)


def test_a_partner_enters_as_an_indirect_reseller_with_a_record_of_it() -> None:
    assert answer("entry.indirect_first", ask(ON)).met is False
    assert answer("entry.indirect_first", ask(ON, tenure(ON))).met is True


# ----------------------------------------------------------------------------- statements and records


@pytest.mark.parametrize(("status", "met"), [("active", True), ("lapsed", False)])
def test_a_membership_counts_while_it_is_active(status: str, met: bool) -> None:
    verdict = answer("membership.active", ask(ON, fact("membership", status=status)))
    assert (verdict.met, verdict.have, verdict.need) == (met, status, "active")


def test_a_membership_that_lapsed_yesterday_does_not_count_today() -> None:
    records = [fact("membership", ON - DAY, status="active"), fact("membership", ON, status="lapsed")]
    assert answer("membership.active", ask(ON - DAY, *records)).met is True
    assert answer("membership.active", ask(ON, *records)).met is False


@pytest.mark.parametrize(
    ("region", "country", "met", "have"),
    [
        ("europe", "DE", True, "DE (europe)"),
        ("canada", "DE", False, "DE (europe)"),
        ("europe", "MG", True, "MG (europe, mea_cee)"),
        ("mea_cee", "MG", True, "MG (europe, mea_cee)"),
        ("africa", "MG", False, "MG (europe, mea_cee)"),
        ("asia_pacific", "CN", False, "CN (in no region)"),
    ],
)
def test_a_location_counts_in_the_regions_of_its_country(
    region: str,
    country: str,
    met: bool,
    have: str,
) -> None:
    question = ask(ON, fact("location", pla="PLA-1", country=country), case=case_in(region=region))
    verdict = answer("location.pla", question)
    assert (verdict.met, verdict.have, verdict.need) == (met, have, region)


def test_a_case_s_own_location_wins_over_its_partner_s() -> None:
    records = [fact("location", of_case=1, pla="A", country="DE"), fact("location", ON, pla="B", country="CA", seq=2)]
    assert answer("location.pla", ask(ON, *records)).met is True


def test_a_signatory_is_named_by_a_record() -> None:
    assert answer("authority.signing", ask(ON)).met is False
    verdict = answer("authority.signing", ask(ON, fact("signing_authority", signatory="Ada")))
    assert (verdict.met, verdict.have) == (True, "Ada")


@pytest.mark.parametrize(
    ("rule", "kind", "field"),
    [
        ("support.first_line", "first_line_support", "available"),
        ("billing.infrastructure", "billing_infrastructure", "ready"),
    ],
)
def test_a_statement_counts_where_it_says_yes(rule: str, kind: str, field: str) -> None:
    assert answer(rule, ask(ON)).met is False
    no: dict[str, Any] = {field: False}
    yes: dict[str, Any] = {field: True}
    assert answer(rule, ask(ON, fact(kind, **no))).met is False
    assert answer(rule, ask(ON, fact(kind, **yes))).met is True


# -------------------------------------------------------------------------------------------- counting


@pytest.mark.parametrize(
    ("fields", "met"),
    [
        ({}, True),
        ({"attained_on": ON}, True),
        ({"attained_on": ON + DAY}, False),
        ({"expires_on": ON}, False),
        ({"expires_on": ON + DAY}, True),
        ({"attained_on": ON, "expires_on": ON}, False),
    ],
)
def test_a_designation_counts_from_its_day_until_the_day_before_it_expires(
    fields: dict[str, Any],
    met: bool,
) -> None:
    verdict = answer("designation.count", ask(ON, fact("designation", area="data", **fields)), count=1)
    assert verdict.met is met
    assert verdict.have == int(met)


def test_the_latest_record_of_each_area_counts() -> None:
    records: list[Fact] = [
        fact("designation", ON - DAY, area="data", seq=1),
        fact("designation", ON, area="data", expires_on=ON, seq=2),
        fact("designation", ON, area="security", seq=3),
    ]
    assert answer("designation.count", ask(ON - DAY, *records), count=1).have == 1
    assert answer("designation.count", ask(ON, *records), count=2)[:3] == (False, 1, 2)
    assert answer("designation.count", ask(ON, *records), count=1).met is True


def test_a_managed_service_counts_once_by_its_name() -> None:
    records = [fact("managed_service", name="backup"), fact("managed_service", ON, name="backup", seq=2)]
    assert answer("managed_service.count", ask(ON), count=1)[:3] == (False, 0, 1)
    assert answer("managed_service.count", ask(ON, *records), count=1).met is True
    assert answer("managed_service.count", ask(ON, *records), count=2).met is False


@pytest.mark.parametrize("rule", ["account_setup", "customer_association"])
def test_what_was_set_up_in_2018_is_a_record_of_the_case(rule: str) -> None:
    done: dict[str, Any] = {"done_on": ON}
    assert answer(rule, ask(ON)).met is False
    assert answer(rule, ask(ON, fact(rule, of_case=1, **done))).met is True
    assert answer(rule, ask(ON, fact(rule, of_case=2, **done))).met is False
    assert answer(rule, ask(ON - DAY, fact(rule, ON, of_case=1, **done))).met is False
