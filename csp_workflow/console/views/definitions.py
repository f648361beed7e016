"""Definitions: those that a database was used with, what differs between two, and where cases are moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from csp_workflow.console.names import NO_VALUE
from csp_workflow.console.views.base import (
    BAD,
    GOOD,
    QUIET,
    SOON,
    STRONG,
    counted,
    indented,
    moment,
    table,
    text,
    words,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

    from csp_workflow.model.concern import Concern, DefinitionChanges, Stranded
    from csp_workflow.model.definition import KnownDefinition
    from csp_workflow.model.migration import MigratedCase, MigratedPlace, Migration

_SHORT = 12  # letters of a fingerprint that tell definitions apart well enough


def listed(found: Sequence[KnownDefinition], current: str) -> list[RenderableType]:
    """All that a database was used with."""
    rows = [
        (
            item.sha256[:_SHORT],
            moment(item.first_used_at),
            "whole" if item.is_kept else "only its fingerprint is known",
            "judges now" if item.is_current else "",
        )
        for item in found
    ]
    told: list[RenderableType] = [table("definition", "first used", "kept", "", rows=rows, keep=2)] if rows else []
    if not any(item.is_current for item in found):
        told.append(words("The definition that judges now, ", (current[:_SHORT], STRONG), ", was not used here yet."))
    return told


def compared(found: DefinitionChanges) -> list[RenderableType]:
    """What differs between two definitions; what strands cases first."""
    return [_head(found), *_stranded(found.stranded), *_changes(found.changes)]


def migrated(done: Migration) -> list[RenderableType]:
    """How many cases were moved, or would be, and what the first of each place become."""
    told: list[RenderableType] = []
    for item in done.places:
        told += _place(item, dry_run=done.dry_run)
    if not done.finished:
        told.append(text(_unfinished(done), SOON))
    if done.dry_run:
        told.append(text("Nothing was written: --yes does it.", SOON))
    return told


def _unfinished(done: Migration) -> str:
    if done.dry_run:
        return "Broken off: what is counted here is only the beginning."
    return "Broken off: what is counted here is moved, and the same command again moves the rest."


def _place(item: MigratedPlace, *, dry_run: bool) -> Iterator[RenderableType]:
    kind, lifecycle, old, new = item.place
    where = f"{lifecycle}/{old}" if lifecycle else old
    verb = "would move" if dry_run else "moved"
    yield words(kind, " ", (where, STRONG), " → ", (new, STRONG), f": {counted(item.cases, 'case', 'cases')} {verb}")
    for case in item.first:
        yield indented(words(case.ref, (_becomes(case), QUIET)))
    if item.cases > len(item.first):
        yield indented(text(f"and {item.cases - len(item.first):,} more", QUIET))
    if item.left:
        left = counted(item.left, "case stays", "cases stay")
        yield indented(text(f"{left}, stranded all the same: something else of it is gone too", BAD))


def _becomes(case: MigratedCase) -> str:
    """What changes beside the state: the policy, and the deadlines, the day of each."""
    told = [f"policy {case.policy_after or NO_VALUE}"] if case.policy_before != case.policy_after else []
    before = {item.kind: item.due_on for item in case.deadlines_before}
    after = {item.kind: item.due_on for item in case.deadlines_after}
    told += [f"{kind} {due_on}" for kind, due_on in after.items() if before.get(kind) != due_on]
    told += [f"no {kind}" for kind in before if kind not in after]
    return "".join(f"  {one}" for one in told) or "  its deadlines stay"


def _head(found: DefinitionChanges) -> RenderableType:
    after = (found.after[:_SHORT], STRONG)
    if found.before is None:
        return words("This database was used with no other definition than ", after, ".")
    before = (found.before[:_SHORT], STRONG)
    if not found.is_kept:
        return words("Only the fingerprint of ", before, " is known: what differs from ", after, " cannot be said.")
    return words(before, " → ", after, f": {counted(len(found.changes), 'difference', 'differences')}")


def _stranded(found: Sequence[Stranded]) -> Iterator[RenderableType]:
    if not found:
        return
    yield text("Stranded: the definition does not know where these cases are. definition migrate moves them.", BAD)
    for item in found:
        place = f"{item.lifecycle}/{item.name}" if item.kind == "state" else item.name
        yield indented(words(item.kind, " ", (place, STRONG), f"  {counted(item.cases, 'case', 'cases')}"))


def _changes(found: Sequence[Concern]) -> Iterator[RenderableType]:
    whose = ""
    for item in found:
        if (heading := item.change.part.lifecycle or "all lifecycles") != whose:
            whose = heading
            yield text(whose, STRONG)
        yield indented(_change(item))
        for value in item.change.values:
            pair = f"{_shown(value.before)} → {_shown(value.after)}"
            yield indented(words((f"{value.key}  ", QUIET), pair), 4)


def _change(item: Concern) -> RenderableType:
    part, what = item.change.part, item.change.what
    style = {"added": GOOD, "removed": BAD}.get(what, SOON)
    name = "" if part.kind == "lifecycle" else f" {part.name}" if part.name else "s"
    cases = "" if item.cases is None else f"  {counted(item.cases, 'live case', 'live cases')}"
    return words(f"{part.kind}{name} ", (what, style), (cases, QUIET))


def _shown(value: Any) -> str:
    if value is None:
        return NO_VALUE
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name} = {_shown(one)}' for name, one in value.items())}}}"
    return f"[{', '.join(map(_shown, value))}]" if isinstance(value, list) else str(value)
