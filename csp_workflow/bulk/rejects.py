"""The reject file: the rows that were not taken, each with its reason before it.

It has the columns of the file it comes from, so that its rows can be mended and the file fed again; three columns in
front say where a row stood and what is wrong, and are not read. They stand in front because a row may have too few or
too many cells. Cells say what they said, and bytes that are no text stay as they are, but no cell is a formula: whoever
mends the file opens it. Nothing that exists is overwritten.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TextIO

from csp_workflow.bulk.columns import Columns
from csp_workflow.bulk.places import look_at
from csp_workflow.bulk.problems import Problem
from csp_workflow.bulk.rows import Row, in_quotes
from csp_workflow.bulk.source import Source
from csp_workflow.bulk.spreadsheet import escape, safe
from csp_workflow.errors import BadFile

COLUMNS = ("#line", "#column", "#reason")
_OURS = re.compile(r"\.rejected(-\d+)?$")


class Rejects:
    """The file that rejected rows go to; it is made when the first one comes.

    `path` is where it was asked to be; without one it lies beside the source.

    Raises:
        BadFile: it exists, or nothing can be written there.
    """

    def __init__(self, source: Source, columns: Columns, path: str | None, *, wanted: bool) -> None:
        self._columns, self._mark = columns, "\ufeff" if source.has_mark else ""
        self._skipped = len(COLUMNS) if columns.header[: len(COLUMNS)] == COLUMNS else 0
        self._asked = path
        self._beside = Path(source.name)
        self._file: TextIO | None = None
        self.name: str | None = None
        if wanted:
            self._check(path if path is not None else str(next(self._free())))

    def write(self, row: Row, problem: Problem) -> None:
        """Keep a row with what is wrong with it."""
        said = map(safe, row.cells[self._skipped :])
        self._put([str(problem.line), safe(problem.column or ""), escape(problem.reason), *said])

    def flush(self) -> None:
        """Have on disk what was written."""
        if self._file is not None:
            try:
                self._file.flush()
            except OSError as problem:
                raise self._failed(problem) from None

    def close(self) -> None:
        """Give the file back."""
        if self._file is not None:
            with suppress(OSError):  # what could not be written was told when it was flushed
                self._file.close()

    def _check(self, path: str) -> None:
        place = look_at(path)
        if self._asked is not None and place.mode is not None:
            raise BadFile(path, "is there already, and a reject file overwrites nothing")
        if not place.has_folder or not os.access(place.path.parent, os.W_OK):
            folder = str(place.path.parent)
            raise BadFile(folder, "rejected rows cannot be written here: say where, with --rejects FILE")

    def _put(self, cells: list[str]) -> None:
        try:
            if self._file is None:
                self._file = self._open()
                header = [*COLUMNS, *map(safe, self._columns.header[self._skipped :])]
                self._file.write(f"{self._mark}{in_quotes(header, self._columns.delimiter)}{self._columns.line_end}")
            self._file.write(f"{in_quotes(cells, self._columns.delimiter)}{self._columns.line_end}")
        except OSError as problem:
            raise self._failed(problem) from None

    def _failed(self, problem: OSError) -> BadFile:
        return BadFile(self.name or self._asked or str(self._beside), f"cannot be written: {problem.strerror}")

    def _open(self) -> TextIO:
        for path in [Path(self._asked)] if self._asked is not None else self._free():
            try:
                file = path.open("x", encoding="utf-8", errors="surrogateescape", newline="")
            except FileExistsError:
                if self._asked is not None:
                    raise
                continue
            self.name = str(path)
            return file
        raise AssertionError("numbers do not end")

    def _free(self) -> Iterator[Path]:
        stem = _OURS.sub("", self._beside.stem)
        return (self._beside.with_name(f"{stem}.rejected{f'-{n}' if n > 1 else ''}.csv") for n in count(1))
