"""Cells that are no formulas, and their way back."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from csp_workflow.bulk.rows import in_quotes
from csp_workflow.bulk.spreadsheet import escape, safe, unescape

TRICKY = st.text(st.sampled_from("'=+-@\t\r\n \u00a0\uff1d\uff20a\";,"), max_size=10)
FORMULA = re.compile('[\\s"]*[=+\\-@\uff1d\uff20]')


@given(st.text() | TRICKY)
@example("")
@example("'")
@example("'\tx")
@example(" '=1")
@example("'' ")
@example("\t';'=1")
@example(";,'\t\"=1")
def test_what_is_escaped_comes_back_exactly(text: str) -> None:
    assert unescape(escape(text)) == text


@given(st.text() | TRICKY)
def test_what_came_in_says_the_same_when_it_was_made_safe(cell: str) -> None:
    assert unescape(safe(cell)) == unescape(cell)
    assert safe(safe(cell)) == safe(cell)
    assert (not safe(cell).strip()) == (not cell.strip()), "no text is given that was not given before"


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "''=1", "\t1", "\r1", "\n1", "\uff1d1", "\u00a0=1", "'\t1"]
)
def test_what_a_spreadsheet_would_take_for_a_formula_begins_with_an_apostrophe(text: str) -> None:
    assert escape(text) == f"'{text}"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("a;=1+1", "a;'=1+1"),
        ("x\t=1+2", "x\t'=1+2"),
        ("a, +49 30", "a,' +49 30"),
        ('a;"=1"', 'a;\'"=1"'),
        ("a\n=1\r\n@b", "a\n'=1\r'\n'@b"),
        ("a;;'=1", "a;';''=1"),
        ("-1;-2", "'-1;'-2"),
        ("a;\uff1d1", "a;'\uff1d1"),
    ],
)
def test_what_would_be_one_in_another_programs_cells_has_its_apostrophe_too(text: str, cell: str) -> None:
    assert escape(text) == cell


@given(st.lists(TRICKY | st.text(max_size=6), min_size=1, max_size=4), st.sampled_from(";,\t"), st.booleans())
def test_whatever_a_spreadsheet_splits_by_no_cell_is_a_formula(texts: list[str], mark: str, quotes: bool) -> None:
    line = in_quotes(map(escape, texts), mark)
    for other in (";", ",", "\t", ";,\t"):
        for cell in cells(line, other, quotes=quotes):
            assert not FORMULA.match(cell) or not cell.strip(), (line, other, cell)


def cells(text: str, marks: str, *, quotes: bool) -> list[str]:
    """The cells that a program may see, whether it knows what quotes mean or not."""
    if not quotes:
        return re.split(f"[{marks}\r\n]", text)
    if len(marks) > 1:
        text, marks = re.sub(f"[{marks}]", ";", text), ";"
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=marks)
    return [cell for row in reader for cell in row]


@pytest.mark.parametrize(
    "text",
    [
        *("Fabrikam", "a=1", "'s-Hertogenbosch", "1-2", "2026-01-31", "O'Neil", "1000.00"),
        *("a, b; c", "a;'b", "x,\n'y'", 'he said, "no"', '["a", "b"]'),
    ],
)
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert escape(text) == text
    assert unescape(text) == text


@pytest.mark.parametrize("text", ["", " ", "'", "' '"])
def test_a_text_of_nothing_is_not_the_empty_cell(text: str) -> None:
    assert escape(text).strip()


@pytest.mark.parametrize("piece", [";", "\t", "'", ";'", " ", ",=", "\t'="])
def test_a_cell_of_a_million_separators_is_no_great_work(piece: str) -> None:
    text = piece * 500_000  # with the square of the length this would take an hour
    assert unescape(escape(text)) == text
