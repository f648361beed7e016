"""Column types that mean the same on every database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Date, DateTime, Dialect, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeDecorator, TypeEngine

from csp_workflow.model.calendar import as_utc, write_instant

_WIDTH = len("2026-01-31T12:00:00.000000Z")


_read = lru_cache(1024)(datetime.fromisoformat)  # the facts of one day share an instant


class _InUtc(ColumnElement[datetime]):
    """An instant as it is read: in UTC and without a zone, whatever the zone of the session is."""

    inherit_cache = True

    def __init__(self, column: ColumnElement[datetime]) -> None:
        self.column = column
        self.type = column.type


@compiles(_InUtc)
def _as_it_is(element: _InUtc, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.column, **options)


@compiles(_InUtc, "postgresql")
def _without_the_zone_of_the_session(element: _InUtc, compiler: SQLCompiler, **options: Any) -> str:
    return f"timezone('UTC', {compiler.process(element.column, **options)})"


class Instant(TypeDecorator[datetime]):
    """An instant: `timestamptz` on PostgreSQL, fixed-width ISO text in UTC on SQLite, which has no such type."""

    impl = String(_WIDTH)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The type that the database keeps it in."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(String(_WIDTH))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Into the database."""
        if value is None:
            return None
        return as_utc(value) if dialect.name == "postgresql" else write_instant(value)

    def column_expression(self, column: ColumnElement[datetime]) -> ColumnElement[datetime]:
        """How it is read: the session's zone would carry the ends of the calendar out of it."""
        return _InUtc(column)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Out of the database."""
        del dialect
        if isinstance(value, str):
            return _read(value)
        return None if value is None else value.replace(tzinfo=UTC)


def of_json(kind: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """How a value of a column is read that PostgreSQL wrote as JSON, where JSON does not have its type."""
    if isinstance(kind, Instant):
        return _instant_of_json
    return _date_of_json if isinstance(kind, Date) else None


def _instant_of_json(text: str | None) -> datetime | None:
    return None if text is None else _read(text).replace(tzinfo=UTC)


def _date_of_json(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
