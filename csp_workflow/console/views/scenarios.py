"""What came of scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from csp_workflow.console.views.base import BAD, GOOD, STRONG, fields, table, words
from csp_workflow.model.fields import plain

if TYPE_CHECKING:
    from rich.console import RenderableType

    from csp_workflow.scenarios.runner import Report

_FEW = 10


def reports(found: Sequence[Report]) -> list[RenderableType]:
    """Those that do not hold with every difference, and how many hold."""
    pictures: list[RenderableType] = []
    for report in found:
        if report.holds:
            pictures += [words(("holds", GOOD), f"  {report.file}: {report.name}")] if len(found) <= _FEW else []
            continue
        rows = [(item.step, item.key, _said(item.expected), _said(item.got)) for item in report.differences]
        pictures += [words(("does not hold", BAD), f"  {report.file}: {report.name}")]
        pictures += [table("step", "key", "expected", "got", rows=rows)]
    holding = sum(report.holds for report in found)
    style = GOOD if holding == len(found) else f"{STRONG} {BAD}"
    return [*pictures, words((f"{holding} of {len(found)} hold.", style))]


def _said(value: object) -> str:
    shown = plain(value)
    if isinstance(shown, dict):
        return fields(shown)
    return ", ".join(map(str, shown)) or "none" if isinstance(shown, list) else str(shown)
