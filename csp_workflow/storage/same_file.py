"""An SQLite file stays the one that was opened: what is written to one that is gone from its place is lost."""

from __future__ import annotations

import os
from typing import Any

from sqlalchemy import Engine, event

from csp_workflow.errors import StorageUnavailable


class SameFile:
    """Knows which file an engine has opened first, and sees before each transaction that it is still in its place."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._path = ""
        self._opened: tuple[int, int] | None = None

    def watch(self, engine: Engine) -> None:
        """Look whenever the engine connects, and whenever a connection is used."""
        event.listen(engine, "do_connect", self._look)  # else SQLite would begin a new file
        event.listen(engine, "connect", self._remember)
        event.listen(engine, "checkout", self._look)

    def _remember(self, connection: Any, _record: object) -> None:
        path = connection.execute("PRAGMA database_list").fetchone()[2]  # empty where it is in memory
        if not self._path:
            self._path, self._opened = path, _file_at(path)
        elif _file_at(path) != self._opened:  # the name is a link, and means another file now
            connection.close()
            raise self._gone()

    def _look(self, *_given: object) -> None:
        if self._path and _file_at(self._path) != self._opened:
            raise self._gone()

    def _gone(self) -> StorageUnavailable:
        return StorageUnavailable(
            f"{self._name} was moved, removed or replaced while it was open: put it back, or open the workflow again.",
            database=self._name,
        )


def _file_at(path: str) -> tuple[int, int] | None:
    """What tells one file from another, whatever its name."""
    try:
        found = os.stat(path)  # noqa: PTH116 - before every transaction; a Path would take three times as long
    except OSError:
        return None
    return found.st_dev, found.st_ino
