"""Statements compiled once and run on the driver's own cursor; types are converted as SQLAlchemy would.

SQLAlchemy still writes every statement, for every database; what is saved is its work at each execution, which
costs more than the statements themselves (docs/explanation/speed.md has the figures).
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from operator import itemgetter
from typing import Any

from sqlalchemy import Dialect, SelectBase
from sqlalchemy.sql import Executable

from csp_workflow.errors import StaleRevision, StorageDamaged

Convert = Callable[[Any], Any]
_OR_FAIL = "WITH changed AS ({} RETURNING 1) SELECT 1 / count(*) FROM changed"


class Prepared:
    """A statement for one kind of database: its text, the order of its parameters, and how values are converted."""

    __slots__ = ("_binds", "_converted", "_is_positional", "_or_fail", "_pick", "_results", "_row", "text")

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})  # type: ignore[attr-defined]
        self.text: str = compiled.string
        constants = compiled.construct_params(_check=False)
        names = tuple(compiled.positiontup) if compiled.positional else tuple(constants)
        self._or_fail: Prepared | None = None
        self._is_positional = bool(compiled.positional)
        self._binds = [(name, constants[name], _converter(compiled.binds.get(name), dialect)) for name in names]
        self._pick = itemgetter(*names) if len(names) > 1 else None
        self._converted = [(place, convert) for place, (_, _, convert) in enumerate(self._binds) if convert is not None]
        columns = list(statement.selected_columns) if isinstance(statement, SelectBase) else []
        converters = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        self._results = [(place, convert) for place, convert in enumerate(converters) if convert is not None]
        self._row = _row_type([column.name for column in columns])

    def or_fail(self) -> Prepared:
        """The same statement, which PostgreSQL fails with a division by zero where it changes no row."""
        if self._or_fail is None:
            self._or_fail = copy(self)
            self._or_fail.text = _OR_FAIL.format(self.text)
        return self._or_fail

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """Values as the driver takes them."""
        try:
            given = list(self._pick(values)) if self._pick else [values.get(name, one) for name, one, _ in self._binds]
        except KeyError:
            given = [values.get(name, constant) for name, constant, _ in self._binds]
        for place, convert in self._converted:
            given[place] = convert(given[place])
        return given if self._is_positional else dict(zip((name for name, _, _ in self._binds), given, strict=True))

    def row(self, found: Iterable[Any]) -> Any:
        """A row of the driver, with names and types."""
        values = list(found)
        try:
            for place, convert in self._results:
                values[place] = convert(values[place])
            return self._row._make(values)
        except (ValueError, TypeError) as problem:
            raise StorageDamaged(f"A row of the database cannot be read: {problem}.") from None


def _converter(bind: Any, dialect: Dialect) -> Convert | None:
    """How a parameter is converted; the members of an IN list have no bind of their own, and are all text here."""
    convert: Convert | None = bind.type.dialect_impl(dialect).bind_processor(dialect) if bind is not None else None
    return convert


def _row_type(names: list[str]) -> Any:
    return namedtuple("Row", names, rename=True)  # noqa: PYI024 - its fields are known only now


class Cursor:
    """The driver's cursor, for prepared statements that are said one by one."""

    __slots__ = ("_cursor", "_dialect", "_known")

    asks_along = False  # whether a question costs next to nothing beside another
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

    def _asked(self, prepared: Prepared, values: Mapping[str, Any]) -> Any:
        """A cursor of the driver that has the answer to a question."""
        self._cursor.execute(prepared.text, prepared.parameters(values))
        return self._cursor

    def rows(self, statement: Executable, values: Mapping[str, Any]) -> list[Any]:
        """All rows that a statement finds."""
        prepared = self._prepared(statement)
        return [prepared.row(found) for found in self._asked(prepared, values).fetchall()]

    def each(self, statements: Sequence[Executable], values: Mapping[str, Any]) -> list[list[Any]]:
        """All rows that each of some statements finds, asked with the same values."""
        return [self.rows(statement, values) for statement in statements]

    def first(self, statement: Executable, values: Mapping[str, Any]) -> Any:
        """The first row that a statement finds, or None."""
        prepared = self._prepared(statement)
        found = self._asked(prepared, values).fetchone()
        return None if found is None else prepared.row(found)

    def ask(self, statement: Executable) -> list[Any]:
        """All rows that a statement finds that was made for this one question, its values in it."""
        prepared = Prepared(statement, self._dialect)
        return [prepared.row(found) for found in self._asked(prepared, {}).fetchall()]

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
            StaleRevision: one of the rows is not there any more as the values say; of a pipeline, at its end.
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
