"""All cases at a glance: counts, what is due, and which rules refuse most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from csp_workflow.console.views.base import QUIET, STRONG, counted, table, text, words
from csp_workflow.console.views.cases import case_table

if TYPE_CHECKING:
    from rich.console import RenderableType

    from csp_workflow.console.names import Names
    from csp_workflow.model.board import Board, Due
    from csp_workflow.model.case import CaseView


def board(found: Board, cases: Sequence[CaseView], limit: int, names: Names) -> list[RenderableType]:
    """How many cases are in each state that any is in, whose turn it is, and a page of them."""
    total = sum(found.states.values())
    pictures: list[RenderableType] = [words((counted(total, "case", "cases"), STRONG), f" on {found.as_of}")]
    if total:
        rows = [(names.both("state", state), f"{number:,}") for state, number in found.states.items() if number]
        turns = [f"the {side} in {number:,}" for side, number in found.turns.items()]
        pictures += [table("state", "cases", rows=rows, keep=2), text(f"It is the turn of {_nobody_or(turns)}.")]
    return [*pictures, text(""), *case_table(cases, limit, names)] if cases else pictures


def due(found: Sequence[Due], limit: int, names: Names) -> list[RenderableType]:
    """A page of what is due."""
    if not found:
        return [text("Nothing is due.")]
    rows = [
        (item.ref, item.due_on, counted(item.late_days, "day", "days"), names.both("deadline", item.kind))
        for item in found
    ]
    pictures: list[RenderableType] = [table("case", "due on", "late", "deadline", rows=rows, keep=3)]
    return [*pictures, text(f"There may be more: --after {found[-1].key}", QUIET)] if len(found) == limit else pictures


def refusals(found: Mapping[str, int]) -> list[RenderableType]:
    """Which rules have refused how often."""
    if not found:
        return [text("Nothing was refused.")]
    return [table("rule", "times", rows=[(rule, f"{times:,}") for rule, times in found.items()])]


def _nobody_or(turns: Sequence[str]) -> str:
    return ", and of ".join(turns) or "nobody"
