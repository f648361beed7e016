"""The same upgrade on PostgreSQL: the rows of the kept file, carried over, and several who come at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, make_url, text

from csp_workflow import check_database, open_workflow, upgrade_database
from csp_workflow.errors import StorageDamaged, StorageNewer, StorageOutdated, StorageUnavailable
from csp_workflow.storage import upgrade as upgrading
from csp_workflow.storage.migrations import FIRST_REVISION, FIRST_TABLES, HEAD, REVISIONS, VERSION_TABLE
from csp_workflow.storage.migrations.steps import run
from csp_workflow.storage.opening import claim, stamp
from csp_workflow.storage.store import open_store
from tests import postgres as servers
from tests.databases import Database
from tests.integration.hands import OTTO, change, dump, raised, rows
from tests.integration.kept import ANSWERS, a_day_after, answers, missing, to_postgres
from tests.integration.test_upgrade import killed_at

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def postgres(new_postgresql: Database) -> str:
    """The address of an empty database."""
    return new_postgresql.url


@pytest.fixture
def old(postgres: str) -> str:
    """The address of a database as release 0.1.0 would have left it."""
    to_postgres(postgres)
    return postgres


def test_every_row_and_every_answer_is_as_it_was(old: str) -> None:
    before = dump(old)
    done = upgrade_database(old)
    assert (done.before, done.after, done.copy) == (FIRST_REVISION, HEAD, None)
    assert [step.revision for step in done.steps] == list(REVISIONS[1:])
    after = dump(old)
    for table in FIRST_TABLES - {"csp_installation"}:
        added = len(before["csp_partner"]) if table == "csp_journal" else 0  # an entry for each partner
        assert len(after[table]) == len(before[table]) + added, table
    with open_workflow(old, clock=a_day_after()) as workflow:
        assert missing(ANSWERS, answers(workflow)) == []
        assert workflow.verify().holds
        assert workflow.note("PGA-1001/europe", "We have moved to the new release.", actor=OTTO).version == 12
    assert check_database(old).agrees
    assert upgrade_database(old).steps == ()


def test_what_is_not_of_this_release_is_refused(old: str) -> None:
    before = dump(old)
    raised(lambda: open_workflow(old), StorageOutdated)
    assert dump(old) == before
    upgrade_database(old)
    change(old, f"UPDATE {VERSION_TABLE} SET version_num = '0099'")
    raised(lambda: open_workflow(old), StorageNewer)
    raised(lambda: upgrade_database(old), StorageNewer)
    change(old, f"DROP TABLE {VERSION_TABLE}", "DROP TABLE csp_command")
    raised(lambda: open_workflow(old), StorageDamaged)
    raised(lambda: upgrade_database(old), StorageDamaged)


def test_a_host_s_tables_stay_as_they_are(old: str) -> None:
    change(
        old,
        "CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)",
        "INSERT INTO alembic_version VALUES ('ae1027a6acf')",
        "CREATE TABLE host_order (id INTEGER, pga VARCHAR(64) REFERENCES csp_partner (pga))",
        "INSERT INTO host_order VALUES (1, 'PGA-1001')",
    )
    upgrade_database(old)
    assert rows(old, "SELECT * FROM alembic_version") == [("ae1027a6acf",)]
    assert rows(old, "SELECT * FROM host_order") == [(1, "PGA-1001")]
    assert check_database(old).agrees


@pytest.mark.parametrize("isolation", ["READ COMMITTED", "SERIALIZABLE", "AUTOCOMMIT"])
def test_many_who_open_a_new_database_at_once_make_it_once(postgres: str, isolation: str) -> None:
    together = threading.Barrier(6)

    def opened(_number: int) -> None:
        engine = create_engine(postgres, isolation_level=isolation)
        engine.connect().close()
        together.wait(timeout=60)
        open_store(engine).close()
        engine.dispose()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(opened, range(6)))
    assert rows(postgres, "SELECT count(*) FROM csp_installation") == [(1,)]
    assert check_database(postgres).agrees


def test_many_who_upgrade_at_once_upgrade_once(old: str) -> None:
    together = threading.Barrier(4)

    def upgraded(_number: int) -> str | None:
        together.wait(timeout=60)
        return upgrade_database(old).before

    with ThreadPoolExecutor(4) as pool:
        assert sorted(map(str, pool.map(upgraded, range(4)))) == [FIRST_REVISION, HEAD, HEAD, HEAD]


def test_who_opens_it_while_it_is_upgraded_waits_and_finds_it_done(old: str) -> None:
    engine = create_engine(old)
    with ThreadPoolExecutor(1) as pool, engine.connect() as connection:
        claim(connection)
        stamp(connection, FIRST_REVISION)
        run(connection)
        opening = pool.submit(open_store, old)
        assert Database(old).waits()
        connection.commit()
        opening.result().close()
    engine.dispose()


def test_who_waits_too_long_for_somebody_else_gives_up(old: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrading, "PATIENCE_MS", 100)
    engine = create_engine(old)
    with engine.connect() as reading:
        reading.execute(text("SELECT * FROM csp_installation"))
        before = dump(old)
        problem = raised(lambda: upgrade_database(old), StorageUnavailable)
        assert "lock" in problem.message
        assert dump(old) == before
    engine.dispose()
    assert upgrade_database(old).before == FIRST_REVISION


@pytest.fixture
def copies(old: str, postgres_url: str) -> Iterator[list[str]]:
    """The addresses of six copies of it."""
    names = [f"{make_url(old).database}-{number}" for number in range(6)]
    yield [servers.create(postgres_url, name, like=str(make_url(old).database)) for name in names]
    for name in names:
        servers.drop(postgres_url, name)


def test_killed_in_the_middle_it_is_the_old_database_whole(old: str, copies: list[str]) -> None:
    before = dump(old)
    (statements,) = killed_at(copies[0], points=[0])
    assert statements > 5
    points = [1, statements // 2, statements - 2, statements - 1, statements]
    assert killed_at(*copies[1:], points=points) == [-9] * len(points)
    for address in copies[1:]:
        assert dump(address) == before
        assert check_database(address).revision == FIRST_REVISION
        assert upgrade_database(address).before == FIRST_REVISION


def test_the_tables_lie_in_the_schema_that_the_host_has_chosen(postgres: str) -> None:
    change(postgres, "CREATE SCHEMA onboarding", "CREATE TABLE host_order (id INTEGER)")
    engine = create_engine(postgres, connect_args={"options": "-c search_path=onboarding"})
    assert upgrade_database(engine).before is None
    with open_workflow(engine) as workflow:
        workflow.register_partner("PGA-1", name="Fabrikam GmbH", country="DE")
    assert check_database(engine).agrees
    assert rows(postgres, "SELECT pga FROM onboarding.csp_partner") == [("PGA-1",)]
    assert check_database(postgres).standing == "empty"
    engine.dispose()
