"""Values inside sentences: each language writes amounts, numbers, answers and dates in its own form."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from csp_workflow.model.language import amount, answer, in_words, long_date, number
from csp_workflow.model.money import Cents
from csp_workflow.model.partner import LANGUAGES

SOON = date(2026, 3, 1)
MILLION = Cents(100_000_000)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "\N{EN DASH}"),
        ("", "\N{EN DASH}"),
        (0, "0"),
        (True, "yes"),
        (False, "no"),
        (12, "12"),
        ("active", "active"),
        (SOON, "2026-03-01"),
        (Decimal("66.67"), "66.67"),
        (["a", "b"], "a, b"),
        ((True, None), "yes, \N{EN DASH}"),
        (Cents(0), "USD 0.00"),
        (Cents(5), "USD 0.05"),
        (Cents(123_456_789), "USD 1,234,567.89"),
        (Cents(99_999_999_999_999_999), "USD 999999999999999.99"),
    ],
)
def test_values_are_put_into_words(value: Any, words: str) -> None:
    assert in_words(value) == words


@pytest.mark.parametrize(
    ("language", "value", "words"),
    [
        ("de", MILLION, "1.000.000,00 USD"),
        ("it", MILLION, "1.000.000,00 USD"),
        ("cs", MILLION, "1\xa0000\xa0000,00 USD"),
        ("de", Cents(5), "0,05 USD"),
        ("de", Cents(99_999_999_999_999_999), "999.999.999.999.999,99 USD"),
        ("de", Decimal("66.50"), "66,50"),
        ("cs", Decimal(80), "80"),
        ("de", (True, False), "ja, nein"),
        ("it", (True, False), "sì, no"),
        ("cs", (True, False), "ano, ne"),
        ("cs", SOON, "2026-03-01"),
        ("de", "2026-03-01", "2026-03-01"),
        ("it", None, "\N{EN DASH}"),
        ("de", 12, "12"),
    ],
)
def test_values_are_put_into_the_words_of_a_language(language: str, value: Any, words: str) -> None:
    assert in_words(value, language) == words


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "March 1, 2026"), ("de", "1. März 2026"), ("it", "1 marzo 2026"), ("cs", "1. března 2026")],
)
def test_a_date_in_a_letter_names_its_month(language: str, words: str) -> None:
    assert long_date(SOON, language) == words


def test_a_language_that_nobody_knows_is_written_as_english_is() -> None:
    assert in_words((MILLION, True, Decimal("1.5")), "xx") == "USD 1,000,000.00, yes, 1.5"
    assert long_date(SOON, "xx") == "March 1, 2026"


def test_english_needs_no_help_with_amounts_and_gets_none_that_differs() -> None:
    assert amount(MILLION) == amount(MILLION, "en-GB") == "USD 1,000,000.00"
    assert (answer(value=True), number(Decimal("1000.50"))) == ("yes", "1,000.50")


@given(st.dates(), st.sampled_from(LANGUAGES))
def test_every_day_is_written_as_babel_knows_it(day: date, language: str) -> None:
    assert long_date(day, language) == format_date(day, "long", locale=language)


@given(st.integers(0, 10**17), st.sampled_from(LANGUAGES))
def test_no_cent_of_an_amount_is_lost_in_any_language(cents: int, language: str) -> None:
    assert "".join(filter(str.isdigit, amount(cents, language))) == (f"{cents:03}")
