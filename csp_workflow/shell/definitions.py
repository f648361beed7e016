"""What a database knows of definitions, and what a changed one means for live cases."""

from __future__ import annotations

from dataclasses import replace

from csp_workflow.model.definition import KnownDefinition
from csp_workflow.shell.desk import Desk


class Definitions:
    """What can be asked of the definitions that a database was used with."""

    _desk: Desk

    def definitions(self) -> list[KnownDefinition]:
        """Every definition that the database was used with, the first one first."""
        with self._desk.store.reading() as session:
            found = session.definitions()
        return [replace(item, is_current=item.sha256 == self._desk.programme.sha256) for item in found]
