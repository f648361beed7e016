"""What differs between two definitions: value by value, and part by part as people speak of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_LIFECYCLE = "/lifecycle.toml"
_OF_A_LIFECYCLE = ("state", "trigger", "deadline")
_KINDS = ("lifecycle", *_OF_A_LIFECYCLE, "policy", "fact", "role", "file")  # in the order in which they are told

Table = Mapping[str, Any]


class ValueChange(NamedTuple):
    """A value before and after; None where it was not there, as no definition has a value of nothing."""

    key: str
    before: Any
    after: Any


class Part(NamedTuple):
    """A part of a definition: its kind, the lifecycle that it belongs to, if any, and its name."""

    kind: str
    lifecycle: str | None
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A part that was `added`, `removed` or `changed`, or parts of a kind that were `reordered`, with its values."""

    part: Part
    what: str
    values: tuple[ValueChange, ...] = ()


def differences(before: Table, after: Table, path: str = "") -> Iterator[ValueChange]:
    """Every value that differs between two tables of tables, under its key; their order counts too."""
    for key in dict.fromkeys([*before, *after]):
        here = f"{path}.{_quoted(key)}" if path else _quoted(key)
        old, new = before.get(key), after.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from differences(old, new, here)
        elif json.dumps(old) != json.dumps(new):  # True is not 1
            yield ValueChange(here, old, new)
    yield from _reordered(before, after, f"order of {path}" if path else "order")


def compare(before: str, after: str) -> tuple[Change, ...]:
    """What differs between two definitions, given as their texts, in the order of their files."""
    old, new = parts(before), parts(after)
    gone = {part.lifecycle for part in old.keys() ^ new.keys() if part.kind == "lifecycle"}
    found = [
        change
        for part in dict.fromkeys([*old, *new])
        if (change := _changed(part, old.get(part), new.get(part)))
        and (part.kind == "lifecycle" or part.lifecycle not in gone)  # what goes with its lifecycle is not told again
    ]
    found += _orders(old, new)
    return tuple(sorted(found, key=lambda change: (change.part.lifecycle or "~", _KINDS.index(change.part.kind))))


def parts(text: str) -> dict[Part, Table]:
    """The parts of a definition, given as its text."""
    found: dict[Part, Table] = {}
    for file, table in json.loads(text).items():
        folder = file.partition("/")[0]
        if file.endswith(_LIFECYCLE):
            found[Part("lifecycle", folder, folder)] = {
                key: value for key, value in table.items() if key not in _OF_A_LIFECYCLE
            }
            found |= {
                Part(kind, folder, name): value
                for kind in _OF_A_LIFECYCLE
                for name, value in table.get(kind, {}).items()
            }
        elif "/" in file:
            found[Part("policy", folder, table["id"])] = {"file": file, **table}
        elif file == "facts.toml":
            found |= {Part("fact", None, name): value for name, value in table.items()}
        else:
            roles = table.get("role", {}) if file == "programme.toml" else {}
            found |= {Part("role", None, name): value for name, value in roles.items()}
            found[Part("file", None, file)] = {key: value for key, value in table.items() if not roles or key != "role"}
    return found


def _changed(part: Part, old: Table | None, new: Table | None) -> Change | None:
    if old is None or new is None:
        return Change(part=part, what="added" if old is None else "removed")
    values = tuple(differences(old, new))
    return Change(part=part, what="changed", values=values) if values else None


def _orders(old: Mapping[Part, Table], new: Mapping[Part, Table]) -> Iterator[Change]:
    """The kinds of parts whose order differs: deadlines of one day fire in it."""
    for kind, lifecycle in dict.fromkeys((part.kind, part.lifecycle) for part in old):
        before, after = (
            [part.name for part in side if (part.kind, part.lifecycle) == (kind, lifecycle)] for side in (old, new)
        )
        if values := tuple(_reordered(before, after, "order")):
            yield Change(part=Part(kind, lifecycle, ""), what="reordered", values=values)


def _reordered(before: Sequence[str] | Table, after: Sequence[str] | Table, key: str) -> Iterator[ValueChange]:
    """The names that both have, where they stand in another order."""
    old, new = [name for name in before if name in after], [name for name in after if name in before]
    if old != new:
        yield ValueChange(key, old, new)


def _quoted(key: str) -> str:
    """A key as TOML writes it."""
    return key if key and _BARE.issuperset(key) else json.dumps(key, ensure_ascii=False)
