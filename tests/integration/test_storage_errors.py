"""When the database cannot be used, the product says so in one sentence of its own."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine

from csp_workflow import StorageError, WorkflowError, open_workflow
from csp_workflow.errors import BadTarget, StorageDamaged, StorageUnavailable
from csp_workflow.testing import SettableClock
from tests.integration.hands import ANNA, OTTO, PGA, REF, TODAY, change, raised, ready, rows, start, tables, takes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from csp_workflow.bootstrap import HostWorkflow
    from tests.databases import Database


def one_sentence(problem: WorkflowError) -> None:
    """It is one: it begins, it ends, and it speaks of no library."""
    text = problem.message
    assert text.endswith(".")
    assert "\n" not in text
    for foreign in ("sqlalche.me", "Traceback", "[SQL", "Background on this error", "sqlite3.", "psycopg."):
        assert foreign not in text


def opened(target: str) -> None:
    """Open a workflow, and close it if that goes."""
    with open_workflow(target, clock=SettableClock(TODAY)) as workflow:
        start(workflow)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear partner, " * 500, encoding="utf-8")
    problem = raised(lambda: opened(f"sqlite:///{path}"), StorageDamaged)
    assert (problem.code, problem.exit_code) == ("storage_damaged", 6)
    assert "letter.txt" in problem.message
    one_sentence(problem)
    assert path.read_text(encoding="utf-8").startswith("Dear partner")


def test_a_folder(tmp_path: Path) -> None:
    problem = raised(lambda: opened(f"sqlite:///{tmp_path}"), StorageUnavailable)
    assert (problem.code, problem.exit_code) == ("storage_unavailable", 6)
    one_sentence(problem)


def test_a_path_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    one_sentence(raised(lambda: opened(f"sqlite:///{tmp_path}/file/partners.db"), StorageUnavailable))


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    one_sentence(raised(lambda: opened(f"sqlite:///{tmp_path}/no/such/folder/partners.db"), StorageUnavailable))


def test_a_file_that_may_only_be_read(file: Path) -> None:
    opened(f"sqlite:///{file}")
    target = f"sqlite:///file:{file}?mode=ro&uri=true"
    with open_workflow(target, clock=SettableClock(TODAY)) as workflow:
        assert workflow.case(REF).state == "indirect_tenure"
        problem = raised(lambda: workflow.note(REF, "x", actor=OTTO), StorageError)
        assert problem.exit_code == 6
        one_sentence(problem)


@pytest.mark.parametrize(
    "table",
    [
        "csp_partner",
        "csp_case",
        "csp_fact",
        "csp_revenue_line",
        "csp_journal",
        "csp_deadline",
        "csp_notice",
        "csp_command",
        "csp_installation",
    ],
)
def test_a_database_that_lacks_a_table(database: Database, table: str) -> None:
    opened(database.url)
    database.drop_table(table)
    before = tables(database)
    problem = raised(lambda: opened(database.url), StorageDamaged)
    assert table in problem.message
    one_sentence(problem)
    assert tables(database) == before


def test_a_database_that_lacks_a_column(database: Database) -> None:
    opened(database.url)
    change(database, "DROP INDEX csp_case_stirs", "ALTER TABLE csp_case DROP COLUMN stirs_on")
    problem = raised(lambda: opened(database.url), WorkflowError)
    assert problem.exit_code in {5, 6}
    with open_workflow(database.url) as workflow:
        one_sentence(raised(lambda: workflow.case(REF), StorageDamaged))


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE csp_case SET memory = '{'",
        "UPDATE csp_case SET memory = '{}'",
        "UPDATE csp_case SET memory = '7'",
        "UPDATE csp_case SET entered_on = 'once'",
        "UPDATE csp_case SET last_at = 'once'",
        "UPDATE csp_partner SET country = 'Germany'",
        "UPDATE csp_partner SET language = 'fr'",
        "UPDATE csp_fact SET fields = '{'",
        "UPDATE csp_fact SET fields = '[]'",
        "UPDATE csp_fact SET fields = '{\"first_transaction_on\": \"soon\"}' WHERE kind = 'reseller_tenure'",
        "UPDATE csp_fact SET effective_on = 'soon'",
        "UPDATE csp_journal SET payload = '{'",
        "UPDATE csp_journal SET findings = '[7]'",
        "UPDATE csp_installation SET secret = 'no digits'",
        "DELETE FROM csp_installation",
    ],
)
def test_a_database_that_holds_what_the_product_did_not_write(database: Database, damage: str) -> None:
    with open_workflow(database.url, clock=SettableClock(TODAY)) as workflow:
        ready(workflow)
    if not takes(database, damage):
        return
    problems = problems_of(database)
    assert problems
    assert {(problem.code, problem.exit_code) for problem in problems} == {("storage_damaged", 6)}
    for problem in problems:
        one_sentence(problem)


@pytest.mark.parametrize("outcome", ["{", "[]", "{}", '{"accepted":7}', '{"accepted":{}}', '{"refused":{}}'])
def test_an_answer_of_a_key_that_the_product_did_not_write(
    stored: HostWorkflow, database: Database, outcome: str
) -> None:
    ref = ready(stored)
    stored.fire(ref, "apply", actor=ANNA, key="k")
    change(database, f"UPDATE csp_command SET outcome = '{outcome}'")
    one_sentence(raised(lambda: stored.fire(ref, "apply", actor=ANNA, key="k"), StorageDamaged))


@pytest.mark.parametrize("changes", ["[]", "7", '{"state":7,"since":1}', '{"state":"active","since":{"x":"y"}}'])
def test_an_entry_that_does_not_say_what_it_changed(stored: HostWorkflow, database: Database, changes: str) -> None:
    ref = ready(stored)
    stored.fire(ref, "apply", actor=ANNA)
    change(database, f"UPDATE csp_journal SET changes = '{changes}'")
    earlier = datetime(2025, 10, 6, 8, tzinfo=UTC)
    one_sentence(raised(lambda: stored.case(ref, at=earlier), StorageDamaged))


@pytest.mark.parametrize(
    "unknown",
    [
        "UPDATE csp_case SET lifecycle = 'library'",
        "UPDATE csp_case SET region = 'atlantis'",
        "UPDATE csp_case SET pinned = '1999-01'",
        "UPDATE csp_case SET state = 'nowhere'",
        "UPDATE csp_fact SET kind = 'horoscope'",
    ],
)
def test_a_database_that_speaks_of_what_no_definition_knows(database: Database, unknown: str) -> None:
    with open_workflow(database.url, clock=SettableClock(TODAY)) as workflow:
        ready(workflow)
    change(database, unknown)
    problems = problems_of(database)
    assert problems
    for problem in problems:
        one_sentence(problem)


def problems_of(database: Database) -> list[WorkflowError]:
    """What the product says to the usual calls about a database; anything but errors of ours goes through."""
    problems: list[WorkflowError] = []
    try:
        with open_workflow(database.url, clock=SettableClock(TODAY)) as workflow:
            calls: list[Callable[[], object]] = [
                lambda: workflow.partner(PGA),
                lambda: workflow.case(REF),
                lambda: workflow.history(PGA),
                lambda: workflow.requirements(REF),
                lambda: workflow.fire(REF, "apply", actor=ANNA, key="k"),
            ]
            for call in calls:
                try:
                    call()
                except WorkflowError as problem:
                    problems.append(problem)
    except WorkflowError as problem:
        problems.append(problem)
    return problems


def test_a_table_that_goes_missing_while_a_workflow_is_open(stored: HostWorkflow, database: Database) -> None:
    start(stored)
    database.drop_table("csp_fact")
    problem = raised(lambda: stored.requirements(REF), StorageDamaged)
    assert "csp_fact" in problem.message
    one_sentence(problem)


def test_a_file_that_somebody_else_keeps_locked(file: Path) -> None:
    engine = create_engine(f"sqlite:///{file}", connect_args={"timeout": 0})
    with open_workflow(engine, clock=SettableClock(TODAY)) as workflow:
        start(workflow)
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            problem = raised(lambda: workflow.note(REF, "x", actor=OTTO), StorageUnavailable)
            one_sentence(problem)
            other.execute("ROLLBACK")
        assert workflow.note(REF, "x", actor=OTTO).version == 2
    engine.dispose()


@pytest.mark.parametrize(
    "target",
    [
        "nosuch://host/name",
        "oracle+nothing://host/name",
        "sqlite+nothing:///x.db",
        "",
        "partners.db",
        "sqlite:/x",
        "://",
    ],
)
def test_an_address_that_is_none(target: str) -> None:
    problem = raised(lambda: opened(target), BadTarget)
    assert (problem.code, problem.exit_code) == ("bad_target", 2)
    one_sentence(problem)


@pytest.mark.parametrize(
    "target",
    [
        "nosuch://anna:s3cr3t-w0rd@host/name",
        "postgresql+nothing://anna:s3cr3t-w0rd@host/name",
        "postgresql+psycopg://anna:s3cr3t-w0rd@127.0.0.1:1/name?connect_timeout=1",
        "postgresql+psycopg://anna:s3cr3t-w0rd@127.0.0.1:port/name",
        "anna:s3cr3t-w0rd@host/name",
        "postgresql://anna:s3cr3t-w0rd",
        "sqlite://anna:s3cr3t-w0rd@host/name.db",
    ],
)
def test_a_password_in_an_address_is_never_repeated(target: str) -> None:
    problem = raised(lambda: opened(target), WorkflowError)
    assert problem.exit_code in {2, 6}
    seen: BaseException | None = problem
    assert "s3cr3t" not in str(problem.to_dict())
    while seen is not None and not seen.__suppress_context__:
        assert "s3cr3t" not in str(seen)
        seen = seen.__cause__
    one_sentence(problem)


def test_after_it_was_closed_a_workflow_in_memory_has_forgotten_everything() -> None:
    with open_workflow("memory:", clock=SettableClock(TODAY)) as workflow:
        start(workflow)
    with pytest.raises(WorkflowError):
        workflow.partner(PGA)


def test_an_empty_file_becomes_a_database(file: Path) -> None:
    file.touch()
    opened(f"sqlite:///{file}")
    assert rows(file, "SELECT count(*) FROM csp_partner") == [(1,)]


def test_a_database_of_a_host_s_keeps_its_own_tables(new_database: Database) -> None:
    change(new_database, "CREATE TABLE host_order (id INTEGER PRIMARY KEY)", "INSERT INTO host_order VALUES (1)")
    opened(new_database.url)
    assert rows(new_database, "SELECT id FROM host_order") == [(1,)]
