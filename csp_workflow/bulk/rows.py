"""Rows from the lines of a CSV file: one that is malformed is told apart, and reading goes on with the next line.

A quote that is never closed must not swallow the rest of a file: a cell takes as many lines as a text can fill and no
more, and where they make no row, or one with another number of cells, its first line alone is wrong and the others are
read again for themselves. No line is read again more often than a row has cells, for a row that goes over a line from
which another one would go on closes a cell there.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from csp_workflow.bulk.source import LONGEST_ROW, Lines
from csp_workflow.model.kinds import LONGEST_TEXT

DELIMITERS = (",", ";", "\t")
WORDS = {",": "a comma", ";": "a semicolon", "\t": "a tab"}
_LONGEST_CELL = 2 * LONGEST_TEXT + 1  # with each quote doubled, or an apostrophe after each separator
NO_UTF8 = re.compile("[\udc80-\udcff]")
_QUOTED = re.compile(r'"(?:[^"]|"")*+"')
_CLOSING = re.compile(r'(?:[^"]|"")*+"')  # on a line that begins within a cell in quotes


class Row(NamedTuple):
    """One row: its number among the rows, its first physical line, its cells, how many characters it takes.

    `wrong` says why it cannot be understood, and `at` in which of its cells that shows; the cells are then those
    that a lenient reading finds.
    """

    number: int
    line: int
    cells: list[str]
    size: int
    wrong: str = ""
    at: int | None = None


class Rows:
    """The rows that lines hold, each of as many cells as the header names columns; empty ones are left out."""

    def __init__(self, lines: Lines, delimiter: str, width: int) -> None:
        self._lines, self._delimiter, self._width = lines, delimiter, width
        self._cell = re.compile(rf'(?:"(?:[^"]|"")*+"|(?!")[^{delimiter}\r\n]*)(?=[{delimiter}\r\n]|\Z)')

    def __iter__(self) -> Iterator[Row]:
        delimiter, width, lines, number = self._delimiter, self._width, self._lines, 0
        for line in lines:
            if '"' in line or not line.isascii() or len(line) >= LONGEST_ROW:
                row = self._read(line, number + 1)
            else:
                cells = line.rstrip("\r\n").split(delimiter)
                row = Row(number + 1, lines.number, cells, len(line))
                row = row if len(cells) == width else self._fit(row)
            if row.wrong or any(map(str.strip, row.cells)):
                number += 1
                yield row

    def _fit(self, row: Row) -> Row:
        """The row with cells for all columns, or wrong; empty cells beyond the last column do not count."""
        cells, width = row.cells, self._width
        if not any(map(str.strip, cells[width:])):
            cells = cells[:width]
        if len(cells) == width or not any(map(str.strip, cells)):
            return row._replace(cells=cells)
        hint = f"; a cell that holds {WORDS[self._delimiter]} stands in quotes" if len(cells) > width else ""
        counted = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
        named = "1 column" if width == 1 else f"{width} columns"
        return row._replace(wrong=f"has {counted} where the header names {named}{hint}")

    def _read(self, line: str, number: int) -> Row:
        """A row that begins on a line which holds quotes, or which is unusual."""
        begins = self._lines.number
        if len(line) >= LONGEST_ROW:
            wrong = f"is longer than {LONGEST_ROW:,} characters; only its beginning stands here"
            return Row(number, begins, [line.rstrip("\r\n")], len(line), wrong)
        taken = [line]
        try:
            cells = next(csv.reader(self._taking(taken), delimiter=self._delimiter, strict=True))
            row = self._fit(Row(number, begins, cells, sum(map(len, taken))))
            whole = len(taken) == 1 or not row.wrong
        except csv.Error:
            whole, row = False, Row(number, begins, [], 0)
        if not whole:
            self._lines.give_back(taken[1:])
            row = self._malformed(Row(number, begins, self._lenient(line), len(line)), line)
        return row if line.isascii() and len(taken) == 1 else _checked(row)

    def _taking(self, taken: list[str]) -> Iterator[str]:
        """The first line of a row, and those after it as long as the row may still go on."""
        yield taken[0]
        size, within, closed = len(taken[0]), 0, 0
        while size < LONGEST_ROW and within <= _LONGEST_CELL and closed < self._width:
            line = next(self._lines, None)
            if line is None:
                return
            taken.append(line)
            closes = _CLOSING.match(line) is not None
            size, within, closed = size + len(line), 0 if closes else within + len(line), closed + closes
            yield line

    def _lenient(self, line: str) -> list[str]:
        try:
            return next(csv.reader([line.rstrip("\r\n")], delimiter=self._delimiter))
        except (csv.Error, StopIteration):
            return [line.rstrip("\r\n")]

    def _malformed(self, row: Row, line: str) -> Row:
        """The row with what is wrong with its quotes, and in which cell."""
        place, at = 0, 0
        while found := self._cell.match(line, place):
            place = found.end() + 1
            if not line.startswith(self._delimiter, found.end()):
                return row._replace(wrong="has a cell that is too long")
            at += 1
        if _QUOTED.match(line, place):
            return row._replace(wrong="goes on after the quote that closes the cell; a quote within is doubled", at=at)
        return row._replace(wrong="has a quote that is not closed", at=at)


def _checked(row: Row) -> Row:
    """The row, wrong where it holds bytes that are no UTF-8."""
    if row.wrong:
        return row
    strange = (at for at, cell in enumerate(row.cells) if not cell.isascii() and NO_UTF8.search(cell))
    at = next(strange, None)
    return row if at is None else row._replace(wrong="holds bytes that are no UTF-8: save the file as UTF-8", at=at)


def in_quotes(cells: Iterable[str], delimiter: str) -> str:
    """Cells as a line of CSV without its end; what has to stand in quotes does."""
    return delimiter.join([_in_quotes(cell, delimiter) for cell in cells])


def _in_quotes(cell: str, delimiter: str) -> str:
    if '"' in cell or delimiter in cell or "\n" in cell or "\r" in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell
