"""What all tests share: the shipped judge, loaded once a process, a clock that stands still, and a quick disk."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from csp_workflow.bootstrap import join, judge_of
from csp_workflow.storage.store import MEMORY, open_store
from csp_workflow.testing import SettableClock
from tests import postgres
from tests.databases import Database, Emptied

if TYPE_CHECKING:
    from collections.abc import Iterator

    from csp_workflow.bootstrap import HostWorkflow
    from csp_workflow.rules.engine import Judge

START = datetime(2025, 10, 6, 9, 0, tzinfo=UTC)
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder in memory: the same SQLite files, without waiting for a disk
_PROMISES = Path(__file__).with_name("promises")
_ENOUGH = 2 * 10**9

if _IN_MEMORY.is_dir() and os.access(_IN_MEMORY, os.W_OK) and shutil.disk_usage(_IN_MEMORY).free > _ENOUGH:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_IN_MEMORY))

# A run does not hang on luck, nor on how busy a machine is; `pytest --hypothesis-profile=explore` looks further.
settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=1_000)
settings.load_profile("same")

_RUN = pytest.StashKey[Path]()  # the folder in which all processes of this run find the one PostgreSQL server


def pytest_addoption(parser: pytest.Parser) -> None:
    """How long the longest tests go on."""
    parser.addoption(
        "--kills", type=int, default=300, help="how many processes are killed as they act (300; at least 100)"
    )
    parser.addoption(
        "--acts",
        type=int,
        default=20_000,
        help="how many acts are done at once on each database (20000; at least 8000, in which deadlines fall due)",
    )
    parser.addoption("--mutants", type=int, default=3, help="how many lines are taken away of each part (3)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The promises are kept, or not, by other processes: to watch each line of those who look on takes minutes."""
    for item in items:
        if _PROMISES in item.path.parents:
            item.add_marker(pytest.mark.no_cover)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what tests have counted."""
    for report in terminalreporter.getreports("passed"):
        for name, counted in report.user_properties:
            terminalreporter.write_line(f"{name}: {counted}")


def pytest_configure(config: pytest.Config) -> None:
    """Agree on a folder for the whole run; nothing is made in it until a test needs it."""
    given = getattr(config, "workerinput", {}).get("csp_run")
    config.stash[_RUN] = Path(given or f"{tempfile.gettempdir()}/csp-run-{os.getpid()}-{secrets.token_hex(4)}")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a process of this run of the folder."""
    node.workerinput["csp_run"] = str(node.config.stash[_RUN])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    if not hasattr(config, "workerinput"):
        postgres.wait_until_gone(config.stash[_RUN])


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
def file(tmp_path: Path) -> Path:
    """Where the SQLite file of a test is, once a workflow was opened on it."""
    return tmp_path / "partners.db"


@pytest.fixture(scope="session")
def postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a PostgreSQL server: this run's own, or the one that a variable names."""
    if given := postgres.given():
        yield given
        return
    with postgres.shared(request.config.stash[_RUN]) as server:
        yield server.url()


@pytest.fixture(scope="session")
def _emptied(postgres_url: str, request: pytest.FixtureRequest) -> Iterator[Emptied]:
    """This process's own database on PostgreSQL."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    name = f"{request.config.stash[_RUN].name}-{worker}"
    database = Emptied(postgres.create(postgres_url, name))
    yield database
    database.close()
    postgres.drop(postgres_url, name)


@pytest.fixture
def postgresql(_emptied: Emptied) -> Database:
    """A database on PostgreSQL that holds the product's tables and no partner."""
    _emptied.empty()
    return _emptied


@pytest.fixture(params=["file", "postgresql"])
def database(request: pytest.FixtureRequest, file: Path) -> Database:
    """A database that lasts: once a file, once on PostgreSQL."""
    if request.param == "file":
        return Database(f"sqlite:///{file}")
    kept: Database = request.getfixturevalue("postgresql")
    return kept


@pytest.fixture
def new_postgresql(postgres_url: str) -> Iterator[Database]:
    """A database on PostgreSQL that nothing was ever written to."""
    name = f"csp-new-{secrets.token_hex(4)}"
    yield Database(postgres.create(postgres_url, name))
    postgres.drop(postgres_url, name)


@pytest.fixture(params=["file", "postgresql"])
def new_database(request: pytest.FixtureRequest, file: Path) -> Database:
    """A database that nothing was ever written to."""
    if request.param == "file":
        return Database(f"sqlite:///{file}")
    new: Database = request.getfixturevalue("new_postgresql")
    return new


@pytest.fixture
def stored(database: Database, judge: Judge, clock: SettableClock) -> Iterator[HostWorkflow]:
    """A workflow on a database that lasts, with the test's clock."""
    with join(open_store(database.url), judge, clock) as workflow:
        yield workflow


@pytest.fixture
def on_file(file: Path, judge: Judge, clock: SettableClock) -> Iterator[HostWorkflow]:
    """A workflow on a database file, for what is true of files alone."""
    with join(open_store(f"sqlite:///{file}"), judge, clock) as workflow:
        yield workflow


@pytest.fixture
def on_postgresql(postgresql: Database, judge: Judge, clock: SettableClock) -> Iterator[HostWorkflow]:
    """A workflow on PostgreSQL, for what is true of servers alone."""
    with join(open_store(postgresql.url), judge, clock) as workflow:
        yield workflow


@pytest.fixture(params=["memory", "file", "postgresql"])
def workflow(request: pytest.FixtureRequest, file: Path, judge: Judge, clock: SettableClock) -> Iterator[HostWorkflow]:
    """A workflow with the test's clock: in memory, on a database file, and on PostgreSQL."""
    if request.param == "postgresql":
        target = request.getfixturevalue("postgresql").url
    else:
        target = MEMORY if request.param == "memory" else f"sqlite:///{file}"
    with join(open_store(target), judge, clock) as workflow:
        yield workflow
