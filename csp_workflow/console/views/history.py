"""The journal as a timeline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from csp_workflow.console.views.base import BAD, GOOD, QUIET, SOON, STRONG, fields, moment, text, words
from csp_workflow.console.views.findings import finding, sources

if TYPE_CHECKING:
    from rich.console import RenderableType

    from csp_workflow.console.names import Names
    from csp_workflow.model.decision import Entry

_SAID_OTHERWISE = {"deadline", "late_days", "definition"}  # or too long for a line: a fingerprint
_MANY = 5


def history(entries: Iterable[Entry], names: Names) -> list[RenderableType]:
    """A whole journal with the documents that its refusals name."""
    told = list(entries)
    findings = [item for entry in told for item in entry.findings]
    return [timeline(told, names), *sources(findings, names)] if told else [text("Nothing has happened yet.")]


def timeline(entries: Iterable[Entry], names: Names, *, brief: bool = False) -> Table:
    """Entries one below the other: when, which, what, and with what and by whom; `brief` counts long tables."""
    made = Table.grid(padding=(0, 1))
    made.add_column(no_wrap=True, min_width=len("2026-01-31"))
    made.add_column(no_wrap=True, justify="right", min_width=len("#100"))
    made.add_column(overflow="fold")
    for entry in entries:
        made.add_row(text(moment(entry.at), QUIET), text(f"#{entry.seq}", QUIET), _entry(entry, names, brief=brief))
        for item in entry.findings:
            made.add_row("", "", finding(names.reworded(item, entry.ref or entry.partner)))
    return made


def _entry(entry: Entry, names: Names, *, brief: bool) -> Text:
    by = entry.actor if entry.actor == entry.role else f"{entry.actor} ({entry.role})"
    told = " · ".join(part for part in (*_told(entry, brief=brief), by) if part)
    moved = _from_to(entry, names)
    return words(_what(entry, names), moved) + Text("\n" if moved else "  ") + text(told, QUIET)


def _what(entry: Entry, names: Names) -> tuple[str, str]:
    trigger = entry.trigger or ""
    match entry.kind:
        case "transition":
            return names.title("trigger", trigger), f"{STRONG} {GOOD}"
        case "refused":
            known = trigger in names.programme.facts
            return f"Refused: {trigger if known else names.title('trigger', trigger)}", f"{STRONG} {BAD}"
        case "deadline":
            return names.title("deadline", str(entry.payload.get("deadline", trigger))), f"{STRONG} {SOON}"
        case "recorded" | "retracted":
            return f"{entry.kind.capitalize()} {trigger}", STRONG
    return entry.kind.capitalize(), STRONG


def _from_to(entry: Entry, names: Names) -> str:
    source, target = (names.title("state", name) if name else None for name in (entry.source, entry.target))
    if target is None or entry.kind == "refused":
        return f" in {source}" if source else ""
    if source is None:
        return f" {entry.ref}: {target}"
    return f" in {target}" if source == target else f": {source} → {target}"


def _told(entry: Entry, *, brief: bool) -> list[str]:
    parts = [fields(_given(entry.payload, brief=brief))]
    late = entry.payload.get("late_days")
    if entry.due_on:
        parts.append(f"due {entry.due_on}, {late} days late" if late else f"due {entry.due_on}")
    if entry.effective_on and entry.effective_on != entry.at.date():
        parts.append(f"effective on {entry.effective_on}")
    if entry.document:
        parts.append(f"document {entry.document}")
    return parts


def _given(payload: Mapping[str, Any], *, brief: bool) -> dict[str, Any]:
    given = {name: value for name, value in payload.items() if name not in _SAID_OTHERWISE and value is not None}
    if not brief:
        return given
    counted = {name: f"({len(value)} values)" for name, value in given.items() if _is_long(value)}
    return {**given, **counted}


def _is_long(value: Any) -> bool:
    return isinstance(value, Mapping | list) and len(value) > _MANY
