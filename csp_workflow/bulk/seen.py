"""What a file has brought so far: kept in a temporary file, so that memory does not grow with what comes in."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from typing import Any, Self

from csp_workflow.errors import StorageUnavailable

_ENCODER = json.JSONEncoder(ensure_ascii=True, sort_keys=True, separators=(",", ":"))
_TABLES = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE times (mark BLOB PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE kept (mark BLOB PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE since (mark BLOB, day TEXT, content BLOB NOT NULL, PRIMARY KEY (mark, day)) WITHOUT ROWID;
    BEGIN;
"""


def mark_of(*values: Any) -> bytes:
    """Plain values as sixteen bytes: the same ones for the same values, in every version."""
    return hashlib.blake2b(_ENCODER.encode(values).encode("ascii"), digest_size=16).digest()


class Seen:
    """Counts marks, and keeps something under each."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None)  # no name: a file of its own, gone when it is closed
        self._file.executescript(_TABLES)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def count(self, mark: bytes) -> int:
        """How often a mark has come, this time counted."""
        self._run("INSERT INTO times VALUES (?, 1) ON CONFLICT (mark) DO UPDATE SET number = number + 1", mark)
        return int(self._run("SELECT number FROM times WHERE mark = ?", mark)[0][0])

    def first(self, mark: bytes, content: bytes = b"") -> bytes | None:
        """The content with which a mark came before; None where it comes for the first time."""
        before = self.kept(mark)
        if before is None:
            self.keep(mark, content)
        return before

    def kept(self, mark: bytes) -> bytes | None:
        """What is kept under a mark."""
        found = self._run("SELECT content FROM kept WHERE mark = ?", mark)
        return bytes(found[0][0]) if found else None

    def keep(self, mark: bytes, content: bytes) -> None:
        """Keep something under a mark, in place of what was there."""
        self._run("INSERT OR REPLACE INTO kept VALUES (?, ?)", mark, content)

    def keep_from(self, mark: bytes, day: str, content: bytes) -> None:
        """Keep something under a mark from a day on, in place of what was there from the same day on."""
        self._run("INSERT OR REPLACE INTO since VALUES (?, ?, ?)", mark, day, content)

    def latest(self, mark: bytes, day: str) -> tuple[str, bytes] | None:
        """What holds under a mark on a day, and since when."""
        latest = "SELECT day, content FROM since WHERE mark = ? AND day <= ? ORDER BY day DESC LIMIT 1"
        found = self._run(latest, mark, day)
        return (str(found[0][0]), bytes(found[0][1])) if found else None

    def _run(self, statement: str, *values: bytes | str) -> list[Any]:
        try:
            return self._file.execute(statement, values).fetchall()
        except sqlite3.Error as problem:
            raise StorageUnavailable(f"The temporary file of the import cannot be used: {problem}.") from None
