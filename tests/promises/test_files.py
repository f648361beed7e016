"""What becomes of a database file: moved away, removed, replaced, cut off, overwritten in the middle, full, read-only.

Each is one clear error with exit code 6, nothing is half-written, and what worked before works again afterwards.
"""

from __future__ import annotations

import shutil
from random import Random
from typing import TYPE_CHECKING

import pytest

from csp_workflow import StorageError, WorkflowError, open_workflow
from csp_workflow.bootstrap import join, judge_of
from csp_workflow.errors import StorageDamaged, StorageUnavailable
from csp_workflow.storage.store import open_store
from csp_workflow.testing import SettableClock
from tests.acceptance.keyboard import Said, typed_outside
from tests.databases import sqlite_at
from tests.integration.hands import OTTO, PGA, REF, TODAY, dump, raised, ready, walk
from tests.integration.test_storage_errors import one_sentence
from tests.promises.limits import small_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from csp_workflow.audit.findings import Misfit
    from csp_workflow.bootstrap import HostWorkflow
    from csp_workflow.rules.engine import Judge

PAGE = 4096  # bytes
SHARED_MEMORY = 32_768  # bytes of the file beside another that those who use it share


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


def test_no_act_is_answered_by_another_file_that_a_link_means_meanwhile(tmp_path: Path) -> None:
    link, one, other = tmp_path / "link.db", tmp_path / "one.db", tmp_path / "other.db"
    for file in (one, other):
        with open_workflow(f"sqlite:///{file}", clock=SettableClock(TODAY)) as workflow:
            ready(workflow)
    link.symlink_to(one)
    store = open_store(f"sqlite:///{link}")
    with join(store, judge_of(), SettableClock(TODAY)) as workflow:
        link.unlink()
        link.symlink_to(other)
        before = dump(sqlite_at(other))
        with store.reading():  # so that the next one needs another connection
            refused(lambda: workflow.note(REF, "x", actor=OTTO))
        assert dump(sqlite_at(other)) == before
        assert workflow.note(REF, "of the one that was opened", actor=OTTO).version == 2


# ------------------------------------------------------------------------------------------------ a file in disorder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with three partners, which nobody has open."""
    file = tmp_path_factory.mktemp("whole") / "partners.db"
    with open_workflow(f"sqlite:///{file}", clock=SettableClock(TODAY)) as workflow:
        for number in range(3):
            walk(workflow, ready(workflow, f"PGA-{1001 + number}"))
        workflow.sweep()
    return file


@pytest.mark.parametrize("left", [50, 100, PAGE, 3 * PAGE, "half", -PAGE])
def test_a_file_that_was_cut_off_is_refused_and_left_as_it_is(whole: Path, file: Path, left: int | str) -> None:
    content = whole.read_bytes()
    file.write_bytes(content[: len(content) // 2 if left == "half" else int(left)])
    before = file.read_bytes()
    assert "was damaged" in refused(lambda: open_workflow(f"sqlite:///{file}"), StorageDamaged)
    assert file.read_bytes() == before
    file.write_bytes(content)
    with open_workflow(f"sqlite:///{file}") as workflow:
        assert workflow.verify().holds


def said_of(file: Path, judge: Judge) -> list[WorkflowError | Misfit]:
    """What the product says to the usual calls about a file; anything but errors of ours goes through."""
    said: list[WorkflowError | Misfit] = []
    try:
        with join(open_store(f"sqlite:///{file}"), judge, SettableClock(TODAY)) as workflow:
            for call in CALLS:
                try:
                    call(workflow)
                except WorkflowError as problem:
                    said.append(problem)
            said += workflow.verify().misfits
    except WorkflowError as problem:
        said.append(problem)
    return said


CALLS: list[Callable[[HostWorkflow], object]] = [
    lambda workflow: workflow.case(REF),
    lambda workflow: workflow.cases(),
    lambda workflow: workflow.history(PGA),
    lambda workflow: workflow.board(),
    lambda workflow: workflow.requirements(REF),
    lambda workflow: workflow.note(REF, "x", actor=OTTO, key="k"),
    lambda workflow: workflow.record(PGA, "revenue", {"booked_on": TODAY, "amount": 1}, actor=OTTO),
    lambda workflow: workflow.sweep(),
]


@pytest.mark.parametrize("length", [PAGE, 200, 3])
def test_a_file_that_was_overwritten_in_the_middle_is_told_to_be_damaged(
    whole: Path, file: Path, judge: Judge, length: int
) -> None:
    content, chance, found = whole.read_bytes(), Random(length), 0  # noqa: S311 - no secret
    for page in range(1, len(content) // PAGE):
        at = page * PAGE + chance.randint(0, PAGE - length)
        file.write_bytes(content[:at] + chance.randbytes(length) + content[at + length :])
        said = said_of(file, judge)
        for problem in said:
            if isinstance(problem, WorkflowError):  # where a key was hit, what it named is not found
                assert problem.code in {"storage_damaged", "unknown_partner", "unknown_case"}, problem
                assert len(problem.message) < len(str(file)) + 200, "what stood in the file is nobody's business"
                one_sentence(problem)
        found += bool(said)
    assert found >= 5


# ------------------------------------------------------------------------------------------------- from the console


def typed(file: Path, *words: str, url: str = "") -> Said:
    """A line about a file, typed in a process of its own."""
    return typed_outside(file.parent, "--db", url or f"sqlite:///{file}", "--at", "2025-10-07", *words)


def one_line(said: Said) -> str:
    """What the console says of a database that it cannot use: exit code 6, one sentence, and no traceback."""
    assert (said.code, said.out) == (6, "")
    assert "Traceback" not in said.err
    assert said.err.endswith(".\n")
    assert said.err.count("\n") == 1
    return said.err


NOTE = ("--as", "otto:operator", "note", REF, "Called. " * 900)


def test_a_disk_that_is_full_is_one_line_on_the_console_and_nothing_is_written(whole: Path, file: Path) -> None:
    shutil.copy(whole, file)
    before = dump(file)
    with small_files(SHARED_MEMORY):
        said = one_line(typed(file, *NOTE))
    assert "partners.db cannot be used" in said
    assert dump(file) == before
    assert typed(file, *NOTE).code == 0
    assert dump(file) != before


def test_a_file_that_may_only_be_read_is_one_line_on_the_console_and_can_be_read(whole: Path, file: Path) -> None:
    shutil.copy(whole, file)
    before, only = file.read_bytes(), f"sqlite:///file:{file}?mode=ro&uri=true"
    assert "readonly" in one_line(typed(file, *NOTE, url=only))
    assert typed(file, "case", "show", REF, url=only).code == 0
    assert file.read_bytes() == before
    assert typed(file, *NOTE).code == 0


def test_a_file_that_was_cut_off_is_one_line_on_the_console(whole: Path, file: Path) -> None:
    file.write_bytes(whole.read_bytes()[: 3 * PAGE])
    assert "was damaged" in one_line(typed(file, *NOTE))
    assert "was damaged" in one_line(typed(file, "verify"))
