"""The Python API exactly as the contract writes it, and what every answer of it has in common."""

from __future__ import annotations

import dataclasses
import json
import threading
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, create_engine, text

from csp_workflow import Actor, TransitionRefused, open_workflow
from csp_workflow.testing import SettableClock
from tests.integration.hands import ANNA, OTTO, PGA, REF, RITA, TODAY, ready, rows, start, walk

if TYPE_CHECKING:
    from csp_workflow.bootstrap import HostWorkflow
    from tests.databases import Database


@pytest.mark.parametrize("kind", ["address", "memory", "engine"])
def test_the_example_of_the_contract_runs_as_it_is_written(kind: str, database: Database) -> None:
    engine = create_engine(database.url)
    targets: dict[str, str | Engine] = {"address": database.url, "memory": "memory:", "engine": engine}
    target = targets[kind]
    with open_workflow(target) as workflow:
        workflow.register_partner("PGA-1001", name="Fabrikam GmbH", country="DE")
        case = workflow.open_case("PGA-1001", region="europe")
        workflow.record(
            "PGA-1001",
            "reseller_tenure",
            {"first_transaction_on": date(2024, 6, 1)},
            actor=Actor("anna", "global_admin"),
        )
        with pytest.raises(TransitionRefused) as refusal:
            workflow.fire(
                case.ref, "apply", actor=Actor("anna", "global_admin"), payload={}, key="req-17", expected_version=1
            )
        assert "membership.active" in [finding.rule for finding in refusal.value.findings]
        assert not workflow.decide(case.ref, "apply", actor=ANNA).accepted
        assert workflow.case(case.ref).state == "indirect_tenure"
        assert [found.ref for found in workflow.cases(state="indirect_tenure", after=None, limit=100)] == [case.ref]
        assert workflow.cases(state="active", after=None, limit=100) == []
        assert workflow.requirements(case.ref).due_now
        assert [entry.kind for entry in workflow.history(case.ref)] == ["opened", "recorded", "refused"]
        assert workflow.entitlements(case.ref) == ("transact_indirect",)
        assert workflow.sweep().fired == ()
    engine.dispose()


def test_an_outcome_has_case_transition_and_notices(workflow: HostWorkflow) -> None:
    ref = ready(workflow)
    workflow.fire(ref, "apply", actor=ANNA)
    outcome = workflow.fire(ref, "invite_to_assessment", actor=RITA)
    assert outcome.case.state == "assessment"
    assert outcome.transition.to_dict() == {
        "trigger": "invite_to_assessment",
        "from": "application",
        "to": "assessment",
        "at": "2025-10-06T09:00:00+00:00",
        "actor": "rita:reviewer",
    }
    assert [notice.kind for notice in outcome.notices] == ["assessment_invitation"]
    assert outcome.case == workflow.case(ref)


def test_a_case_shows_what_the_contract_lists(workflow: HostWorkflow) -> None:
    shown = workflow.case(ready(workflow)).to_dict()
    assert list(shown) == [
        "ref",
        "partner",
        "lifecycle",
        "region",
        "tenant",
        "state",
        "version",
        "policy",
        "cooldown",
        "entitlements",
        "deadlines",
        "opened_at",
    ]
    assert shown["policy"] == "2025-10"
    assert shown["version"] == 1


def test_a_sweep_says_what_it_fired_and_sent(workflow: HostWorkflow, clock: SettableClock) -> None:
    ref = ready(workflow)
    walk(workflow, ref)
    clock.set(date(2026, 11, 1))
    swept = workflow.sweep()
    assert {item.ref for item in swept.fired} == {notice.ref for notice in swept.notices} == {ref}
    assert ("review_opens", date(2026, 10, 1)) in [(item.kind, item.due_on) for item in swept.fired]
    assert "review_opened" in [notice.kind for notice in swept.notices]
    assert workflow.case(ref).state == "annual_review"


def test_every_answer_is_frozen_and_can_be_written_as_json(workflow: HostWorkflow) -> None:
    ref = ready(workflow)
    recorded = workflow.record(PGA, "csp_onboarding", {"onboarded_on": date(2020, 3, 1)}, actor=ANNA)
    answers: list[Any] = [
        workflow.partner(PGA),
        workflow.case(ref),
        recorded,
        workflow.retract(recorded.entry, reason="a typing error", actor=ANNA),
        workflow.fire(ref, "apply", actor=ANNA),
        workflow.decide(ref, "apply", actor=ANNA),
        workflow.requirements(ref),
        workflow.history(ref)[0],
        workflow.may(ref, "transact_direct"),
        workflow.explain(ref, "invite_to_assessment")[0],
        workflow.sweep(),
    ]
    for answer in answers:
        assert json.loads(json.dumps(answer.to_dict())) == answer.to_dict()
        first = dataclasses.fields(answer)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(answer, first, None)


def test_the_clock_is_asked_once_for_every_call() -> None:
    asked: list[int] = []

    def clock() -> datetime:
        asked.append(1)
        return datetime(2025, 10, 6, tzinfo=UTC)

    with open_workflow("memory:", clock=clock) as workflow:
        start(workflow)
        for act in (
            lambda: workflow.record(PGA, "membership", {"status": "active"}, actor=ANNA),
            lambda: workflow.note(REF, "called", actor=OTTO),
            lambda: workflow.decide(REF, "apply", actor=ANNA),
            lambda: workflow.requirements(REF),
            lambda: workflow.case(REF),
            workflow.sweep,
        ):
            asked.clear()
            act()
            assert len(asked) == 1


def test_with_an_instant_of_its_own_a_call_does_not_need_the_clock() -> None:
    at = datetime(2025, 10, 6, tzinfo=UTC)
    with open_workflow("memory:", clock=SettableClock(date(2030, 1, 1))) as workflow:
        workflow.register_partner(PGA, name="Fabrikam", country="DE", at=at)
        workflow.open_case(PGA, region="europe", at=at)
        workflow.note(REF, "called", actor=OTTO, at=at)
        assert {entry.at for entry in workflow.history(PGA)} == {at}


def test_deciding_writes_nothing_and_says_the_same_as_doing(
    stored: HostWorkflow, database: Database, clock: SettableClock
) -> None:
    ref = ready(stored)
    before = rows(database, "SELECT count(*), max(seq) FROM csp_journal")
    decision = stored.decide(ref, "invite_to_assessment", actor=RITA, payload={})
    assert decision.rules == ("order.invite_to_assessment",)
    assert stored.decide(ref, "apply", actor=ANNA, payload={}).accepted
    clock.set(date(2025, 4, 30))
    assert rows(database, "SELECT count(*), max(seq) FROM csp_journal") == before


def test_registering_and_opening_are_done_by_the_back_office_where_nobody_is_named(workflow: HostWorkflow) -> None:
    ref = start(workflow)
    assert [(entry.kind, entry.role) for entry in workflow.history(PGA)] == [
        ("registered", "operator"),
        ("opened", "operator"),
    ]
    assert workflow.history(ref)[0].role == "operator"


def test_a_host_s_engine_stays_open_when_the_workflow_is_closed(database: Database) -> None:
    engine = create_engine(database.url)
    with open_workflow(engine, clock=SettableClock(TODAY)) as workflow:
        start(workflow)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM csp_partner")).scalar_one() == 1
    engine.dispose()


def test_what_is_stored_is_there_when_the_database_is_opened_again(database: Database, clock: SettableClock) -> None:
    with open_workflow(database.url, clock=clock) as workflow:
        shown = walk(workflow, ready(workflow))
        history = workflow.history(REF)
    with open_workflow(database.url, clock=clock) as workflow:
        assert workflow.case(REF) == shown
        assert workflow.history(REF) == history


def test_two_workflows_in_memory_know_nothing_of_each_other(clock: SettableClock) -> None:
    with open_workflow("memory:", clock=clock) as one, open_workflow("memory:", clock=clock) as other:
        start(one)
        assert other.partners() == []


def test_one_in_memory_is_seen_by_every_thread(clock: SettableClock) -> None:
    with open_workflow("memory:", clock=clock) as workflow:
        start(workflow)
        seen: list[str] = []
        thread = threading.Thread(target=lambda: seen.append(workflow.case(REF).state))
        thread.start()
        thread.join()
        assert seen == ["indirect_tenure"]


def test_a_registered_partner_without_an_address_has_its_notices_kept(workflow: HostWorkflow) -> None:
    ready(workflow)
    workflow.edit_partner(PGA, actor=OTTO, email=None)
    walk(workflow, REF, "apply")
    outcome = workflow.fire(REF, "invite_to_assessment", actor=RITA)
    assert [(notice.to, notice.status) for notice in outcome.notices] == [(None, "undeliverable")]
