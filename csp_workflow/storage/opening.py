"""What is in a database: nothing of ours yet, the tables that this program needs, or those of another release."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert
from sqlalchemy.engine import URL
from sqlalchemy.schema import CreateTable

from csp_workflow.errors import BadTarget, StorageDamaged, StorageNewer, StorageOutdated
from csp_workflow.storage.migrations import (
    FIRST_REVISION,
    FIRST_TABLES,
    FIRST_VERSION,
    HEAD,
    REVISIONS,
    VERSION_TABLE,
)
from csp_workflow.storage.statements import INSTALLATION, VERSION
from csp_workflow.storage.tables import Table

PATIENCE_MS = 30_000  # how long one who writes waits for another before it gives up
_NAMES = {  # of tables whose names begin with csp_; ~ comes after every letter
    "sqlite": "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name BETWEEN 'csp_' AND 'csp_~'",
    "postgresql": (
        "SELECT relname FROM pg_catalog.pg_class WHERE relname BETWEEN 'csp_' AND 'csp_~' "
        "AND relkind IN ('r', 'p', 'v', 'm', 'f') AND pg_catalog.pg_table_is_visible(oid)"
    ),
}
_REVISIONS = "SELECT version_num FROM csp_alembic_version"
_FIRST_VERSION = "SELECT schema_version FROM csp_installation"
TAKE_THE_LOCK = "UPDATE csp_installation SET id = id"  # within a transaction that a host began for reading
_UNTIL_DONE = "SELECT pg_advisory_xact_lock_shared(1668509791)"
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(1668509791)"  # the letters csp_ as a number


class Found(NamedTuple):
    """What there is of ours: the revision of the schema, None where there is nothing yet; and the names of tables."""

    revision: str | None
    tables: frozenset[str]


def look(connection: Connection) -> Found:
    """What there is of ours in a database, by two small questions.

    Raises:
        StorageDamaged: there is something under our names that no release has made.
    """
    with _at_one_moment(connection):
        return _found(connection)


@contextmanager
def _at_one_moment(connection: Connection) -> Iterator[None]:
    """What is read is of one moment on SQLite, also where nobody has begun a transaction."""
    begun = connection.dialect.name == "sqlite" and begin(connection, "BEGIN")
    try:
        yield
    finally:
        if begun:
            driver: Any = connection.connection.driver_connection
            driver.rollback()


def _found(connection: Connection) -> Found:
    tables = names(connection)
    if connection.dialect.name == "postgresql" and tables and VERSION_TABLE not in tables:
        connection.exec_driver_sql(_UNTIL_DONE)  # else it may be upgraded between this question and the next
        tables = names(connection)
    if VERSION_TABLE in tables:
        revisions = connection.exec_driver_sql(_REVISIONS).scalars().all()
        if len(revisions) == 1:
            return Found(revisions[0], tables)
        if revisions or tables & set(Table.metadata.tables) != {VERSION_TABLE}:
            raise _damaged(connection, f"its table {VERSION_TABLE} holds {len(revisions)} revisions instead of one")
        return Found(None, tables)
    if not tables & set(Table.metadata.tables):
        return Found(None, tables)
    if missing := sorted(FIRST_TABLES - tables):
        raise _damaged(connection, f"it lacks the table {missing[0]}")
    if connection.exec_driver_sql(_FIRST_VERSION).scalars().all() != [FIRST_VERSION]:
        raise _damaged(connection, f"its table {INSTALLATION.name} names no schema of release 0.1.0")
    return Found(FIRST_REVISION, tables)


def names(connection: Connection) -> frozenset[str]:
    """The names of all tables that begin as ours do.

    Raises:
        BadTarget: it is a database of another kind.
    """
    if (statement := _NAMES.get(connection.dialect.name)) is None:
        raise BadTarget(f"A database of the kind {connection.dialect.name} is not known: take SQLite or PostgreSQL.")
    return frozenset(connection.exec_driver_sql(statement).scalars())


def is_there(connection: Connection) -> bool:
    """Whether the tables that this program needs are there; else there is nothing of ours.

    Raises:
        StorageOutdated: they are those of an earlier release.
        StorageNewer: they are those of a later release.
        StorageDamaged: they are not what a release has made.
    """
    found = look(connection)
    if found.revision is None:
        return False
    require(connection, found)
    return True


def require(connection: Connection, found: Found) -> None:
    """See that what was found is what this program needs.

    Raises:
        StorageOutdated: it is of an earlier release.
        StorageNewer: it is of a later release.
        StorageDamaged: a table is missing.
    """
    if found.revision != HEAD:
        kind = StorageOutdated if found.revision in REVISIONS else StorageNewer
        raise kind(shown(connection.engine.url), str(found.revision), HEAD)
    needed = set(Table.metadata.tables)
    if needed - found.tables and (missing := sorted(needed - names(connection))):  # it may have been upgraded just now
        raise _damaged(connection, f"it lacks the table {missing[0]}")


def prepare(connection: Connection) -> None:
    """Make the tables where there are none, or see that they are those that this program needs; in a transaction."""
    if not is_there(connection):
        settle(connection)


def settle(connection: Connection) -> None:
    """Make the tables, unless somebody else does at the same time; in a transaction that has best done nothing yet."""
    claim(connection)
    if not is_there(connection):
        make(connection)


def anew(connection: Connection) -> Connection:
    """The same connection, ready for a transaction in which every statement sees what others have committed."""
    connection.rollback()
    if connection.dialect.name == "postgresql":
        return connection.execution_options(isolation_level="READ COMMITTED")  # a host may want it otherwise
    return connection


def make(connection: Connection) -> None:
    """Make the tables as they are today, with their revision, in a transaction that has claimed the database."""
    Table.metadata.create_all(connection)
    stamp(connection, HEAD)
    values = {"id": 1, "secret": secrets.token_hex(32), "definition": ""}
    connection.execute(insert(INSTALLATION), values)


def stamp(connection: Connection, revision: str) -> None:
    """Write down the revision of a schema that had none."""
    VERSION.create(connection, checkfirst=True)
    connection.execute(insert(VERSION), {"version_num": revision})


def claim(connection: Connection) -> None:
    """Wait until nobody else is making the tables, and let nobody else begin before this transaction is over."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_ONE_AT_A_TIME)
    elif not begin(connection, "BEGIN IMMEDIATE"):
        connection.execute(CreateTable(VERSION, if_not_exists=True))  # a host began it for reading: writing locks


def begin(connection: Connection, statement: str, *, lock: bool = False) -> bool:
    """Begin a transaction on SQLite where the driver has none; in one that it has, `lock` begins writing.

    Gives whether it was begun here.
    """
    if not connection.in_transaction():
        connection.begin()  # a host's engine may begin by itself here
    driver: Any = connection.connection.driver_connection
    if not driver.in_transaction:
        driver.cursor().execute(statement)
        return True
    if lock:
        connection.exec_driver_sql(TAKE_THE_LOCK)
    return False


def shown(url: URL) -> str:
    """The address of a database without its passwords."""
    return url.difference_update_query(["password", "sslpassword"]).render_as_string(hide_password=True)


def _damaged(connection: Connection, problem: str) -> StorageDamaged:
    where = shown(connection.engine.url)
    return StorageDamaged(f"{where} is not a database of this product, or was damaged: {problem}.", database=where)
