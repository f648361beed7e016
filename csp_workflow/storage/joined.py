"""Several statements as one, for PostgreSQL: all that an act reads is one round trip, and all that it writes another.

What is joined are the very statements that are said one by one elsewhere. Questions come back as one row of JSON, of
one moment; what is written becomes the parts of one WITH, which is done as a whole or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import count
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.sql import Executable

from csp_workflow.storage.prepared import Cursor, Prepared

_ROWS = "(SELECT coalesce(json_agg(json_build_array({columns})), '[]') FROM ({text}) AS part)"
_MUST = "1 / (SELECT count(*) FROM {name})"
_PLACE = re.compile("%(.)")
_SHAPES = 512  # of what acts write, whose texts are kept; there are a few dozen usual ones


def can_join(dialect: Dialect) -> bool:
    """Whether statements are joined on such a database, by its driver."""
    return dialect.driver == "psycopg"


class JoinedCursor(Cursor):
    """A cursor that asks at once what is asked together, and writes at once what is written together."""

    __slots__ = ("_parts", "_raw", "asks_along")

    def __init__(self, connection: Any, dialect: Dialect, *, asks_along: bool) -> None:
        super().__init__(connection.cursor(), dialect)
        self._raw = dialect.loaded_dbapi.RawCursor(connection)  # the other one reads long statements anew each time
        self.asks_along = asks_along
        self._parts: list[tuple[Prepared, Mapping[str, Any], bool]] = []

    def each(self, statements: Sequence[Executable], values: Mapping[str, Any]) -> list[Iterable[Any]]:
        """All rows that each of some statements finds, at one moment, asked with the same values; made when taken."""
        known = tuple(self._prepared(statement) for statement in statements)
        self._raw.execute(_question(known), [value for part in known for value in part.parameters(values)])
        found = self._raw.fetchone()
        return [map(part.row_of_json, rows) for part, rows in zip(known, found, strict=True)]

    @contextmanager
    def as_one(self) -> Iterator[None]:
        """What is written in here is one statement.

        Where a row that has to be there is not, it fails with a division by zero, before any other part is done.
        """
        self._parts = []
        yield
        parts, self._parts = self._parts, []
        if parts:
            text = _written(tuple((prepared, must) for prepared, _values, must in parts))
            self._raw.execute(text, [value for part, values, _must in parts for value in part.parameters(values)])

    def add(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement for each of some rows, with the others."""
        prepared = self._prepared(statement)
        self._parts += [(prepared, row, False) for row in rows]

    def match(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement that changes one row for each of some values, with the others."""
        prepared = self._prepared(statement)
        self._parts += [(prepared, row, True) for row in rows]


@lru_cache(_SHAPES)
def _question(parts: tuple[Prepared, ...]) -> str:
    asked = (_ROWS.format(columns=", ".join(f"part.{name}" for name in part.columns), text=part.text) for part in parts)
    return _numbered(f"SELECT {', '.join(asked)}")


@lru_cache(_SHAPES)
def _written(parts: tuple[tuple[Prepared, bool], ...]) -> str:
    names = [f"part_{place}" for place in range(len(parts))]
    texts = (f"{name} AS ({part.text} RETURNING 1)" for name, (part, _must) in zip(names, parts, strict=True))
    checks = (_MUST.format(name=name) for name, (_part, must) in zip(names, parts, strict=True) if must)
    return _numbered(f"WITH {', '.join(texts)} SELECT {', '.join(checks) or '1'}")


def _numbered(text: str) -> str:
    """A text with its places numbered, as the server itself knows them."""
    numbers = count(1)
    return _PLACE.sub(lambda found: f"${next(numbers)}" if found[1] == "s" else found[1], text)
