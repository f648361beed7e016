"""What an audit found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csp_workflow.console.views.base import BAD, GOOD, QUIET, SOON, STRONG, counted, table, text, words

if TYPE_CHECKING:
    from rich.console import RenderableType

    from csp_workflow.audit.findings import Audit

_SHOWN = 50


def audit(found: Audit) -> list[RenderableType]:
    """What does not fit, partner by partner, and how much was looked at."""
    pictures: list[RenderableType] = []
    if found.misfits:
        rows = [(item.partner, item.entry, item.problem) for item in found.misfits[:_SHOWN]]
        pictures.append(table("partner", "entry", "what does not fit", rows=rows, keep=2))
    more = len(found.misfits) - _SHOWN + found.left_off
    if more > 0:
        pictures.append(text(f"And {more:,} more.", QUIET))
    if not found.finished:
        pictures.append(text("Broken off: only what is counted here was looked at.", SOON))
    looked = f"{counted(found.partners, 'partner', 'partners')} with {counted(found.entries, 'entry', 'entries')}"
    if found.misfits:
        return [*pictures, words(("Does not hold", f"{STRONG} {BAD}"), f": {looked}.")]
    return [*pictures, words(("Holds", f"{STRONG} {GOOD}"), f": {looked}.")]


def anchored(file: str, partners: int) -> list[RenderableType]:
    """An anchor that was written."""
    return [
        words(
            (counted(partners, "journal", "journals"), f"{STRONG} {GOOD}"), f" anchored in {file}; keep it elsewhere."
        )
    ]
