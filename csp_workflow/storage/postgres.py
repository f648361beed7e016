"""What is particular about PostgreSQL: its address, its patience, and how its transactions are isolated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.engine import URL
from sqlalchemy.pool import PoolProxiedConnection

NAME = "postgresql"
MISSING = "PostgreSQL needs its driver: pip install 'csp-workflow[postgres]'."
DRIVER = "postgresql+psycopg"
_GENERAL = {NAME, "postgres"}  # names that leave the driver open
_USUAL = {"connect_timeout": 10, "fallback_application_name": "csp-workflow"}  # psycopg waits for two minutes


def with_driver(url: URL) -> URL:
    """An address that names our driver, unless it names another."""
    return url.set(drivername=DRIVER) if url.drivername in _GENERAL else url


def options(url: URL) -> dict[str, Any]:
    """How an engine of our own connects, where its address does not say otherwise.

    A connection that died while nobody used it is replaced before it is used.
    """
    usual = {name: value for name, value in _USUAL.items() if name not in url.query}
    return {"pool_pre_ping": True, "connect_args": usual if url.drivername == DRIVER else {}}


def patient(milliseconds: int) -> Callable[[Any, object], None]:
    """What lets a new connection wait so long for what others have locked."""

    def set_patience(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"SET lock_timeout = {milliseconds}")
        cursor.close()
        connection.commit()

    return set_patience


@contextmanager
def isolated(connection: PoolProxiedConnection, dialect: Any, *, writes: bool) -> Iterator[None]:
    """Isolate the next transaction, whatever the host's engine or its database does by itself.

    A look is one picture of the database from its first statement on. An act locks its partner first, and reads
    committed: what it is judged by is what was committed last, and cannot change any more before it commits.
    """
    driver: Any = connection.driver_connection
    is_read_only = dialect.get_readonly(driver)
    dialect.set_isolation_level(driver, "READ COMMITTED" if writes else "REPEATABLE READ")
    dialect.set_readonly(driver, not writes)
    try:
        yield
    finally:
        if connection.is_valid and not driver.closed:
            dialect.reset_isolation_level(driver)
            dialect.set_readonly(driver, is_read_only)
