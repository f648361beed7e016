"""The revenue lines of a partner that stand, by their ids, as far as they were asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from csp_workflow.model.journal import number_of
from csp_workflow.model.kinds import usable_text
from csp_workflow.ports import Session
from csp_workflow.stored import Line

Rows = list[tuple[Line, str]]


class KnownLines:
    """Rows of the ledger with the ids of their entries; those of this transaction are added as they are made."""

    def __init__(self, session: Session, pga: str) -> None:
        self._session, self._pga = session, pga
        self._rows: dict[str, Rows] = {}

    def of(self, line: str) -> Rows:
        """The rows of a line that stand. A line that was recorded without an id has that of its entry."""
        if line not in self._rows:
            self.expect([line])
        return self._unnamed(line) + self._rows[line]

    def expect(self, lines: Iterable[Any]) -> None:
        """Look for lines all at once, before each is asked for; what no line can be called is not looked for."""
        new: dict[str, Rows] = {line: [] for line in lines if _is_name(line) and line not in self._rows}
        self._rows.update(new)
        for row, entry in self._session.lines(self._pga, list(new)):
            self._rows[str(row.line)].append((row, entry))

    def add(self, row: Line) -> None:
        """Take in a new row."""
        if row.line is not None:
            self._rows.setdefault(row.line, []).append((row, f"{self._pga}#{row.seq}"))

    def _unnamed(self, line: str) -> Rows:
        seq = number_of(line, self._pga)
        if seq is None or self._session.is_retracted(self._pga, seq) is not False:
            return []
        rows = self._session.lines_of(self._pga, seq)
        return [(row._replace(line=line), line) for row in rows if row.line is None]


def _is_name(line: Any) -> bool:
    try:
        return bool(usable_text(line))
    except ValueError:
        return False
