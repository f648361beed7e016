"""Every scenario file holds, in memory and on a database file alike, and its journal tells the whole story."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from csp_workflow.scenarios.files import find, read
from csp_workflow.scenarios.runner import Report, run
from tests.integration.journals import check_chain, check_replay

if TYPE_CHECKING:
    from csp_workflow.rules.engine import Judge

FOLDER = Path(__file__).parent / "scenarios"
FILES = find([FOLDER])


def differences(report: Report) -> str:
    """What does not hold, a line each."""
    lines = [f"step {item.step}, {item.key}: expected {item.expected}, got {item.got}" for item in report.differences]
    return "\n".join([report.name, *lines])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(FOLDER).with_suffix("").as_posix())
def test_the_scenario_holds_in_memory_and_on_a_file_alike(path: Path, judge: Judge, database: Path) -> None:
    scenario = read(path)
    in_memory = run(scenario, judge)
    on_a_file = run(scenario, judge, f"sqlite:///{database}")
    assert in_memory.holds, differences(in_memory)
    assert on_a_file == in_memory, differences(on_a_file)
    check_chain(database)
    check_replay(database)


def test_no_two_scenarios_tell_the_same_story() -> None:
    names = [read(path).name for path in FILES]
    assert sorted(names) == sorted(set(names))
