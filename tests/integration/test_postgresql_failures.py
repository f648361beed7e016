"""Failures of PostgreSQL: each said in our words, or not noticed at all."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, NullPool, create_engine, event, make_url, text

from csp_workflow import open_workflow
from csp_workflow.errors import StaleRevision, StorageDamaged, StorageUnavailable
from csp_workflow.shell.desk import Desk
from csp_workflow.testing import SettableClock
from tests import postgres
from tests.integration.hands import OTTO, PGA, REF, TODAY, raised, ready, start, walk
from tests.integration.journals import check_chain
from tests.integration.test_storage_errors import one_sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from csp_workflow.bootstrap import HostWorkflow
    from tests.databases import Database
    from tests.postgres import Server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that may be stopped."""
    with postgres.start() as server:
        yield server


@pytest.fixture
def own(server: Server, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database on the server that may be stopped."""
    name = f"own{abs(hash(request.node.nodeid))}"
    yield server.create(name)
    server.drop(name)


def failing(call: Callable[[], object], error: type[StorageUnavailable] = StorageUnavailable) -> str:
    """What is said of a database that cannot be used, in a sentence, with exit code 6."""
    problem = raised(call, error)
    assert problem.exit_code == 6
    one_sentence(problem)
    assert "s3cr3t" not in str(problem.to_dict())
    return problem.message


def opened(url: str) -> None:
    """Open a workflow and use it."""
    with open_workflow(url, clock=SettableClock(TODAY)) as workflow:
        start(workflow)


def test_a_server_that_is_not_there(server: Server) -> None:
    assert "refused" in failing(lambda: opened("postgresql://anna:s3cr3t@127.0.0.1:1/partners"))
    assert "No such file" in failing(lambda: opened(f"postgresql://anna:s3cr3t@/partners?host={server.folder}/none"))


def test_a_server_that_does_not_answer_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://anna:s3cr3t@127.0.0.1:{silent.getsockname()[1]}/partners?connect_timeout=1"
        assert "timeout" in failing(lambda: opened(url))


@pytest.mark.parametrize("hidden", ["anna:s3cr3t@", "anna@"])
def test_a_wrong_password_is_refused_and_not_repeated(server: Server, own: str, hidden: str) -> None:
    with create_engine(own, poolclass=NullPool).begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS guarded"))
        connection.execute(text("CREATE ROLE guarded LOGIN PASSWORD 'another'"))
    database = make_url(own).database
    more = "&password=s3cr3t" if hidden == "anna@" else ""
    url = f"postgresql://{hidden.replace('anna', 'guarded')}/{database}?host={server.folder}{more}"
    said = failing(lambda: opened(url))
    assert "password authentication failed" in said


def test_a_database_that_does_not_exist(server: Server) -> None:
    assert "does not exist" in failing(lambda: opened(server.url("nowhere")))


def test_somebody_who_may_not_make_tables(server: Server, own: str) -> None:
    with create_engine(own, poolclass=NullPool).begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS guest"))
        connection.execute(text("CREATE ROLE guest LOGIN"))
    database = make_url(own).database or ""
    assert "permission denied for schema" in failing(lambda: opened(server.url(database, user="guest")))


def test_somebody_who_may_do_what_the_manual_says_and_no_more(server: Server, own: str) -> None:
    database = make_url(own).database or ""
    with create_engine(own, poolclass=NullPool).begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS modest"))
        connection.execute(text("CREATE ROLE modest LOGIN"))
        opened(own)
        connection.execute(text("GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO modest"))
        connection.execute(text("GRANT DELETE ON csp_deadline TO modest"))
    with open_workflow(server.url(database, user="modest"), clock=SettableClock(TODAY)) as workflow:
        walk(workflow, ready(workflow, "PGA-7"))
        workflow.sweep()
        assert workflow.verify().holds
    with create_engine(own, poolclass=NullPool).begin() as connection:
        connection.execute(text("DROP OWNED BY modest"))


def test_a_schema_of_its_own(on_postgresql: HostWorkflow, postgresql: Database) -> None:
    start(on_postgresql)
    postgresql.change("CREATE SCHEMA apart")
    options = quote("-c search_path=apart")
    with open_workflow(f"{postgresql.url}&options={options}", clock=SettableClock(TODAY)) as workflow:
        assert workflow.partners() == []
        start(workflow, "PGA-2")
    assert postgresql.rows("SELECT pga FROM apart.csp_partner") == [("PGA-2",)]
    assert [partner.pga for partner in on_postgresql.partners()] == [PGA]
    postgresql.change("DROP SCHEMA apart CASCADE")


@pytest.fixture
def setting(postgresql: Database) -> Iterator[Callable[[str], Engine]]:
    """Engines of a host's with something set."""
    made: list[Engine] = []

    def engine(options: str) -> Engine:
        made.append(create_engine(postgresql.url, connect_args={"options": options}))
        return made[-1]

    yield engine
    for one in made:
        one.dispose()


def test_a_database_that_may_only_be_read(
    on_postgresql: HostWorkflow, postgresql: Database, setting: Callable[[str], Engine]
) -> None:
    start(on_postgresql)
    del postgresql
    with open_workflow(setting("-c default_transaction_read_only=on"), clock=SettableClock(TODAY)) as workflow:
        assert workflow.case(REF).version == 1


def test_a_server_that_is_a_copy_of_another_can_be_read(
    on_postgresql: HostWorkflow, postgresql: Database, clock: SettableClock
) -> None:
    """A standby takes no writing whatever a transaction says; a role without the right to write stands for it."""
    start(on_postgresql)
    postgresql.change(
        "DROP ROLE IF EXISTS reader",
        "CREATE ROLE reader LOGIN",
        "GRANT USAGE ON SCHEMA public TO reader",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader",
    )
    url = make_url(postgresql.url).set(username="reader").render_as_string(hide_password=False)
    with open_workflow(url, clock=clock) as workflow:
        assert workflow.case(REF).version == 1
        assert "permission denied" in failing(lambda: workflow.note(REF, "x", actor=OTTO))
    postgresql.change("DROP OWNED BY reader", "DROP ROLE reader")


@pytest.mark.parametrize(
    ("options", "said"),
    [("-c lock_timeout=50ms", "lock timeout"), ("-c statement_timeout=2s", "statement timeout")],
)
def test_a_partner_that_somebody_keeps_locked(
    on_postgresql: HostWorkflow,
    postgresql: Database,
    setting: Callable[[str], Engine],
    clock: SettableClock,
    options: str,
    said: str,
) -> None:
    start(on_postgresql)
    with open_workflow(setting(options), clock=clock) as workflow:
        with postgresql.another() as connection:
            connection.execute(text("SELECT * FROM csp_partner FOR UPDATE"))
            assert said in failing(lambda: workflow.note(REF, "x", actor=OTTO))
            assert workflow.case(REF).version == 1, "looking needs no lock"
        assert workflow.note(REF, "x", actor=OTTO).version == 2


def test_who_opened_the_database_waits_for_locks_with_patience_but_not_for_ever(postgresql: Database) -> None:
    seen: list[str] = []

    def look(connection: Any, _record: object) -> None:
        seen.append(connection.execute("SHOW lock_timeout").fetchone()[0])
        connection.rollback()

    event.listen(Engine, "checkin", look)
    try:
        opened(postgresql.url)
    finally:
        event.remove(Engine, "checkin", look)
    assert set(seen) == {"30s"}


@pytest.mark.parametrize("state", ["40001", "40P01", "23505"])
def test_a_race_that_was_lost_is_tried_again(on_postgresql: HostWorkflow, postgresql: Database, state: str) -> None:
    """The database takes one of two for the loser: three times, then no more."""
    start(on_postgresql)
    postgresql.change(
        "CREATE SEQUENCE tries",
        "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF nextval('tries') < 4 THEN RAISE EXCEPTION 'lost' USING ERRCODE = '{state}'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER lose BEFORE INSERT ON csp_journal FOR EACH ROW EXECUTE FUNCTION lose()",
    )
    assert on_postgresql.note(REF, "x", actor=OTTO).version == 2
    postgresql.change("ALTER SEQUENCE tries MINVALUE -1000 START -1000 RESTART")
    raised(lambda: on_postgresql.note(REF, "y", actor=OTTO), StaleRevision)
    check_chain(postgresql)
    postgresql.change("DROP FUNCTION lose CASCADE", "DROP SEQUENCE tries")


def test_a_real_deadlock_ends_with_both_acts_done(on_postgresql: HostWorkflow, postgresql: Database) -> None:
    for pga in ("PGA-1", "PGA-2"):
        start(on_postgresql, pga)
    other = open_workflow(postgresql.url, clock=SettableClock(TODAY))
    has_one, goes_on = threading.Event(), threading.Event()
    with postgresql.another() as connection, ThreadPoolExecutor(2) as threads:
        connection.execute(text("SET LOCAL deadlock_timeout = '60s'"))
        connection.execute(text("SELECT * FROM csp_partner WHERE pga = 'PGA-1' FOR UPDATE"))

        def both(session: Any) -> None:
            assert session.file("PGA-2")
            has_one.set()
            goes_on.wait()
            assert session.file("PGA-1")

        desk: Desk = other._desk  # noqa: SLF001 - two partners in one act, in an order that nobody else takes
        act = threads.submit(lambda: desk.write(both))
        has_one.wait()
        locks = text("SELECT * FROM csp_partner WHERE pga = 'PGA-2' FOR UPDATE")
        locking = threads.submit(lambda: connection.execute(locks))
        assert postgresql.waits()
        goes_on.set()  # who begins to wait when the other one waits already finds the deadlock: the act loses, once
        locking.result()
        connection.commit()
        act.result()
    other.close()


def test_a_missing_table_is_damage(on_postgresql: HostWorkflow, postgresql: Database) -> None:
    start(on_postgresql)
    postgresql.drop_table("csp_fact")
    raised(lambda: on_postgresql.requirements(REF), StorageDamaged)


# ------------------------------------------------------------------------------------------------- lost connections


def test_a_connection_that_died_while_idle_fails_nothing(on_postgresql: HostWorkflow, postgresql: Database) -> None:
    start(on_postgresql)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda number: on_postgresql.note(REF, str(number), actor=OTTO), range(8)))
    postgresql.kill_others()
    assert on_postgresql.note(REF, "after", actor=OTTO).version == 10
    postgresql.kill_others()
    assert on_postgresql.case(REF).version == 10


def test_a_connection_that_is_lost_in_the_middle_of_an_act_leaves_nothing_of_it(
    on_postgresql: HostWorkflow,
    postgresql: Database,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    start(on_postgresql)
    real = Desk.ready

    def killed(*args: Any) -> Any:
        postgresql.kill_others()
        return real(*args)

    before = postgresql.dump()
    with monkeypatch.context() as patch:
        patch.setattr(Desk, "ready", staticmethod(killed))
        failing(lambda: on_postgresql.note(REF, "x", actor=OTTO, key="k"))
    assert postgresql.dump() == before
    assert on_postgresql.note(REF, "x", actor=OTTO, key="k").version == 2
    assert capfd.readouterr() == ("", "")


def test_a_server_that_crashes_and_comes_back_is_used_again(server: Server, own: str) -> None:
    with open_workflow(own, clock=SettableClock(TODAY)) as workflow:
        start(workflow)
        server.stop(immediate=True)
        failing(lambda: workflow.note(REF, "x", actor=OTTO))
        failing(lambda: workflow.case(REF))
        server.start()
        assert workflow.note(REF, "x", actor=OTTO).version == 2


def test_a_connection_of_a_host_s_that_is_lost_within_is_said(
    on_postgresql: HostWorkflow, postgresql: Database
) -> None:
    start(on_postgresql)
    engine = create_engine(postgresql.url, poolclass=NullPool)
    connection = engine.connect()
    connection.execute(text("SELECT 1"))
    postgresql.kill_others()

    def act() -> None:
        with on_postgresql.within(connection) as inside:
            inside.note(REF, "x", actor=OTTO)

    failing(act)
    connection.invalidate()
    connection.close()
    assert on_postgresql.case(REF).version == 1
