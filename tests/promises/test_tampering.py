"""An edited history is found on PostgreSQL too: in every column of every table, and whatever row is taken out."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DataError, IntegrityError

from csp_workflow.storage.tables import Table
from tests.integration.lived import live
from tests.integration.test_verify import NOT_COVERED, other

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from csp_workflow.bootstrap import HostWorkflow
    from csp_workflow.testing import SettableClock
    from tests.databases import Database

OF_PARTNERS = [table for table in Table.metadata.sorted_tables if "pga" in table.columns]


def tampering(connection: Connection) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Statements that change a value of each column that is covered, and take a row out of each table."""
    for table in OF_PARTNERS:
        says = "cents <> 0" if table.name == "csp_revenue_day" else "true"  # a sum that is zero says nothing
        for column in (name for name in table.columns.keys() if (table.name, name) not in NOT_COVERED):  # noqa: SIM118
            picked = f"SELECT ctid::text, {column} FROM {table} WHERE {column} IS NOT NULL AND {says} LIMIT 1"
            place, value = connection.exec_driver_sql(picked).one()
            yield f"UPDATE {table} SET {column} = %s WHERE ctid = '{place}'", (changed(value),)
        yield f"DELETE FROM {table} WHERE ctid = (SELECT ctid FROM {table} WHERE {says} LIMIT 1)", ()


def changed(value: Any) -> Any:
    """Another value of the same kind, as PostgreSQL knows kinds."""
    if isinstance(value, bool):
        return not value
    return value.replace(year=2001) if isinstance(value, date) else other(value)


def test_what_is_changed_or_taken_out_is_found_in_every_table(
    on_postgresql: HostWorkflow, postgresql: Database, clock: SettableClock
) -> None:
    live(on_postgresql, clock)
    missed, found = list[str](), list[str]()
    with postgresql.another() as connection, on_postgresql.within(connection) as inside:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # who tampers minds no reference
        assert inside.verify().holds
        for statement, values in tampering(connection):
            before = connection.begin_nested()
            with suppress(IntegrityError, DataError):  # the schema itself refuses some
                assert connection.exec_driver_sql(statement, values).rowcount == 1
                (missed if inside.verify().holds else found).append(statement)
            before.rollback()
    assert missed == []
    assert len(found) > 100
