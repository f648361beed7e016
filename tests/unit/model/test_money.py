"""Amounts: exact, positive, at most two places, and never a float."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csp_workflow.model.money import Cents, from_cents, to_amount, to_cents, write_cents


@pytest.mark.parametrize(
    ("value", "cents"),
    [
        (Decimal("1000.00"), 100_000),
        (Decimal(1000), 100_000),
        (Decimal("0.01"), 1),
        (Decimal("1E+3"), 100_000),
        (Decimal("1.50000"), 150),
        (1000, 100_000),
        ("1000", 100_000),
        ("999999.99", 99_999_999),
        ("9999999999999.99", 999_999_999_999_999),
    ],
)
def test_an_amount_is_read_from_a_decimal_a_whole_number_or_text(value: Any, cents: int) -> None:
    amount = to_amount(value)
    assert to_cents(amount) == cents
    assert amount.as_tuple().exponent == -2


@pytest.mark.parametrize("value", [Decimal("0.001"), "1000.005", "0.009", Decimal("1E-3")])
def test_a_third_decimal_place_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="two decimal places"):
        to_amount(value)


@pytest.mark.parametrize("value", [1000.0, 0.1, float("nan"), float("inf"), True, False, None, [], {}, b"1"])
def test_a_float_a_bool_and_what_is_no_number_are_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="decimal number"):
        to_amount(value)


@pytest.mark.parametrize(
    "value", ["NaN", "sNaN", "Infinity", "-Infinity", Decimal("NaN"), Decimal("Infinity"), Decimal("-Infinity")]
)
def test_what_is_not_finite_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"more than 0|is not an amount"):
        to_amount(value)


@pytest.mark.parametrize("value", [0, "0.00", Decimal("-0.01"), -5, "-1000", Decimal("-0")])
def test_nothing_and_less_than_nothing_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="more than 0"):
        to_amount(value)


@pytest.mark.parametrize("value", ["10000000000000.00", Decimal("1E+30"), 10**18, "9" * 40])
def test_more_than_the_whole_world_has_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="at most"):
        to_amount(value)


@pytest.mark.parametrize(
    "value", ["", "a lot", "1.000,00", "1,000.00", "USD 5", "12 €", "0x10", "1_000", " 5", "1E+9", "\uff11\uff12"]
)
def test_text_that_is_no_amount_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="is not an amount"):
        to_amount(value)


def test_cents_are_shown_with_two_places() -> None:
    assert [write_cents(cents) for cents in (0, 1, 10, 100, 99_999_999)] == [
        "0.00",
        "0.01",
        "0.10",
        "1.00",
        "999999.99",
    ]
    assert from_cents(100_000_000) == Decimal("1000000.00")
    assert Cents(5) + Cents(6) == 11


@given(st.integers(1, 999_999_999_999_999))
def test_cents_come_back_as_they_were(cents: int) -> None:
    assert to_cents(from_cents(cents)) == cents
    assert to_cents(to_amount(write_cents(cents))) == cents
