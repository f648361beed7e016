"""Reading TOML so that whatever is wrong is said with file, key and, where the parser knows it, line."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from csp_workflow.errors import DefinitionError

T = TypeVar("T")


def read_toml(path: Path, root: Path) -> dict[str, Any]:
    """A TOML file as plain values, decimals exact.

    Raises:
        DefinitionError: it is missing, not readable or no TOML.
    """
    name = path.relative_to(root).as_posix()
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except FileNotFoundError:
        raise DefinitionError(name, "", "the file is missing") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise DefinitionError(name, "", f"cannot be read: {problem}") from None
    except tomllib.TOMLDecodeError as problem:
        raise DefinitionError(name, "", f"is not TOML: {problem}") from None


class Section:
    """A table of a file: values are taken out with their types, and what nobody took is refused."""

    def __init__(self, file: str, path: str, table: Any) -> None:
        self.file, self.path = file, path
        if not isinstance(table, Mapping):
            raise DefinitionError(file, path, "must be a table")
        self._rest = dict(table)

    def key(self, name: str) -> str:
        """The full key of something in this table."""
        return f"{self.path}.{name}" if self.path else name

    def wrong(self, name: str, problem: str) -> DefinitionError:
        """An error about something in this table."""
        return DefinitionError(self.file, self.key(name), problem)

    def take(self, name: str, kind: type[T], default: T | None = None) -> T:
        """A value of a type; without a default it must be there."""
        if name not in self._rest:
            if default is None:
                raise self.wrong(name, f"is missing; give a {_WORDS[kind]}")
            return default
        value = self._rest.pop(name)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.wrong(name, f"must be a {_WORDS[kind]}, not {value!r}")
        return value

    def words(self, name: str) -> tuple[str, ...]:
        """A list of texts, empty where it is left out."""
        values = self.take(name, list, [])
        for value in values:
            if not isinstance(value, str):
                raise self.wrong(name, f"must be a list of texts, not {value!r}")
        return tuple(values)

    def table(self, name: str) -> Section:
        """A table within this one, empty where it is left out."""
        return Section(self.file, self.key(name), self._rest.pop(name, {}))

    def tables(self) -> dict[str, Section]:
        """All that is left, as tables by name."""
        names = list(self._rest)
        return {name: self.table(name) for name in names}

    def names(self) -> tuple[str, ...]:
        """The names of all that is left."""
        return tuple(self._rest)

    def peek(self, name: str) -> Any:
        """A value that stays where it is."""
        return self._rest.get(name)

    def rest(self) -> dict[str, Any]:
        """All that is left, as it is."""
        rest, self._rest = self._rest, {}
        return rest

    def __contains__(self, name: str) -> bool:
        return name in self._rest

    def done(self) -> None:
        """Refuse what nobody took."""
        for name in self._rest:
            raise self.wrong(name, "is not known here")


_WORDS: dict[type, str] = {str: "text", bool: "true or false", int: "whole number", list: "list", dict: "table"}
