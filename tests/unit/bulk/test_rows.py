"""Rows from text: quotes, line ends, what is malformed, and where reading goes on."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csp_workflow.bulk.rows import Row, Rows, in_quotes
from csp_workflow.bulk.source import LONGEST_ROW, Lines


def rows(text: str, width: int = 3, delimiter: str = ",") -> list[Row]:
    """The rows of a text."""
    return list(Rows(Lines(io.StringIO(text, newline=""), "a file"), delimiter, width))


def told(text: str, width: int = 3) -> list[tuple[int, str]]:
    """The line of each row, with its first cell, or with what is wrong."""
    return [(row.line, row.wrong or row.cells[0]) for row in rows(text, width)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows_are_numbered_by_their_lines_whatever_ends_them(end: str) -> None:
    assert told(end.join(["a,1,2", "", "b,1,2", '"c', 'd",1,2', "e,1,2"])) == [
        (1, "a"),
        (3, "b"),
        (4, f"c{end}d"),
        (6, "e"),
    ]
    assert [row.number for row in rows("a,1,2\n\n,,\nb,1,2")] == [1, 2]


def test_cells_in_quotes_hold_anything() -> None:
    text = '"a ""b"", c\n\nd",\t ,"é;"\n'
    assert [row.cells for row in rows(text)] == [['a "b", c\n\nd', "\t ", "é;"]]
    assert [row.cells for row in rows('5" disk,7" disk,x\n')] == [['5" disk', '7" disk', "x"]]


def test_a_quote_that_is_never_closed_spoils_its_own_line_only() -> None:
    text = 'a,1,2\nb,"oops,2\nc,1,2\nd,1,2\n'
    assert told(text) == [(1, "a"), (2, "has a quote that is not closed"), (3, "c"), (4, "d")]
    assert rows(text)[1].at == 1
    assert rows(text)[1].cells == ["b", "oops,2"]


def test_a_quote_that_is_closed_by_the_next_stray_one_spoils_only_those_two_lines() -> None:
    text = 'a,1,2\nb,"oops,2\nc,1,2\nd,"oops,2\ne,1,2\n'
    wrong = "has a quote that is not closed"
    assert told(text) == [(1, "a"), (2, wrong), (3, "c"), (4, wrong), (5, "e")]


def test_a_quote_that_another_line_closes_takes_no_line_with_it_where_the_cells_do_not_fit() -> None:
    assert told('a,"oops,2\nb,1"\nc,1,2\n') == [
        (1, "has a quote that is not closed"),
        (2, "has 2 cells where the header names 3 columns"),
        (3, "c"),
    ]


@pytest.mark.parametrize("lines", [1, 49, 50, 51, 1_200])
def test_a_cell_may_have_any_number_of_lines(lines: int) -> None:
    text = 'a,"one ""two"" 3,' + '\nx ""y"",' * lines + '",2\nb,1,2\n'
    assert told(text) == [(1, "a"), (lines + 2, "b")]
    assert rows(text)[0].cells[1] == 'one "two" 3,' + '\nx "y",' * lines


def test_a_cell_that_no_text_could_fill_spoils_its_first_line_only() -> None:
    fits = 'a,"' + "\n" * 20_001 + '",2\nb,1,2\n'
    assert told(fits) == [(1, "a"), (20_003, "b")]
    long = 'a,"' + ("x" * 60 + "\n") * 340 + '",2\nb,1,2\n'
    assert told(long)[0] == (1, "has a quote that is not closed")
    assert told(long)[-1] == (342, "b")


def test_a_stray_quote_spoils_no_good_row_however_many_follow() -> None:
    good = [f"c{number},1,2" for number in range(200)]
    for stray in ('b,"oops,2', 'b,1,"oops', '"b,1,2', 'b,5",a,"x'):
        for other in ('d,"e",f', 'd,5" x,f', 'd,"5"" x",f', ""):
            found = told("\n".join([stray, *good, other, *good]))
            assert [name for _line, name in found if name.startswith("c")] == [row.split(",")[0] for row in good] * 2


def test_a_cell_that_is_closed_far_below_is_one_cell() -> None:
    text = "\n".join(['b,1,"oops', *["c,1,2"] * 100, 'd,1"', "e,1,2"])
    assert told(text) == [(1, "b"), (103, "e")]


def test_text_after_a_closing_quote_is_told_apart() -> None:
    (row,) = rows('a,"b"c,2\n')
    assert row.wrong.startswith("goes on after the quote that closes the cell")
    assert row.at == 1


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("a,1", "has 2 cells where the header names 3 columns"),
        ("a", "has 1 cell where the header names 3 columns"),
        ("a,1,2,3", "has 4 cells where the header names 3 columns; a cell that holds a comma stands in quotes"),
        ('"a",1,2,3', "has 4 cells where the header names 3 columns; a cell that holds a comma stands in quotes"),
    ],
)
def test_too_few_and_too_many_cells_are_counted(line: str, wrong: str) -> None:
    assert told(f"{line}\nb,1,2\n") == [(1, wrong), (2, "b")]


def test_empty_cells_beyond_the_last_column_do_not_count() -> None:
    assert [row.cells for row in rows("a,1,2,, \n")] == [["a", "1", "2"]]


def test_lines_of_empty_cells_are_no_rows() -> None:
    assert told('a,1,2\n   \n,,\n,,,,\n"","",""\nb,1,2\n') == [(1, "a"), (6, "b")]


def test_bytes_that_are_no_text_spoil_their_row_and_stay_as_they_are() -> None:
    text = b'a,1,2\nb,caf\xe9,2\nc,"x\xff\ny",2\nd,caf\xc3\xa9,2\n'.decode("utf-8", "surrogateescape")
    wrong = "holds bytes that are no UTF-8: save the file as UTF-8"
    assert told(text) == [(1, "a"), (2, wrong), (3, wrong), (5, "d")]
    assert rows(text)[1].at == 1
    assert in_quotes(rows(text)[1].cells, ",").encode("utf-8", "surrogateescape") == b"b,caf\xe9,2"


def test_a_line_longer_than_any_row_is_cut_and_reading_goes_on_after_it() -> None:
    found = rows(f"a,1,2\nb,{'x' * (3 * LONGEST_ROW)},2\nc,1,2\n")
    assert [row.line for row in found] == [1, 2, 3]
    assert found[1].wrong.startswith("is longer than 1,048,576 characters")
    assert len(found[1].cells[0]) <= LONGEST_ROW
    assert found[2].cells[0] == "c"


def test_a_cell_that_is_too_long_for_the_reader_spoils_its_row_only() -> None:
    assert told(f'a,1,2\nb,"{"x" * 140_000}",2\nc,1,2\n') == [(1, "a"), (2, "has a cell that is too long"), (3, "c")]


class Counted(Lines):
    """Lines that count how often one is given, those that were given back included."""

    given = 0

    def __next__(self) -> str:
        self.given += 1
        return super().__next__()


@pytest.mark.parametrize("line", ['b,x" y,2', 'a,"z,2', '5",a,"x', ' ","', 'x"",","y', '"', '""', 'b,""",,""'])
def test_no_line_is_read_again_more_often_than_a_row_has_cells(line: str) -> None:
    width, count = 3, 4_000
    lines = Counted(io.StringIO('a,1,"\n' + f"{line}\n" * count, newline=""), "a file")
    assert list(Rows(lines, ",", width))
    assert count < lines.given <= (1 + width) * (count + 2)


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=2, max_size=2), max_size=6))
def test_what_is_written_is_read_again(table: list[list[str]]) -> None:
    for delimiter in (",", ";", "\t"):
        text = "".join(f"{in_quotes(cells, delimiter)}\n" for cells in table)
        kept = [cells for cells in table if any(cell.strip() for cell in cells)]
        assert [row.cells for row in rows(text, 2, delimiter)] == kept


@given(st.text(st.sampled_from('ab",\n\r ;é'), max_size=60))
def test_what_other_readers_find_well_formed_is_read_as_they_read_it(text: str) -> None:
    try:
        theirs = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        rows(text)
        return
    full = [cells for cells in theirs if any(cell.strip() for cell in cells)]
    if all(len(cells) == 3 for cells in full):
        assert [row.cells for row in rows(text)] == full


@given(st.text(st.characters(codec="utf-8", exclude_characters='"'), max_size=200))
def test_without_quotes_every_cell_of_every_line_is_there(text: str) -> None:
    lines = [line.rstrip("\r\n") for line in io.StringIO(text, newline="").readlines()]
    full = [(number, line) for number, line in enumerate(lines, 1) if line.replace(",", "").strip()]
    found = [(row.line, ",".join(row.cells)) for row in rows(text)]
    assert [(number, line.rstrip(", ")) for number, line in found] == [(n, line.rstrip(", ")) for n, line in full]


@given(st.text(st.sampled_from('ab",\n'), max_size=200))
def test_every_line_with_a_letter_is_in_a_row(text: str) -> None:
    found = rows(text)
    begins = [row.line for row in found]
    assert begins == sorted(set(begins))
    letters = "".join(letter for letter in text if letter in "ab")
    assert "".join(letter for row in found for cell in row.cells for letter in cell if letter in "ab") == letters
