"""An act's state change, journal entry, deadlines, facts and notices are one transaction."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from csp_workflow import Workflow, WorkflowError
from csp_workflow.errors import CaseStranded
from tests.integration.hands import ANNA, CARL, OTTO, PGA, REF, RITA, dump, raised, ready, rows, walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from csp_workflow.bootstrap import HostWorkflow
    from csp_workflow.testing import SettableClock
    from tests.databases import Database

PLAN = {"kind": "ASfP"}


@pytest.mark.parametrize(
    ("until", "table", "verb", "act"),
    [
        ("apply", "csp_notice", "INSERT", lambda workflow: workflow.fire(REF, "invite_to_assessment", actor=RITA)),
        (
            "pass_verification",
            "csp_notice",
            "INSERT",
            lambda workflow: workflow.fire(REF, "approve_credit", actor=CARL),
        ),
        (
            "approve_credit",
            "csp_fact",
            "INSERT",
            lambda workflow: workflow.fire(REF, "purchase_support_plan", actor=ANNA, payload=PLAN, key="k"),
        ),
        (
            "purchase_support_plan",
            "csp_deadline",
            "INSERT",
            lambda workflow: workflow.fire(REF, "accept_mpa", actor=ANNA),
        ),
        (
            "purchase_support_plan",
            "csp_journal",
            "INSERT",
            lambda workflow: workflow.fire(REF, "accept_mpa", actor=ANNA),
        ),
        ("purchase_support_plan", "csp_case", "UPDATE", lambda workflow: workflow.fire(REF, "accept_mpa", actor=ANNA)),
        (
            "purchase_support_plan",
            "csp_partner",
            "UPDATE",
            lambda workflow: workflow.fire(REF, "accept_mpa", actor=ANNA),
        ),
        (
            "purchase_support_plan",
            "csp_command",
            "INSERT",
            lambda workflow: workflow.fire(REF, "accept_mpa", actor=ANNA, key="k"),
        ),
        (
            "apply",
            "csp_revenue_line",
            "INSERT",
            lambda workflow: workflow.record(
                PGA, "revenue", {"booked_on": date(2025, 9, 1), "amount": 1}, actor=ANNA, key="k"
            ),
        ),
        (
            "accept_mpa",
            "csp_deadline",
            "INSERT",
            lambda workflow: workflow.record(PGA, "csp_onboarding", {"onboarded_on": date(2020, 3, 1)}, actor=ANNA),
        ),
        ("apply", "csp_case", "INSERT", lambda workflow: workflow.open_case(PGA, region="japan")),
        ("apply", "csp_journal", "INSERT", lambda workflow: workflow.register_partner("P", name="N", country="DE")),
        ("apply", "csp_fact", "UPDATE", lambda workflow: workflow.retract(f"{PGA}#4", reason="wrong", actor=OTTO)),
    ],
)
def test_an_act_that_cannot_be_written_whole_is_not_written_at_all(
    stored: HostWorkflow, database: Database, until: str, table: str, verb: str, act: Callable[[Workflow], Any]
) -> None:
    walk(stored, ready(stored), until)
    database.break_on(table, verb)
    before = dump(database)
    problem = raised(lambda: act(stored), WorkflowError)
    assert problem.exit_code in {5, 6}
    assert dump(database) == before
    database.mend(table, verb)
    act(stored)
    assert dump(database) != before


def test_a_refusal_that_cannot_be_written_whole_is_not_written_at_all(
    stored: HostWorkflow, database: Database, clock: SettableClock
) -> None:
    clock.set(date(2025, 6, 1))
    stored.register_partner(PGA, name="Fabrikam", country="DE")
    stored.open_case(PGA, region="europe")
    database.break_on("csp_deadline")
    before = dump(database)
    with pytest.raises(WorkflowError):
        stored.fire(REF, "apply", actor=ANNA)
    assert dump(database) == before


def test_a_sweep_writes_a_case_whole_or_not_at_all(
    stored: HostWorkflow, database: Database, clock: SettableClock
) -> None:
    walk(stored, ready(stored))
    stored.sweep()
    clock.set(date(2026, 10, 1))
    database.break_on("csp_notice")
    before = dump(database)
    with pytest.raises(WorkflowError):
        stored.sweep()
    assert dump(database) == before
    database.mend("csp_notice")
    assert [item.kind for item in stored.sweep().fired][:1] == ["review_opens"]


def test_a_case_that_is_damaged_keeps_no_other_from_being_swept(
    stored: HostWorkflow, database: Database, clock: SettableClock
) -> None:
    refs = [ready(stored, f"PGA-{number}") for number in range(4)]
    for ref in refs:
        walk(stored, ref)
    database.change("UPDATE csp_case SET state = 'nowhere' WHERE pga = 'PGA-1'")
    clock.set(date(2026, 10, 1))
    for _again in range(2):
        problem = raised(stored.sweep, CaseStranded)
        assert "PGA-1/europe" in problem.message
        assert [stored.case(ref).state for ref in refs if ref != refs[1]] == ["annual_review"] * 3
    database.change("UPDATE csp_case SET state = 'active' WHERE pga = 'PGA-1'")
    assert {item.ref for item in stored.sweep().fired} == {refs[1]}


def test_one_act_writes_its_whole_story(stored: HostWorkflow, database: Database) -> None:
    walk(stored, ready(stored), "purchase_support_plan")
    stored.fire(REF, "accept_mpa", actor=ANNA)
    (last,) = rows(database, 'SELECT seq, kind, "trigger", source, target FROM csp_journal ORDER BY seq DESC LIMIT 1')
    assert last[1:] == ("transition", "accept_mpa", "mpa_acceptance", "active")
    assert rows(database, "SELECT state, version FROM csp_case") == [("active", 10)]
    assert rows(database, "SELECT kind FROM csp_notice WHERE seq = ?", last[0]) == [("activated",)]
    assert {kind for (kind,) in rows(database, "SELECT kind FROM csp_deadline")} == {
        "review_reminder",
        "review_opens",
        "support_plan_ends",
    }
    assert rows(database, "SELECT last_seq, head = hash FROM csp_partner JOIN csp_journal ON seq = last_seq") == [
        (last[0], 1)
    ]
