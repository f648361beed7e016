"""Idempotency keys: the same command again gets the first answer, another one is a conflict."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from csp_workflow import TransitionRefused
from csp_workflow.errors import BadPayload, Duplicate, KeyReused, StaleVersion, TimeGoesBack, UnknownName
from tests.integration.hands import ANNA, OTTO, PGA, REF, RITA, TODAY, WALK, dump, kinds, raised, ready, start

if TYPE_CHECKING:
    from collections.abc import Callable

    from csp_workflow.bootstrap import HostWorkflow
    from csp_workflow.testing import SettableClock
    from tests.databases import Database

LINE: dict[str, Any] = {"booked_on": TODAY - timedelta(days=9), "amount": Decimal("12.50"), "line": "L-1"}


def test_every_act_of_the_usual_walk_done_again_with_its_key_gives_an_equal_outcome(workflow: HostWorkflow) -> None:
    ref = ready(workflow)
    for trigger, actor, payload in WALK:
        first = workflow.fire(ref, trigger, actor=actor, payload=payload, key=trigger)
        again = workflow.fire(ref, trigger, actor=actor, payload=payload, key=trigger)
        assert again == first, trigger
        assert again.to_dict() == first.to_dict()
    assert workflow.case(ref).version == 1 + len(WALK)


def test_the_first_outcome_comes_back_long_after_the_case_moved_on(
    workflow: HostWorkflow, clock: SettableClock
) -> None:
    ref = ready(workflow)
    first = workflow.fire(ref, "apply", actor=ANNA, key="k", expected_version=1)
    clock.advance(days=20)
    workflow.fire(ref, "invite_to_assessment", actor=RITA)
    assert workflow.fire(ref, "apply", actor=ANNA, key="k") == first
    assert workflow.fire(ref, "apply", actor=ANNA, key="k", expected_version=1) == first
    assert workflow.case(ref).state == "assessment"


def test_a_refusal_is_given_again_and_journalled_once(workflow: HostWorkflow, clock: SettableClock) -> None:
    ref = start(workflow)

    def apply() -> None:
        workflow.fire(ref, "apply", actor=ANNA, payload={}, key="req-17", expected_version=1)

    first = raised(apply, TransitionRefused)
    clock.advance(days=400)
    again = raised(apply, TransitionRefused)
    assert first.findings
    assert (again.trigger, again.source, again.earliest) == (first.trigger, first.source, first.earliest)
    assert again.findings == first.findings
    assert again.to_dict() == first.to_dict()
    assert str(again) == str(first)
    assert kinds(workflow, ref) == ["opened", "refused"]


def test_a_refusal_with_an_earliest_day_is_given_again_as_it_was(workflow: HostWorkflow) -> None:
    ref = ready(workflow)
    workflow.record(PGA, "reseller_tenure", {"first_transaction_on": date(2025, 2, 28)}, actor=OTTO)
    first = raised(lambda: workflow.fire(ref, "apply", actor=ANNA, key="k"), TransitionRefused)
    again = raised(lambda: workflow.fire(ref, "apply", actor=ANNA, key="k"), TransitionRefused)
    assert first.earliest == again.earliest == date(2026, 2, 28)
    assert again.findings == first.findings


def test_a_refused_record_is_given_again_and_journalled_once(workflow: HostWorkflow) -> None:
    start(workflow)

    def record() -> None:
        workflow.record(PGA, "membership", {"status": "active"}, actor=workflow.programme.timer, key="k")

    first, again = raised(record, TransitionRefused), raised(record, TransitionRefused)
    assert [finding.rule for finding in again.findings] == ["actor.role"]
    assert again.findings == first.findings
    assert [entry.kind for entry in workflow.history(PGA)] == ["registered", "opened", "refused"]


def test_other_calls_done_again_with_their_key_are_done_once(workflow: HostWorkflow) -> None:
    ref = ready(workflow)
    membership = workflow.record(PGA, "membership", {"status": "lapsed"}, actor=ANNA, key="first")
    security = {"admins_total": 2, "admins_with_mfa": 1, "alerts_responsive": True}
    calls: dict[str, Callable[[str], Any]] = {
        "record": lambda key: workflow.record(
            PGA, "security", security, actor=ANNA, effective_on=date(2025, 11, 1), document="sha256:0", key=key
        ),
        "revenue": lambda key: workflow.record(PGA, "revenue", LINE, actor=ANNA, key=key),
        "retract": lambda key: workflow.retract(membership.entry, reason="wrong", actor=ANNA, key=key),
        "note": lambda key: workflow.note(ref, "called", actor=OTTO, key=key),
        "open": lambda key: workflow.open_case(PGA, region="japan", key=key),
    }
    for name, call in calls.items():
        first = call(name)
        entries = workflow.history(PGA)
        assert call(name) == first, name
        assert workflow.history(PGA) == entries, name


def test_a_key_belongs_to_one_command(workflow: HostWorkflow) -> None:
    ref = ready(workflow)
    workflow.open_case(PGA, region="japan")
    recorded = workflow.record(PGA, "designation", {"area": "Security"}, actor=ANNA)
    workflow.fire(ref, "apply", actor=ANNA, key="k")
    others: list[Callable[[], object]] = [
        lambda: workflow.fire(ref, "apply", actor=RITA, key="k"),
        lambda: workflow.fire(ref, "withdraw", actor=ANNA, key="k"),
        lambda: workflow.fire(ref, "withdraw", actor=ANNA, payload={"reason": "so"}, key="k"),
        lambda: workflow.fire(f"{PGA}/japan", "apply", actor=ANNA, key="k"),
        lambda: workflow.record(PGA, "membership", {"status": "active"}, actor=ANNA, key="k"),
        lambda: workflow.note(ref, "apply", actor=ANNA, key="k"),
        lambda: workflow.retract(recorded.entry, reason="wrong", actor=ANNA, key="k"),
        lambda: workflow.open_case(PGA, region="india", key="k"),
    ]
    entries = workflow.history(PGA)
    for other in others:
        conflict = raised(other, KeyReused)
        assert (conflict.code, conflict.exit_code) == ("key_reused", 5)
    assert workflow.history(PGA) == entries


def test_a_key_is_the_payload_s_too(workflow: HostWorkflow) -> None:
    ref = ready(workflow)
    workflow.fire(ref, "apply", actor=ANNA)
    workflow.fire(ref, "request_information", actor=RITA, payload={"question": "How many?"}, key="k")
    with pytest.raises(KeyReused):
        workflow.fire(ref, "request_information", actor=RITA, payload={"question": "How much?"}, key="k")


def test_no_payload_and_an_empty_one_are_the_same_command(workflow: HostWorkflow) -> None:
    ref = ready(workflow)
    first = workflow.fire(ref, "apply", actor=ANNA, key="k")
    assert workflow.fire(ref, "apply", actor=ANNA, payload={}, key="k") == first


@pytest.mark.parametrize("ref", [f"{PGA}/europe/direct_bill"])
def test_a_case_named_in_full_is_the_same_case(workflow: HostWorkflow, ref: str) -> None:
    ready(workflow)
    fields = {"pla": "PLA-2", "country": "DE"}
    recorded = workflow.record(REF, "location", fields, actor=ANNA, key="r")
    assert workflow.record(ref, "location", fields, actor=ANNA, key="r") == recorded
    applied = workflow.fire(REF, "apply", actor=ANNA, key="k")
    assert workflow.fire(ref, "apply", actor=ANNA, key="k") == applied


def test_a_key_is_unique_for_one_partner_only(workflow: HostWorkflow) -> None:
    one, other = ready(workflow), ready(workflow, "PGA-1002")
    workflow.fire(one, "apply", actor=ANNA, key="k")
    assert workflow.fire(other, "apply", actor=ANNA, key="k").case.ref == other


def test_the_instant_is_not_part_of_the_command(workflow: HostWorkflow, clock: SettableClock) -> None:
    ref = ready(workflow)
    first = workflow.fire(ref, "apply", actor=ANNA, key="k", at=clock())
    later = clock() + timedelta(days=3)
    assert workflow.fire(ref, "apply", actor=ANNA, key="k", at=later) == first
    assert workflow.fire(ref, "apply", actor=ANNA, key="k", at=clock() - timedelta(days=3)) == first


def test_bad_input_binds_no_key(stored: HostWorkflow, database: Database, clock: SettableClock) -> None:
    ref = ready(stored)
    before = dump(database)
    bad: list[tuple[type[Exception], Callable[[], object]]] = [
        (BadPayload, lambda: stored.fire(ref, "apply", actor=ANNA, payload={"hurry": True}, key="k")),
        (UnknownName, lambda: stored.fire(ref, "aply", actor=ANNA, key="k")),
        (BadPayload, lambda: stored.record(PGA, "membership", {"status": "maybe"}, actor=ANNA, key="k")),
        (BadPayload, lambda: stored.note(ref, " ", actor=OTTO, key="k")),
        (TimeGoesBack, lambda: stored.note(ref, "x", actor=OTTO, key="k", at=clock() - timedelta(days=3))),
    ]
    for error, call in bad:
        with pytest.raises(error):
            call()
    assert dump(database) == before
    assert stored.fire(ref, "apply", actor=ANNA, key="k").case.state == "application"


def test_conflicts_bind_no_key(stored: HostWorkflow, database: Database) -> None:
    ref = ready(stored)
    stored.record(PGA, "revenue", LINE, actor=ANNA)
    before = dump(database)
    with pytest.raises(StaleVersion):
        stored.fire(ref, "apply", actor=ANNA, key="k", expected_version=7)
    with pytest.raises(Duplicate):
        stored.record(PGA, "revenue", LINE | {"amount": Decimal(13)}, actor=ANNA, key="k")
    with pytest.raises(Duplicate):
        stored.open_case(PGA, region="europe", key="k")
    assert dump(database) == before
    assert stored.fire(ref, "apply", actor=ANNA, key="k", expected_version=1).case.version == 2


def test_a_line_that_stood_there_already_binds_its_key(workflow: HostWorkflow) -> None:
    start(workflow)
    workflow.record(PGA, "revenue", LINE, actor=ANNA)
    first = workflow.record(PGA, "revenue", LINE, actor=ANNA, key="k")
    assert first.repeated
    assert workflow.record(PGA, "revenue", LINE, actor=ANNA, key="k") == first
    with pytest.raises(KeyReused):
        workflow.record(PGA, "membership", {"status": "active"}, actor=ANNA, key="k")


def test_a_key_that_recorded_a_line_stays_bound_when_the_line_was_retracted(workflow: HostWorkflow) -> None:
    start(workflow)
    first = workflow.record(PGA, "revenue", LINE, actor=ANNA, key="k")
    workflow.retract(first.entry, reason="wrong", actor=ANNA)
    assert workflow.record(PGA, "revenue", LINE, actor=ANNA, key="k") == first


@pytest.mark.parametrize("key", ["", "x" * 256, "a\x00b", "\ud800", 7, b"k", ("k",)])
def test_a_key_that_cannot_be_kept_is_bad_input(stored: HostWorkflow, database: Database, key: Any) -> None:
    ref = ready(stored)
    before = dump(database)
    with pytest.raises(BadPayload):
        stored.fire(ref, "apply", actor=ANNA, key=key)
    assert dump(database) == before


def test_the_answer_that_a_key_keeps_holds_no_account_number(stored: HostWorkflow, database: Database) -> None:
    stored.register_partner(PGA, name="Fabrikam", country="DE")
    ref = stored.open_case(PGA, region="europe", lifecycle="indirect_reseller").ref
    payload = {"mpn": "1", "address": "x", "bank_account": "DE02120300000000202051", "admin_email": "a@b.example"}
    first = stored.fire(ref, "submit_registration", actor=ANNA, payload=payload, key="k")
    assert stored.fire(ref, "submit_registration", actor=ANNA, payload=payload, key="k") == first
    with pytest.raises(KeyReused):
        stored.fire(
            ref,
            "submit_registration",
            actor=ANNA,
            payload=payload | {"bank_account": "DE99120300000000202051"},
            key="k",
        )
    assert "DE0212030000000020" not in repr(dump(database))
