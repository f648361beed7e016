"""Statements compiled once and run on the driver's own cursor; types are converted as SQLAlchemy would.

SQLAlchemy still writes every statement, for every database; what is saved is its work at each execution, which
costs more than the statements themselves (docs/explanation/speed.md has the figures).
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from operator import itemgetter
from typing import Any

from sqlalchemy import Dialect, SelectBase
from sqlalchemy.sql import Executable

from csp_workflow.errors import StaleRevision, StorageDamaged
from csp_workflow.storage.types import of_json

Convert = Callable[[Any], Any]
_NAMED = re.compile(r"%\((\w+)\)s")


class Prepared:
    """A statement for one kind of database: its text, the order of its parameters, and how values are converted."""

    __slots__ = ("_binds", "_converted", "_of_json", "_pick", "_results", "_row", "columns", "text")

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})  # type: ignore[attr-defined]
        constants = compiled.construct_params(_check=False)
        self.text, names = _in_order(compiled)
        self._binds = [(name, constants[name], _converter(compiled.binds.get(name), dialect)) for name in names]
        self._pick = itemgetter(*names) if len(names) > 1 else None
        self._converted = [(place, convert) for place, (_, _, convert) in enumerate(self._binds) if convert is not None]
        columns = list(statement.selected_columns) if isinstance(statement, SelectBase) else []
        self.columns = tuple(column.name for column in columns)
        self._row = _row_type(self.columns)
        self._results = _by_place(
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns
        )
        self._of_json = _by_place(of_json(column.type) for column in columns)

    def parameters(self, values: Mapping[str, Any]) -> list[Any]:
        """Values as the driver takes them, in the order of the text."""
        try:
            given = list(self._pick(values)) if self._pick else [values.get(name, one) for name, one, _ in self._binds]
        except KeyError:
            given = [values.get(name, constant) for name, constant, _ in self._binds]
        for place, convert in self._converted:
            given[place] = convert(given[place])
        return given

    def row(self, found: Iterable[Any]) -> Any:
        """A row of the driver, with names and types."""
        return self._made(list(found), self._results)

    def row_of_json(self, found: list[Any]) -> Any:
        """A row that came as JSON, with names and types."""
        return self._made(found, self._of_json)

    def _made(self, values: list[Any], converters: Sequence[tuple[int, Convert]]) -> Any:
        try:
            for place, convert in converters:
                values[place] = convert(values[place])
            return self._row._make(values)
        except (ValueError, TypeError) as problem:
            raise StorageDamaged(f"A row of the database cannot be read: {problem}.") from None


def _in_order(compiled: Any) -> tuple[str, tuple[str, ...]]:
    """The text of a statement with nothing but places for its parameters, and their names in that order."""
    if compiled.positional:
        return compiled.string, tuple(compiled.positiontup)
    return _NAMED.sub("%s", compiled.string), tuple(_NAMED.findall(compiled.string))


def _by_place(converters: Iterable[Convert | None]) -> list[tuple[int, Convert]]:
    return [(place, convert) for place, convert in enumerate(converters) if convert is not None]


def _converter(bind: Any, dialect: Dialect) -> Convert | None:
    """How a parameter is converted; the members of an IN list have no bind of their own, and are all text here."""
    convert: Convert | None = bind.type.dialect_impl(dialect).bind_processor(dialect) if bind is not None else None
    return convert


def _row_type(names: Sequence[str]) -> Any:
    return namedtuple("Row", names, rename=True)  # noqa: PYI024 - its fields are known only now


class Cursor:
    """The driver's cursor, for prepared statements that are said one by one."""

    __slots__ = ("_cursor", "_dialect", "_known")

    asks_along = False  # whether what will probably be asked is best asked along with a file
    _shared: dict[tuple[str, str], dict[Executable, Prepared]] = {}  # noqa: RUF012 - statements are made once for all

    def __init__(self, cursor: Any, dialect: Dialect) -> None:
        self._dialect = dialect
        self._cursor = cursor
        self._known = self._shared.setdefault((self._dialect.name, self._dialect.driver), {})

    @property
    def dialect(self) -> str:
        """The name of the kind of database."""
        return self._dialect.name

    def _prepared(self, statement: Executable) -> Prepared:
        prepared = self._known.get(statement)
        if prepared is None:
            prepared = self._known[statement] = Prepared(statement, self._dialect)
        return prepared

    def rows(self, statement: Executable, values: Mapping[str, Any]) -> list[Any]:
        """All rows that a statement finds."""
        prepared = self._prepared(statement)
        self._cursor.execute(prepared.text, prepared.parameters(values))
        return [prepared.row(found) for found in self._cursor.fetchall()]

    def each(self, statements: Sequence[Executable], values: Mapping[str, Any]) -> list[Iterable[Any]]:
        """All rows that each of some statements finds, asked with the same values."""
        return [self.rows(statement, values) for statement in statements]

    def first(self, statement: Executable, values: Mapping[str, Any]) -> Any:
        """The first row that a statement finds, or None."""
        prepared = self._prepared(statement)
        self._cursor.execute(prepared.text, prepared.parameters(values))
        found = self._cursor.fetchone()
        return None if found is None else prepared.row(found)

    def ask(self, statement: Executable) -> list[Any]:
        """All rows that a statement finds that was made for this one question, its values in it."""
        prepared = Prepared(statement, self._dialect)
        self._cursor.execute(prepared.text, prepared.parameters({}))
        return [prepared.row(found) for found in self._cursor.fetchall()]

    def as_one(self) -> AbstractContextManager[None]:
        """What is written in here belongs together."""
        return nullcontext()

    def run(self, statement: Executable, values: Mapping[str, Any]) -> None:
        """Run a statement that finds nothing."""
        self.add(statement, [values])

    def add(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement for each of some rows."""
        if rows:
            self._say_each(self._prepared(statement), rows)

    def match(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement that changes one row for each of some values.

        Raises:
            StaleRevision: one of the rows is not there any more as the values say.
        """
        if rows:
            self._say_each(self._prepared(statement), rows)
            if self._cursor.rowcount != len(rows):
                raise StaleRevision

    def _say_each(self, prepared: Prepared, rows: Sequence[Mapping[str, Any]]) -> None:
        if len(rows) == 1:
            self._cursor.execute(prepared.text, prepared.parameters(rows[0]))
        else:
            self._cursor.executemany(prepared.text, [prepared.parameters(row) for row in rows])
