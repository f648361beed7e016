"""The floor: to the cent, to the day, and counted as each policy counts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from csp_workflow.model.money import Cents
from csp_workflow.model.verdict import Verdict
from tests.unit.evidence import MemoryLedger, RevenueLine, answer, ask

DAY = timedelta(days=1)
ON = date(2025, 10, 6)
FLOOR = 100_000_000  # cents


def floor(*lines: RevenueLine, on: date = ON, verified: bool = False, **terms: Any) -> Verdict:
    """What the floor of a million says."""
    return answer("revenue.floor", ask(on, lines=lines, verified=verified), **{"floor": 1_000_000, **terms})


def line(cents: int = FLOOR, booked_on: date = ON - DAY, **more: Any) -> RevenueLine:
    """A line of yesterday that reaches the floor."""
    return RevenueLine(booked_on=booked_on, cents=cents, **more)


@pytest.mark.parametrize(("cents", "met"), [(FLOOR - 1, False), (FLOOR, True), (FLOOR + 1, True)])
def test_exactly_the_floor_is_enough_and_one_cent_less_is_not(cents: int, met: bool) -> None:
    verdict = floor(line(cents))
    assert (verdict.met, verdict.have, verdict.need) == (met, cents, FLOOR)
    assert isinstance(verdict.have, Cents)
    assert isinstance(verdict.need, Cents)


def test_lines_add_up() -> None:
    assert floor(line(FLOOR - 1), line(1, ON - 30 * DAY)).met is True


@pytest.mark.parametrize(
    ("on", "booked_on", "counts"),
    [
        (ON, date(2024, 10, 5), False),
        (ON, date(2024, 10, 6), True),
        (ON, date(2025, 10, 5), True),
        (ON, date(2025, 10, 6), False),
        (date(2028, 2, 29), date(2027, 2, 28), False),
        (date(2028, 2, 29), date(2027, 3, 1), True),
        (date(2029, 3, 1), date(2028, 2, 29), False),
        (date(2029, 3, 1), date(2028, 3, 1), True),
        (date(2029, 2, 28), date(2028, 2, 28), True),
    ],
)
def test_the_last_twelve_months_count_without_the_day_itself(on: date, booked_on: date, counts: bool) -> None:
    assert floor(line(booked_on=booked_on), on=on).met is counts


@pytest.mark.parametrize(("cents", "earliest"), [(FLOOR, ON + DAY), (FLOOR - 1, None)])
def test_what_was_booked_on_the_day_itself_heals_tomorrow_where_it_is_enough(cents: int, earliest: date | None) -> None:
    verdict = floor(line(cents, booked_on=ON))
    assert (verdict.met, verdict.have, verdict.earliest) == (False, 0, earliest)


def test_a_line_of_the_day_does_not_heal_where_an_old_one_goes_on_the_same_day() -> None:
    old = line(FLOOR - 1, booked_on=date(2024, 10, 6))
    assert floor(old, line(1, booked_on=ON)).earliest is None


def test_a_line_that_takes_effect_later_is_not_seen_before() -> None:
    late = line(effective_on=ON)
    assert floor(late, on=ON - DAY).met is False
    assert floor(late).met is True


@pytest.mark.parametrize(
    ("more", "terms", "counts"),
    [
        ({"product": "perpetual_software"}, {"products": ("cloud",)}, False),
        ({"product": "perpetual_software"}, {"products": ("cloud", "perpetual_software")}, True),
        ({"product": "perpetual_software"}, {}, True),
        ({"channel": "direct"}, {"channel": "indirect"}, False),
        ({"channel": "indirect"}, {"channel": "indirect"}, True),
        ({"channel": "direct"}, {}, True),
    ],
)
def test_a_policy_says_which_products_and_which_channel_count(
    more: dict[str, Any],
    terms: dict[str, Any],
    counts: bool,
) -> None:
    assert floor(line(**more), **terms).met is counts


def test_unverified_revenue_counts_for_the_partner_and_not_for_the_vendor() -> None:
    lines = [line(FLOOR - 1), line(1, verified=False)]
    assert floor(*lines).met is True
    assert floor(*lines, verified=True)[:2] == (False, FLOOR - 1)
    assert floor(line(), verified=True).met is True


@pytest.mark.parametrize("amount", [300_000, "300000.00", "300000"])
def test_the_floor_of_a_policy_is_in_dollars(amount: Any) -> None:
    assert floor(line(30_000_000), floor=amount).met is True
    assert floor(line(29_999_999), floor=amount).met is False


def test_the_sum_is_asked_for_and_not_the_lines() -> None:
    question = ask(ON, lines=[line()])
    answer("revenue.floor", question, floor=1_000_000)
    ledger = question.evidence.ledger
    assert isinstance(ledger, MemoryLedger)
    (window,) = ledger.asked
    assert (window.start, window.end, window.day) == (date(2024, 10, 6), ON, ON)
