"""What an import has to know of a kind of file: its columns, how a row is read, how it is kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol, TypeVar

from csp_workflow.bulk.columns import Columns
from csp_workflow.bulk.rows import Row
from csp_workflow.bulk.seen import Seen
from csp_workflow.errors import WorkflowError
from csp_workflow.model.decision import Recorded
from csp_workflow.model.record import Registered
from csp_workflow.workflow import Workflow

Kept = Recorded | Registered
T = TypeVar("T")


class Sheet(Protocol[T]):
    """A file of partners, or of facts."""

    options: tuple[str, ...]
    """What decides, beside the content, what the file says."""

    @property
    def known(self) -> Collection[str]:
        """The names that columns may have."""

    def use(self, columns: Columns, file: str, fingerprint: str) -> None:
        """Take in which columns there are.

        Raises:
            BadFile: one is missing.
        """

    def read(self, row: Row, seen: Seen) -> T:
        """What a row says.

        Raises:
            BadCell: a cell is not what its column takes.
            BadInput: it makes no partner.
        """

    def keep(self, workflow: Workflow, values: Sequence[T], *, dry_run: bool = False) -> list[Kept | WorkflowError]:
        """Register or record it all, each for itself."""

    def mark(self, value: T) -> tuple[str, ...] | None:
        """What two rows with the same of it are about, where what the first brought may get the second rejected."""

    def rehearsed(self, workflow: Workflow, kept: Kept, value: T, seen: Seen) -> Kept | WorkflowError:
        """The answer of a dry run, once more by what the file itself has brought before."""

    def column_of(self, error: WorkflowError, value: T | None) -> str | None:
        """Which column an error speaks of; without a value the row could not be read."""
