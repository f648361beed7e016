"""Revenue lines: counted once, verified by a second record, taken back with or without their verification."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from csp_workflow import Conflict
from csp_workflow.errors import BadPayload, Duplicate
from tests.integration.hands import ANNA, OTTO, PAUL, PGA, REF, RITA, TODAY, dump, raised, ready, start

if TYPE_CHECKING:
    from csp_workflow import Workflow
    from csp_workflow.bootstrap import HostWorkflow
    from csp_workflow.model.decision import Recorded
    from csp_workflow.testing import SettableClock
    from tests.databases import Database

BOOKED = TODAY - timedelta(days=9)
LINE: dict[str, Any] = {"booked_on": BOOKED, "amount": Decimal("1000.00"), "line": "INV-1"}


def record(workflow: Workflow, actor: Any = OTTO, at: datetime | None = None, **other: Any) -> Recorded:
    """Record the usual line, with something else in it."""
    return workflow.record(PGA, "revenue", LINE | other, actor=actor, at=at)


def total(workflow: Workflow, at: datetime | None = None) -> Decimal:
    """The revenue that counts, verified or not."""
    return workflow.trailing_revenue(REF, at=at)


def verified(workflow: Workflow, at: datetime | None = None) -> bool:
    """Whether the vendor sees the floor reached: an invitation is not refused by it."""
    return "revenue.floor" not in workflow.decide(REF, "invite_to_assessment", actor=RITA, payload={}, at=at).rules


@pytest.fixture
def applied(workflow: HostWorkflow) -> HostWorkflow:
    """A case in application whose floor was reached by one unverified line of a million."""
    ref = ready(workflow)
    floor = next(entry for entry in workflow.history(PGA) if entry.trigger == "revenue")
    workflow.retract(floor.id, reason="the test has a line of its own", actor=OTTO)
    record(workflow, ANNA, amount=1_000_000)
    workflow.fire(ref, "apply", actor=ANNA)
    return workflow


def verify(workflow: Workflow, at: datetime | None = None, **other: Any) -> Recorded:
    """Verify the line of a million."""
    return record(workflow, RITA, at, amount=1_000_000, verified=True, **other)


@pytest.mark.parametrize(
    "same",
    [
        {},
        {"amount": 1000},
        {"amount": "1000"},
        {"amount": "1000.0"},
        {"currency": "USD", "product": "cloud", "channel": "indirect"},
        {"booked_on": BOOKED.isoformat()},
        {"verified": False},
        {"verified": True},
    ],
)
def test_the_same_line_counts_once(stored: HostWorkflow, database: Database, same: dict[str, Any]) -> None:
    start(stored)
    first = record(stored)
    before = dump(database)
    again = record(stored, **same)
    assert (again.entry, again.repeated, first.repeated) == (first.entry, True, False)
    assert dump(database) == before
    assert total(stored) == Decimal("1000.00")


@pytest.mark.parametrize(
    "other",
    [
        {"amount": Decimal("1000.01")},
        {"booked_on": BOOKED - timedelta(days=1)},
        {"product": "perpetual_software"},
        {"channel": "direct"},
        {"tenant": "contoso"},
    ],
)
def test_a_line_with_other_content_is_a_conflict(
    stored: HostWorkflow, database: Database, other: dict[str, Any]
) -> None:
    start(stored)
    record(stored)
    before = dump(database)
    conflict = raised(lambda: record(stored, **other), Duplicate)
    assert (conflict.code, conflict.exit_code) == ("duplicate_line", 5)
    with pytest.raises(Duplicate):
        record(stored, verified=True, **other)
    assert dump(database) == before


def test_an_id_is_one_partner_s_only(workflow: HostWorkflow) -> None:
    start(workflow)
    start(workflow, "PGA-1002")
    record(workflow)
    other = workflow.record("PGA-1002", "revenue", LINE | {"amount": 5}, actor=OTTO)
    assert not other.repeated


def test_lines_without_an_id_all_count(workflow: HostWorkflow) -> None:
    start(workflow)
    for _ in range(3):
        workflow.record(PGA, "revenue", {"booked_on": BOOKED, "amount": "0.10"}, actor=OTTO)
    assert total(workflow) == Decimal("0.30")


@pytest.mark.parametrize("actor", [ANNA, PAUL])
def test_a_partner_s_line_is_not_verified_and_the_partner_cannot_say_that_it_is(
    stored: HostWorkflow, database: Database, actor: Any
) -> None:
    start(stored)
    assert record(stored, actor).fields["verified"] is False
    before = dump(database)
    with pytest.raises(BadPayload):
        record(stored, actor, line="INV-2", verified=True)
    with pytest.raises(BadPayload):
        record(stored, actor, verified=True)
    assert dump(database) == before


def test_anybody_else_s_line_is_verified_where_nothing_is_said(workflow: HostWorkflow) -> None:
    start(workflow)
    assert record(workflow, OTTO).fields["verified"] is True
    assert record(workflow, RITA, line="INV-2", verified=False).fields["verified"] is False


def test_a_line_is_verified_from_the_day_of_its_second_record_on(applied: HostWorkflow, clock: SettableClock) -> None:
    unverified_at = clock()
    assert not verified(applied)
    clock.advance(days=3)
    assert not verify(applied).repeated
    assert verified(applied)
    assert not verified(applied, unverified_at)
    assert not verified(applied, clock() - timedelta(seconds=1))
    assert total(applied) == Decimal(1_000_000)
    assert total(applied, unverified_at) == Decimal(1_000_000)


def test_a_verification_may_hold_from_a_later_day(applied: HostWorkflow, clock: SettableClock) -> None:
    applied.record(
        PGA,
        "revenue",
        LINE | {"amount": 1_000_000, "verified": True},
        actor=RITA,
        effective_on=date(2025, 10, 20),
    )
    clock.set(date(2025, 10, 19))
    assert not verified(applied)
    assert total(applied) == Decimal(1_000_000)
    clock.set(date(2025, 10, 20))
    assert verified(applied)
    assert total(applied) == Decimal(1_000_000)


def test_a_line_verified_twice_counts_once(applied: HostWorkflow) -> None:
    verify(applied)
    entries = applied.history(PGA)
    assert verify(applied).repeated
    assert record(applied, ANNA, amount=1_000_000).repeated
    assert applied.history(PGA) == entries
    assert total(applied) == Decimal(1_000_000)


def test_a_retracted_verification_leaves_the_line_unverified(applied: HostWorkflow, clock: SettableClock) -> None:
    verification = verify(applied)
    verified_at = clock()
    clock.advance(days=1)
    applied.retract(verification.entry, reason="not yet checked", actor=RITA)
    assert not verified(applied)
    assert verified(applied, verified_at)
    assert total(applied) == Decimal(1_000_000)
    clock.advance(days=1)
    assert not verify(applied).repeated
    assert verified(applied)
    assert total(applied) == Decimal(1_000_000)


def test_a_retracted_line_goes_with_its_verification_and_its_id_is_free(
    applied: HostWorkflow, clock: SettableClock
) -> None:
    line = next(entry for entry in applied.history(PGA) if entry.payload.get("line") == "INV-1")
    verify(applied)
    known_at = clock()
    clock.advance(days=1)
    applied.retract(line.id, reason="booked twice", actor=OTTO)
    assert (total(applied), verified(applied)) == (Decimal("0.00"), False)
    assert (total(applied, known_at), verified(applied, known_at)) == (Decimal(1_000_000), True)
    assert not record(applied, ANNA, amount=7).repeated
    assert total(applied) == Decimal("7.00")


def test_the_verification_of_a_retracted_line_cannot_be_retracted_again(applied: HostWorkflow) -> None:
    line = next(entry for entry in applied.history(PGA) if entry.payload.get("line") == "INV-1")
    verification = verify(applied)
    applied.retract(line.id, reason="booked twice", actor=OTTO)
    with pytest.raises(Conflict):
        applied.retract(verification.entry, reason="booked twice", actor=OTTO)
    assert total(applied) == Decimal("0.00")


def test_retracting_the_verification_before_the_line_leaves_nothing(applied: HostWorkflow) -> None:
    line = next(entry for entry in applied.history(PGA) if entry.payload.get("line") == "INV-1")
    applied.retract(verify(applied).entry, reason="wrong", actor=RITA)
    applied.retract(line.id, reason="wrong", actor=OTTO)
    assert (total(applied), verified(applied)) == (Decimal("0.00"), False)


def test_a_line_that_is_not_yet_effective_keeps_its_id(workflow: HostWorkflow, clock: SettableClock) -> None:
    start(workflow)
    workflow.record(PGA, "revenue", LINE, actor=OTTO, effective_on=date(2025, 11, 1))
    assert total(workflow) == Decimal("0.00")
    with pytest.raises(Duplicate):
        record(workflow, amount=1)
    clock.set(date(2025, 11, 1))
    assert total(workflow) == Decimal("1000.00")


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 0},
        {"amount": -1},
        {"amount": "0.001"},
        {"amount": "1000.005"},
        {"amount": float("nan")},
        {"amount": Decimal("NaN")},
        {"amount": Decimal("Infinity")},
        {"amount": 0.1},
        {"amount": True},
        {"amount": "1e400"},
        {"amount": "a lot"},
        {"amount": None},
        {"currency": "EUR"},
        {"currency": "usd"},
        {"product": "hardware"},
        {"channel": "sideways"},
        {"booked_on": TODAY + timedelta(days=1)},
        {"booked_on": datetime(2025, 10, 1)},  # noqa: DTZ001 - a naive instant is the point
        {"booked_on": "1.10.2025"},
        {"verified": "yes"},
        {"line": ""},
        {"line": 7},
        {"line": "x" * 256},
        {"lines": "INV-1"},
    ],
    ids=repr,
)
def test_a_line_that_is_not_understood_is_not_written(
    stored: HostWorkflow, database: Database, wrong: dict[str, Any]
) -> None:
    start(stored)
    before = dump(database)
    problem = raised(lambda: record(stored, **wrong), BadPayload)
    assert (problem.code, problem.exit_code) == ("bad_payload", 2)
    assert problem.field == next(iter(wrong))
    assert dump(database) == before


def test_the_longest_id_of_a_line_is_found_again(stored: HostWorkflow) -> None:
    start(stored)
    longest = "".join(map(chr, range(0x20000, 0x20000 + 255)))
    assert not record(stored, line=longest).repeated
    assert record(stored, line=longest).repeated
