"""What the product says to SQLite, written down by its own cursor, and said again by bare `sqlite3`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Engine, create_engine

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=30000",
    "cache_size=-16000",
    "wal_autocheckpoint=4000",
)


class Said(NamedTuple):
    """One statement with its parameters; `many` says that it was one `executemany`."""

    text: str
    parameters: Any
    many: bool

    def reads(self, table: str) -> bool:
        """Whether it reads a table."""
        return self.text.startswith("SELECT") and f"FROM {table} " in f"{self.text} ".replace("\n", " ")


class _Listening(sqlite3.Connection):
    """A connection whose cursors write down what is executed."""

    said: list[Said]

    def cursor(self, *_arguments: Any, **_named: Any) -> Any:
        return super().cursor(factory=_ListeningCursor)

    def commit(self) -> None:
        if self.in_transaction:
            self.said.append(Said("COMMIT", (), many=False))
        super().commit()


class _ListeningCursor(sqlite3.Cursor):
    connection: _Listening

    def execute(self, sql: str, parameters: Any = (), /) -> _ListeningCursor:
        self.connection.said.append(Said(sql, parameters, many=False))
        return super().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> _ListeningCursor:
        rows = list(parameters)
        self.connection.said.append(Said(sql, rows, many=True))
        return super().executemany(sql, rows)


def listening_engine(file: Path, said: list[Said]) -> Engine:
    """An engine on a database file that writes down all that is executed."""

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(file, factory=_Listening, check_same_thread=False)
        connection.said = said
        for pragma in PRAGMAS:
            sqlite3.Cursor(connection).execute(f"PRAGMA {pragma}")
        return connection

    return create_engine(f"sqlite:///{file}", creator=connect)


def raw_connection(file: Path) -> sqlite3.Connection:
    """A bare connection, as durable as the product's."""
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


def say_again(connection: sqlite3.Connection, said: Sequence[Said]) -> None:
    """Execute what was written down, its BEGIN and COMMIT too, and fetch what it finds."""
    cursor = connection.cursor()
    for text, parameters, many in said:
        if many:
            cursor.executemany(text, parameters)
        else:
            cursor.execute(text, parameters).fetchall()
