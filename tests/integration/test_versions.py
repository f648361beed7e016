"""Versions, revisions and refusals: what counts, what guards against a stale reader, what a refusal leaves."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import pytest

from csp_workflow import TransitionRefused
from csp_workflow.errors import StaleVersion
from tests.integration.hands import ANNA, OTTO, PGA, REF, RITA, dump, kinds, raised, ready, start, walk

if TYPE_CHECKING:
    from csp_workflow.bootstrap import HostWorkflow
    from csp_workflow.testing import SettableClock
    from tests.databases import Database


def test_a_version_is_one_when_opened_and_rises_by_one_with_every_accepted_act(workflow: HostWorkflow) -> None:
    ref = ready(workflow)
    assert workflow.case(ref).version == 1
    assert workflow.fire(ref, "apply", actor=ANNA).case.version == 2
    assert workflow.note(ref, "called", actor=OTTO).version == 3
    workflow.record(ref, "location", {"pla": "PLA-2", "country": "DE"}, actor=ANNA)
    assert workflow.case(ref).version == 4
    workflow.fire(ref, "request_information", actor=RITA, payload={"question": "How many?"})
    assert workflow.case(ref).version == 5


def test_facts_about_the_partner_leave_the_version(workflow: HostWorkflow) -> None:
    ref = ready(workflow)
    recorded = workflow.record(PGA, "csp_onboarding", {"onboarded_on": date(2020, 3, 1)}, actor=ANNA)
    workflow.retract(recorded.entry, reason="wrong", actor=ANNA)
    assert workflow.case(ref).version == 1


def test_facts_about_the_partner_that_move_a_deadline_leave_the_version(workflow: HostWorkflow) -> None:
    ref = ready(workflow)
    version = walk(workflow, ref).version
    before = workflow.case(ref).deadlines
    workflow.record(PGA, "csp_onboarding", {"onboarded_on": date(2020, 3, 1)}, actor=ANNA)
    assert workflow.case(ref).deadlines != before
    assert workflow.case(ref).version == version


def test_every_fired_deadline_is_one_version(workflow: HostWorkflow, clock: SettableClock) -> None:
    ref = ready(workflow)
    version = walk(workflow, ref).version
    clock.set(date(2026, 12, 1))
    fired = workflow.sweep().fired
    assert len(fired) >= 3
    assert workflow.case(ref).version == version + len(fired)


def test_a_revision_rises_with_every_entry_but_refusals(workflow: HostWorkflow) -> None:
    ref = start(workflow)
    assert workflow.partner(PGA).revision == 2
    with pytest.raises(TransitionRefused):
        workflow.fire(ref, "apply", actor=ANNA)
    assert workflow.partner(PGA).revision == 2
    workflow.note(ref, "called", actor=OTTO)
    recorded = workflow.record(PGA, "membership", {"status": "active"}, actor=ANNA)
    workflow.retract(recorded.entry, reason="wrong", actor=ANNA)
    workflow.edit_partner(PGA, actor=OTTO, manager="Olga")
    assert workflow.partner(PGA).revision == 6
    counted = [entry for entry in workflow.history(PGA) if entry.kind != "refused"]
    assert len(counted) == 6


def test_a_stale_reader_is_stopped_and_nothing_is_written(stored: HostWorkflow, database: Database) -> None:
    ref = ready(stored)
    stored.note(ref, "somebody else was here", actor=OTTO)
    before = dump(database)
    for stale in (1, 3, 0):
        act = partial(stored.fire, ref, "apply", actor=ANNA, expected_version=stale)
        conflict = raised(act, StaleVersion)
        assert (conflict.code, conflict.exit_code) == ("stale_version", 5)
        assert conflict.details == {"ref": ref, "expected": stale, "version": 2}
    with pytest.raises(StaleVersion):
        stored.record(ref, "location", {"pla": "PLA-2", "country": "DE"}, actor=ANNA, expected_version=1)
    assert dump(database) == before
    assert stored.fire(ref, "apply", actor=ANNA, expected_version=2).case.version == 3


def test_a_stale_reader_is_told_so_before_he_is_refused(workflow: HostWorkflow) -> None:
    ref = start(workflow)
    with pytest.raises(StaleVersion):
        workflow.fire(ref, "apply", actor=ANNA, expected_version=2)
    assert kinds(workflow, ref) == ["opened"]


def test_a_refusal_is_journalled_with_all_its_findings_and_changes_nothing_else(
    stored: HostWorkflow, database: Database
) -> None:
    ref = start(stored)
    before, case, partner = dump(database), stored.case(ref), stored.partner(PGA)
    refusal = raised(lambda: stored.fire(ref, "apply", actor=ANNA, payload={}), TransitionRefused)
    assert (refusal.code, refusal.exit_code) == ("refused", 3)
    entry = stored.history(ref)[-1]
    assert (entry.kind, entry.trigger, entry.actor, entry.role) == ("refused", "apply", "anna", "global_admin")
    assert (entry.source, entry.target, entry.policy) == ("indirect_tenure", None, "2025-10")
    assert entry.findings == refusal.findings
    assert len(entry.findings) > 5
    assert not any(finding.met for finding in entry.findings)
    assert stored.case(ref) == case
    assert stored.partner(PGA) == partner
    after = dump(database)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"csp_journal", "csp_partner", "csp_refusal"}  # of the partner only where its journal ends


@pytest.mark.parametrize(
    ("trigger", "actor", "rules"),
    [
        ("apply", RITA, ["actor.role"]),
        ("approve_credit", ANNA, ["actor.role"]),
        ("purchase_support_plan", ANNA, ["order.purchase_support_plan"]),
    ],
)
def test_a_refusal_by_role_or_order_is_by_that_alone(
    workflow: HostWorkflow, trigger: str, actor: object, rules: list[str]
) -> None:
    ref = start(workflow)
    refusal = raised(lambda: workflow.fire(ref, trigger, actor=actor), TransitionRefused)  # type: ignore[arg-type]
    assert [finding.rule for finding in refusal.findings] == rules
    assert [finding.rule for finding in workflow.history(ref)[-1].findings] == rules
    assert workflow.case(ref).version == 1


def test_an_application_refused_by_the_window_leaves_a_deadline_and_no_version(
    workflow: HostWorkflow, clock: SettableClock
) -> None:
    clock.set(date(2025, 6, 1))
    ref = start(workflow)
    with pytest.raises(TransitionRefused):
        workflow.fire(ref, "apply", actor=ANNA)
    case = workflow.case(ref)
    assert [(item.kind, item.due_on) for item in case.deadlines] == [("window_opens", date(2025, 10, 1))]
    assert case.version == 1
    assert workflow.partner(PGA).revision == 2
    clock.set(date(2025, 9, 30))
    assert workflow.sweep().fired == ()
    clock.set(date(2025, 10, 1))
    assert [notice.kind for notice in workflow.sweep().notices] == ["window_opened"]


def test_a_refusal_does_not_move_the_time_of_a_case(workflow: HostWorkflow, clock: SettableClock) -> None:
    ref = start(workflow)
    opened_at = clock()
    clock.set(date(2025, 12, 1))
    with pytest.raises(TransitionRefused):
        workflow.fire(ref, "apply", actor=ANNA)
    workflow.note(ref, "found in a drawer", actor=OTTO, at=opened_at)
    assert kinds(workflow, REF) == ["opened", "refused", "note"]


def test_findings_in_the_journal_read_the_same_as_the_findings_of_the_refusal(workflow: HostWorkflow) -> None:
    ref = start(workflow)
    refusal = raised(lambda: workflow.fire(ref, "apply", actor=ANNA), TransitionRefused)
    kept = workflow.history(ref)[-1]
    assert [finding.to_dict() for finding in kept.findings] == refusal.to_dict()["findings"]
