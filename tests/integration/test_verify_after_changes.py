"""A definition that has changed is not taken for a history that was edited, however far the sweeps have come."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from csp_workflow.bootstrap import judge_of
from csp_workflow.errors import CaseStranded, StorageUnavailable
from tests.integration.definitions import BEFORE, SINCE, by, with_a_state_renamed
from tests.integration.hands import OTTO, PGA, raised, ready, walk
from tests.states.folders import appended, copied, replaced

if TYPE_CHECKING:
    from pathlib import Path

    from csp_workflow.rules.engine import Judge
    from tests.databases import Database

OTHER = "PGA-1002"
VENDOR = 'turn = { information_asked = "partner", else = "vendor" }'


@pytest.fixture
def used(database: Database, judge: Judge) -> Database:
    """A database with two partners that have applied, one of them for another region too; it was swept."""
    with by(judge, database, BEFORE) as workflow:
        for pga in (PGA, OTHER):
            walk(workflow, ready(workflow, pga), "apply")
        workflow.open_case(PGA, region="australia")
        workflow.sweep()
    return database


def test_a_case_beside_a_stranded_one_waits_for_its_turn(used: Database, tmp_path: Path) -> None:
    states = with_a_state_renamed(tmp_path, "indirect_tenure", "tenure")
    replaced(states, "direct_bill/lifecycle.toml", VENDOR, 'turn = "partner"')
    with by(judge_of(states), used, SINCE) as workflow:
        assert workflow.verify().holds
        raised(workflow.sweep, CaseStranded)
        assert workflow.board().turns == {"partner": 1, "vendor": 1}
        assert workflow.verify().holds, workflow.verify().misfits
        used.change(f"UPDATE csp_case SET turn = 'vendor' WHERE pga = '{OTHER}'")
        assert [misfit.partner for misfit in workflow.verify().misfits] == [OTHER]


def test_a_sweep_that_was_broken_off_leaves_no_misfit(used: Database, tmp_path: Path) -> None:
    states = copied(tmp_path)
    replaced(states, "direct_bill/lifecycle.toml", VENDOR, 'turn = "partner"')
    with by(judge_of(states), used, SINCE) as workflow:
        used.break_on("csp_partner", "UPDATE")
        raised(workflow.sweep, StorageUnavailable)
        assert workflow.verify().holds, workflow.verify().misfits
        used.mend("csp_partner", "UPDATE")
        workflow.sweep()
        assert workflow.board().turns == {"partner": 2}
        assert workflow.verify().holds


def with_closed_no_end(folder: Path) -> Path:
    """The shipped definitions, but that a closed case is archived before it has come to its end."""
    states = copied(folder)
    file = "direct_bill/lifecycle.toml"
    replaced(states, file, "[state.closed]\nfinal = true", "[state.closed]\n\n[state.archived]\nfinal = true")
    archive = '[trigger.archive]\nmoves = { closed = "archived" }\nroles = ["operator"]\nassumed = true'
    appended(states, file, archive)
    for language in states.glob("rules.*.toml"):
        appended(
            states, language.name, '["order.archive"]\nstatement = "A closed case is archived."\nfix = "Close it."'
        )
    return states


@pytest.fixture
def closed(database: Database, judge: Judge) -> Database:
    """A database with a case that was closed, and one that was closed and opened again."""
    with by(judge, database, BEFORE) as workflow:
        for pga in (PGA, OTHER):
            ready(workflow, pga)
            workflow.fire(f"{pga}/europe", "close", actor=OTTO, payload={"reason": "a mistake"})
        workflow.open_case(OTHER, region="europe")
        workflow.sweep()
    return database


def test_a_state_that_is_no_end_any_more_blames_nobody(closed: Database, tmp_path: Path) -> None:
    with by(judge_of(with_closed_no_end(tmp_path)), closed, SINCE) as workflow:
        for _again in range(2):
            assert workflow.verify().holds, workflow.verify().misfits
            workflow.sweep()
        workflow.record(OTHER, "membership", {"status": "active"}, actor=OTTO, effective_on=date(2026, 1, 1))
        assert workflow.case(f"{OTHER}/europe").state == "indirect_tenure"
        assert workflow.fire(f"{PGA}/europe", "archive", actor=OTTO).case.state == "archived"
        assert workflow.verify().holds, workflow.verify().misfits


def test_a_state_that_has_become_an_end_blames_nobody_and_its_case_is_opened_again(
    database: Database, judge: Judge, tmp_path: Path
) -> None:
    with by(judge_of(with_closed_no_end(tmp_path)), database, BEFORE) as workflow:
        for pga in (PGA, OTHER):
            workflow.fire(ready(workflow, pga), "close", actor=OTTO, payload={"reason": "a mistake"})
        workflow.sweep()
    with by(judge, database, SINCE) as workflow:
        assert workflow.verify().holds, workflow.verify().misfits
        assert workflow.open_case(PGA, region="europe").version == 1
        assert workflow.verify().holds, workflow.verify().misfits
        workflow.sweep()
        assert workflow.verify().holds, workflow.verify().misfits
        database.change(f"UPDATE csp_case SET is_open = NOT is_open WHERE pga = '{OTHER}'")
        assert [misfit.partner for misfit in workflow.verify().misfits] == [OTHER]
