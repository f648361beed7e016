"""What is true of PostgreSQL alone: isolation between real connections, habits of a session, addresses."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, text

from csp_workflow import TransitionRefused, WorkflowError, open_workflow
from csp_workflow.errors import BadTarget
from csp_workflow.storage.store import open_store
from csp_workflow.testing import SettableClock
from tests.integration.hands import ANNA, OTTO, PGA, REF, RITA, TODAY, kinds, raised, ready, start, walk
from tests.integration.journals import check_chain, check_replay
from tests.integration.lived import live
from tests.integration.test_storage_errors import one_sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from sqlalchemy import Connection

    from csp_workflow import Workflow
    from csp_workflow.bootstrap import HostWorkflow
    from tests.databases import Database

LAPSED = {"status": "lapsed"}


# ------------------------------------------------------------------------------------------- what an act is judged by


@contextmanager
def beside(
    workflow: HostWorkflow, database: Database, *, first: Callable[[Workflow], object], then: Callable[[], Any]
) -> Iterator[tuple[Connection, Future[Any]]]:
    """Something that was done and not committed, and an act that waits for it."""
    with ThreadPoolExecutor(1) as threads, database.another() as connection:
        with workflow.within(connection) as inside:
            first(inside)
        waiting = threads.submit(then)
        assert database.waits()
        yield connection, waiting


def test_an_act_is_judged_by_a_fact_that_was_committed_while_it_waited(
    on_postgresql: HostWorkflow, postgresql: Database
) -> None:
    ready(on_postgresql)
    with beside(
        on_postgresql,
        postgresql,
        first=lambda inside: inside.record(PGA, "membership", LAPSED, actor=OTTO),
        then=lambda: on_postgresql.fire(REF, "apply", actor=ANNA),
    ) as (connection, act):
        connection.commit()
        refusal = raised(act.result, TransitionRefused)
    assert "membership.active" in [finding.rule for finding in refusal.findings]
    assert kinds(on_postgresql, REF)[-2:] == ["recorded", "refused"]
    check_chain(postgresql)
    check_replay(postgresql)


def test_an_act_is_not_judged_by_a_fact_that_was_rolled_back(on_postgresql: HostWorkflow, postgresql: Database) -> None:
    ready(on_postgresql)
    with beside(
        on_postgresql,
        postgresql,
        first=lambda inside: inside.record(PGA, "membership", LAPSED, actor=OTTO),
        then=lambda: on_postgresql.fire(REF, "apply", actor=ANNA),
    ) as (connection, act):
        connection.rollback()
        assert act.result().case.state == "application"


def test_a_cooldown_that_another_connection_starts_holds_for_an_act_that_waited(
    on_postgresql: HostWorkflow, postgresql: Database
) -> None:
    ref = ready(on_postgresql)
    walk(on_postgresql, ref, "invite_to_assessment")
    with beside(
        on_postgresql,
        postgresql,
        first=lambda inside: inside.fire(ref, "decline", actor=RITA, payload={"reason": "incomplete"}),
        then=lambda: on_postgresql.fire(ref, "apply", actor=ANNA),
    ) as (connection, act):
        connection.commit()
        refusal = raised(act.result, TransitionRefused)
    assert "cooldown.elapsed" in [finding.rule for finding in refusal.findings]


def test_what_an_act_was_judged_by_cannot_change_before_it_commits(
    on_postgresql: HostWorkflow, postgresql: Database
) -> None:
    ready(on_postgresql)
    with beside(
        on_postgresql,
        postgresql,
        first=lambda inside: inside.fire(REF, "apply", actor=ANNA),
        then=lambda: on_postgresql.record(PGA, "membership", LAPSED, actor=OTTO),
    ) as (connection, record):
        connection.commit()
        record.result()
    assert [entry.kind for entry in on_postgresql.history(PGA)][-2:] == ["transition", "recorded"]


def test_a_look_is_one_picture_though_others_write_between_its_statements(
    on_postgresql: HostWorkflow, postgresql: Database
) -> None:
    start(on_postgresql)
    store = open_store(postgresql.url)
    with store.reading() as session:
        before = session.file(PGA)
        on_postgresql.note(REF, "in between", actor=OTTO)
        assert session.file(PGA) == before
        assert len(list(session.entries(PGA, None))) == 2
    store.close()
    assert on_postgresql.case(REF).version == 2


@pytest.mark.parametrize("level", ["AUTOCOMMIT", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
def test_a_host_s_engine_may_isolate_as_it_likes(postgresql: Database, level: Any, clock: SettableClock) -> None:
    engine = create_engine(postgresql.url, isolation_level=level)
    with open_workflow(engine, clock=clock) as workflow:
        ready(workflow)
        postgresql.break_on("csp_case", "UPDATE")
        before = postgresql.dump()
        raised(lambda: workflow.fire(REF, "apply", actor=ANNA), WorkflowError)
        assert postgresql.dump() == before, "an act is whole or not at all"
        postgresql.mend("csp_case", "UPDATE")
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda number: workflow.note(REF, str(number), actor=OTTO), range(24)))
        assert workflow.case(REF).version == 25
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        assert driver.autocommit == (level == "AUTOCOMMIT"), "it is as it was"
        assert driver.autocommit or connection.get_isolation_level() == level
        assert connection.execute(text("SHOW transaction_read_only")).scalar_one() == "off"
    engine.dispose()


# ------------------------------------------------------------------------------------------------ the session's habits


@pytest.mark.parametrize("zone", ["America/St_Johns", "Pacific/Kiritimati", "UTC"])
@pytest.mark.parametrize("style", ["ISO, MDY", "German", "SQL, DMY"])
def test_neither_the_zone_nor_the_style_of_a_session_matters(postgresql: Database, zone: str, style: str) -> None:
    options = f"-c TimeZone={zone} -c DateStyle={style.replace(' ', '')}"
    engine = create_engine(postgresql.url, connect_args={"options": options})
    last = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    with open_workflow(engine, clock=SettableClock(TODAY)) as workflow:
        ready(workflow)
        walk(workflow, REF)
        due = [date.fromisoformat(day) for (day,) in postgresql.rows("SELECT due_on FROM csp_deadline ORDER BY 1")]
        workflow.register_partner("PGA-9", name="Contoso", country="FR", at=last)
        assert workflow.history("PGA-9")[0].at == last
        assert [item.due_on for item in workflow.case(REF).deadlines] == due
        assert workflow.verify().holds
    engine.dispose()
    check_chain(postgresql)


def test_texts_are_compared_letter_by_letter(on_postgresql: HostWorkflow, postgresql: Database) -> None:
    start(on_postgresql)
    other = postgresql.rows(
        "SELECT attrelid::regclass::text, attname, collname FROM pg_attribute a"
        " JOIN pg_collation c ON c.oid = a.attcollation JOIN pg_class t ON t.oid = a.attrelid"
        " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attnum > 0 AND collname <> 'C'"
        " AND relname <> 'csp_alembic_version'"
    )
    assert other == []


def test_what_was_lived_on_postgresql_holds(on_postgresql: HostWorkflow, clock: SettableClock) -> None:
    live(on_postgresql, clock)
    audit = on_postgresql.verify()
    assert audit.holds, audit.misfits
    assert audit.partners == 5


# ------------------------------------------------------------------------------------------------------- addresses


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_an_address_need_not_name_the_driver(postgresql: Database, scheme: str) -> None:
    with open_workflow(postgresql.url.replace("postgresql+psycopg", scheme)) as workflow:
        start(workflow)
    assert postgresql.rows("SELECT count(*) FROM csp_partner") == [(1,)]


WITHOUT = """
import sys
sys.modules["psycopg"] = None
from csp_workflow import open_workflow
from csp_workflow.errors import BadTarget
for scheme in ("postgresql", "postgres", "postgresql+psycopg"):
    try:
        open_workflow(f"{scheme}://anna:s3cr3t@h/d")
    except BadTarget as problem:
        print(problem.exit_code, problem.message)
"""


def test_without_the_driver_it_is_said_how_to_get_it() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False)  # noqa: S603 - the one above
    sentence = "2 PostgreSQL needs its driver: pip install 'csp-workflow[postgres]'.\n"
    assert (done.stdout, done.stderr) == (sentence * 3, "")


def test_a_driver_that_does_not_exist_is_a_bad_target() -> None:
    problem = raised(lambda: open_workflow("postgresql+nothing://h/d"), BadTarget)
    one_sentence(problem)


def test_programs_that_make_the_same_new_database_at_once_make_one(new_postgresql: Database) -> None:
    program = f"from csp_workflow import open_workflow\nopen_workflow({new_postgresql.url!r}).close()"
    command = [sys.executable, "-c", program]
    begun = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(2)]  # noqa: S603 - the one above
    assert [process.communicate()[1] for process in begun] == [b""] * 2
    assert [process.returncode for process in begun] == [0, 0]


def test_one_who_makes_the_tables_waits_for_another_who_does(new_postgresql: Database) -> None:
    with open_workflow("memory:") as workflow, ThreadPoolExecutor(1) as threads, new_postgresql.another() as connection:
        with workflow.within(connection) as inside:
            start(inside)
        opening = threads.submit(open_workflow, new_postgresql.url)
        assert new_postgresql.waits()
        connection.commit()
        with opening.result() as opened:
            assert len(opened.partners()) == 1
