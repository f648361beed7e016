"""Cells that are no formulas, and their way back."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from csp_workflow.bulk.spreadsheet import escape, unescape

TRICKY = st.text(st.sampled_from("'=+-@\t\r\n \u00a0\uff1d\uff20a"), max_size=8)


@given(st.text() | TRICKY)
@example("")
@example("'")
@example("'\tx")
@example(" '=1")
@example("'' ")
def test_what_is_escaped_comes_back_exactly(text: str) -> None:
    assert unescape(escape(text)) == text


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "''=1", "\t1", "\r1", "\n1", "\uff1d1", "\u00a0=1", "'\t1"]
)
def test_what_a_spreadsheet_would_take_for_a_formula_begins_with_an_apostrophe(text: str) -> None:
    assert escape(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Fabrikam", "a=1", "'s-Hertogenbosch", "1-2", "2026-01-31", "O'Neil", "1000.00"])
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert escape(text) == text
    assert unescape(text) == text


@pytest.mark.parametrize("text", ["", " ", "'", "' '"])
def test_a_text_of_nothing_is_not_the_empty_cell(text: str) -> None:
    assert escape(text).strip()
