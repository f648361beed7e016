"""What is particular about PostgreSQL: its address, its patience, and connections that are lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from select import select
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
_LONG_IDLE = 30.0  # seconds after which a connection may have been lost without a word
_USUAL = {"connect_timeout": 10, "fallback_application_name": "csp-workflow"}  # psycopg waits for two minutes


def with_driver(url: URL) -> URL:
    """An address that names our driver, unless it names another."""
    return url.set(drivername=DRIVER) if url.drivername in _GENERAL else url


def options(url: URL) -> dict[str, Any]:
    """How an engine of our own connects, where its address does not say otherwise."""
    usual = {name: value for name, value in _USUAL.items() if name not in url.query}
    return {"connect_args": usual if url.drivername == DRIVER else {}}


def replace_the_dead(engine: Engine) -> None:
    """Have an engine replace a connection that died while nobody used it.

    One that was idle for long is asked. One that was used just now is asked only if it has something to say, as it
    has when it was ended or its server was stopped: a question to every one would be a round trip for every act.
    """

    def remember(_driver: Any, record: Any) -> None:
        record.info["idle_since"] = monotonic()

    def check(driver: Any, record: Any, _proxy: object) -> None:
        idle = monotonic() - record.info.get("idle_since", monotonic())
        if (idle > _LONG_IDLE or _has_something_to_say(driver, engine.dialect)) and not _answers(
            driver, engine.dialect
        ):
            raise InvalidatePoolError

    event.listen(engine, "checkin", remember)
    event.listen(engine, "checkout", check)


def _has_something_to_say(driver: Any, dialect: Dialect) -> bool:
    try:
        return bool(select([driver], [], [], 0)[0])
    except (ValueError, OSError, dialect.loaded_dbapi.Error):  # it is closed, or `select` cannot count so many files
        return True


def _answers(driver: Any, dialect: Dialect) -> bool:
    try:
        return dialect.do_ping(driver)
    except dialect.loaded_dbapi.Error:
        return False


def patient(milliseconds: int) -> Callable[[Any, object], None]:
    """What lets a new connection wait so long for what others have locked."""

    def set_patience(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"SET lock_timeout = {milliseconds}")
        cursor.close()
        connection.commit()

    return set_patience


@contextmanager
def quiet(connection: PoolProxiedConnection, dialect: Any, *, keep: bool) -> Iterator[None]:
    """A connection whose driver begins nothing by itself: transactions are begun by word, an act needs none at all.

    A host's connection is as it was afterwards; with `keep` it stays so.
    """
    driver: Any = connection.driver_connection
    if is_loud := not driver.autocommit:
        dialect.set_isolation_level(driver, "AUTOCOMMIT")
    try:
        yield
    finally:
        if is_loud and not keep and connection.is_valid and not driver.closed:
            dialect.reset_isolation_level(driver)
