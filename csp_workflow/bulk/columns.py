"""The header of a CSV file: which column is what, or why the file cannot be read at all."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from csp_workflow.bulk.rows import DELIMITERS, NO_UTF8, WORDS
from csp_workflow.bulk.source import LONGEST_ROW, Lines
from csp_workflow.bulk.spreadsheet import unescape
from csp_workflow.errors import BadFile

IGNORED = "#"  # what the name of a column begins with that is not read
_SEP = re.compile(r'"?sep=([,;\t])"?\s*', re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns: the header's cells as the file has them, and where each named one stands."""

    header: tuple[str, ...]
    places: Mapping[str, int]
    delimiter: str
    line_end: str

    @property
    def width(self) -> int:
        """How many cells a row has; columns without a name at the end are none."""
        return len(self.header)

    def written(self, column: str) -> str:
        """What the file calls a column; where it has none of that name, the name itself."""
        place = self.places.get(column)
        return column if place is None else self.called(place)

    def called(self, place: int) -> str:
        """What the column at a place is called, or else its number."""
        name = self.header[place].strip() if place < self.width else ""
        return name or f"column {place + 1}"


def read_header(lines: Lines, file: str, known: Collection[str]) -> Columns:
    """The columns that the first line names that is not empty.

    Raises:
        BadFile: there is none, or it names a column that is unknown, has no name, or comes twice.
    """
    line = _first(lines, file)
    said = _SEP.fullmatch(line)
    if said:
        line = _first(lines, file)
    if len(line) >= LONGEST_ROW:
        raise BadFile(file, "the line of the header is longer than any header")
    if "\0" in line or NO_UTF8.search(line):
        raise BadFile(file, "its first line is no text in UTF-8: save it as 'CSV UTF-8'")
    readings = {mark: _cells(line, mark) for mark in ([said[1]] if said else DELIMITERS)}
    delimiter = max(readings, key=lambda mark: _fits(readings[mark], known))
    header = readings[delimiter]
    while header and not header[-1].strip():
        header.pop()
    names = [unescape(cell).strip().casefold() for cell in header]
    _check(file, header, names, known, delimiter)
    return Columns(
        header=tuple(header),
        places={name: place for place, name in enumerate(names) if not name.startswith(IGNORED)},
        delimiter=delimiter,
        line_end="\r\n" if line.endswith("\r\n") else "\n",
    )


def _first(lines: Lines, file: str) -> str:
    line = next((line for line in lines if line.strip()), None)
    if line is None:
        raise BadFile(file, "is empty: its first line names the columns")
    return line


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration):
        return [line]


def _fits(cells: list[str], known: Collection[str]) -> tuple[int, int]:
    """How well a line reads as a header: how many known names it has, and how many cells."""
    return sum(cell.strip().casefold() in known for cell in cells), len(cells)


def _check(file: str, header: list[str], names: list[str], known: Collection[str], delimiter: str) -> None:
    apart = f"the columns stand apart by {WORDS[delimiter]}"
    for place, name in enumerate(names):
        if not name:
            raise BadFile(file, f"column {place + 1} has no name; {apart}")
        if name.startswith(IGNORED):
            continue
        if name not in known:
            close = get_close_matches(name, known, n=1)
            usual = sorted(column for column in known if "." not in column)
            hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(usual)}"
            ignored = f"one that begins with {IGNORED} is left out"
            raise BadFile(file, f"there is no column {_short(header[place])}; {ignored}; {hint}")
        if name in names[:place]:
            raise BadFile(file, f"the column {name!r} comes twice")


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:60]}…")  # noqa: PLR2004 - what a line still shows
