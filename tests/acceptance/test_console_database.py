"""`db upgrade` and `db check` as they are typed, and what every other command says of a database of another release."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from csp_workflow.storage.migrations import HEAD, REVISIONS, VERSION_TABLE
from tests.acceptance.keyboard import ROOT, address, typed

KEPT = ROOT / "tests/data/first_schema.db"


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A screen on which a sentence stands on one line, however long the name of the test's folder is."""
    monkeypatch.setenv("COLUMNS", "400")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The file that release 0.1.0 wrote."""
    return Path(shutil.copy(KEPT, tmp_path / "partners.db"))


@pytest.fixture
def new(old: Path) -> Path:
    """The same, upgraded."""
    assert typed("--db", address(old), "db", "upgrade", "--no-copy").code == 0
    return old


def change(file: Path, *statements: str) -> None:
    """Do something to a file from outside of the product."""
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def words(text: str) -> str:
    """A text without its line breaks."""
    return " ".join(text.split())


@pytest.mark.parametrize(
    "line",
    [
        ["case", "list"],
        ["partner", "show", "PGA-1001"],
        ["--as", "otto:operator", "note", "PGA-1001/europe", "x"],
        ["--as", "otto:operator", "sweep"],
    ],
)
def test_an_old_database_is_refused_with_the_way_to_upgrade_it(old: Path, line: list[str]) -> None:
    before = old.read_bytes()
    sentence = f"{address(old)} is at schema revision 0001 and this program needs {HEAD}: run csp-workflow db upgrade."
    said = typed("--db", address(old), *line)
    assert (said.code, said.out, said.err) == (6, "", f"{sentence}\n")
    error = {"code": "storage_outdated", "database": address(old), "revision": "0001", "needed": HEAD}
    said = typed("--db", address(old), "--json", *line)
    assert (said.code, said.json) == (6, {"error": {**error, "message": sentence}})
    assert old.read_bytes() == before


@pytest.mark.parametrize("line", [["case", "list"], ["db", "upgrade"]])
def test_a_newer_database_is_refused_with_the_advice_to_upgrade_the_program(new: Path, line: list[str]) -> None:
    change(new, f"UPDATE {VERSION_TABLE} SET version_num = '0099'")
    said = typed("--db", address(new), *line)
    assert (said.code, said.out) == (6, "")
    assert "0099" in said.err
    assert said.err.endswith("upgrade the program.\n")
    error = typed("--db", address(new), "--json", *line).json["error"]
    assert (error["code"], error["revision"], error["needed"]) == ("storage_newer", "0099", HEAD)


@pytest.mark.parametrize("line", [["case", "list"], ["db", "upgrade"], ["db", "check"]])
def test_what_is_not_ours_is_refused(tmp_path: Path, line: list[str]) -> None:
    change(tmp_path / "other.db", "CREATE TABLE csp_partner (id INTEGER)")
    (tmp_path / "letter.db").write_text("Dear partner, " * 500, encoding="utf-8")
    for name in ("other.db", "letter.db"):
        before = (tmp_path / name).read_bytes()
        said = typed("--db", address(tmp_path / name), "--json", *line)
        assert (said.code, said.json["error"]["code"]) == (6, "storage_damaged")
        assert typed("--db", address(tmp_path / name), *line).code == 6
        assert (tmp_path / name).read_bytes() == before


def test_an_upgrade_says_what_it_did_and_then_everything_works(old: Path) -> None:
    said = typed("--db", address(old), "db", "upgrade")
    assert (said.code, said.err) == (0, "")
    assert f"{address(old)} was at schema revision 0001." in words(said.out)
    assert f"\n  {old.with_name('partners.before-0001.db')}\n" in said.out
    assert all(f"\n  {revision}  " in said.out for revision in REVISIONS[1:])
    assert said.out.endswith(f"It is at schema revision {HEAD} now.\n")
    assert typed("--db", address(old), "case", "list").code == 0
    again = typed("--db", address(old), "db", "upgrade")
    assert words(again.out) == f"{address(old)} is at schema revision {HEAD}: there is nothing to do."


def test_an_upgrade_says_the_same_in_json(old: Path) -> None:
    done: dict[str, Any] = typed("--db", address(old), "--json", "db", "upgrade").json
    assert [step["revision"] for step in done.pop("steps")] == list(REVISIONS[1:])
    copy = str(old.with_name("partners.before-0001.db"))
    assert done == {"database": address(old), "before": "0001", "after": HEAD, "copy": copy}
    again = typed("--db", address(old), "--json", "db", "upgrade").json
    assert again == {"database": address(old), "before": HEAD, "after": HEAD, "copy": None, "steps": []}


def test_without_a_copy_none_is_made(new: Path) -> None:
    assert [path.name for path in new.parent.iterdir()] == ["partners.db"]


def test_where_there_was_nothing_the_tables_are_made(tmp_path: Path) -> None:
    said = typed("--db", address(tmp_path / "new.db"), "db", "upgrade")
    assert said.code == 0
    assert words(said.out).endswith(f"held nothing yet; its tables are made, at schema revision {HEAD}.")
    assert typed("--db", address(tmp_path / "new.db"), "db", "check").code == 0


def test_a_check_that_finds_nothing_says_so(new: Path) -> None:
    said = typed("--db", address(new), "db", "check")
    assert (said.code, said.err) == (0, "")
    assert words(said.out) == (
        f"{address(new)} is at schema revision {HEAD}, and its tables are those of this program."
    )
    report = {"database": address(new), "revision": HEAD, "needed": HEAD}
    assert typed("--db", address(new), "--json", "db", "check").json == {
        **report,
        "standing": "current",
        "agrees": True,
        "differences": [],
    }


def test_a_check_lists_what_differs(new: Path) -> None:
    change(new, "DROP INDEX csp_journal_case", "ALTER TABLE csp_fact ADD COLUMN colour TEXT")
    said = typed("--db", address(new), "db", "check")
    assert (said.code, said.err) == (1, "")
    assert "differ from those of this program" in words(said.out)
    assert "colour" in said.out
    assert "csp_journal_case" in said.out
    report = typed("--db", address(new), "--json", "db", "check")
    assert (report.code, report.json["agrees"]) == (1, False)
    assert report.json["differences"] == [
        {"table": "csp_fact", "kind": "column", "name": "colour", "models": None, "database": "TEXT"},
        {
            "table": "csp_journal",
            "kind": "index",
            "name": "csp_journal_case",
            "models": "(pga, case_number, seq)",
            "database": None,
        },
    ]


def test_a_check_tells_old_newer_and_empty_databases(old: Path, tmp_path: Path) -> None:
    before = old.read_bytes()
    said = typed("--db", address(old), "db", "check")
    assert said.code == 1
    assert "run csp-workflow db upgrade." in words(said.out)
    assert "schema_version" in said.out
    assert old.read_bytes() == before
    typed("--db", address(old), "db", "upgrade")
    change(old, f"UPDATE {VERSION_TABLE} SET version_num = '0099'")
    said = typed("--db", address(old), "db", "check")
    assert said.code == 1
    assert words(said.out).endswith("upgrade the program.")
    said = typed("--db", address(tmp_path / "none.db"), "db", "check")
    assert said.code == 1
    assert "holds nothing of this product yet" in words(said.out)
    assert not (tmp_path / "none.db").exists()
