"""What becomes of a database file: moved away, removed, replaced, cut off, overwritten in the middle, full, read-only.

Each is one clear error with exit code 6, nothing is half-written, and what worked before works again afterwards.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from csp_workflow import StorageError, open_workflow
from csp_workflow.errors import StorageUnavailable
from csp_workflow.testing import SettableClock
from tests.databases import sqlite_at
from tests.integration.hands import OTTO, REF, TODAY, raised, ready
from tests.integration.test_storage_errors import one_sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from csp_workflow.bootstrap import HostWorkflow


def refused(call: Callable[[], object], kind: type[StorageError] = StorageUnavailable) -> str:
    """What is said in one sentence, with exit code 6."""
    problem = raised(call, kind)
    assert problem.exit_code == 6
    one_sentence(problem)
    return problem.message


# ------------------------------------------------------------------------------------------- the file is not there


@pytest.fixture
def on_file(tmp_path: Path) -> Iterator[HostWorkflow]:
    """A workflow that is open on a file in a folder of its own."""
    (tmp_path / "of its own").mkdir()
    with open_workflow(f"sqlite:///{tmp_path}/of its own/partners.db", clock=SettableClock(TODAY)) as workflow:
        ready(workflow)
        yield workflow


def test_no_act_is_answered_whose_file_was_moved_away_and_the_next_is_once_it_is_back(
    on_file: HostWorkflow, tmp_path: Path
) -> None:
    (tmp_path / "of its own").rename(tmp_path / "elsewhere")
    for call in (lambda: on_file.note(REF, "x", actor=OTTO, key="k"), lambda: on_file.case(REF)):
        assert "moved, removed or replaced" in refused(call)
    assert not (tmp_path / "of its own").exists()
    (tmp_path / "elsewhere").rename(tmp_path / "of its own")
    assert on_file.note(REF, "x", actor=OTTO, key="k").version == 2


@pytest.mark.parametrize("gone", ["folder", "file"])
def test_no_act_is_answered_whose_file_was_removed_and_none_begins_another(
    on_file: HostWorkflow, tmp_path: Path, gone: str
) -> None:
    folder = tmp_path / "of its own"
    shutil.rmtree(folder) if gone == "folder" else (folder / "partners.db").unlink()
    for _again in range(3):
        refused(lambda: on_file.note(REF, "x", actor=OTTO))
        assert not (folder / "partners.db").exists()


def test_no_act_is_answered_by_a_file_that_another_has_taken_the_place_of(
    on_file: HostWorkflow, tmp_path: Path
) -> None:
    file, copy = tmp_path / "of its own" / "partners.db", tmp_path / "copy.db"
    with sqlite_at(file).another() as connection:
        connection.exec_driver_sql(f"VACUUM INTO '{copy}'")
    on_file.note(REF, "not in the copy", actor=OTTO)
    copy.replace(file)
    before = file.read_bytes()
    refused(lambda: on_file.note(REF, "x", actor=OTTO))
    assert file.read_bytes() == before
