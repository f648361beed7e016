"""Connections of the real drivers that tell what is done with them; nothing of the product is touched.

Who listens may count, or end the process, or raise what a driver would raise: the seams of an act.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, Literal

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import event

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

What = Literal["connect", "begin", "read", "write", "commit", "rollback", "other"]
When = Literal["before", "after"]

_KINDS: dict[str, What] = {
    "BEGIN": "begin",
    "SELECT": "read",
    "INSERT": "write",
    "UPDATE": "write",
    "DELETE": "write",
    "WITH": "write",
    "COMMIT": "commit",
    "ROLLBACK": "rollback",
}


def tells(engine: Engine, tell: Callable[[What, When], None]) -> Engine:
    """An engine whose new connections tell."""
    if engine.dialect.name != "sqlite":
        psycopg.RawCursor = _PostgresqlRawCursor  # type: ignore[misc]  # which is made without asking its connection
    connect: Any = _to_sqlite if engine.dialect.name == "sqlite" else _to_postgresql

    def do_connect(_dialect: object, _record: object, arguments: Any, options: Any) -> Any:
        tell("connect", "before")
        connection = connect(*arguments, **options)
        connection.tell = tell
        tell("connect", "after")
        return connection

    event.listen(engine, "do_connect", do_connect)
    return engine


def _to_sqlite(*arguments: Any, **options: Any) -> _SqliteConnection:
    return sqlite3.connect(*arguments, factory=_SqliteConnection, **options)


def _to_postgresql(*arguments: Any, **options: Any) -> _PostgresqlConnection:
    return _PostgresqlConnection.connect(*arguments, cursor_factory=_PostgresqlCursor, **options)


def _kind(statement: Any) -> What:
    text = statement if isinstance(statement, str) else statement.as_string() if hasattr(statement, "as_string") else ""
    return _KINDS.get(text.lstrip().partition(" ")[0].strip().upper(), "other")


def _told(connection: Any, what: What, done: Callable[[], Any]) -> Any:
    tell = getattr(connection, "tell", None)  # while it is being made there is nobody to tell
    if tell is None:
        return done()
    tell(what, "before")
    result = done()
    tell(what, "after")
    return result


class _SqliteCursor(sqlite3.Cursor):
    def execute(self, statement: str, *values: Any) -> Any:
        return _told(self.connection, _kind(statement), lambda: sqlite3.Cursor.execute(self, statement, *values))

    def executemany(self, statement: str, values: Any) -> Any:
        return _told(self.connection, _kind(statement), lambda: sqlite3.Cursor.executemany(self, statement, values))


class _SqliteConnection(sqlite3.Connection):
    tell: Any

    def cursor(self, factory: Any = _SqliteCursor) -> Any:
        return super().cursor(factory)

    def commit(self) -> None:
        _told(self, "commit", lambda: sqlite3.Connection.commit(self))

    def rollback(self) -> None:
        _told(self, "rollback", lambda: sqlite3.Connection.rollback(self))


def _done(connection: Any, query: Any) -> What:
    """What a statement does; one that writes, and that nobody has begun a transaction for, commits by itself."""
    what, alone = _kind(query), connection.pgconn.transaction_status == TransactionStatus.IDLE
    return "commit" if what == "write" and alone and connection.autocommit else what


class _PostgresqlRawCursor(psycopg.RawCursor[Any]):
    connection: Any

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        done = lambda: super(_PostgresqlRawCursor, self).execute(query, params, **options)  # noqa: E731
        return _told(self.connection, _done(self.connection, query), done)


class _PostgresqlCursor(psycopg.Cursor[Any]):
    connection: Any

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        done = lambda: psycopg.Cursor.execute(self, query, params, **options)  # noqa: E731
        return _told(self.connection, _done(self.connection, query), done)

    def executemany(self, query: Any, params_seq: Any, **options: Any) -> Any:
        done = lambda: psycopg.Cursor.executemany(self, query, params_seq, **options)  # noqa: E731
        return _told(self.connection, _kind(query), done)


class _PostgresqlConnection(psycopg.Connection[Any]):
    tell: Any

    def commit(self) -> None:
        _told(self, "commit", lambda: psycopg.Connection.commit(self))

    def rollback(self) -> None:
        _told(self, "rollback", lambda: psycopg.Connection.rollback(self))
