"""The engine, its pragmas, its schema, and transactions that begin for writing where they write."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from sqlite3 import SQLITE_BUSY
from time import monotonic, sleep
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.pool import PoolProxiedConnection, StaticPool

from csp_workflow.errors import BadTarget, StorageUnavailable
from csp_workflow.storage import postgres
from csp_workflow.storage.failures import mapped
from csp_workflow.storage.joined import JoinedCursor, can_join
from csp_workflow.storage.opening import PATIENCE_MS, anew, begin, is_there, prepare, settle, shown
from csp_workflow.storage.prepared import Cursor
from csp_workflow.storage.same_file import SameFile
from csp_workflow.storage.session import SqlSession

MEMORY = "memory:"
_BEGIN = {  # of a look, which is one picture of the database from its first statement on, and of what writes
    ("sqlite", False): "BEGIN",
    ("sqlite", True): "BEGIN IMMEDIATE",
    (postgres.NAME, False): "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    (postgres.NAME, True): "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
}
_A_MOMENT = 0.005
_FOR_MANY = (  # an act on a large database touches pages far apart, of which SQLite usually keeps 2 MB
    "cache_size=-16000",  # in KiB
    "wal_autocheckpoint=4000",  # pages: the log is copied into the file in fewer and larger strokes
)


class SqlStore:
    """A database: opened here, or a host's own engine that stays the host's."""

    def __init__(self, engine: Engine, *, owned: bool) -> None:
        self._engine = engine
        self._owned = owned
        self._is_closed = False
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._turn = threading.RLock() if isinstance(engine.pool, StaticPool) else nullcontext()
        self._driver = engine.dialect.loaded_dbapi
        self._is_server = engine.dialect.name == postgres.NAME
        self._joins = can_join(engine.dialect)
        self._definitions: set[str] = set()  # that are known to be there
        self.name = shown(engine.url)
        with self._turn, mapped(self.name, self._driver), engine.connect() as connection:
            there = is_there(connection)  # what is refused is left as it is, to the byte
            if owned and self._is_sqlite:
                _keep_a_log(connection)
            if not there:
                settle(anew(connection))  # somebody else may be making them now
                connection.commit()

    @contextmanager
    def reading(self) -> Iterator[SqlSession]:
        """A consistent look that writes nothing."""
        with self._connected() as connection, self._transaction(connection, writes=False):
            yield SqlSession(self._joined(connection) if self._joins else self._cursor(connection))

    @contextmanager
    def writing(self) -> Iterator[SqlSession]:
        """A transaction that commits at its end, or rolls back on an error; partners are locked as they are read."""
        with self._connected() as connection:
            session = SqlSession(self._cursor(connection), locks=self._is_server, known=self._definitions)
            with self._transaction(connection, writes=True):
                yield session
            self._definitions |= session.learned

    @contextmanager
    def acting(self) -> Iterator[SqlSession]:
        """A session for one act: what it writes is one statement, which sees to it that what was read is still so."""
        if self._joins:
            with self._connected() as connection:
                session = SqlSession(self._joined(connection, asks_along=True), known=self._definitions)
                yield session
            self._definitions |= session.learned
        else:
            with self.writing() as session:
                yield session

    def close(self) -> None:
        """Give back what was opened; a host's engine stays as it is."""
        if self._owned:
            self._is_closed = True
            self._engine.dispose()

    def _cursor(self, connection: PoolProxiedConnection) -> Cursor:
        return Cursor(connection.cursor(), self._engine.dialect)

    def _joined(self, connection: PoolProxiedConnection, *, asks_along: bool = False) -> Cursor:
        return JoinedCursor(connection.driver_connection, self._engine.dialect, asks_along=asks_along)

    @contextmanager
    def _connected(self) -> Iterator[PoolProxiedConnection]:
        """A connection on which nothing begins by itself; one that is lost is let go of, and the next is another."""
        if self._is_closed:
            raise StorageUnavailable(f"{self.name} was closed: open the workflow again.")
        dialect: Any = self._engine.dialect
        with self._turn, mapped(self.name, self._driver):
            connection = self._engine.raw_connection()
            try:
                with postgres.quiet(connection, dialect, keep=self._owned) if self._is_server else nullcontext():
                    yield connection
            except BaseException as failure:  # boundary: whatever it was
                if dialect.is_disconnect(failure, connection.driver_connection, None):
                    connection.invalidate(failure)
                raise
            finally:
                connection.close()

    @contextmanager
    def _transaction(self, connection: PoolProxiedConnection, *, writes: bool) -> Iterator[None]:
        """A transaction of which nothing stays if it fails, whatever it fails of."""
        dialect: Any = self._engine.dialect
        connection.cursor().execute(_BEGIN[dialect.name, writes])
        try:
            yield
            self._end(connection, commits=writes)
        except BaseException as failure:  # boundary: whatever it was
            if not dialect.is_disconnect(failure, connection.driver_connection, None):
                self._end(connection, commits=False)
            raise

    def _end(self, connection: PoolProxiedConnection, *, commits: bool) -> None:
        if self._is_server:  # by word: the driver has not begun it
            connection.cursor().execute("COMMIT" if commits else "ROLLBACK")
        elif commits:
            connection.commit()
        else:
            connection.rollback()


class HostedStore:
    """A host's own open transaction: nothing is committed or rolled back here."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._driver = connection.dialect.loaded_dbapi
        self.name = shown(connection.engine.url)
        with mapped(self.name, self._driver):
            prepare(connection)

    @contextmanager
    def reading(self) -> Iterator[SqlSession]:
        """A look from within the host's transaction."""
        with mapped(self.name, self._driver):
            yield SqlSession(self._cursor())

    @contextmanager
    def writing(self) -> Iterator[SqlSession]:
        """A part of the host's transaction; what fails is undone to where it began, the rest is the host's."""
        with mapped(self.name, self._driver):
            self._see_that_it_has_one()
            if self._connection.dialect.name == "sqlite":
                begin(self._connection, "BEGIN IMMEDIATE", lock=True)  # else releasing the savepoint would commit
            with self._connection.begin_nested():
                yield SqlSession(self._cursor(), locks=self._connection.dialect.name == postgres.NAME)

    acting = writing

    def _see_that_it_has_one(self) -> None:
        by_driver = getattr(self._connection.connection.driver_connection, "autocommit", False) is True
        if by_driver or self._connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
            raise StorageUnavailable(
                f"{self.name}: the connection commits by itself (AUTOCOMMIT), so there is nothing to act within: "
                "give one that has begun a transaction.",
                database=self.name,
            )

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
    engine = engine_of(target)
    try:
        return SqlStore(engine, owned=True)
    except BaseException:  # boundary: what cannot be used is not left open
        engine.dispose()
        raise


def engine_of(target: str) -> Engine:
    """An engine for a database address, in memory for `memory:`.

    Raises:
        BadTarget: the address is not one.
    """
    if target == MEMORY:
        options: dict[str, Any] = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
        url = make_url("sqlite://")
    else:
        url = postgres.with_driver(_url(target))
        options = postgres.options(url) if url.get_backend_name() == postgres.NAME else {}
    try:
        engine = create_engine(url, **options)
    except (ArgumentError, ImportError) as problem:
        if url.drivername == postgres.DRIVER:
            raise BadTarget(postgres.MISSING) from None
        reason = str(problem).splitlines()[0].rstrip(".")
        raise BadTarget(f"{shown(url)} cannot be opened: {reason}.") from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
        SameFile(shown(engine.url)).watch(engine)
    elif engine.dialect.name == postgres.NAME:
        postgres.replace_the_dead(engine)
        if "lock_timeout" not in str(url.query.get("options")):
            event.listen(engine, "connect", postgres.patient(PATIENCE_MS))
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
    for pragma in ("synchronous=FULL", "foreign_keys=ON", f"busy_timeout={PATIENCE_MS}", *_FOR_MANY):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _keep_a_log(connection: Connection) -> None:
    """Have SQLite write ahead, which the file keeps; while others begin so too it waits for none of them by itself."""
    until = monotonic() + PATIENCE_MS / 1_000
    while True:
        try:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        except OperationalError as problem:
            if getattr(problem.orig, "sqlite_errorcode", 0) & 0xFF != SQLITE_BUSY or monotonic() > until:
                raise
            sleep(_A_MOMENT)
        else:
            return
