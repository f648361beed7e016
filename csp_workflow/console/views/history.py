"""The journal as a timeline."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from csp_workflow.console.views.base import BAD, GOOD, QUIET, SOON, STRONG, fields, moment, words
from csp_workflow.console.views.findings import finding

if TYPE_CHECKING:
    from rich.console import RenderableType

    from csp_workflow.console.names import Names
    from csp_workflow.model.decision import Entry

_DAY = 16


def timeline(entries: Iterable[Entry], names: Names) -> list[RenderableType]:
    """Entries one below the other: when, which, what and by whom."""
    made = Table.grid(padding=(0, 1))
    made.add_column(no_wrap=True)
    made.add_column(no_wrap=True, justify="right")
    made.add_column(overflow="fold")
    for entry in entries:
        what = words(_what(entry, names), _from_to(entry, names), _told(entry))
        by = words((f"  {entry.actor}" if entry.actor == entry.role else f"  {entry.actor} ({entry.role})", QUIET))
        made.add_row(words((moment(entry.at), QUIET)), words((f"#{entry.seq}", QUIET)), what + by)
        for item in entry.findings:
            made.add_row("", "", finding(item, names))
    return [made] if made.row_count else [Text("Nothing has happened yet.")]


def _what(entry: Entry, names: Names) -> tuple[str, str]:
    trigger = entry.trigger or ""
    match entry.kind:
        case "transition":
            return names.title("trigger", trigger), f"{STRONG} {GOOD}"
        case "refused":
            known = trigger in names.programme.facts
            return f"Refused: {trigger if known else names.title('trigger', trigger)}", f"{STRONG} {BAD}"
        case "deadline":
            kind = str(entry.payload.get("deadline", trigger))
            return names.title("deadline", kind), f"{STRONG} {SOON}"
        case "recorded" | "retracted":
            return f"{entry.kind.capitalize()} {trigger}", STRONG
    return entry.kind.capitalize(), STRONG


def _from_to(entry: Entry, names: Names) -> str:
    if entry.target is None or entry.kind == "refused":
        return f" in {names.title('state', entry.source)}" if entry.source else ""
    if entry.source is None:
        return f" {entry.ref}: {names.title('state', entry.target)}"
    if entry.source == entry.target:
        return f" in {names.title('state', entry.target)}"
    return f": {names.title('state', entry.source)} → {names.title('state', entry.target)}"


def _told(entry: Entry) -> str:
    given = {name: value for name, value in entry.payload.items() if name not in {"deadline", "late_days"}}
    parts = [fields(given)] if given else []
    late = entry.payload.get("late_days")
    if entry.due_on:
        parts.append(f"due {entry.due_on}, {late} days late" if late else f"due {entry.due_on}")
    if entry.effective_on and entry.effective_on != entry.at.date():
        parts.append(f"effective on {entry.effective_on}")
    if entry.document:
        parts.append(f"document {entry.document}")
    return f": {'; '.join(parts)}" if parts else ""
