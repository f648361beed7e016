"""A database of an earlier release becomes one of today: whole, or not at all; an SQLite file is copied before."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine

from csp_workflow.errors import StorageDamaged, StorageUnavailable
from csp_workflow.storage.failures import mapped
from csp_workflow.storage.migrations import HEAD, REVISIONS, VERSION_TABLE
from csp_workflow.storage.opening import (
    PATIENCE_MS,
    TAKE_THE_LOCK,
    Found,
    anew,
    begin,
    claim,
    look,
    make,
    names,
    require,
    shown,
    stamp,
)
from csp_workflow.storage.store import engine_of


class Step(NamedTuple):
    """A revision that was run, and what it is called."""

    revision: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """What an upgrade did: from which revision (None: there was nothing) to which, and where the copy is."""

    database: str
    before: str | None
    after: str
    steps: tuple[Step, ...] = ()
    copy: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The upgrade as the console's JSON shows it."""
        return asdict(self) | {"steps": [step._asdict() for step in self.steps]}


def upgrade(target: str | Engine, *, copy: bool = True) -> Upgrade:
    """Bring a database to the schema of this program, in one transaction; where there is nothing, it is made.

    Args:
        target: an SQLAlchemy address, or an engine, which stays the caller's.
        copy: whether an SQLite file is copied beside itself before anything is changed.

    Raises:
        BadTarget: the address is not understood.
        StorageNewer: the database was written by a later release.
        StorageDamaged: it is not one of ours.
        StorageUnavailable: it cannot be opened, written or copied, or somebody else keeps it locked.
    """
    engine = target if isinstance(target, Engine) else engine_of(target)
    where = shown(engine.url)
    try:
        with mapped(where, engine.dialect.loaded_dbapi), engine.connect() as connection:
            found = look(connection)
            if found.revision == HEAD:  # nothing to write, so nobody is waited for
                require(connection, found)
                return Upgrade(database=where, before=HEAD, after=HEAD)
            with _alone(anew(connection), found) as alone:
                return _upgraded(alone, where, copy=copy)
    finally:
        if engine is not target:
            engine.dispose()


def _upgraded(connection: Connection, where: str, *, copy: bool) -> Upgrade:
    found = look(connection)
    if found.revision is None:
        make(connection)
        return Upgrade(database=where, before=None, after=HEAD)
    if found.revision not in REVISIONS[:-1]:
        require(connection, found)
        return Upgrade(database=where, before=HEAD, after=HEAD)  # somebody else has just done it
    kept = _copied(connection, found.revision) if copy and connection.dialect.name == "sqlite" else None
    steps = _run(connection, found)
    return Upgrade(database=where, before=found.revision, after=HEAD, steps=steps, copy=kept)


def _run(connection: Connection, found: Found) -> tuple[Step, ...]:
    from csp_workflow.storage.migrations.steps import run, titles  # noqa: PLC0415 - Alembic, when it is needed

    before = str(found.revision)
    if VERSION_TABLE not in found.tables:
        stamp(connection, before)
    run(connection)
    if connection.dialect.name == "sqlite":
        _check_references(connection)
    called = titles()
    return tuple(Step(revision, called[revision]) for revision in REVISIONS[REVISIONS.index(before) + 1 :])


@contextmanager
def _alone(connection: Connection, found: Found) -> Iterator[Connection]:
    """A transaction beside which nobody else writes."""
    if connection.dialect.name == "sqlite":
        with _without_references(connection):
            if found.revision is None:
                claim(connection)
            else:
                begin(connection, "BEGIN IMMEDIATE")
                connection.exec_driver_sql(TAKE_THE_LOCK)  # a host may have begun for reading, or nobody may write
            yield connection
            connection.commit()
        return
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {PATIENCE_MS}")
    claim(connection)
    yield connection
    connection.commit()


@contextmanager
def _without_references(connection: Connection) -> Iterator[None]:
    """On SQLite a table is changed by making it anew while others refer to it; that they still do is checked after."""
    driver: Any = connection.connection.driver_connection
    (kept,) = driver.execute("PRAGMA foreign_keys").fetchone()
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        connection.rollback()
        driver.execute(f"PRAGMA foreign_keys={kept}")


def _check_references(connection: Connection) -> None:
    where = shown(connection.engine.url)
    for name in sorted(names(connection)):
        if broken := connection.exec_driver_sql(f"PRAGMA foreign_key_check({name})").first():
            raise StorageDamaged(f"{where} is left as it was: a row of {broken[0]} belongs to none of {broken[2]}.")


def _copied(connection: Connection, revision: str) -> str | None:
    """Copy an SQLite file beside itself, without what the transaction of this connection has written; gives where."""
    file = next(path for _, name, path in connection.exec_driver_sql("PRAGMA database_list") if name == "main")
    if not file:
        return None  # it is in memory
    original = Path(file)
    kept = _free(original, revision)
    part = original.with_name(f"{kept.name}.part")  # so that what is not complete does not look as if it were
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=original.stat().st_mode & 0o777)
        reading = sqlite3.connect(f"{original.as_uri()}?mode=ro", uri=True)
        with closing(reading) as source, closing(sqlite3.connect(part)) as made:
            source.backup(made)
        part.replace(kept)
    except (OSError, sqlite3.Error) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise StorageUnavailable(
            f"No copy can be written beside {original}, so nothing was upgraded: {reason}; "
            "make room for it, or upgrade without one (--no-copy)."
        ) from problem
    return str(kept)


def _free(original: Path, revision: str) -> Path:
    """A name for a copy that nothing has yet: a copy is never written over."""
    ending = original.suffix or ".db"
    wanted = (f"{original.stem}.before-{revision}{f'-{n}' if n > 1 else ''}{ending}" for n in count(1))
    return next(path for path in map(original.with_name, wanted) if not path.exists())
