"""The comparison is worth something: each of three faults, put into the program on purpose, is found by it."""

from __future__ import annotations

import ast
import re
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from csp_workflow.rules import eligibility
from tests.acceptance.reference_facts import add_months
from tests.acceptance.reference_lockstep import DifferenceError
from tests.acceptance.test_against_reference import AgainstReference

HERE = Path(__file__).parent
SHIPPED = HERE.parents[1] / "states"


def walk(**opened_with: Any) -> None:
    """Walk with a workflow opened in a way of its own; a walk that ends in a difference is not made shorter."""
    machine = type("AgainstAFault", (AgainstReference,), {"opened_with": opened_with})
    quick = settings(AgainstReference.TestCase.settings, phases=[Phase.generate], report_multiple_bugs=False)
    run_state_machine_as_test(machine, settings=quick)


def changed(folder: Path, files: str, old: str, new: str) -> Path:
    """A copy of the shipped definitions in which one text is another, once in every file of the pattern that has it."""
    copy = folder / "states"
    shutil.copytree(SHIPPED, copy)
    touched = [path for path in copy.glob(files) if re.search(old, path.read_text(encoding="utf-8"))]
    assert touched, f"no file of {files} says {old}"
    for path in touched:
        path.write_text(re.sub(old, new, path.read_text(encoding="utf-8"), count=1), encoding="utf-8")
    return copy


def make_twelve_months_strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one place of this page that reaches into the package: "at least so many months" becomes "more than"."""

    def a_day_more(day: date, months: int) -> date:
        return add_months(day, months) + timedelta(days=1)

    monkeypatch.setattr(eligibility, "add_months", a_day_more)


def test_a_boundary_that_became_strict_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    make_twelve_months_strict(monkeypatch)
    with pytest.raises(DifferenceError, match=r"tenure\.months"):
        walk()


def test_a_guard_that_was_dropped_is_found(tmp_path: Path) -> None:
    first_guard = r'(?s)(\[trigger\.approve_application\].*?guards = \[)"assessment\.complete", '
    states = changed(tmp_path, "direct_bill/lifecycle.toml", first_guard, r"\1")
    with pytest.raises(DifferenceError, match=r"approve_application .*assessment\.complete"):
        walk(states=states)


def test_a_wait_that_holds_in_its_region_only_is_found(tmp_path: Path) -> None:
    scope = r'(?s)(\[cooldown\].*?scope = [^\n]*)"partner"'
    states = changed(tmp_path, "direct_bill/policies/*.toml", scope, r'\1"region"')
    with pytest.raises(DifferenceError, match=r"cooldown"):
        walk(states=states)


def test_a_copy_without_a_change_is_not_found_faulty(tmp_path: Path) -> None:
    states = changed(tmp_path, "direct_bill/lifecycle.toml", r"\A", "")
    machine = type("AgainstACopy", (AgainstReference,), {"opened_with": {"states": states}})
    run_state_machine_as_test(machine, settings=settings(AgainstReference.TestCase.settings, max_examples=5))


@pytest.mark.parametrize("path", sorted(HERE.glob("reference*.py")), ids=lambda path: path.stem)
def test_the_reference_shares_no_import_with_the_package(path: Path) -> None:
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module or "")
    of_the_package = {name for name in imported if name.partition(".")[0] == "csp_workflow"}
    assert of_the_package == ({"csp_workflow"} if path.stem == "reference_lockstep" else set())
    ours = {name for name in imported if name.startswith("tests.")}
    if path.stem != "reference_lockstep":
        assert all(name.startswith("tests.acceptance.reference") for name in ours)
        assert "tests.acceptance.reference_lockstep" not in ours
