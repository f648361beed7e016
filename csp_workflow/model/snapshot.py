"""What acts change in a case, as plain values: enough for a journal to make the case again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from csp_workflow.errors import StorageDamaged
from csp_workflow.model.case import Case, Cooldown, Fired
from csp_workflow.model.fields import plain

_UNSET = object()


def snapshot(case: Case) -> dict[str, Any]:
    """What acts change in a case."""
    cooldown = case.cooldown
    return {
        "state": case.state,
        "version": case.version,
        "entered_on": case.entered_on.isoformat(),
        "pinned": case.pinned,
        "cooldown": cooldown.to_dict() if cooldown else None,
        "cooldown_done": case.cooldown_done,
        "marks": dict(case.marks),
        "since": {kind: day.isoformat() for kind, day in case.since.items()},
        "fired": {kind: plain(tuple(fired)) for kind, fired in case.fired.items()},
    }


def changes(before: Case | None, after: Case) -> dict[str, Any]:
    """What differs between a case before and after an act; everything where there was none before."""
    was = snapshot(before) if before else {}
    return {name: value for name, value in snapshot(after).items() if was.get(name, _UNSET) != value}


def restored(case: Case, values: Mapping[str, Any], at: datetime) -> Case:
    """A case after the changes that a journal entry of this instant names.

    Raises:
        StorageDamaged: they are none.
    """
    try:
        typed = {name: _READ[name](value) if name in _READ else value for name, value in values.items()}
        return replace(case, last_at=at, **typed)
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        what = f"The journal entry of {at.isoformat()} says of {case.reference.write('')} what is no change"
        raise StorageDamaged(f"{what}: {type(problem).__name__}.") from None


def read_cooldown(value: Mapping[str, str] | None) -> Cooldown | None:
    """A wait from its plain values."""
    if value is None:
        return None
    days = {name: date.fromisoformat(value[name]) for name in ("started_on", "ends_on")}
    return Cooldown(case=value["case"], **days)


def read_days(value: Mapping[str, str]) -> dict[str, date]:
    """Days by name, from their plain values."""
    return {name: date.fromisoformat(day) for name, day in value.items()}


def read_fired(value: Mapping[str, list[str | None]]) -> dict[str, Fired]:
    """Firings by kind, from their plain values."""
    return {
        kind: Fired(date.fromisoformat(due_on or ""), date.fromisoformat(about) if about else None)
        for kind, (due_on, about) in value.items()
    }


_READ: Mapping[str, Callable[[Any], Any]] = {
    "entered_on": date.fromisoformat,
    "cooldown": read_cooldown,
    "since": read_days,
    "fired": read_fired,
}
