"""One durable transition asks little of the database: a handful of statements, however much stands in it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any, Self

import psycopg
import pytest
from sqlalchemy import Engine, event

from csp_workflow.bootstrap import join
from csp_workflow.storage.store import open_store
from tests.integration.hands import ANNA, CARL, OTTO, PGA, REF, RITA, SCORES, TODAY, WALK, ready, walk
from tests.roundtrips import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from csp_workflow.bootstrap import HostWorkflow
    from csp_workflow.rules.engine import Judge
    from csp_workflow.testing import SettableClock
    from tests.databases import Database

MOST = 10  # between BEGIN and COMMIT
MOST_TRIPS = 3  # to PostgreSQL and back


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Every statement that a database carries out; SQLite traces BEGIN and COMMIT too."""
    seen: list[str] = []

    class Told(psycopg.Cursor[Any]):
        """A cursor that tells what it carries out."""

        def execute(self, query: Any, *args: Any, **options: Any) -> Self:
            if query != ";":  # which asks whether the connection still lives
                seen.append(query)
            return super().execute(query, *args, **options)

        def executemany(self, query: Any, *args: Any, **options: Any) -> None:
            seen.append(query)
            super().executemany(query, *args, **options)

    def trace(connection: Any, _record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.set_trace_callback(seen.append)
        else:
            connection.cursor_factory = Told

    event.listen(Engine, "connect", trace)
    yield seen
    event.remove(Engine, "connect", trace)


def of(statements: list[str], act: Callable[[], Any]) -> list[str]:
    """The statements of one act; the rows of one INSERT are one statement that is carried out several times."""
    statements.clear()
    act()
    return [text for text, _same in groupby(statements, key=lambda text: text.partition(" VALUES ")[0])]


def within(found: list[str], database: Database) -> list[str]:
    """The statements of an act between its BEGIN, which locks at once, and its COMMIT; psycopg says neither here."""
    if database.kind != "sqlite":
        return found
    assert (found[0], found[-1]) == ("BEGIN IMMEDIATE", "COMMIT")
    return found[1:-1]


def listed(found: list[str]) -> str:
    """Statements in short, a line each."""
    return "\n".join(" ".join(statement.split())[:100] for statement in found)


ACTS: dict[str, tuple[str, Callable[[HostWorkflow], Any]]] = {
    "a move": ("apply", lambda workflow: workflow.fire(REF, "withdraw", actor=ANNA, payload={})),
    "a move with a notice": ("apply", lambda workflow: workflow.fire(REF, "invite_to_assessment", actor=RITA)),
    "a stay": (
        "invite_to_assessment",
        lambda workflow: workflow.fire(REF, "complete_assessment", actor=ANNA, payload={"scores": SCORES}),
    ),
    "an approval": ("pass_verification", lambda workflow: workflow.fire(REF, "approve_credit", actor=CARL)),
    "a purchase": (
        "approve_credit",
        lambda workflow: workflow.fire(REF, "purchase_support_plan", actor=ANNA, payload={"kind": "ASfP"}),
    ),
    "an activation": ("purchase_support_plan", lambda workflow: workflow.fire(REF, "accept_mpa", actor=ANNA)),
    "a note": ("apply", lambda workflow: workflow.note(REF, "called", actor=OTTO)),
    "a record": ("apply", lambda workflow: workflow.record(PGA, "membership", {"status": "active"}, actor=ANNA)),
}


@pytest.mark.parametrize("name", ACTS)
def test_a_durable_act_is_at_most_ten_statements(
    statements: list[str], stored: HostWorkflow, database: Database, name: str
) -> None:
    until, act = ACTS[name]
    walk(stored, ready(stored), until)
    found = of(statements, lambda: act(stored))
    assert len(within(found, database)) <= MOST, listed(found)


def test_an_application_is_at_most_ten_statements(
    statements: list[str], stored: HostWorkflow, database: Database
) -> None:
    ready(stored)
    found = of(statements, lambda: stored.fire(REF, "apply", actor=ANNA))
    assert len(within(found, database)) <= MOST, listed(found)


@pytest.fixture
def wire(postgresql: Database) -> Iterator[Wire]:
    """What lies between a workflow and its server."""
    with Wire(postgresql.url) as wire:
        yield wire


def test_every_act_of_a_walk_is_at_most_three_round_trips(wire: Wire, judge: Judge, clock: SettableClock) -> None:
    with join(open_store(wire.url), judge, clock) as workflow:
        refs = [ready(workflow, f"PGA-{number}") for number in range(8)]  # the driver prepares what it says often
        for trigger, actor, payload in WALK:
            before = 0
            for key, ref in enumerate(refs):
                before = wire.trips
                workflow.fire(ref, trigger, actor=actor, payload=payload, key=f"{trigger} {key}" if key % 2 else None)
            assert wire.trips - before <= MOST_TRIPS, trigger


@pytest.mark.parametrize("name", ACTS)
def test_an_act_is_at_most_three_round_trips(wire: Wire, judge: Judge, clock: SettableClock, name: str) -> None:
    until, act = ACTS[name]
    with join(open_store(wire.url), judge, clock) as workflow:
        for number in range(6):
            walk(workflow, ready(workflow, f"PGA-{number}"), "accept_mpa")
            workflow.note(f"PGA-{number}/europe", "called", actor=OTTO)
            workflow.record(f"PGA-{number}", "membership", {"status": "active"}, actor=ANNA)
        walk(workflow, ready(workflow), until)
        before = wire.trips
        act(workflow)
        assert wire.trips - before <= MOST_TRIPS


def test_an_application_costs_the_same_with_many_lines_of_revenue(statements: list[str], stored: HostWorkflow) -> None:
    ready(stored)
    few = of(statements, lambda: stored.decide(REF, "apply", actor=ANNA, payload={}))
    for number in range(60):
        stored.record(
            PGA, "revenue", {"booked_on": TODAY - timedelta(days=1), "amount": 1, "line": f"L-{number}"}, actor=OTTO
        )
    many = of(statements, lambda: stored.decide(REF, "apply", actor=ANNA, payload={}))
    assert len(many) == len(few)


def test_an_act_costs_the_same_with_a_long_history(statements: list[str], stored: HostWorkflow) -> None:
    ready(stored)
    short = of(statements, lambda: stored.note(REF, "x", actor=OTTO))
    for number in range(30):
        stored.note(REF, str(number), actor=OTTO)
    long = of(statements, lambda: stored.note(REF, "x", actor=OTTO))
    assert len(long) == len(short)


def test_a_page_of_cases_costs_the_same_however_many_partners_it_holds(
    statements: list[str], stored: HostWorkflow
) -> None:
    ready(stored)
    one = of(statements, lambda: stored.cases(limit=10))
    for number in range(5):
        ready(stored, f"PGA-{number}")
    six = of(statements, lambda: stored.cases(limit=10))
    assert len(six) == len(one)


def test_a_question_writes_nothing(statements: list[str], stored: HostWorkflow) -> None:
    ready(stored)
    for question in (
        lambda: stored.case(REF),
        lambda: stored.requirements(REF),
        lambda: stored.decide(REF, "apply", actor=ANNA),
        lambda: stored.history(REF),
        stored.cases,
        stored.partners,
    ):
        found = of(statements, question)
        assert not [item for item in found if not item.startswith(("BEGIN", "SELECT", "ROLLBACK", "COMMIT"))]
        assert "BEGIN IMMEDIATE" not in found


def test_an_entitlement_is_one_read_from_an_index_and_of_an_earlier_day_two(
    statements: list[str], on_file: HostWorkflow, clock: SettableClock, file: Path
) -> None:
    ref, was = ready(on_file), clock()
    clock.advance(days=1)
    on_file.note(ref, "later", actor=OTTO)
    for at, reads in ((None, 1), (clock(), 1), (was, 2)):
        asked = of(statements, partial(on_file.may, ref, "new_purchases", at=at))
        found = [text for text in asked if text.startswith("SELECT")]
        assert len(found) == reads, listed(found)
        with closing(sqlite3.connect(file)) as connection:
            plans = [row[3] for text in found for row in connection.execute(f"EXPLAIN QUERY PLAN {text}")]
        assert all(plan.startswith("SEARCH") or "TEMP B-TREE" in plan for plan in plans), plans
