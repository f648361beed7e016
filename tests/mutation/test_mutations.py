"""Nothing stands in the definitions or the rules that the tests would not miss: some of it is taken away, drawn by lot.

`python -m tests.mutation` takes away every guard, role, notice and line, one at a time; `pytest --mutants 20` some more
of them than three of the definitions and three of the rules.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.mutants import Mutant, Source, of_rules, of_states

ROOT = Path(__file__).parents[2]
MODULE = '''"""A module."""

from __future__ import annotations


def days(number: int) -> int:
    """How many."""
    if number > 7:
        return 7
    return max(
        number,
        1,
    )
'''


def test_what_is_taken_away_is_missed_by_a_test(request: pytest.FixtureRequest) -> None:
    number = request.config.getoption("mutants")
    command = [sys.executable, "-m", "tests.mutation", "--sample", str(number)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - this program
    assert told.returncode == 0, told.stdout + told.stderr
    assert f"{2 * number} of {2 * number} mutants were killed" in told.stdout


def test_a_module_loses_its_statements_its_conditions_and_the_lines_inside_a_statement() -> None:
    source = Source("module.py", MODULE)
    assert [(mutant.line, mutant.gone.split()[0]) for mutant in source.statements()] == [
        (8, "if"),
        (9, "return"),
        (10, "return"),
    ]
    assert [(mutant.line, mutant.gone.strip()) for mutant in source.lines()] == [(11, "number,"), (12, "1,")]
    (condition,) = source.conditions()
    assert "if (not (number > 7)):" in condition.text
    assert {mutant.where for mutant in source.statements()} == {"days"}


def lost(mutants: list[Mutant], where: str) -> list[tuple[str, str]]:
    """What is taken away of a table, and the line that is left."""
    kept = [
        mutant for mutant in mutants if mutant.where == where and mutant.file == "states/direct_bill/lifecycle.toml"
    ]
    return [(mutant.gone, mutant.text.splitlines()[mutant.line - 1]) for mutant in kept]


def test_a_definition_loses_each_entry_of_its_lists() -> None:
    mutants = of_states(ROOT)
    assert lost(mutants, "trigger.approve_application") == [
        ("reviewer", 'roles = ["global_admin"]'),
        ("assessment.complete", 'guards = ["assessment.score"]'),
        ("assessment.score", 'guards = ["assessment.complete"]'),
        ("application_approved", "notices = []"),
    ]
    assert lost(mutants, "trigger.renew_support_plan")[1:] == [
        (
            "reassessment.passed",
            'guards = { annual_review = ["renewal.after_notice"], active = ["renewal.in_review"] }',
        ),
        (
            "renewal.after_notice",
            'guards = { annual_review = ["reassessment.passed"], active = ["renewal.in_review"] }',
        ),
        (
            "renewal.in_review",
            'guards = { annual_review = ["reassessment.passed", "renewal.after_notice"], active = [] }',
        ),
    ]


def test_every_mutant_that_is_said_to_change_nothing_is_there() -> None:
    names = {mutant.name for mutant in [*of_states(ROOT), *of_rules(ROOT)]}
    assert set(EQUIVALENT) <= names
