"""The header: which mark stands between cells, which columns there are, and what is wrong with the file as a whole."""

from __future__ import annotations

import io

import pytest

from csp_workflow.bulk.columns import Columns, read_header
from csp_workflow.bulk.source import Lines
from csp_workflow.errors import BadFile

KNOWN = {"pga", "name", "country", "manager"}


def header(text: str) -> Columns:
    """The columns of a text."""
    return read_header(Lines(io.StringIO(text, newline=""), "p.csv"), "p.csv", KNOWN)


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("pga,name\n", ","),
        ("pga;name\r\n", ";"),
        ("pga\tname", "\t"),
        ("sep=;\npga;name\n", ";"),
        ('"SEP=\t"\r\npga\tname\n', "\t"),
        ("pga;name;#a, b, c, d\n", ";"),
        ('"pga","name"\n', ","),
        ("\n\npga,name\n", ","),
        (" PGA , 'name' \n".replace("'", ""), ","),
        ("pga,name,,\n", ","),
    ],
)
def test_the_mark_between_cells_is_found_in_the_header(text: str, delimiter: str) -> None:
    columns = header(text)
    assert columns.delimiter == delimiter
    assert columns.places == {"pga": 0, "name": 1}


def test_a_column_that_is_not_to_be_read_keeps_its_place() -> None:
    columns = header("#line,pga,#,name\n")
    assert columns.places == {"pga": 1, "name": 3}
    assert columns.width == 4


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "p.csv: is empty: its first line names the columns."),
        ("\n \n", "p.csv: is empty: its first line names the columns."),
        ("sep=;\n", "p.csv: is empty: its first line names the columns."),
        ("pga,,name\n", "p.csv: column 2 has no name; the columns stand apart by a comma."),
        ("pga,Name,NAME \n", "p.csv: the column 'name' comes twice."),
        (
            "pga,nmae\n",
            "p.csv: there is no column 'nmae'; one that begins with # is left out; did you mean 'name'?",
        ),
        (
            "pga,zzz\n",
            "p.csv: there is no column 'zzz'; one that begins with # is left out; known: country, manager, name, pga.",
        ),
        ('pga,"name\n', "p.csv: there is no column"),
    ],
)
def test_what_is_wrong_with_the_header_is_said_of_the_file(text: str, problem: str) -> None:
    with pytest.raises(BadFile) as refused:
        header(text)
    assert refused.value.message.startswith(problem)


def test_a_first_line_without_end_is_no_header() -> None:
    with pytest.raises(BadFile, match="longer than any header"):
        header("x" * 2_000_000)
