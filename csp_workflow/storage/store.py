"""The engine, its pragmas, its schema, and transactions that begin for writing where they write."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import StaticPool

from csp_workflow.errors import BadTarget, StorageDamaged, StorageUnavailable
from csp_workflow.storage.failures import mapped
from csp_workflow.storage.prepared import Cursor
from csp_workflow.storage.session import SqlSession
from csp_workflow.storage.statements import INSTALLATION
from csp_workflow.storage.tables import Table

SCHEMA_VERSION = 1
MEMORY = "memory:"
_TAKE_THE_LOCK = "UPDATE csp_installation SET id = id"  # within a transaction that a host began for reading
_PATIENCE_MS = 30_000  # how long a writer waits for another before it gives up


class SqlStore:
    """A database: opened here, or a host's own engine that stays the host's."""

    def __init__(self, engine: Engine, *, owned: bool) -> None:
        self._engine = engine
        self._owned = owned
        self._is_closed = False
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._turn = threading.RLock() if isinstance(engine.pool, StaticPool) else nullcontext()
        self._driver = engine.dialect.loaded_dbapi
        self.name = _shown(engine.url)
        with self._turn, mapped(self.name, self._driver), engine.begin() as connection:
            _prepare(connection, writes=self._is_sqlite)

    @contextmanager
    def reading(self) -> Iterator[SqlSession]:
        """A consistent look that writes nothing."""
        with self._transaction("BEGIN", writes=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[SqlSession]:
        """A transaction that commits at its end, or rolls back on an error."""
        with self._transaction("BEGIN IMMEDIATE", writes=True) as session:
            yield session

    def close(self) -> None:
        """Give back what was opened; a host's engine stays as it is."""
        if self._owned:
            self._is_closed = True
            self._engine.dispose()

    @contextmanager
    def _transaction(self, begin: str, *, writes: bool) -> Iterator[SqlSession]:
        if self._is_closed:
            raise StorageUnavailable(f"{self.name} was closed: open the workflow again.")
        with self._turn, mapped(self.name, self._driver):
            connection = self._engine.raw_connection()
            try:
                cursor = connection.cursor()
                if self._is_sqlite:
                    cursor.execute(begin)
                yield SqlSession(Cursor(cursor, self._engine.dialect), writes=writes)
                if writes:
                    connection.commit()
                else:
                    connection.rollback()
            except BaseException:  # boundary: whatever it was, nothing of this transaction stays
                connection.rollback()
                raise
            finally:
                connection.close()


class HostedStore:
    """A host's own open transaction: nothing is committed or rolled back here."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._driver = connection.dialect.loaded_dbapi
        self.name = _shown(connection.engine.url)
        with mapped(self.name, self._driver):
            _prepare(connection, writes=False)

    @contextmanager
    def reading(self) -> Iterator[SqlSession]:
        """A look from within the host's transaction."""
        with mapped(self.name, self._driver):
            yield SqlSession(self._cursor(), writes=False)

    @contextmanager
    def writing(self) -> Iterator[SqlSession]:
        """A part of the host's transaction; what fails is undone to where it began, the rest is the host's."""
        with mapped(self.name, self._driver):
            if self._connection.dialect.name == "sqlite":
                _begin(self._connection, "BEGIN IMMEDIATE", lock=True)  # else releasing the savepoint would commit
            with self._connection.begin_nested():
                yield SqlSession(self._cursor(), writes=True)

    def _cursor(self) -> Cursor:
        return Cursor(self._connection.connection.cursor(), self._connection.dialect)

    def close(self) -> None:
        """Nothing was opened."""


def open_store(target: str | Engine) -> SqlStore:
    """A store at a database address, in memory (`memory:`), or on a host's engine.

    Raises:
        BadTarget: the address is not one.
        StorageUnavailable: the database cannot be opened.
    """
    if isinstance(target, Engine):
        return SqlStore(target, owned=False)
    engine = _engine(target)
    try:
        return SqlStore(engine, owned=True)
    except BaseException:  # boundary: what cannot be used is not left open
        engine.dispose()
        raise


def _engine(target: str) -> Engine:
    if target == MEMORY:
        options: dict[str, Any] = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
        url = make_url("sqlite://")
    else:
        url, options = _url(target), {}
    try:
        engine = create_engine(url, **options)
    except (ArgumentError, ImportError) as problem:
        reason = str(problem).splitlines()[0].rstrip(".")
        raise BadTarget(f"{_shown(url)} cannot be opened: {reason}.") from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
    return engine


def _url(target: Any) -> URL:
    try:
        return make_url(target)
    except (ArgumentError, ValueError):
        raise BadTarget(
            "The database address is not understood: "
            "write sqlite:///FILE.db, postgresql+psycopg://HOST/NAME or memory:."
        ) from None


def _set_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={_PATIENCE_MS}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection, statement: str, *, lock: bool = False) -> None:
    if not connection.in_transaction():
        connection.begin()  # a host's engine may begin by itself here
    driver: Any = connection.connection.driver_connection
    if not driver.in_transaction:
        driver.cursor().execute(statement)
    elif lock:
        connection.exec_driver_sql(_TAKE_THE_LOCK)


def _prepare(connection: Connection, *, writes: bool) -> None:
    """Make the tables where there are none, or see that they are ours."""
    tables = set(inspect(connection).get_table_names())
    ours = set(Table.metadata.tables)
    if not tables & ours:
        if writes:
            _begin(connection, "BEGIN IMMEDIATE")
        Table.metadata.create_all(connection)
        if connection.execute(select(INSTALLATION.c.id)).first() is None:
            values = {"id": 1, "schema_version": SCHEMA_VERSION, "secret": secrets.token_hex(32), "definition": ""}
            connection.execute(INSTALLATION.insert(), values)
    elif missing := sorted(ours - tables):
        raise StorageDamaged(
            f"The database lacks the table {missing[0]}: it is not one of this product, or was damaged."
        )


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)
