"""The history of the schema is one line, says everything itself, and costs a start nothing."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, MetaData, create_engine, event

from csp_workflow.storage.drift import differences
from csp_workflow.storage.migrations import FIRST_TABLES, HEAD, PREFIX, REVISIONS, VERSION_TABLE, steps
from csp_workflow.storage.store import open_store
from csp_workflow.storage.tables import Table
from tests.integration.kept import kept_file

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
VERSIONS = sorted((ROOT / "csp_workflow/storage/migrations/versions").glob("r*.py"))


@pytest.fixture(params=["sqlite", "postgresql"])
def connection(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """A connection to an empty database, in a transaction."""
    engine = create_engine("sqlite://" if request.param == "sqlite" else request.getfixturevalue("new_postgresql").url)
    with engine.begin() as made:
        yield made
    engine.dispose()


def test_all_revisions_are_known_in_their_order() -> None:
    assert tuple(steps.titles()) == REVISIONS
    assert len(VERSIONS) == len(REVISIONS)
    assert [path.name[1:5] for path in VERSIONS] == list(REVISIONS)
    assert REVISIONS[-1] == HEAD


def test_every_revision_has_a_title_and_says_what_it_does() -> None:
    assert all(steps.titles().values())
    for path in VERSIONS:
        functions = [node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)]
        assert ast.get_docstring(next(node for node in functions if node.name == "upgrade")), path


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: path.name)
def test_a_revision_imports_nothing_that_goes_on_to_change(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules |= {f"{'.' * node.level}{node.module}" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    ours = {name for name in modules if name.startswith(("csp_workflow", "."))}
    assert ours == set()


def test_the_revisions_make_what_the_models_make(connection: Connection) -> None:
    steps.run(connection)
    assert differences(connection) == ()


def test_alembic_finds_no_difference_either(connection: Connection) -> None:
    steps.run(connection)

    def is_ours(name: str | None, kind: str, _parents: Any) -> bool:
        return kind != "table" or (name or "").startswith(PREFIX)

    options = {"version_table": VERSION_TABLE, "include_name": is_ours, "compare_server_default": True}
    context = MigrationContext.configure(connection, opts=options)
    models = MetaData()
    for table in Table.metadata.sorted_tables:
        if table.name != VERSION_TABLE:  # that one is Alembic's own
            table.to_metadata(models)
    assert compare_metadata(context, models) == []


def test_the_first_revision_makes_the_tables_of_release_0_1_0(connection: Connection, tmp_path: Path) -> None:
    steps.run(connection, REVISIONS[0])
    made = [
        item for item in differences(connection) if (item.models or "").replace(' COLLATE "C"', "") != item.database
    ]
    engine = create_engine(f"sqlite:///{kept_file(tmp_path)}")
    with engine.connect() as kept:
        then = differences(kept)
    engine.dispose()
    tables = [item for item in then if item.table != VERSION_TABLE]
    assert [(item.table, item.kind, item.name, item.models is None) for item in made] == [
        (item.table, item.kind, item.name, item.models is None) for item in tables
    ]
    assert {item.table for item in then if item.kind == "table" and item.database is None} & FIRST_TABLES == set()


def test_to_open_a_database_takes_two_small_questions_of_its_own(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path}/partners.db").close()
    asked: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", listen)
    open_store(f"sqlite:///{tmp_path}/partners.db").close()
    event.remove(Engine, "before_cursor_execute", listen)
    assert [statement.partition(" ")[0] for statement in asked] == ["SELECT", "SELECT", "PRAGMA"]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["case", "list"], False),
        (["partner", "add", "PGA-1", "--name", "x", "--country", "DE"], False),
        (["db", "check"], False),
        (["db", "upgrade"], False),
        (["--db", "sqlite:///partners.db", "db", "upgrade"], True),
        (["--db", "sqlite:///partners.db", "case", "list"], False),
    ],
)
def test_alembic_is_imported_only_where_there_is_something_to_upgrade(
    tmp_path: Path, words: list[str], *, wanted: bool
) -> None:
    kept_file(tmp_path)
    program = "import sys; from csp_workflow.console.program import run; run(sys.argv[1:])"
    ended = f"{program}; sys.stdout.write(str('alembic' in sys.modules))"
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", ended, *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.endswith(str(wanted))
