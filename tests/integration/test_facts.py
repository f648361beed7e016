"""Facts: added and never edited, each with the day from which it holds and the instant at which it was known."""

from __future__ import annotations

import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from csp_workflow import Actor, Conflict, NotFound, TransitionRefused, open_workflow
from csp_workflow.catalogue import packaged
from csp_workflow.errors import BadPayload
from tests.integration.hands import (
    ANNA,
    CARL,
    OTTO,
    PAUL,
    PGA,
    REF,
    RITA,
    TIMER,
    dump,
    kinds,
    raised,
    ready,
    rows,
    start,
    walk,
)

if TYPE_CHECKING:
    from csp_workflow import Workflow
    from csp_workflow.bootstrap import HostWorkflow
    from csp_workflow.testing import SettableClock
    from tests.databases import Database


def fails(workflow: Workflow, rule: str, at: datetime | None = None) -> bool:
    """Whether an application is, or would then have been, refused by a rule."""
    return rule in workflow.decide(REF, "apply", actor=ANNA, payload={}, at=at).rules


def test_a_fact_holds_from_the_day_on_which_it_becomes_effective(workflow: HostWorkflow, clock: SettableClock) -> None:
    start(workflow)
    workflow.record(PGA, "membership", {"status": "active"}, actor=ANNA, effective_on=date(2025, 11, 15))
    finding = next(
        found
        for found in workflow.decide(REF, "apply", actor=ANNA, payload={}).findings
        if found.rule == "membership.active"
    )
    assert finding.earliest == date(2025, 11, 15)
    clock.set(date(2025, 11, 14))
    assert fails(workflow, "membership.active")
    clock.set(date(2025, 11, 15))
    assert not fails(workflow, "membership.active")


def test_a_fact_is_effective_on_the_day_on_which_it_is_recorded_where_nothing_is_said(workflow: HostWorkflow) -> None:
    start(workflow)
    recorded = workflow.record(PGA, "membership", {"status": "active"}, actor=ANNA)
    assert recorded.effective_on == date(2025, 10, 6)
    entry = workflow.history(PGA)[-1]
    assert (entry.id, entry.effective_on, entry.payload) == (
        recorded.entry,
        recorded.effective_on,
        {"status": "active"},
    )


def test_a_question_about_an_earlier_instant_knows_what_was_known_then(
    workflow: HostWorkflow, clock: SettableClock
) -> None:
    start(workflow)
    before = clock()
    clock.advance(days=10)
    recorded_at = clock()
    recorded = workflow.record(PGA, "membership", {"status": "active"}, actor=ANNA, effective_on=date(2025, 1, 1))
    clock.advance(days=10)
    retracted_at = clock()
    workflow.retract(recorded.entry, reason="of another company", actor=ANNA)
    clock.advance(days=10)
    second = timedelta(seconds=1)
    known = {
        before: False,
        recorded_at - second: False,
        recorded_at: True,
        retracted_at - second: True,
        retracted_at: False,
        clock(): False,
    }
    assert {at: not fails(workflow, "membership.active", at) for at in known} == known
    assert fails(workflow, "membership.active")


def test_requirements_of_an_earlier_day_are_those_of_that_day(workflow: HostWorkflow, clock: SettableClock) -> None:
    ref = ready(workflow)
    day = clock()
    before = workflow.requirements(ref)
    clock.advance(days=5)
    workflow.record(PGA, "membership", {"status": "lapsed"}, actor=ANNA, effective_on=date(2025, 10, 1))
    assert workflow.requirements(ref, at=day) == before
    assert workflow.requirements(ref) != before


def test_the_latest_effective_record_counts_and_then_the_later_recorded(workflow: HostWorkflow) -> None:
    start(workflow)
    for status, effective_on in (("active", date(2025, 9, 1)), ("lapsed", date(2025, 8, 1))):
        workflow.record(PGA, "membership", {"status": status}, actor=ANNA, effective_on=effective_on)
    assert not fails(workflow, "membership.active")
    workflow.record(PGA, "membership", {"status": "lapsed"}, actor=ANNA, effective_on=date(2025, 9, 1))
    assert fails(workflow, "membership.active")


def test_a_case_s_own_fact_wins_over_its_partner_s(workflow: HostWorkflow) -> None:
    start(workflow)
    workflow.record(REF, "location", {"pla": "PLA-1", "country": "JP"}, actor=ANNA, effective_on=date(2025, 1, 1))
    workflow.record(PGA, "location", {"pla": "PLA-1", "country": "DE"}, actor=ANNA, effective_on=date(2025, 9, 1))
    assert fails(workflow, "location.pla")
    workflow.record(REF, "location", {"pla": "PLA-1", "country": "DE"}, actor=ANNA, effective_on=date(2025, 9, 1))
    assert not fails(workflow, "location.pla")


def test_facts_are_added_and_never_edited(stored: HostWorkflow, database: Database) -> None:
    ready(stored)
    before = rows(database, "SELECT * FROM csp_fact ORDER BY seq, part")
    recorded = stored.record(PGA, "membership", {"status": "lapsed"}, actor=ANNA)
    assert rows(database, "SELECT * FROM csp_fact ORDER BY seq, part")[: len(before)] == before
    journal = rows(database, "SELECT * FROM csp_journal ORDER BY seq")
    stored.retract(recorded.entry, reason="wrong", actor=ANNA)
    assert rows(database, "SELECT * FROM csp_journal ORDER BY seq")[: len(journal)] == journal
    *same, retracted = rows(database, "SELECT * FROM csp_fact ORDER BY seq, part")
    assert same == before
    assert retracted[:-1] == (PGA, int(recorded.entry.partition("#")[2]), 1, None, "membership", *retracted[5:-1])
    assert retracted[-1] == "2025-10-06T09:00:00.000000Z"


def test_a_retraction_is_journalled_with_its_reason_and_named_entry(workflow: HostWorkflow) -> None:
    start(workflow)
    recorded = workflow.record(PGA, "membership", {"status": "active"}, actor=ANNA, document="sha256:abc")
    retraction = workflow.retract(recorded.entry, reason="of another company", actor=OTTO)
    entry = workflow.history(PGA)[-1]
    assert (entry.kind, entry.id, entry.actor) == ("retracted", retraction.entry, "otto")
    assert entry.payload == {"entry": recorded.entry, "reason": "of another company"}
    assert workflow.history(PGA)[-2].document == "sha256:abc"
    assert kinds(workflow, REF) == ["opened", "recorded", "retracted"]


def test_an_entry_is_retracted_once(stored: HostWorkflow, database: Database) -> None:
    start(stored)
    recorded = stored.record(PGA, "membership", {"status": "active"}, actor=ANNA)
    stored.retract(recorded.entry, reason="wrong", actor=ANNA)
    before = dump(database)
    assert raised(lambda: stored.retract(recorded.entry, reason="wrong", actor=ANNA), Conflict).exit_code == 5
    assert dump(database) == before


@pytest.mark.parametrize("seq", [1, 2, 3, 99])
def test_only_records_can_be_retracted(stored: HostWorkflow, database: Database, seq: int) -> None:
    ref = start(stored)
    stored.note(ref, "called", actor=OTTO)
    before = dump(database)
    missing = raised(lambda: stored.retract(f"{PGA}#{seq}", reason="wrong", actor=ANNA), NotFound)
    assert (missing.code, missing.exit_code) == ("unknown_entry", 4)
    assert dump(database) == before


def test_a_retraction_needs_a_reason(workflow: HostWorkflow) -> None:
    ref = ready(workflow)
    for reason in ("", "   ", "\x00", None, 7):
        with pytest.raises(BadPayload):
            workflow.retract(workflow.history(PGA)[2].id, reason=reason, actor=ANNA)  # type: ignore[arg-type]
    assert "retracted" not in kinds(workflow, ref)


@pytest.mark.parametrize("actor", [ANNA, PAUL, RITA, CARL, OTTO, Actor("pia", "profile_admin")])
def test_anyone_but_the_timers_may_record_and_retract(workflow: HostWorkflow, actor: Actor) -> None:
    start(workflow)
    recorded = workflow.record(PGA, "membership", {"status": "active"}, actor=actor)
    workflow.retract(recorded.entry, reason="wrong", actor=actor)
    assert kinds(workflow, REF) == ["opened", "recorded", "retracted"]


@pytest.mark.parametrize("subject", [PGA, REF])
def test_timers_may_record_nothing(workflow: HostWorkflow, subject: str) -> None:
    start(workflow)
    before = workflow.partner(PGA), workflow.case(REF)
    refusal = raised(
        lambda: workflow.record(subject, "location", {"pla": "P", "country": "DE"}, actor=TIMER), TransitionRefused
    )
    assert [finding.rule for finding in refusal.findings] == ["actor.role"]
    entry = workflow.history(PGA)[-1]
    assert (entry.kind, entry.trigger, entry.role) == ("refused", "location", "system")
    assert entry.findings == refusal.findings
    assert (workflow.partner(PGA), workflow.case(REF)) == before


def test_timers_may_retract_nothing(workflow: HostWorkflow) -> None:
    start(workflow)
    recorded = workflow.record(PGA, "membership", {"status": "active"}, actor=ANNA)
    refusal = raised(lambda: workflow.retract(recorded.entry, reason="wrong", actor=TIMER), TransitionRefused)
    assert [finding.rule for finding in refusal.findings] == ["actor.role"]
    assert not fails(workflow, "membership.active")


def test_a_definition_may_say_who_records_a_fact(tmp_path: Path, clock: SettableClock) -> None:
    states = tmp_path / "states"
    shutil.copytree(str(packaged()), states)
    facts = states / "facts.toml"
    text = facts.read_text(encoding="utf-8")
    assert "[membership]\n" in text
    facts.write_text(text.replace("[membership]\n", '[membership]\nrecorded_by = ["reviewer"]\n'), encoding="utf-8")
    with open_workflow("memory:", states=states, clock=clock) as workflow:
        start(workflow)
        for actor in (ANNA, OTTO, TIMER):
            with pytest.raises(TransitionRefused):
                workflow.record(PGA, "membership", {"status": "active"}, actor=actor)
        workflow.record(PGA, "membership", {"status": "active"}, actor=RITA)
        assert not fails(workflow, "membership.active")


@pytest.mark.parametrize(
    ("subject", "fact", "fields"),
    [
        (REF, "membership", {"status": "active"}),
        (REF, "revenue", {"booked_on": date(2025, 9, 1), "amount": 1}),
        (PGA, "account_setup", {"done_on": date(2025, 9, 1)}),
    ],
)
def test_a_fact_is_recorded_about_whom_its_definition_says(
    stored: HostWorkflow, database: Database, subject: str, fact: str, fields: dict[str, Any]
) -> None:
    start(stored)
    before = dump(database)
    with pytest.raises(BadPayload):
        stored.record(subject, fact, fields, actor=ANNA)
    assert dump(database) == before


def test_a_fact_of_one_case_is_not_seen_by_another(workflow: HostWorkflow) -> None:
    start(workflow)
    workflow.open_case(PGA, region="mea_cee")
    workflow.record(f"{PGA}/mea_cee", "location", {"pla": "PLA-1", "country": "DE"}, actor=ANNA)
    assert fails(workflow, "location.pla")


def test_facts_of_the_partner_need_not_be_in_order_of_time(workflow: HostWorkflow, clock: SettableClock) -> None:
    ref = ready(workflow)
    workflow.fire(ref, "apply", actor=ANNA)
    at = clock() - timedelta(days=30)
    recorded = workflow.record(PGA, "csp_onboarding", {"onboarded_on": date(2020, 3, 1)}, actor=ANNA, at=at)
    workflow.retract(recorded.entry, reason="wrong", actor=ANNA, at=at)
    assert workflow.history(PGA)[-1].at == at


def test_what_an_act_recorded_cannot_be_retracted(workflow: HostWorkflow) -> None:
    ref = ready(workflow)
    walk(workflow, ref, "purchase_support_plan")
    bought = workflow.history(ref)[-1]
    assert (bought.kind, bought.trigger) == ("transition", "purchase_support_plan")
    with pytest.raises(NotFound):
        workflow.retract(bought.id, reason="changed my mind", actor=ANNA)
