"""An edited history is found on PostgreSQL too, and to look for it takes as much memory however long it is."""

from __future__ import annotations

import tracemalloc
from contextlib import suppress
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DataError, IntegrityError

from csp_workflow import Record
from csp_workflow.bootstrap import join
from csp_workflow.storage.store import open_store
from csp_workflow.storage.tables import Table
from csp_workflow.testing import SettableClock
from tests.benchmarks.lives import TODAY as LATER
from tests.benchmarks.population import populate
from tests.integration.hands import OTTO, PGA
from tests.integration.lived import live
from tests.integration.test_verify import NOT_COVERED, other

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from csp_workflow.bootstrap import HostWorkflow
    from csp_workflow.rules.engine import Judge
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


def most_memory(url: str, judge: Judge) -> int:
    """The most bytes that an audit of all that is in a database takes at a time."""
    with join(open_store(url), judge, SettableClock(LATER)) as workflow:
        workflow.verify()  # what is made once is there
        tracemalloc.start()
        assert workflow.verify().holds
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return most


def test_an_audit_takes_as_much_memory_for_ten_times_the_partners(judge: Judge, tmp_path: Path) -> None:
    few, many = (f"sqlite:///{tmp_path}/{cases}.db" for cases in (50, 500))
    for url, cases in ((few, 50), (many, 500)):
        populate(judge, url, cases=cases, due=0, ready=0)
    assert most_memory(many, judge) < 1.5 * most_memory(few, judge)


def test_an_audit_takes_as_much_memory_for_a_longer_journal(judge: Judge, tmp_path: Path) -> None:
    short, long = (f"sqlite:///{tmp_path}/{length}.db" for length in (3_000, 9_000))
    for url, length in ((short, 3_000), (long, 9_000)):
        with join(open_store(url), judge, SettableClock(LATER)) as workflow:
            workflow.register_partner(PGA, name="Fabrikam", country="DE")
            lines = ({"booked_on": LATER - timedelta(days=10), "amount": 1, "line": f"L{at}"} for at in range(length))
            workflow.record_all([Record(subject=PGA, fact="revenue", fields=line) for line in lines], actor=OTTO)
    assert most_memory(long, judge) < 1.5 * most_memory(short, judge)
