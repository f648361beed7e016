"""Every scenario file holds, in memory, on a database file and on PostgreSQL alike, and its journal tells all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from csp_workflow.scenarios.files import find, read
from csp_workflow.scenarios.runner import Report, run
from tests.integration.journals import check_chain, check_replay

if TYPE_CHECKING:
    from csp_workflow.rules.engine import Judge
    from tests.databases import Database

FOLDER = Path(__file__).parent / "scenarios"
FILES = find([FOLDER])


def differences(report: Report) -> str:
    """What does not hold, a line each."""
    lines = [f"step {item.step}, {item.key}: expected {item.expected}, got {item.got}" for item in report.differences]
    return "\n".join([report.name, *lines])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(FOLDER).with_suffix("").as_posix())
def test_the_scenario_holds_in_memory_and_on_a_disk_alike(path: Path, judge: Judge, database: Database) -> None:
    scenario = read(path)
    in_memory = run(scenario, judge)
    on_a_disk = run(scenario, judge, database.url)
    assert in_memory.holds, differences(in_memory)
    assert on_a_disk == in_memory, differences(on_a_disk)
    check_chain(database)
    check_replay(database)


def test_no_two_scenarios_tell_the_same_story() -> None:
    names = [read(path).name for path in FILES]
    assert sorted(names) == sorted(set(names))
