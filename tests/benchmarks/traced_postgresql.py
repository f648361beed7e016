"""What the product says to PostgreSQL where it says its statements one by one, and said again by bare psycopg."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

import psycopg
from sqlalchemy import create_engine, make_url

from csp_workflow.storage.store import SqlStore
from tests.benchmarks.traced import Said


class OneByOne(SqlStore):
    """The store with the other of its writers: it locks the partner, and says what it writes statement by statement."""

    acting = SqlStore.writing


def listening_store(url: str, said: list[Said]) -> OneByOne:
    """A store that writes down all that is executed."""

    class Listening(psycopg.Cursor[Any]):
        """A cursor that writes down what it executes."""

        def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
            said.append(Said(query, params or (), many=False))
            return super().execute(query, params, **options)

        def executemany(self, query: Any, params_seq: Iterable[Any], **options: Any) -> None:
            rows = list(params_seq)
            said.append(Said(query, rows, many=True))
            super().executemany(query, rows, **options)

    def connect() -> psycopg.Connection[Any]:
        return psycopg.connect(bare(url), cursor_factory=Listening)

    return OneByOne(create_engine(url, creator=connect), owned=True)


def bare(url: str) -> str:
    """An address as the driver takes it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def raw_connection(url: str) -> psycopg.Connection[Any]:
    """A bare connection; its transactions are begun by word, as they were heard."""
    return psycopg.connect(bare(url), autocommit=True)


def say_again(connection: psycopg.Connection[Any], said: Sequence[Said]) -> None:
    """Execute what was written down, its BEGIN and COMMIT too, and fetch what it finds."""
    cursor = connection.cursor()
    for text, parameters, many in said:
        if many:
            cursor.executemany(text, parameters)
        else:
            cursor.execute(text, parameters or None)
            if cursor.description:
                cursor.fetchall()
