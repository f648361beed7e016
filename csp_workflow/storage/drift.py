"""Where the tables of a database differ from those of this program; both are read back from a database alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Inspector, MetaData, create_engine, inspect

from csp_workflow.storage.failures import mapped
from csp_workflow.storage.migrations import HEAD, REVISIONS
from csp_workflow.storage.opening import anew, look, names, shown
from csp_workflow.storage.store import engine_of
from csp_workflow.storage.tables import Table

_Parts = dict[tuple[str, str, str], str]  # how a part is, by its table, its kind and its name


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A part of a table that is otherwise in the database than in the models; None where it is not there at all."""

    table: str
    kind: str
    name: str
    models: str | None
    database: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaReport:
    """How the schema of a database stands to this program: its revision, the one that is needed, what differs."""

    database: str
    revision: str | None
    needed: str
    differences: tuple[Difference, ...]

    @property
    def standing(self) -> str:
        """In a word: `current`, `outdated`, `newer`, or `empty` where there is nothing of ours."""
        if self.revision is None:
            return "empty"
        if self.revision == self.needed:
            return "current"
        return "outdated" if self.revision in REVISIONS else "newer"

    @property
    def agrees(self) -> bool:
        """Whether the program can use the database, and finds everything as it would have made it."""
        return self.standing == "current" and not self.differences

    def to_dict(self) -> dict[str, Any]:
        """The report as the console's JSON shows it."""
        differences = [asdict(difference) for difference in self.differences]
        return asdict(self) | {"standing": self.standing, "agrees": self.agrees, "differences": differences}


def check(target: str | Engine) -> SchemaReport:
    """Compare the tables of a database with the models; nothing is written.

    Args:
        target: an SQLAlchemy address, or an engine, which stays the caller's.

    Raises:
        BadTarget: the address is not understood.
        StorageDamaged: the database is not one of ours.
        StorageUnavailable: it cannot be opened or read.
    """
    engine = target if isinstance(target, Engine) else engine_of(target)
    where = shown(engine.url)
    try:
        with mapped(where, engine.dialect.loaded_dbapi):
            if _is_no_file_yet(engine):
                return SchemaReport(database=where, revision=None, needed=HEAD, differences=())
            with engine.connect() as connection:
                found = look(connection)
                differing = differences(anew(connection)) if found.revision is not None else ()
                connection.rollback()
                return SchemaReport(database=where, revision=found.revision, needed=HEAD, differences=differing)
    finally:
        if engine is not target:
            engine.dispose()


def _is_no_file_yet(engine: Engine) -> bool:
    """Whether to open this would make a file."""
    name = engine.url.database or ""
    is_file = engine.dialect.name == "sqlite" and name not in {"", ":memory:"} and not name.startswith("file:")
    return is_file and Path(name).parent.is_dir() and not Path(name).exists()


def differences(connection: Connection, models: MetaData = Table.metadata) -> tuple[Difference, ...]:
    """What differs, table by table; to be rolled back."""
    found = _described(inspect(connection), names(connection), None)
    with _made_aside(connection, models) as (inspector, schema):
        wanted = _described(inspector, models.tables.keys(), schema)
    return tuple(
        Difference(table=part[0], kind=part[1], name=part[2], models=wanted.get(part), database=found.get(part))
        for part in sorted(_telling(wanted, found) | _telling(found, wanted))
        if wanted.get(part) != found.get(part)
    )


def _telling(parts: _Parts, others: _Parts) -> set[tuple[str, str, str]]:
    """All parts, but of a table that the others have not only that it is there."""
    known = {table for table, _kind, _name in others}
    return {part for part in parts if part[0] in known or part[1] == "table"}


@contextmanager
def _made_aside(connection: Connection, models: MetaData) -> Iterator[tuple[Inspector, str | None]]:
    """The tables of the models, made where nobody sees them: in memory, or as temporary tables."""
    if connection.dialect.name == "sqlite":
        aside = create_engine("sqlite://")
        with aside.connect() as empty:
            models.create_all(empty)
            yield inspect(empty), None
        aside.dispose()
        return
    temporary = connection.execution_options(schema_translate_map={None: "pg_temp"})
    models.create_all(temporary, checkfirst=False)
    schema = connection.exec_driver_sql("SELECT pg_my_temp_schema()::regnamespace::text").scalar_one()
    connection.execution_options(schema_translate_map={})
    yield inspect(connection), schema


def _described(inspector: Inspector, tables: Any, schema: str | None) -> _Parts:
    parts: _Parts = {}
    for table in tables:
        parts[table, "table", table] = "there"
        for kind, name, text in _parts(inspector, table, schema):
            parts[table, kind, name] = "; ".join(
                filter(None, (parts.get((table, kind, name)), text))
            )  # one may be twice
    return parts


def _parts(inspector: Inspector, table: str, schema: str | None) -> Iterator[tuple[str, str, str]]:
    for column in inspector.get_columns(table, schema):
        default = f" DEFAULT {column['default']}" if column["default"] is not None else ""
        yield "column", column["name"], f"{column['type']}{'' if column['nullable'] else ' NOT NULL'}{default}"
    yield "primary key", "", _listed(inspector.get_pk_constraint(table, schema)["constrained_columns"])
    for key in inspector.get_foreign_keys(table, schema):
        options = "".join(f" {word.upper()} {value}" for word, value in sorted(key["options"].items()) if value)
        columns = _listed(key["constrained_columns"])
        yield "foreign key", columns, f"REFERENCES {key['referred_table']} {_listed(key['referred_columns'])}{options}"
    for unique in inspector.get_unique_constraints(table, schema):
        columns = _listed(unique["column_names"])
        yield "unique constraint", columns, f"UNIQUE {columns}"
    for rule in inspector.get_check_constraints(table, schema):
        text = " ".join(rule["sqltext"].split())
        yield "check constraint", rule["name"] or text, text
    for index in inspector.get_indexes(table, schema):
        if "duplicates_constraint" not in index:
            yield "index", str(index["name"]), _index(index)


def _index(index: Any) -> str:
    columns = _listed(index.get("expressions") or index["column_names"])
    order = "".join(f", {name} {' '.join(words)}" for name, words in sorted(index.get("column_sorting", {}).items()))
    options = index.get("dialect_options", {})
    where = next((f" WHERE {text}" for name, text in sorted(options.items()) if name.endswith("_where")), "")
    return f"{'UNIQUE ' if index['unique'] else ''}{columns}{order}{where}"


def _listed(columns: Any) -> str:
    return f"({', '.join(map(str, columns))})"
