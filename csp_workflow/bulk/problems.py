"""What is wrong with a row: where, and what to do about it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from csp_workflow.errors import TransitionRefused, WorkflowError

_LONGEST_REASON = 300
BAD_ROW, BAD_CELL = "bad_row", "bad_cell"  # the codes of what no error of the tree stands for


class BadCell(ValueError):
    """A cell is not what its column takes; `column` is the name that the program knows it by."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason = column, reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a row was rejected: the physical line on which it begins, the column as the file calls it, the reason."""

    line: int
    column: str | None
    code: str
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """The problem as JSON shows it."""
        return asdict(self)


def sentence(reason: str) -> str:
    """A reason as a sentence of bearable length, however long the cell is that it quotes."""
    if len(reason) > _LONGEST_REASON:
        half = _LONGEST_REASON // 2
        reason = f"{reason[:half]} … {reason[-half:]}"
    return reason if reason.endswith((".", "?")) else f"{reason}."


def reason_of(error: WorkflowError) -> str:
    """What an error says of a row; a refusal names its rules and how the first of them is met."""
    if isinstance(error, TransitionRefused) and error.findings:
        rules = ", ".join(finding.rule for finding in error.findings)
        return f"refused by {rules}: {error.findings[0].fix}"
    return error.message
