"""Policies: a list, one in full, two compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table

from csp_workflow.console.policy import Value, values
from csp_workflow.console.views.base import QUIET, STRONG, fields, indented, table, text, words

if TYPE_CHECKING:
    from rich.console import RenderableType

    from csp_workflow.console.names import Names
    from csp_workflow.console.policy import Change
    from csp_workflow.model.policy import Policy


def listed(policies: Sequence[Policy]) -> list[RenderableType]:
    """All policies."""
    if not policies:
        return [text("These definitions have no policies.")]
    rows = [
        (item.id, item.starts_on, item.ends_on or "open end", item.title, "assumed" if item.dates.assumed else "")
        for item in policies
    ]
    return [table("policy", "from", "to", "title", "dates", rows=rows, keep=3)]


def whole(policy: Policy, names: Names) -> list[RenderableType]:
    """One policy with the origin of every value."""
    found = values(policy)
    until = f"to {policy.ends_on}" if policy.ends_on else "on"
    head = words((f"{policy.id}: {policy.title}", STRONG), f", in force from {policy.starts_on} {until}")
    told = [_told(name, [("", value)]) for name, value in found.items()]
    return [head, *told, *_legend(found.values(), names)]


def compared(before: Policy, after: Policy, changes: Sequence[Change], names: Names) -> list[RenderableType]:
    """What differs between two policies."""
    head = words((f"{before.id} → {after.id}", STRONG), f": {len(changes)} differences")
    told = [_told(item.name, [(before.id, item.before), (after.id, item.after)]) for item in changes]
    sides = [side for item in changes for side in (item.before, item.after) if side]
    return [head, *told, *_legend(sides, names)]


def _told(name: str, sides: Sequence[tuple[str, Value | None]]) -> RenderableType:
    made = Table.grid(padding=(0, 1), expand=False)
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold")
    for policy, value in sides:
        made.add_row(text(policy), words(_shown(value), (f"  {_origin(value)}", QUIET)))
    return Group(indented(text(name, STRONG)), indented(made, 4 if sides[0][0] else 3))


def _shown(value: Value | None) -> str:
    if value is None:
        return "not set"
    return _in_words(value.value)


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return fields(value)
    return ", ".join(map(_in_words, value)) if isinstance(value, list) else str(value)


def _origin(value: Value | None) -> str:
    if value is None:
        return ""
    parts = [*value.sources, "assumed" if value.assumed else "", value.note]
    return " · ".join(part for part in parts if part)


def _legend(found: Iterable[Value], names: Names) -> list[RenderableType]:
    sources = dict.fromkeys(source for value in found for source in value.sources)
    return [words((f"{source}: ", QUIET), (names.source(source), QUIET)) for source in sources]
