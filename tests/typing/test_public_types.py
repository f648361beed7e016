"""The public types are as promised, and a type checker finds what is not."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import csp_workflow
from tests.typing import promised

ROOT = Path(__file__).parents[2]

# Each line that a type checker must refuse says which error it must give.
MISUSED = """
from datetime import date

from csp_workflow import Actor, Question, Terms, Verdict, open_workflow, rule

anna = Actor("anna", "global_admin")
with open_workflow("memory:") as workflow:
    outcome = workflow.fire("P/europe", "apply", actor=anna)
    outcome.state  # E: attr-defined
    outcome.case.state = "active"  # E: misc
    outcome.case.versoin  # E: attr-defined
    outcome.notices[0].kind + 1  # E: operator
    outcome.notices.append(1)  # E: attr-defined
    workflow.fire("P/europe", "apply")  # E: call-arg
    workflow.fire("P/europe", "apply", anna)  # E: call-arg
    workflow.fire("P/europe", "apply", actor="anna:global_admin")  # E: arg-type
    workflow.fire("P/europe", "apply", actor=anna, expected_version="1")  # E: arg-type
    workflow.fire("P/europe", "apply", actor=anna, at=date(2026, 1, 1))  # E: arg-type
    workflow.record("P", "membership", {"status": "active"})  # E: call-arg
    workflow.record("P", "membership", ["status"], actor=anna)  # E: arg-type
    workflow.register_partner("P", name="P")  # E: call-arg
    workflow.open_case("P")  # E: call-arg
    workflow.decide("P/europe", "apply").earliest.year  # E: union-attr
    workflow.requirements("P/europe").due_soon  # E: attr-defined
    workflow.sweep().fired[0].late_days + "1"  # E: operator
    anna.role = "reviewer"  # E: misc
open_workflow("memory:", rules=[max])  # E: list-item
open_workflow("memory:", clock="now")  # E: arg-type


@rule("tea.hot")  # E: arg-type
def tea_hot(question: Question) -> Verdict:
    return Verdict(True)


@rule("tea.cold")  # E: arg-type
def tea_cold(question: Question, terms: Terms) -> bool:
    return True
"""


def checked(*files: Path, cache: Path) -> tuple[int, str]:
    """What mypy says of some files, under the project's own configuration."""
    pytest.importorskip("mypy", reason="the type checker comes with the extra `dev`")
    command = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", "--no-error-summary", "--cache-dir"]
    done = subprocess.run(  # noqa: S603 - our own interpreter on our own files
        [*command, str(cache), *map(str, files)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


def lines_refused(output: str, name: str) -> set[int]:
    """The lines of a file in which there are errors."""
    return {int(line) for line in re.findall(rf"^\S*{re.escape(name)}:(\d+): error: ", output, re.MULTILINE)}


def test_types_are_as_promised_and_misuse_is_found(tmp_path: Path) -> None:
    misused = tmp_path / "misused.py"
    misused.write_text(MISUSED, encoding="utf-8")
    code, output = checked(ROOT / "tests" / "typing" / "promised.py", misused, cache=tmp_path / "cache")
    expected = {number for number, line in enumerate(MISUSED.splitlines(), 1) if "# E: " in line}
    assert lines_refused(output, "misused.py") == expected, output
    assert "promised.py" not in output
    assert code == 1


def test_what_is_promised_runs_as_it_is_typed() -> None:
    assert promised.run() == [
        "membership.active",
        "location.pla",
        "authority.signing",
        "support.first_line",
        "revenue.floor",
        "security.mfa",
        "security.contact",
        "security.alerts",
        "designation.count",
    ]
    assert {promised.a_code(error("x")) for error in promised.errors_of_ours()[:1]} == {"error"}


@pytest.mark.parametrize("name", csp_workflow.__all__)
def test_a_public_name_is_there_and_documented(name: str) -> None:
    value = getattr(csp_workflow, name)
    assert value.__doc__
    assert name in dir(csp_workflow)


def test_a_name_that_is_not_public_is_not_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'opn_workflow'"):
        csp_workflow.opn_workflow  # noqa: B018 - the look itself is on trial


def test_the_package_says_that_it_is_typed() -> None:
    package: ModuleType = csp_workflow
    assert package.__file__
    assert (Path(package.__file__).parent / "py.typed").is_file()
