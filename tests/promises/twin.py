"""The same acts on a database that nobody disturbs, and a look at whether another one holds the very same rows."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine

from csp_workflow.audit.definitions import Judging
from csp_workflow.audit.findings import Broken
from csp_workflow.audit.partner import audit_partner
from csp_workflow.bootstrap import join
from csp_workflow.storage.store import open_store
from tests.databases import Database, sqlite_at
from tests.promises.lives import BEGUN, Lives, mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from csp_workflow.rules.engine import Judge
    from tests.databases import Rows

_OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
_PATIENCE = 60.0


class Twin:
    """A database in a file on which the same acts are done as on another, each once, and all to their end."""

    def __init__(self, file: Path, original: Database, judge: Judge, lives: Lives | None = None) -> None:
        self._original, self._judge, self._lives = original, judge, lives or Lives()
        self._own, self._now = sqlite_at(file), BEGUN
        self._workflow = join(open_store(self._own.url), judge, lambda: self._now)
        self._workflow.sweep()
        (secret,) = original.rows("SELECT secret FROM csp_installation")[0]
        self._own.change(f"UPDATE csp_installation SET secret = '{secret}'")  # what is masked is masked alike

    def close(self) -> None:
        """No more acts."""
        self._workflow.close()

    def do(self, number: int) -> str:
        """Do an act; what was answered, in short."""
        act = self._lives.act(number)
        self._now = act.at
        return mark(act.do(self._workflow))

    def is_same(self, pgas: Sequence[str]) -> bool:
        """Whether the other holds row for row the same about some partners."""
        return self._own.about(pgas) == self._original.about(pgas)

    def difference(self) -> dict[str, tuple[Rows, Rows]]:
        """The rows that only one of the two holds, by table: those that are missing, and those that are too many."""
        mine, theirs = self._own.dump(), self._original.dump()
        del mine["csp_installation"], theirs["csp_installation"]
        found = {name: (_without(mine[name], theirs[name]), _without(theirs[name], mine[name])) for name in mine}
        return {name: rows for name, rows in found.items() if rows != ([], [])}


def problems(database: Database, judge: Judge, pgas: Iterable[str]) -> list[str]:
    """What `verify` says of some partners; no connection is left open."""
    engine, found = create_engine(database.url), list[str]()
    store = open_store(engine)
    for pga in pgas:
        try:
            with store.reading() as session:
                if session.file(pga) is not None:  # else there must be no row of it, which the twin tells
                    audit_partner(session, judge.programme, pga, Judging(), is_swept=True)
        except Broken as broken:
            found.append(f"{pga}: {broken}")
    engine.dispose()
    return found


def wait_until_alone(database: Database) -> None:
    """Wait until a server has noticed that somebody is gone: until then it may still do what it was told."""
    if database.kind == "sqlite":
        return  # the system has taken back all that a process held
    end = time.monotonic() + _PATIENCE
    with database.engine.connect() as connection:
        while connection.exec_driver_sql(_OTHERS).scalar_one():
            connection.rollback()  # else it sees the same for ever
            assert time.monotonic() < end, "somebody stays connected"


def _without(rows: Rows, others: Rows) -> list[Any]:
    return [row for row in rows if row not in others]
