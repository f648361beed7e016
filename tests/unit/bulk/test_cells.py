"""Cells as values: dates and amounts as they have to be written, and the hint where they are written otherwise."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csp_workflow.bulk.cells import amount, amount_with_comma, cell_of, day, reader_of
from csp_workflow.model.fields import Field

FORMAT = (
    "give the column the format yyyy-mm-dd (in a German spreadsheet JJJJ-MM-TT, in an Italian one aaaa-mm-gg, "
    "in a Czech one rrrr-mm-dd), and save the file again"
)


def test_a_date_is_written_in_one_way() -> None:
    assert day("2026-01-31") == date(2026, 1, 31)
    assert day(" 2026-01-31 ") == date(2026, 1, 31)


@pytest.mark.parametrize(
    "cell",
    [
        "31.01.2026",
        "31. 1. 2026",
        "1/31/2026",
        "31/01/26",
        "2026/01/31",
        "31-01-2026",
        "2026-1-5",
        "2026-01-31 00:00:00",
        "2026-01-31T00:00",
    ],
)
def test_a_date_of_another_form_is_refused_with_the_format_to_choose(cell: str) -> None:
    with pytest.raises(ValueError, match=re.escape(FORMAT)) as refused:
        day(cell)
    assert str(refused.value).startswith(repr(cell))


@pytest.mark.parametrize(
    ("cell", "meant"), [("46053", "2026-01-31"), ("46053.5", "2026-01-31"), ("45658", "2025-01-01")]
)
def test_a_days_number_is_refused_with_the_day_that_it_counts(cell: str, meant: str) -> None:
    with pytest.raises(ValueError, match=f"counts {meant} so: {re.escape(FORMAT)}"):
        day(cell)


@pytest.mark.parametrize("cell", ["2026-02-29", "2026-13-01", "0000-01-01"])
def test_a_day_that_no_calendar_has_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="no calendar"):
        day(cell)


@pytest.mark.parametrize("cell", ["soon", "99999999", "31 January 2026", "२०२६-०१-३१"])
def test_what_is_no_date_at_all_is_refused_with_an_example(cell: str) -> None:
    with pytest.raises(ValueError, match="write it as 2026-01-31"):
        day(cell)


@pytest.mark.parametrize(("cell", "value"), [("1000.00", "1000.00"), ("1000", "1000"), (" 7.5 ", "7.5"), ("'-5", "-5")])
def test_an_amount_has_a_point(cell: str, value: str) -> None:
    assert amount(cell) == Decimal(value)


@pytest.mark.parametrize("cell", ["1000,00", "1.000,00", "1.000", "1 000,50", "1\u00a0000", "12.345.678"])
def test_an_amount_that_may_have_a_decimal_comma_is_refused_with_the_option(cell: str) -> None:
    with pytest.raises(ValueError, match="or say --decimal , for amounts"):
        amount(cell)


@pytest.mark.parametrize("cell", ["1,000.00", "1000.000", "1e3", "$5", "5 EUR", "NaN", "Infinity", "1_000", "٣"])
def test_what_is_no_amount_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match=r"is not an amount; write it as 1000\.00$"):
        amount(cell)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1.234,56", "1234.56"),
        ("1234,56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1\u00a0234\u00a0567,8", "1234567.8"),
        ("1\u202f234", "1234"),
        ("1.234", "1234"),
        ("1000", "1000"),
        ("0,05", "0.05"),
    ],
)
def test_with_a_decimal_comma_points_and_spaces_group_by_three(cell: str, value: str) -> None:
    assert amount_with_comma(cell) == Decimal(value)


@pytest.mark.parametrize("cell", ["1234.56", "1.23,4", "12.34.567", "1.234 567,00", "1,234", "1234.567", ",5", "1,"])
def test_with_a_decimal_comma_other_groups_are_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="with --decimal , it is written as"):
        amount_with_comma(cell)


@given(st.integers(1, 10**15))
def test_every_amount_can_be_written_in_both_ways(cents: int) -> None:
    value = Decimal(cents).scaleb(-2)
    assert amount(f"{value:.2f}") == value
    german = f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
    assert amount_with_comma(german) == value


@pytest.mark.parametrize(
    ("line", "cell", "value"),
    [
        ("bool", "Yes", True),
        ("bool", "WAHR", "WAHR"),  # left as it is, for the form to refuse
        ("int", " 12 ", 12),
        ("int", "'-5", -5),
        ("text", " as it is ", " as it is "),
        ("text", "'=1", "=1"),
        ("choice(a|b)", " a ", "a"),
        ("dates", "2026-01-31, 2026-02-01", ["2026-01-31", "2026-02-01"]),
        ("dates", '["2026-01-31"]', ["2026-01-31"]),
        ("scores", '{"a": 1}', {"a": 1}),
        ("names", '["a, b"]', ["a, b"]),
        ("names", """["a",' "=1"]""", ["a", "=1"]),
    ],
)
def test_a_cell_is_read_by_the_form_of_its_field(line: str, cell: str, value: Any) -> None:
    assert reader_of(Field.parse("x", line), ".")(cell) == value


@pytest.mark.parametrize("cell", ["[1", "{", "[" * 100_000])
def test_several_values_that_are_no_json_are_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="JSON"):
        reader_of(Field.parse("x", "scores"), ".")(cell)


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        ("", "'"),
        ("=1", "'=1"),
        (True, "true"),
        (False, "false"),
        (-5, "'-5"),
        ("1000.00", "1000.00"),
        (["a", "ü"], '["a", "ü"]'),
        (["a", "=1"], """["a",' "=1"]"""),
    ],
)
def test_a_value_is_written_as_the_cell_that_it_is_read_from(value: Any, cell: str) -> None:
    assert cell_of(value) == cell
