"""A file of partners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from csp_workflow.bulk.columns import Columns
from csp_workflow.bulk.problems import BadCell
from csp_workflow.bulk.rows import Row
from csp_workflow.bulk.seen import Seen, mark_of
from csp_workflow.bulk.sheet import Kept
from csp_workflow.bulk.spreadsheet import unescape
from csp_workflow.errors import BadFile, Duplicate, WorkflowError
from csp_workflow.model.actor import Actor
from csp_workflow.model.partner import Partner
from csp_workflow.model.record import Registered
from csp_workflow.workflow import Workflow

COLUMNS = ("pga", "name", "country", "email", "language", "manager")
_NEEDED = ("pga", "name", "country")
_EXACT = {"name", "manager"}  # free text: a space at its end is part of it


class PartnerSheet:
    """Rows of `pga`, `name`, `country`, and where wanted `email`, `language`, `manager`."""

    known = frozenset(COLUMNS)
    options: tuple[str, ...] = ()

    def __init__(self, *, actor: Actor | None = None, at: datetime | None = None) -> None:
        self._actor, self._at = actor, at
        self._places: tuple[tuple[str, int], ...] = ()

    def use(self, columns: Columns, file: str, _fingerprint: str) -> None:
        """Take in which columns there are.

        Raises:
            BadFile: one is missing.
        """
        for name in _NEEDED:
            if name not in columns.places:
                raise BadFile(file, f"the column {name} is missing; partners have {', '.join(COLUMNS)}")
        self._places = tuple(columns.places.items())

    def read(self, row: Row, _seen: Seen) -> Partner:
        """The partner that a row says.

        Raises:
            BadCell: a cell that is needed is empty.
            BadPartner: a value is not usable.
        """
        values: dict[str, Any] = {}
        for name, place in self._places:
            cell = row.cells[place]
            if cell and not cell.isspace():
                values[name] = unescape(cell) if name in _EXACT else unescape(cell).strip()
            elif name in _NEEDED:
                raise BadCell(name, "is empty, and every partner has one")
        return Partner(**values)

    def keep(
        self, workflow: Workflow, values: Sequence[Partner], *, dry_run: bool = False
    ) -> list[Kept | WorkflowError]:
        """Register them all, each for itself."""
        return list(workflow.register_all(values, actor=self._actor, at=self._at, dry_run=dry_run))

    def mark(self, value: Partner) -> tuple[str, ...]:
        """The key: a second row with it is the same partner."""
        return (value.pga,)

    def rehearsed(self, _workflow: Workflow, kept: Kept, value: Partner, seen: Seen) -> Kept | WorkflowError:
        """The answer of a dry run, once more by what the file itself has brought before."""
        if not isinstance(kept, Registered) or kept.repeated:
            return kept
        content = mark_of(value.to_dict())
        before = seen.first(mark_of(*self.mark(value)), content)
        if before is None:
            return kept
        if before == content:
            return replace(kept, repeated=True)
        return Duplicate("partner", f"{value.pga} stands in this file before, with other values.")

    def column_of(self, error: WorkflowError, _value: Partner | None) -> str | None:
        """Which column an error speaks of."""
        column = "pga" if error.code == "duplicate_partner" else error.message.partition(":")[0]
        return column if column in COLUMNS else None
