"""Statements sent to PostgreSQL in a pipeline: the driver waits for an answer only where one is read, and at the end.

So an act is two or three round trips: its transaction is begun with the first questions, and committed with what it
writes. What fails in between is told where an answer is read next, or at the end, and nothing after it is done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.sql import Executable

from csp_workflow.storage.prepared import Cursor, Prepared

_DRIVER = "psycopg"


def has_pipelines(dialect: Dialect) -> bool:
    """Whether the driver can send statements without waiting for each."""
    return dialect.driver == _DRIVER and bool(dialect.loaded_dbapi.Pipeline.is_supported())


class PipelinedCursor(Cursor):
    """A cursor of the driver for each question, and one for all that finds nothing, in a pipeline."""

    __slots__ = ("_connection",)

    asks_along = True

    def __init__(self, connection: Any, dialect: Dialect) -> None:
        super().__init__(connection.cursor(), dialect)
        self._connection = connection

    @contextmanager
    def transaction(self, last: str) -> Iterator[None]:
        """A pipeline in which all is said, up to the last word: COMMIT, or ROLLBACK; it is waited for at its end.

        The driver's own `commit` would wait once more.
        """
        with self._connection.pipeline():
            yield
            self._cursor.execute(last, prepare=False)

    def _asked(self, prepared: Prepared, values: Mapping[str, Any]) -> Any:
        """A cursor of its own, whose answer may be read later."""
        return self._connection.cursor().execute(prepared.text, prepared.parameters(values))

    def each(self, statements: Sequence[Executable], values: Mapping[str, Any]) -> list[list[Any]]:
        """All rows that each of some statements finds, asked at once with the same values."""
        known = [self._prepared(statement) for statement in statements]
        asked = [self._asked(prepared, values) for prepared in known]
        return [
            [prepared.row(found) for found in cursor.fetchall()] for prepared, cursor in zip(known, asked, strict=True)
        ]

    def match(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement that changes one row for each of some values; where one finds none the server itself fails.

        How many rows were changed is not known before the commit is under way.
        """
        if rows:
            self._say_each(self._prepared(statement).or_fail(), rows)
