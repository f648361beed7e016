"""Databases of tests, looked at and changed from outside of the product, on SQLite and PostgreSQL in the same words."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import NullPool, create_engine, event, inspect, make_url
from sqlalchemy.exc import ProgrammingError

from csp_workflow.model.calendar import write_instant
from csp_workflow.storage.store import open_store
from csp_workflow.storage.tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

Rows = list[tuple[Any, ...]]

_SHAPE = """
    SELECT md5(string_agg(part, ',' ORDER BY part)) FROM (
      SELECT a.attrelid::regclass || '.' || a.attname || a.atttypid || a.attnotnull FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0
      UNION ALL SELECT t.tgrelid::regclass || '.' || t.tgname FROM pg_trigger t WHERE NOT t.tgisinternal
      UNION ALL SELECT conrelid::regclass || '.' || conname FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
      UNION ALL SELECT id || secret FROM csp_installation
      UNION ALL SELECT version_num FROM csp_alembic_version
      UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    ) AS parts (part)"""
_KEPT = {"csp_installation", "csp_alembic_version"}
_EMPTIED = [table.name for table in reversed(Table.metadata.sorted_tables) if table.name not in _KEPT]
_EMPTY = "; ".join([*(f"DELETE FROM {name}" for name in _EMPTIED), "UPDATE csp_installation SET definition = ''"])
_OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
_LOOKS = 1000  # a hundred a second


class Database:
    """A database at an address, asked and changed behind the product's back."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.kind = make_url(url).get_backend_name()
        self._utc = {"options": "-c TimeZone=UTC"} if self.kind == "postgresql" else {}
        self.engine = self._reading = create_engine(url, poolclass=NullPool, connect_args=self._utc)
        if self.kind == "sqlite":
            event.listen(self.engine, "connect", _check_references)

    def __str__(self) -> str:
        return self.url

    def rows(self, statement: str, *values: Any) -> Rows:
        """What a statement finds, its values as SQLite shows them: days and instants as text, yes and no as 1 and 0."""
        return [tuple(row.values()) for row in self.read(statement, *values)]

    def read(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """The same by the names of the columns."""
        with self._reading.connect() as connection:
            found = connection.exec_driver_sql(self._written(statement, values), values).mappings()
            return [{name: _shown(value) for name, value in row.items()} for row in found]

    def change(self, *statements: str, checked: bool = True) -> None:
        """Do something to it; unchecked even what references between tables forbid."""
        with self.engine.begin() as connection:
            if not checked:
                self._stop_checking(connection)
            for statement in statements:
                connection.exec_driver_sql(self._written(statement, ()))

    def tables(self) -> list[str]:
        """The names of all tables."""
        return sorted(inspect(self.engine).get_table_names())

    def dump(self) -> dict[str, Rows]:
        """All rows of all tables."""
        return {name: sorted(self.rows(f"SELECT * FROM {name}"), key=repr) for name in self.tables()}

    def about(self, pgas: Sequence[str]) -> dict[str, Rows]:
        """All rows of all tables that are about some partners."""
        names = [table.name for table in Table.metadata.sorted_tables if "pga" in table.columns]
        wanted = ", ".join(f"'{pga}'" for pga in pgas)
        found: dict[str, Rows] = {}
        with self.engine.connect() as connection:
            for name in names:
                said = connection.exec_driver_sql(f"SELECT * FROM {name} WHERE pga IN ({wanted})")
                found[name] = sorted((tuple(map(_shown, row)) for row in said), key=repr)
        return found

    def drop_table(self, name: str) -> None:
        """Take a table away, whatever refers to it."""
        self.change(f"DROP TABLE {name}{' CASCADE' if self.kind == 'postgresql' else ''}", checked=False)

    def break_on(self, table: str, verb: str = "INSERT") -> None:
        """Let every writing to a table fail."""
        trigger = f"CREATE TRIGGER broken_{table}_{verb} BEFORE {verb} ON {table}"
        if self.kind == "sqlite":
            self.change(f"{trigger} BEGIN SELECT RAISE(ABORT, 'broken'); END")
            return
        function = "CREATE OR REPLACE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS"
        body = "$$ BEGIN RAISE EXCEPTION 'broken'; END $$"
        self.change(f"{function} {body}", f"{trigger} FOR EACH ROW EXECUTE FUNCTION broken()")

    def mend(self, table: str, verb: str = "INSERT") -> None:
        """Let it work again."""
        on = f" ON {table}" if self.kind == "postgresql" else ""
        self.change(f"DROP TRIGGER broken_{table}_{verb}{on}")

    @contextmanager
    def witness(self) -> Iterator[Callable[[], Any]]:
        """Somebody who says something else whenever anything was committed."""
        with self.engine.connect() as connection:
            if self.kind == "sqlite":
                yield lambda: connection.exec_driver_sql("PRAGMA data_version").scalar_one()
                return
            counts = [f"SELECT count(*), max(xmin::text::bigint) FROM {name}" for name in self.tables()]
            counted = " UNION ALL ".join(counts)
            yield lambda: self.rows(counted)

    @contextmanager
    def another(self) -> Iterator[Connection]:
        """A connection of somebody else's, in a transaction."""
        with self.engine.connect() as connection:
            yield connection

    def waits(self) -> bool:
        """Whether anybody waits for a lock on PostgreSQL; looks for a while until somebody does."""
        return any(
            self.rows(f"SELECT pg_sleep(0.01), count(*) {_OTHERS} AND wait_event_type = 'Lock'")[0][1]
            for _ in range(_LOOKS)
        )

    def kill_others(self) -> None:
        """End everybody else's connections, as a server on PostgreSQL does that is stopped."""
        self.rows(f"SELECT pg_terminate_backend(pid) {_OTHERS}")
        assert any(not self.rows(f"SELECT pg_sleep(0.01), count(*) {_OTHERS}")[0][1] for _ in range(_LOOKS))

    def _written(self, statement: str, values: tuple[Any, ...]) -> str:
        """A statement with `?` for its values, as the driver takes it."""
        if self.kind == "sqlite" or not values:
            return statement
        return statement.replace("%", "%%").replace("?", "%s")

    def _stop_checking(self, connection: Connection) -> None:
        off = "PRAGMA foreign_keys=OFF" if self.kind == "sqlite" else "SET LOCAL session_replication_role = replica"
        connection.exec_driver_sql(off)


class Emptied(Database):
    """A database on PostgreSQL with the product's tables in it, that test after test uses and finds empty.

    Emptying deletes rows in an order that no reference minds, in one round trip: 3 ms after a test that left some
    dozen rows, where TRUNCATE takes 5, and a new database 30; on a disk, where those two have to wait for it, far more.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._own = self._reading = create_engine(
            url, isolation_level="AUTOCOMMIT", pool_pre_ping=True, connect_args=self._utc
        )
        self._shape: Any = None
        self._renew()

    def empty(self) -> None:
        """Make it as it was at first, whatever a test did to it."""
        with self._own.connect() as connection:
            connection.exec_driver_sql(f"SELECT pg_terminate_backend(pid) {_OTHERS}")
            whole = self._is_whole(connection)
            if whole:
                connection.exec_driver_sql(_EMPTY)
        if not whole:
            self._renew()

    def close(self) -> None:
        """Let go of it."""
        self._own.dispose()

    def _is_whole(self, connection: Connection) -> bool:
        """Whether it has the very tables that it had at first."""
        try:
            return bool(connection.exec_driver_sql(_SHAPE).scalar_one() == self._shape)
        except ProgrammingError:  # a table is missing
            return False

    def _renew(self) -> None:
        with self._own.connect() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            open_store(self.url).close()
            self._shape = connection.exec_driver_sql(_SHAPE).scalar_one()


def sqlite_at(path: Path) -> Database:
    """The database in a file, which need not be there yet."""
    return Database(f"sqlite:///{path}")


def _check_references(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA foreign_keys=ON")


def _shown(value: Any) -> Any:
    if isinstance(value, datetime):
        return write_instant(value)
    if isinstance(value, date):
        return value.isoformat()
    return int(value) if isinstance(value, bool | Decimal) else value
