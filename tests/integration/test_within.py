"""Within a host's own transaction: our act and the host's rows stay together or go together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, text

from csp_workflow import BadInput, TransitionRefused, WorkflowError, open_workflow
from csp_workflow.errors import StaleVersion, StorageDamaged, StorageUnavailable
from csp_workflow.testing import SettableClock
from tests.databases import Database
from tests.integration.hands import ANNA, OTTO, PGA, REF, RITA, TODAY, change, dump, kinds, raised, ready, rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from csp_workflow.bootstrap import HostWorkflow


@pytest.fixture(params=["sqlite", "sqlite begins by itself", "postgresql", "postgresql serializable"])
def database(request: pytest.FixtureRequest, file: Path) -> Database:
    """The host's database."""
    if request.param.startswith("sqlite"):
        return Database(f"sqlite:///{file}")
    kept: Database = request.getfixturevalue("postgresql")
    return kept


@pytest.fixture
def engine(request: pytest.FixtureRequest, database: Database) -> Iterator[Engine]:
    """A host's engine: as the driver brings it, or as strict as it can be.

    On SQLite that is the recipe that gives real transactions.
    """
    how = request.node.callspec.params["database"]
    options = {"isolation_level": "SERIALIZABLE"} if how == "postgresql serializable" else {}
    made = create_engine(database.url, **options)
    if how == "sqlite begins by itself":

        def leave_transactions_alone(connection: Any, _record: object) -> None:
            connection.isolation_level = None

        def begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN")

        event.listen(made, "connect", leave_transactions_alone)
        event.listen(made, "begin", begin)
    with made.begin() as connection:
        connection.execute(text("CREATE TABLE host_order (id INTEGER PRIMARY KEY, note TEXT)"))
    yield made
    made.dispose()


@pytest.fixture
def hosted(engine: Engine, clock: SettableClock) -> Iterator[HostWorkflow]:
    """A workflow on the host's engine, with a partner that is ready to apply."""
    with open_workflow(engine, clock=clock) as workflow:
        ready(workflow)
        yield workflow


def add_order(connection: Connection, number: int) -> None:
    """A row of the host's."""
    connection.execute(text("INSERT INTO host_order VALUES (:id, 'x')"), {"id": number})


def orders(database: Database) -> list[int]:
    """The host's rows, as everybody else sees them."""
    return [number for (number,) in rows(database, "SELECT id FROM host_order ORDER BY id")]


@pytest.mark.parametrize("first", ["the host", "we"])
def test_what_was_done_within_is_committed_with_the_host_s_rows(
    hosted: HostWorkflow, engine: Engine, database: Database, first: str
) -> None:
    with engine.begin() as connection:
        if first == "the host":
            add_order(connection, 1)
        with hosted.within(connection) as inside:
            outcome = inside.fire(REF, "apply", actor=ANNA)
        add_order(connection, 2)
    assert outcome.case.state == "application"
    assert hosted.case(REF) == outcome.case
    assert orders(database) == ([1, 2] if first == "the host" else [2])


@pytest.mark.parametrize("first", ["the host", "we"])
def test_what_was_done_within_goes_with_the_host_s_rows(
    hosted: HostWorkflow, engine: Engine, database: Database, first: str
) -> None:
    before = dump(database)
    with engine.connect() as connection:
        if first == "the host":
            add_order(connection, 1)
        with hosted.within(connection) as inside:
            inside.fire(REF, "apply", actor=ANNA)
            inside.record(PGA, "membership", {"status": "lapsed"}, actor=ANNA)
            inside.register_partner("PGA-2", name="Contoso", country="FR")
            inside.sweep()
        add_order(connection, 2)
        connection.rollback()
    assert dump(database) == before
    assert hosted.case(REF).version == 1


def test_nothing_is_committed_by_us(hosted: HostWorkflow, engine: Engine, database: Database) -> None:
    before = dump(database)
    with engine.connect() as connection:
        with hosted.within(connection) as inside:
            inside.fire(REF, "apply", actor=ANNA)
            inside.fire(REF, "invite_to_assessment", actor=RITA)
            assert inside.case(REF).state == "assessment"
            assert dump(database) == before
        assert dump(database) == before
        connection.commit()
    assert hosted.case(REF).state == "assessment"


def test_a_failure_of_the_host_s_takes_our_act_with_it(
    hosted: HostWorkflow, engine: Engine, database: Database
) -> None:
    before = dump(database)

    def order() -> None:
        with engine.begin() as connection:
            add_order(connection, 1)
            with hosted.within(connection) as inside:
                inside.fire(REF, "apply", actor=ANNA)
            raise ZeroDivisionError

    raised(order, ZeroDivisionError)
    assert dump(database) == before


def test_a_failure_inside_the_block_is_the_host_s_to_handle(
    hosted: HostWorkflow, engine: Engine, database: Database
) -> None:
    def act(connection: Connection) -> None:
        with hosted.within(connection) as inside:
            inside.fire(REF, "apply", actor=ANNA)
            raise ZeroDivisionError

    with engine.begin() as connection:
        add_order(connection, 1)
        raised(lambda: act(connection), ZeroDivisionError)
    assert orders(database) == [1]
    assert hosted.case(REF).state == "application"


def test_a_refusal_within_is_journalled_when_the_host_commits(
    hosted: HostWorkflow, engine: Engine, database: Database
) -> None:
    with engine.begin() as connection:
        add_order(connection, 1)
        with hosted.within(connection) as inside:
            refusal = raised(lambda: inside.fire(REF, "accept_mpa", actor=ANNA, key="k"), TransitionRefused)
        add_order(connection, 2)
    assert orders(database) == [1, 2]
    entry = hosted.history(REF)[-1]
    assert (entry.kind, entry.findings) == ("refused", refusal.findings)
    assert raised(lambda: hosted.fire(REF, "accept_mpa", actor=ANNA, key="k"), TransitionRefused).findings
    assert kinds(hosted, REF).count("refused") == 1


def test_a_refusal_within_is_gone_when_the_host_rolls_back(
    hosted: HostWorkflow, engine: Engine, database: Database
) -> None:
    before = dump(database)
    with engine.connect() as connection:
        add_order(connection, 1)
        with hosted.within(connection) as inside, pytest.raises(TransitionRefused):
            inside.fire(REF, "accept_mpa", actor=ANNA)
        connection.rollback()
    assert dump(database) == before


def test_bad_input_and_conflicts_within_leave_the_host_s_rows(
    hosted: HostWorkflow, engine: Engine, database: Database
) -> None:
    with engine.begin() as connection:
        add_order(connection, 1)
        with hosted.within(connection) as inside:
            raised(lambda: inside.fire(REF, "aply", actor=ANNA), BadInput)
            raised(lambda: inside.fire(REF, "apply", actor=ANNA, payload={"x": 1}), BadInput)
            raised(lambda: inside.fire(REF, "apply", actor=ANNA, expected_version=9), StaleVersion)
            inside.fire(REF, "apply", actor=ANNA)
    assert orders(database) == [1]
    assert hosted.case(REF).version == 2


def test_an_act_that_fails_halfway_within_leaves_nothing_of_itself(
    hosted: HostWorkflow, engine: Engine, database: Database
) -> None:
    hosted.fire(REF, "apply", actor=ANNA)
    database.break_on("csp_notice")
    before = dump(database)
    with engine.begin() as connection:
        add_order(connection, 1)
        with hosted.within(connection) as inside:
            question = {"question": "How many?"}
            raised(lambda: inside.fire(REF, "request_information", actor=RITA, payload=question), WorkflowError)
            inside.note(REF, "tried it", actor=OTTO)
    assert orders(database) == [1]
    assert kinds(hosted, REF)[-1] == "note"
    after = dump(database)
    assert len(after["csp_journal"]) == len(before["csp_journal"]) + 1
    assert after["csp_notice"] == before["csp_notice"]


def test_the_host_reads_its_own_writing_and_ours(hosted: HostWorkflow, engine: Engine) -> None:
    with engine.begin() as connection:
        add_order(connection, 1)
        with hosted.within(connection) as inside:
            inside.fire(REF, "apply", actor=ANNA)
            assert inside.requirements(REF).policy == "2025-10"
        state = connection.execute(text("SELECT state FROM csp_case")).scalar_one()
        assert state == "application"
        assert connection.execute(text("SELECT count(*) FROM host_order")).scalar_one() == 1


def test_a_savepoint_of_the_host_s_can_be_rolled_back_alone(
    hosted: HostWorkflow, engine: Engine, database: Database
) -> None:
    with engine.begin() as connection:
        add_order(connection, 1)
        savepoint = connection.begin_nested()
        with hosted.within(connection) as inside:
            inside.fire(REF, "apply", actor=ANNA)
        savepoint.rollback()
    assert orders(database) == [1]
    assert hosted.case(REF).version == 1


def test_within_works_on_a_workflow_that_was_opened_by_its_address(stored: HostWorkflow, database: Database) -> None:
    ready(stored)
    engine = create_engine(database.url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE host_order (id INTEGER PRIMARY KEY, note TEXT)"))
        add_order(connection, 1)
        with stored.within(connection) as inside:
            inside.fire(REF, "apply", actor=ANNA)
    engine.dispose()
    assert stored.case(REF).state == "application"
    assert orders(database) == [1]


def test_within_a_database_of_its_own_the_host_gets_our_tables(new_database: Database) -> None:
    engine = create_engine(new_database.url)
    with open_workflow("memory:", clock=SettableClock(TODAY)) as workflow:
        with engine.begin() as connection, workflow.within(connection) as inside:
            ready(inside)
        assert rows(new_database, "SELECT count(*) FROM csp_partner") == [(1,)]
        engine.dispose()
        assert workflow.partners() == []


def test_within_a_damaged_database_is_said_so(new_database: Database) -> None:
    change(new_database, "CREATE TABLE csp_partner (pga TEXT)")
    engine = create_engine(new_database.url)
    with (
        open_workflow("memory:", clock=SettableClock(TODAY)) as workflow,
        engine.begin() as connection,
        pytest.raises(StorageDamaged),
        workflow.within(connection),
    ):
        pass
    engine.dispose()


def test_a_connection_that_commits_by_itself_has_no_transaction_to_act_within(
    hosted: HostWorkflow, engine: Engine, database: Database
) -> None:
    before = dump(database)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        with hosted.within(connection) as inside:
            assert inside.case(REF).version == 1
            problem = raised(lambda: inside.note(REF, "x", actor=OTTO), StorageUnavailable)
        assert "commits by itself" in problem.message
    assert dump(database) == before
