"""A scenario file that is not understood is refused with file and key; one that does not hold says what came."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from csp_workflow.bootstrap import judge_of
from csp_workflow.errors import ScenarioError
from csp_workflow.scenarios.files import read
from csp_workflow.scenarios.runner import run

HEAD = 'name = "x"\n[partner]\npga = "PGA-1"\nname = "F"\ncountry = "DE"\n[[case]]\nregion = "europe"\n'
STEP = "[[step]]\non = 2025-10-06\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD + STEP + 'do = "apply"', "step 1.as: is missing"),
        (HEAD + '[[case]]\nregion = "europe"\n' + STEP + "check = true", "case 2: PGA-1/europe is open already"),
        (HEAD.replace('"europe"', '"europa"') + STEP + "check = true", "did you mean 'europe'?"),
        (HEAD.replace('"DE"', '"ZZ"') + STEP + "check = true", "partner: country: 'ZZ'"),
        (HEAD + STEP + 'check = true\nexpect = { state = "aktive" }', "step 1.expect.state: there is no 'aktive'"),
        (HEAD + STEP + 'check = true\nexpect = { error = "bad_paylod" }', "did you mean 'bad_payload'?"),
        (HEAD + STEP + 'check = true\nexpect = { met = ["tenure.month"] }', "did you mean 'tenure.months'?"),
        (HEAD + STEP + "check = true\nexpect = { due_now = [1] }", "step 1.expect.due_now: there is no 1"),
        (HEAD + STEP + "check = true\nexpect = { deadlines = { review = 2026-01-01 } }", "step 1.expect.deadlines"),
        (HEAD + STEP + "check = true\nexpect = { stat = 1 }", "step 1.expect.stat: is not known here"),
        (HEAD + STEP + "check = true\nsweep = true", "exactly one of"),
        (HEAD + STEP.replace("2025-10-06", "2025-10-06T10:00:00") + "check = true", "without a zone"),
        (HEAD + '[policy]\n"tenure.month" = 3\n' + STEP + "check = true", "policy.tenure.month"),
        (HEAD + '[policy]\n"tenure.months" = "x"\n' + STEP + "check = true", "tenure.months: months: must be"),
        (HEAD, "step: is missing"),
        ("name = ", "is not TOML"),
    ],
)
def test_what_is_not_understood_is_said_with_file_and_key(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "story.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as problem:
        run(read(path), judge_of())
    assert problem.value.message.startswith(str(path))
    assert words in problem.value.message
    assert problem.value.exit_code == 2


def test_an_error_that_nobody_expected_is_told_in_full(tmp_path: Path) -> None:
    path = tmp_path / "story.toml"
    text = HEAD + STEP + 'record = "membership"\nwith = { status = "active" }\neffective_on = "soon"\n'
    path.write_text(text, encoding="utf-8")
    (difference,) = run(read(path), judge_of()).differences
    assert (difference.step, difference.key, difference.expected) == (1, "error", None)
    assert difference.got.startswith("bad_payload: effective_on: 'soon' is not a date")


def test_a_closed_standard_output_is_no_traceback(tmp_path: Path) -> None:
    command = f"{sys.executable} -m csp_workflow --version >&- && {sys.executable} -m csp_workflow partner list >&-"
    done = subprocess.run(  # noqa: S602 - a shell is what closes the stream
        command,
        shell=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
