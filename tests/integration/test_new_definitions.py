"""A policy that is added to a running database reaches the cases that wait, and moves no other."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

from csp_workflow import Actor, open_workflow
from csp_workflow.catalogue import packaged
from csp_workflow.testing import SettableClock, ready_partner

LATER = "2027-01"


def with_a_policy_more(folder: Path) -> Path:
    """The shipped definitions and a policy like the last one, from January 2027."""
    states = folder / "states"
    shutil.copytree(packaged(), states)
    policies = states / "direct_bill" / "policies"
    text = (policies / "06_2025-10.toml").read_text(encoding="utf-8")
    (policies / f"07_{LATER}.toml").write_text(
        text.replace('id = "2025-10"', f'id = "{LATER}"').replace(
            "from = { value = 2025-10-01", "from = { value = 2027-01-01"
        ),
        encoding="utf-8",
    )
    return states


def test_a_policy_that_is_added_is_told_to_a_case_in_flight(tmp_path: Path) -> None:
    target, clock = f"sqlite:///{tmp_path / 'partners.db'}", SettableClock(date(2026, 10, 6))
    with open_workflow(target, clock=clock) as workflow:
        ref = ready_partner(workflow, on=date(2026, 10, 6))
        workflow.fire(ref, "apply", actor=Actor("anna", "global_admin"))
        workflow.sweep()
        assert workflow.case(ref).deadlines == ()
    states = with_a_policy_more(tmp_path)
    with open_workflow(target, states=states, clock=clock) as workflow:
        assert workflow.sweep().fired == ()
        assert [(item.kind, item.due_on) for item in workflow.case(ref).deadlines] == [
            ("policy_changes", date(2027, 1, 1))
        ]
        clock.set(date(2027, 1, 1))
        assert [notice.kind for notice in workflow.sweep().notices] == ["policy_news"]
        assert workflow.sweep().fired == ()


def test_whose_turn_it_is_stays_as_the_last_act_left_it_whatever_policy_comes(tmp_path: Path) -> None:
    shutil.copytree(packaged(), states := tmp_path / "states")
    lifecycle = states / "direct_bill" / "lifecycle.toml"
    text, head = lifecycle.read_text(encoding="utf-8"), "[state.indirect_tenure]\n"
    assert head in text
    turn = 'turn = { "assessment.categories" = "partner", else = "vendor" }\n'
    lifecycle.write_text(text.replace(head, head + turn), encoding="utf-8")
    clock = SettableClock(date(2018, 9, 3))
    with open_workflow("memory:", states=states, clock=clock) as workflow:
        ready_partner(workflow, on=clock().date())
        assert workflow.board().turns == {"vendor": 1}
        clock.set(date(2025, 10, 6))
        plan = {"kind": "ASfP", "started_on": date(2025, 10, 6)}
        workflow.record("PGA-1001", "support_plan", plan, actor=Actor("otto", "operator"))
        workflow.sweep()
        assert workflow.verify().holds
