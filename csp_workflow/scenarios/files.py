"""Scenario files as values; what is not understood is said with file and key."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from csp_workflow.errors import BadInput, ScenarioError
from csp_workflow.model.calendar import as_utc, midnight, read_instant

_TOP = {"name", "partner", "case", "policy", "step"}
_ACTIONS = ("record", "do", "sweep", "check", "open")
_STEP = {"on", "as", "case", "with", "effective_on", "document", "expect", *_ACTIONS}
LISTS = ("met", "due_now", "due_later", "past_due", "waiting_on_vendor")
_EXPECT: dict[str, type | tuple[type, ...]] = {
    "state": str,
    "refused_by": list,
    "earliest": (date, bool),
    "error": str,
    "cooldown": (dict, bool),
    "notices": list,
    "policy": str,
    "entitled": list,
    "not_entitled": list,
    "score": (Decimal, int, str),
    "ttm": (Decimal, int, str),
    "deadlines": dict,
    **dict.fromkeys(LISTS, list),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: when, what (`action` and its `name`), by whom, about which case, and what is expected."""

    number: int
    at: datetime
    action: str
    name: str
    actor: str | None
    case: str | None
    values: Mapping[str, Any]
    effective_on: Any
    document: str | None
    expect: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A whole file."""

    file: str
    name: str
    partner: Mapping[str, Any]
    cases: tuple[Mapping[str, str], ...]
    policy: Mapping[str, Any] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()


def find(paths: Iterable[str | Path]) -> list[Path]:
    """All scenario files that some paths name: files as they are, folders with all below them.

    Raises:
        ScenarioError: a path does not exist, or a folder holds no scenario.
    """
    found: list[Path] = []
    for name in paths:
        path = Path(name)
        if os.path.isdir(path):  # noqa: PTH112 - a name that is too long is no folder either
            below = sorted(path.rglob("*.toml"))
            if not below:
                raise ScenarioError(str(name), "", "holds no scenario files (*.toml)")
            found += below
        elif os.path.isfile(path):  # noqa: PTH113 - likewise
            found.append(path)
        else:
            raise ScenarioError(str(name), "", "there is no such file or folder")
    return found


def read(path: Path) -> Scenario:
    """A scenario from its file.

    Raises:
        ScenarioError: it is not understood.
    """
    file = str(path)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, UnicodeDecodeError) as problem:
        raise ScenarioError(file, "", f"cannot be read: {problem}") from None
    except tomllib.TOMLDecodeError as problem:
        raise ScenarioError(file, "", f"is not TOML: {problem}") from None
    _only(file, "", table, _TOP)
    partner = _table(file, "partner", table.get("partner"))
    _only(file, "partner", partner, {"pga", "name", "country", "email", "language", "manager"})
    for key in ("pga", "name", "country"):
        if key not in partner:
            raise ScenarioError(file, f"partner.{key}", "is missing")
    for key, value in partner.items():
        if not isinstance(value, str):
            raise ScenarioError(file, f"partner.{key}", f"must be text, not {value!r}")
    steps = tuple(_step(file, number, step) for number, step in enumerate(_list(file, "step", table.get("step")), 1))
    if not steps:
        raise ScenarioError(file, "step", "is missing: a scenario has at least one step")
    return Scenario(
        file=file,
        name=_text(file, "name", table.get("name", path.stem)),
        partner=partner,
        cases=tuple(
            _case(file, number, case) for number, case in enumerate(_list(file, "case", table.get("case", [])), 1)
        ),
        policy=dict(_flat(_table(file, "policy", table.get("policy", {})), "")),
        steps=steps,
    )


def _case(file: str, number: int, table: Any) -> Mapping[str, str]:
    key = f"case {number}"
    case = _table(file, key, table)
    _only(file, key, case, {"region", "lifecycle", "tenant"})
    if "region" not in case:
        raise ScenarioError(file, f"{key}.region", "is missing")
    return {name: _text(file, f"{key}.{name}", value) for name, value in case.items()}


def _step(file: str, number: int, table: Any) -> Step:
    key = f"step {number}"
    step = _table(file, key, table)
    _only(file, key, step, _STEP)
    actions = [name for name in _ACTIONS if name in step]
    if len(actions) != 1:
        raise ScenarioError(file, key, f"must have exactly one of {', '.join(_ACTIONS)}")
    action = actions[0]
    if action in {"sweep", "check"} and step[action] is not True:
        raise ScenarioError(file, f"{key}.{action}", "must be true")
    for name in ("as", "case", "document"):
        if name in step:
            _text(file, f"{key}.{name}", step[name])
    return Step(
        number=number,
        at=_instant(file, f"{key}.on", step.get("on")),
        action=action,
        name=_text(file, f"{key}.{action}", step[action]) if action not in {"sweep", "check"} else action,
        actor=step.get("as"),
        case=step.get("case"),
        values=_table(file, f"{key}.with", step.get("with", {})),
        effective_on=step.get("effective_on"),
        document=step.get("document"),
        expect=_expect(file, f"{key}.expect", step.get("expect", {})),
    )


def _expect(file: str, key: str, table: Any) -> Mapping[str, Any]:
    expect = _table(file, key, table)
    _only(file, key, expect, _EXPECT)
    for name, value in expect.items():
        kind = _EXPECT[name]
        wrong = not isinstance(value, kind) or (kind == (Decimal, int, str) and isinstance(value, bool))
        if wrong or (name in {"earliest", "cooldown"} and value is True):
            raise ScenarioError(file, f"{key}.{name}", f"{value!r} is not what can be expected here")
    return expect


def _instant(file: str, key: str, value: Any) -> datetime:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ScenarioError(file, key, "is a time without a zone: add one, or write a date")
        return as_utc(value.astimezone(UTC))
    if isinstance(value, date):
        return midnight(value)
    if isinstance(value, str):
        try:
            return read_instant(value)
        except BadInput as problem:
            raise ScenarioError(file, key, problem.message.rstrip(".")) from None
    raise ScenarioError(file, key, "is missing: say on which day the step is")


def _only(file: str, key: str, table: Mapping[str, Any], known: Iterable[str]) -> None:
    for name in table:
        if name not in set(known):
            where = f"{key}.{name}" if key else name
            raise ScenarioError(file, where, f"is not known here; known: {', '.join(sorted(known))}")


def _table(file: str, key: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ScenarioError(file, key, "must be a table" if value is not None else "is missing")
    return value


def _list(file: str, key: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ScenarioError(file, key, "must be a list of tables" if value is not None else "is missing")
    return value


def _text(file: str, key: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ScenarioError(file, key, f"must be text, not {value!r}")
    return value


def _flat(table: Mapping[str, Any], prefix: str) -> Iterable[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", tuple(value) if isinstance(value, list) else value
