"""Copies of the shipped definitions that tests may spoil or rename, and a small writer of TOML."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from csp_workflow.catalogue import load, packaged
from csp_workflow.errors import DefinitionError
from csp_workflow.rules.registry import Registry, Rule
from csp_workflow.rules.shipped import SHIPPED

SHIPPED_FOLDER = packaged()


def copied(to: Path) -> Path:
    """A copy of the shipped folder."""
    return Path(shutil.copytree(SHIPPED_FOLDER, to / "states"))


def replaced(folder: Path, file: str, old: str, new: str) -> None:
    """Replace the first occurrence of a text in a file, which must be there."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{file} does not hold {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def appended(folder: Path, file: str, text: str) -> None:
    """Add lines to the end of a file."""
    path = folder / file
    path.write_text(path.read_text(encoding="utf-8") + "\n" + text + "\n", encoding="utf-8")


def without_table(folder: Path, file: str, header: str) -> None:
    """Take a table with all its lines out of a file."""
    path = folder / file
    kept: list[str] = []
    inside = found = False
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            inside = line.strip() == header
            found = found or inside
        if not inside:
            kept.append(line)
    assert found, f"{file} has no {header}"
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")


def refusal_of(folder: Path, rules: Iterable[Rule] = ()) -> DefinitionError | None:
    """Why a folder is refused, or None where it is not; another error is a fault of the loader."""
    registry: Registry = SHIPPED.with_rules(rules)
    try:
        load(folder, registry)
    except DefinitionError as problem:
        return problem
    return None


def write_toml(table: Mapping[str, Any]) -> str:
    """A table as TOML: its own values first, each inner table under its header."""
    return "\n".join(_lines(table, ())) + "\n"


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    lines = [f"{json.dumps(key)} = {_value(value)}" for key, value in table.items() if not isinstance(value, Mapping)]
    for key, value in table.items():
        if isinstance(value, Mapping):
            inner = (*path, key)
            lines += [f"[{'.'.join(map(json.dumps, inner))}]", *_lines(value, inner)]
    return lines


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int | Decimal):
        return str(value)
    assert isinstance(value, date), f"{value!r} has no place in a definition"
    return value.isoformat()
