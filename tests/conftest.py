"""What all tests share: the shipped judge, loaded once a process, a clock that stands still, and a quick disk."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from csp_workflow.bootstrap import join, judge_of
from csp_workflow.storage.store import MEMORY, open_store
from csp_workflow.testing import SettableClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from csp_workflow.bootstrap import HostWorkflow
    from csp_workflow.rules.engine import Judge

START = datetime(2025, 10, 6, 9, 0, tzinfo=UTC)
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder in memory: the same SQLite files, without waiting for a disk
_ENOUGH = 2 * 10**9

if _IN_MEMORY.is_dir() and os.access(_IN_MEMORY, os.W_OK) and shutil.disk_usage(_IN_MEMORY).free > _ENOUGH:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_IN_MEMORY))


@cache
def _shipped() -> Judge:
    return judge_of()


@pytest.fixture(scope="session")
def judge() -> Judge:
    """The judge of the shipped definitions."""
    return _shipped()


@pytest.fixture
def clock() -> SettableClock:
    """A clock that stands at nine o'clock on a day on which applications are taken."""
    return SettableClock(START)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where the database file of a test is, once a workflow was opened on it."""
    return tmp_path / "partners.db"


@pytest.fixture
def on_file(database: Path, judge: Judge, clock: SettableClock) -> Iterator[HostWorkflow]:
    """A workflow on a database file, with the test's clock."""
    with join(open_store(f"sqlite:///{database}"), judge, clock) as workflow:
        yield workflow


@pytest.fixture(params=["memory", "file"])
def workflow(
    request: pytest.FixtureRequest, database: Path, judge: Judge, clock: SettableClock
) -> Iterator[HostWorkflow]:
    """A workflow with the test's clock: once in memory, once on a database file."""
    target = MEMORY if request.param == "memory" else f"sqlite:///{database}"
    with join(open_store(target), judge, clock) as workflow:
        yield workflow
