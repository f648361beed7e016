"""A definition that has changed is not taken for a history that was edited, however far the sweeps have come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from csp_workflow.bootstrap import judge_of
from csp_workflow.errors import CaseStranded, StorageUnavailable
from tests.integration.definitions import BEFORE, SINCE, by, with_a_state_renamed
from tests.integration.hands import PGA, raised, ready, walk
from tests.states.folders import copied, replaced

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
