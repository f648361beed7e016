"""What is particular about PostgreSQL: its address, its patience, and how its transactions are isolated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from selectors import EVENT_READ, DefaultSelector
from time import monotonic
from typing import Any

from sqlalchemy import Dialect, Engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import PoolProxiedConnection

NAME = "postgresql"
MISSING = "PostgreSQL needs its driver: pip install 'csp-workflow[postgres]'."
DRIVER = "postgresql+psycopg"
_GENERAL = {NAME, "postgres"}  # names that leave the driver open
ACTS = "READ COMMITTED"  # how the transactions of acts are isolated: they lock
_LONG_IDLE = 30.0  # seconds after which a connection may have been lost without a word
_USUAL = {"connect_timeout": 10, "fallback_application_name": "csp-workflow"}  # psycopg waits for two minutes


def with_driver(url: URL) -> URL:
    """An address that names our driver, unless it names another."""
    return url.set(drivername=DRIVER) if url.drivername in _GENERAL else url


def options(url: URL) -> dict[str, Any]:
    """How an engine of our own connects, where its address does not say otherwise."""
    usual = {name: value for name, value in _USUAL.items() if name not in url.query}
    return {"isolation_level": ACTS, "connect_args": usual if url.drivername == DRIVER else {}}


def replace_the_dead(engine: Engine) -> None:
    """Have an engine replace a connection that died while nobody used it.

    One that was idle for long is asked. One that was used just now is asked only if it has something to say, as it
    has when it was ended or its server was stopped: a question to every one would be a round trip for every act.
    """

    def remember(_driver: Any, record: Any) -> None:
        record.info["idle_since"] = monotonic()

    def check(driver: Any, record: Any, _proxy: object) -> None:
        idle = monotonic() - record.info.get("idle_since", monotonic())
        if (idle > _LONG_IDLE or _has_something_to_say(driver)) and not _answers(driver, engine.dialect):
            raise InvalidatePoolError

    event.listen(engine, "checkin", remember)
    event.listen(engine, "checkout", check)


def _has_something_to_say(driver: Any) -> bool:
    with DefaultSelector() as selector:
        selector.register(driver.fileno(), EVENT_READ)
        return bool(selector.select(0))


def _answers(driver: Any, dialect: Dialect) -> bool:
    try:
        return dialect.do_ping(driver)
    except dialect.loaded_dbapi.Error:
        return False


def prepare(engine: Engine, milliseconds: int) -> None:
    """Have every new connection of an engine of our own write, and wait so long for what others have locked."""
    waits = "lock_timeout" not in str(engine.url.query.get("options"))
    dialect: Any = engine.dialect

    def prepare_one(driver: Any, _record: object) -> None:
        dialect.set_readonly(driver, False)  # noqa: FBT003 - SQLAlchemy's own form
        if waits:
            with driver.cursor() as cursor:
                cursor.execute(f"SET lock_timeout = {milliseconds}")
            driver.commit()

    event.listen(engine, "connect", prepare_one)


@contextmanager
def isolated(connection: PoolProxiedConnection, dialect: Any, *, writes: bool) -> Iterator[None]:
    """Isolate the next transaction, whatever the host's engine or its database does by itself.

    A look is one picture of the database from its first statement on. An act locks its partner first, and reads
    committed: what it is judged by is what was committed last, and cannot change any more before it commits.
    """
    driver: Any = connection.driver_connection
    is_read_only = dialect.get_readonly(driver)
    dialect.set_isolation_level(driver, ACTS if writes else "REPEATABLE READ")
    dialect.set_readonly(driver, not writes)
    try:
        yield
    finally:
        if connection.is_valid and not driver.closed:
            dialect.reset_isolation_level(driver)
            dialect.set_readonly(driver, is_read_only)
