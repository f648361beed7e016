"""The schema holds by itself what must hold, and our own connections to SQLite are set as they must be."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, create_engine, event, inspect
from sqlalchemy.exc import IntegrityError

from csp_workflow import open_workflow
from csp_workflow.testing import SettableClock
from tests.integration.hands import OTTO, REF, TODAY, change, ready, rows, start, tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from csp_workflow.bootstrap import HostWorkflow
    from tests.databases import Database

OF_THE_DATABASE = {"csp_installation": "id", "csp_alembic_version": "version_num", "csp_definition": "sha256"}
PRAGMAS = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")


@pytest.fixture
def pragmas() -> Iterator[list[dict[str, Any]]]:
    """What the settings of every SQLite connection are when an engine's pool takes it back."""
    seen: list[dict[str, Any]] = []

    def look(connection: sqlite3.Connection, _record: object) -> None:
        seen.append({name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in PRAGMAS})

    event.listen(Engine, "checkin", look)
    yield seen
    event.remove(Engine, "checkin", look)


def test_our_own_connections_are_durable_patient_and_keep_references(
    pragmas: list[dict[str, Any]], on_file: HostWorkflow
) -> None:
    pragmas.clear()
    start(on_file)
    on_file.note(REF, "x", actor=OTTO)
    assert pragmas
    for seen in pragmas:
        assert seen["journal_mode"] == "wal"
        assert seen["synchronous"] == 2  # FULL
        assert seen["foreign_keys"] == 1
        assert seen["busy_timeout"] >= 5_000


def test_a_database_in_memory_keeps_references_too(pragmas: list[dict[str, Any]]) -> None:
    with open_workflow("memory:", clock=SettableClock(TODAY)) as workflow:
        start(workflow)
    assert pragmas
    assert {seen["foreign_keys"] for seen in pragmas} == {1}


def test_the_settings_of_a_host_s_connections_are_the_host_s(pragmas: list[dict[str, Any]], file: Path) -> None:
    engine = create_engine(f"sqlite:///{file}")
    with open_workflow(engine, clock=SettableClock(TODAY)) as workflow:
        start(workflow)
    engine.dispose()
    assert {seen["journal_mode"] for seen in pragmas} == {"delete"}


def test_every_key_begins_with_the_partner(stored: HostWorkflow, database: Database) -> None:
    start(stored)
    seen = inspect(database.engine)
    for table in tables(database):
        key = seen.get_pk_constraint(table)["constrained_columns"]
        assert key[0] == OF_THE_DATABASE.get(table, "pga"), table


def test_every_reference_begins_with_the_partner(stored: HostWorkflow, database: Database) -> None:
    start(stored)
    seen = inspect(database.engine)
    for table in tables(database):
        for reference in seen.get_foreign_keys(table):
            assert reference["constrained_columns"][0] == "pga", table


@pytest.fixture
def busy(stored: HostWorkflow, database: Database) -> Database:
    """A database with a partner that has facts, revenue, a case and deadlines; the workflow is closed."""
    ready(stored)
    stored.close()
    return database


CASE = "pga, number, region, lifecycle, tenant, state, is_open, version, opened_at, entered_on, last_at, derived_on"
COPY = CASE.replace("number,", "number + 1,")
REST = "cooldown_done, memory, is_latest, turn"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE csp_case SET version = 0",
        "UPDATE csp_case SET version = -1",
        "UPDATE csp_case SET version = NULL",
        "UPDATE csp_case SET state = NULL",
        "UPDATE csp_case SET memory = NULL",
        "UPDATE csp_case SET pga = 'PGA-9'",
        f"INSERT INTO csp_case ({CASE}, {REST}) SELECT {COPY}, {REST} FROM csp_case",
        f"INSERT INTO csp_case ({CASE}, {REST}) SELECT {CASE}, {REST} FROM csp_case",
        "DELETE FROM csp_partner",
        "DELETE FROM csp_journal WHERE seq = (SELECT max(seq) FROM csp_journal)",
        "UPDATE csp_fact SET seq = 99",
        "UPDATE csp_revenue_line SET pga = 'PGA-9'",
        "INSERT INTO csp_deadline (pga, case_number, kind, due_on) VALUES ('PGA-1001', 9, 'x', '2026-01-01')",
        "INSERT INTO csp_deadline (pga, case_number, kind, due_on) VALUES ('PGA-9', 1, 'x', '2026-01-01')",
        "INSERT INTO csp_command (pga, key, fingerprint, outcome) VALUES ('PGA-9', 'k', 'x', '{}')",
        "INSERT INTO csp_journal SELECT * FROM csp_journal WHERE seq = 1",
        "INSERT INTO csp_partner SELECT * FROM csp_partner",
    ],
)
def test_the_schema_refuses_what_must_not_be(busy: Database, statement: str) -> None:
    with pytest.raises(IntegrityError):
        change(busy, statement)


def test_a_closed_case_does_not_stand_in_the_way_of_an_open_one(busy: Database) -> None:
    again = COPY.replace("is_open", "true")
    change(busy, "UPDATE csp_case SET is_open = false")
    change(busy, f"INSERT INTO csp_case ({CASE}, {REST}) SELECT {again}, {REST} FROM csp_case")
    assert rows(busy, "SELECT number, is_open FROM csp_case ORDER BY number") == [(1, 0), (2, 1)]


def test_instants_are_text_that_sorts_as_the_instants_do(on_file: HostWorkflow, file: Path) -> None:
    ready(on_file)
    for table, column in (("csp_journal", "at"), ("csp_fact", "recorded_at"), ("csp_case", "last_at")):
        for (value,) in rows(file, f"SELECT {column} FROM {table}"):
            assert len(value) == len("2026-01-31T12:00:00.000000Z")
            assert value.endswith("Z")


def test_amounts_are_whole_cents(busy: Database) -> None:
    kind = {"sqlite": "typeof(cents)", "postgresql": "pg_typeof(cents)::text"}[busy.kind]
    ((cents, name),) = rows(busy, f"SELECT cents, {kind} FROM csp_revenue_line")
    assert (cents, name) == (100_000_000, {"sqlite": "integer", "postgresql": "bigint"}[busy.kind])


def test_a_notice_belongs_to_an_entry_of_its_partner(busy: Database) -> None:
    columns = "pga, seq, part, case_number, kind, language, status, key, attempts, created_at, data"
    values = "1, 1, 'x', 'en', 'pending', 'k', 0, '2025-10-06T09:00:00.000000Z', '{}'"
    for belongs in ("'PGA-1001', 999", "'PGA-9', 1"):
        with pytest.raises(IntegrityError):
            change(busy, f"INSERT INTO csp_notice ({columns}) VALUES ({belongs}, {values})")
    change(busy, f"INSERT INTO csp_notice ({columns}) VALUES ('PGA-1001', 1, {values})")
    with pytest.raises(IntegrityError):
        change(busy, f"INSERT INTO csp_notice ({columns}) VALUES ('PGA-1001', 2, {values})")
