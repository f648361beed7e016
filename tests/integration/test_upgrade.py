"""A database of release 0.1.0 becomes one of today, whole or not at all, and everything in it goes on."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, event

from csp_workflow import StorageError, WorkflowError, check_database, open_workflow, upgrade_database
from csp_workflow.bulk.importing import import_records
from csp_workflow.errors import StorageDamaged, StorageNewer, StorageOutdated, StorageUnavailable
from csp_workflow.storage import store
from csp_workflow.storage.migrations import FIRST_REVISION, HEAD, REVISIONS, VERSION_TABLE
from tests.integration.hands import ANNA, OTTO, RITA, change, dump, raised, rows, tables
from tests.integration.kept import ANSWERS, FILE, a_day_after, answers, kept_file, missing

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.databases import Rows

ROOT = Path(__file__).parents[2]
OF_THE_PROGRAM = {("csp_installation", "schema_version"), ("csp_installation", "definition")}  # of no partner

OF_THE_LAST_ENTRY = {("csp_partner", "last_seq"), ("csp_partner", "head")}  # which the upgrade adds


def address(file: Path) -> str:
    """The address of a file."""
    return f"sqlite:///{file}"


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A copy of the kept file."""
    return kept_file(tmp_path)


@pytest.fixture
def upgraded(kept: Path) -> Path:
    """A copy of the kept file, upgraded without a copy."""
    upgrade_database(address(kept), copy=False)
    return kept


def content(file: Path) -> dict[str, Rows]:
    """All rows of the kept file's tables, as far as they are about partners; each with the columns that it had then."""
    found = {}
    for table in tables(FILE):
        columns = [name for _id, name, *_rest in rows(FILE, f"PRAGMA table_info({table})")]
        kept = [f'"{name}"' for name in columns if (table, name) not in OF_THE_PROGRAM | OF_THE_LAST_ENTRY]
        old = "kind <> 'upgraded'" if table == "csp_journal" else "1"
        found[table] = sorted(rows(file, f"SELECT {', '.join(kept)} FROM {table} WHERE {old}"), key=repr)
    return found


# ---------------------------------------------------------------------------------------------- what is kept


def test_every_row_is_as_it_was(upgraded: Path) -> None:
    assert content(upgraded) == content(FILE)


def test_its_history_is_verified_with_what_no_entry_covered_then(upgraded: Path, tmp_path: Path) -> None:
    with open_workflow(address(upgraded), clock=a_day_after()) as workflow:
        audit = workflow.verify()
    assert audit.holds, audit.misfits
    for spoiled in (
        "UPDATE csp_notice SET recipient = 'mallory@example.com' WHERE rowid = 1",
        "DELETE FROM csp_notice WHERE rowid = 2",
        "UPDATE csp_revenue_line SET effective_on = '2020-01-01' WHERE part = 2",
        "UPDATE csp_fact SET fields = '{}x' WHERE kind = 'support_plan'".replace("{}x", '{"kind":"PSfP"}'),
        "UPDATE csp_deadline SET due_on = '2030-01-01' WHERE kind = 'review_opens'",
        "UPDATE csp_command SET outcome = '{}' WHERE rowid = 1",
        "UPDATE csp_case SET region = 'japan' WHERE rowid = 1",
    ):
        other = Path(shutil.copy(upgraded, tmp_path / "other.db"))
        change(other, spoiled)
        with open_workflow(address(other), clock=a_day_after()) as workflow:
            assert not workflow.verify().holds, spoiled


def test_every_answer_is_as_release_0_1_0_gave_it(upgraded: Path) -> None:
    with open_workflow(address(upgraded), clock=a_day_after()) as workflow:
        assert missing(ANSWERS, answers(workflow)) == []


def test_its_notices_are_there_and_can_be_read(upgraded: Path) -> None:
    written = rows(FILE, "SELECT pga, seq, part, kind, language, recipient FROM csp_notice ORDER BY pga, seq, part")
    with open_workflow(address(upgraded), clock=a_day_after()) as workflow:
        letters = [letter for partner in workflow.partners() for letter in workflow.notices(partner.pga)]
        assert all(letter.subject and letter.body for letter in letters)
    assert [(letter.key, letter.kind, letter.language, letter.to) for letter in letters] == [
        (f"{pga}#{seq}.{part}", kind, language, to) for pga, seq, part, kind, language, to in written
    ]


def test_its_schema_is_the_one_that_the_models_make(upgraded: Path) -> None:
    report = check_database(address(upgraded))
    assert (report.standing, report.differences, report.agrees) == ("current", (), True)


def test_it_goes_on(upgraded: Path) -> None:
    clock = a_day_after()
    with open_workflow(address(upgraded), clock=clock) as workflow:
        ends = {partner.pga: workflow.history(partner.pga)[-1].hash for partner in workflow.partners()}
        assert workflow.note("PGA-1001/europe", "We have moved to the new release.", actor=OTTO).version == 12
        known = workflow.record("PGA-1001", "membership", {"status": "active"}, actor=OTTO)
        assert known.entry == "PGA-1001#27"
        workflow.register_partner("PGA-2001", name="Newcomer", country="DE")
        workflow.open_case("PGA-2001", region="europe")
        workflow.fire("PGA-1001/europe", "transition_to_indirect", actor=ANNA, payload={"provider": "Ingram"})
        clock.advance(days=400)
        assert workflow.sweep().fired
        for pga, end in ends.items():
            hashes = [entry.hash for entry in workflow.history(pga)]
            assert end in hashes, pga
        assert workflow.case("PGA-1001/europe").state == "indirect_tenure"


def test_a_key_that_was_used_before_is_still_used(upgraded: Path) -> None:
    (pga, key), *_others = rows(FILE, "SELECT pga, key FROM csp_command ORDER BY pga, key")
    with open_workflow(address(upgraded), clock=a_day_after()) as workflow:
        problem = raised(
            lambda: workflow.record(pga, "membership", {"status": "lapsed"}, actor=OTTO, key=key), WorkflowError
        )
    assert problem.code == "key_reused"


def test_a_file_of_facts_is_imported_and_what_stands_there_is_known_again(upgraded: Path, tmp_path: Path) -> None:
    known = rows(FILE, "SELECT line, booked_on, cents FROM csp_revenue_line WHERE line = 'INV-1' AND verified")
    assert known == [("INV-1", "2025-10-03", 250_000)]
    facts = tmp_path / "facts.csv"
    facts.write_text(
        "pga,booked_on,amount,line,verified\n"
        "PGA-1001,2025-10-03,2500.00,INV-1,true\n"
        "PGA-1002,2026-03-01,12.50,NEW-1,false\n"
        "PGA-1009,2026-03-01,1.00,NEW-2,false\n",
        encoding="utf-8",
    )
    with open_workflow(address(upgraded), clock=a_day_after()) as workflow:
        report = import_records(workflow, facts, actor=RITA, fact="revenue")
        assert (report.added, report.already_there, report.rejected) == (1, 1, 1)
        assert workflow.records("PGA-1002")[-1].fields["line"] == "NEW-1"


# ---------------------------------------------------------------------------------------------- what it says


def test_it_says_from_where_to_where_by_which_steps_and_where_the_copy_is(kept: Path) -> None:
    done = upgrade_database(address(kept))
    assert (done.database, done.before, done.after) == (address(kept), FIRST_REVISION, HEAD)
    assert [step.revision for step in done.steps] == list(REVISIONS[1:])
    assert all(step.title and not step.title.endswith(".") for step in done.steps)
    assert done.copy == str(kept.with_name("partners.before-0001.db"))


def test_the_copy_is_the_database_as_it_was(kept: Path) -> None:
    os.chmod(kept, 0o640)  # noqa: PTH101 - a mode of its own
    copy = Path(str(upgrade_database(address(kept)).copy))
    assert dump(copy) == dump(FILE)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o640
    assert check_database(address(copy)).revision == FIRST_REVISION
    assert raised(lambda: open_workflow(address(copy)), StorageOutdated).exit_code == 6


def test_the_copy_holds_what_is_still_in_the_log(kept: Path) -> None:
    with closing(sqlite3.connect(kept)) as writing:
        writing.execute("PRAGMA journal_mode=WAL")
        writing.execute("PRAGMA wal_autocheckpoint=0")
        writing.execute("UPDATE csp_partner SET name = 'Only in the log' WHERE pga = 'PGA-1001'")
        writing.commit()
        copy = Path(str(upgrade_database(address(kept)).copy))
    assert rows(copy, "SELECT name FROM csp_partner WHERE pga = 'PGA-1001'") == [("Only in the log",)]


def test_a_copy_is_never_written_over(kept: Path) -> None:
    mine = kept.with_name("partners.before-0001.db")
    mine.write_text("mine", encoding="utf-8")
    done = upgrade_database(address(kept))
    assert done.copy == str(kept.with_name("partners.before-0001-2.db"))
    assert mine.read_text(encoding="utf-8") == "mine"


def test_where_no_copy_can_be_written_nothing_is_upgraded(kept: Path) -> None:
    kept.with_name("partners.before-0001.db.part").mkdir()
    before = kept.read_bytes()
    problem = raised(lambda: upgrade_database(address(kept)), StorageUnavailable)
    assert "--no-copy" in problem.message
    assert kept.read_bytes() == before
    assert upgrade_database(address(kept), copy=False).copy is None


def test_no_copy_is_left_where_none_is_wanted(upgraded: Path) -> None:
    assert [path.name for path in upgraded.parent.iterdir()] == [upgraded.name]


def test_a_second_time_there_is_nothing_to_do(upgraded: Path) -> None:
    before = upgraded.read_bytes()
    again = upgrade_database(address(upgraded))
    assert (again.before, again.after, again.steps, again.copy) == (HEAD, HEAD, (), None)
    assert upgraded.read_bytes() == before


def test_where_nobody_may_write_there_is_still_nothing_to_do(upgraded: Path) -> None:
    assert upgrade_database(f"sqlite:///file:{upgraded}?mode=ro&uri=true").steps == ()


# ---------------------------------------------------------------------------------------------- what it refuses


def test_an_old_database_is_not_opened_and_not_touched(kept: Path) -> None:
    before = kept.read_bytes()
    problem = raised(lambda: open_workflow(address(kept)), StorageOutdated)
    assert (problem.code, problem.exit_code) == ("storage_outdated", 6)
    assert problem.details == {"database": address(kept), "revision": FIRST_REVISION, "needed": HEAD}
    assert problem.message.endswith("run csp-workflow db upgrade.")
    assert kept.read_bytes() == before


@pytest.mark.parametrize("revision", ["0099", "a1b2c3d4e5f6", ""])
@pytest.mark.parametrize("call", [open_workflow, upgrade_database])
def test_a_newer_database_is_neither_opened_nor_upgraded(
    upgraded: Path, revision: str, call: Callable[[str], object]
) -> None:
    change(upgraded, f"UPDATE {VERSION_TABLE} SET version_num = '{revision}'")
    before = upgraded.read_bytes()
    problem = raised(lambda: call(address(upgraded)), StorageNewer)
    assert (problem.code, problem.exit_code) == ("storage_newer", 6)
    assert problem.message.endswith("upgrade the program.")
    assert upgraded.read_bytes() == before


@pytest.mark.parametrize(
    "damage",
    [
        "DROP TABLE csp_command",
        "DROP TABLE csp_installation",
        "UPDATE csp_installation SET schema_version = 7",
        "DELETE FROM csp_installation",
        "ALTER TABLE csp_installation DROP COLUMN schema_version",
        f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL)",
    ],
)
@pytest.mark.parametrize("call", [open_workflow, upgrade_database])
def test_what_no_release_has_made_is_neither_opened_nor_upgraded(
    kept: Path, damage: str, call: Callable[[str], object]
) -> None:
    change(kept, damage)
    before = kept.read_bytes()
    problem = raised(lambda: call(address(kept)), StorageDamaged)
    assert problem.exit_code == 6
    assert address(kept) in problem.message
    assert kept.read_bytes() == before


def test_a_database_of_two_revisions_is_damaged(upgraded: Path) -> None:
    change(upgraded, f"INSERT INTO {VERSION_TABLE} VALUES ('0001')")
    assert "2 revisions" in raised(lambda: open_workflow(address(upgraded)), StorageDamaged).message


def test_a_table_that_another_program_keeps_under_our_name_is_no_ground_to_build_on(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    change(file, "CREATE TABLE csp_partner (id INTEGER PRIMARY KEY)", "INSERT INTO csp_partner VALUES (1)")
    for call in (open_workflow, upgrade_database):
        raised(lambda call=call: call(address(file)), StorageDamaged)  # type: ignore[misc]
    assert tables(file) == ["csp_partner"]


def test_a_row_that_belongs_to_none_stops_it(kept: Path) -> None:
    with closing(sqlite3.connect(kept)) as connection:
        connection.execute("DELETE FROM csp_journal WHERE pga = 'PGA-1004' AND seq = 1")
        connection.execute("UPDATE csp_fact SET seq = 900 WHERE rowid = (SELECT min(rowid) FROM csp_fact)")
        connection.commit()
    before = kept.read_bytes()
    problem = raised(lambda: upgrade_database(address(kept)), StorageDamaged)
    assert "a row of csp_fact belongs to none of csp_journal" in problem.message
    assert kept.read_bytes() == before


def test_what_may_only_be_read_is_not_upgraded(kept: Path) -> None:
    target = f"sqlite:///file:{kept}?mode=ro&uri=true"
    before = kept.read_bytes()
    raised(lambda: open_workflow(target), StorageOutdated)
    assert raised(lambda: upgrade_database(target), StorageUnavailable).exit_code == 6
    assert kept.read_bytes() == before
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_while_somebody_else_writes_it_is_not_upgraded(kept: Path) -> None:
    engine = create_engine(address(kept), connect_args={"timeout": 0})
    with closing(sqlite3.connect(kept, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        problem = raised(lambda: upgrade_database(engine), StorageUnavailable)
        assert "locked" in problem.message
        other.execute("ROLLBACK")
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]
    assert upgrade_database(engine).before == FIRST_REVISION
    engine.dispose()


# ---------------------------------------------------------------------------------------------- hosts


def test_a_host_s_tables_stay_as_they_are(kept: Path) -> None:
    change(
        kept,
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)",
        "INSERT INTO alembic_version VALUES ('ae1027a6acf')",
        "CREATE TABLE host_order (id INTEGER PRIMARY KEY, pga TEXT REFERENCES csp_partner (pga))",
        "INSERT INTO host_order VALUES (1, 'PGA-1001')",
        "CREATE VIEW csp AS SELECT pga FROM csp_partner",
    )
    others = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'csp_%' AND sql IS NOT NULL ORDER BY name"
    before = rows(kept, others)
    upgrade_database(address(kept))
    assert rows(kept, "SELECT * FROM alembic_version") == [("ae1027a6acf",)]
    assert rows(kept, "SELECT * FROM host_order") == [(1, "PGA-1001")]
    assert rows(kept, others) == before
    assert len(before) == 3
    assert check_database(address(kept)).agrees


def begins_by_itself(engine: Engine) -> None:
    """The recipe that gives a host real transactions on SQLite."""

    def leave_transactions_alone(connection: Any, _record: object) -> None:
        connection.isolation_level = None

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    event.listen(engine, "connect", leave_transactions_alone)
    event.listen(engine, "begin", begin)


@pytest.mark.parametrize("recipe", ["usual", "begins by itself", "references are kept"])
def test_a_host_s_engine_is_upgraded_on_and_left_as_it_was(kept: Path, recipe: str) -> None:
    engine = create_engine(address(kept))
    if recipe == "begins by itself":
        begins_by_itself(engine)
    if recipe == "references are kept":
        event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA foreign_keys=ON"))
    done = upgrade_database(engine)
    assert (done.before, done.after, done.copy is not None) == (FIRST_REVISION, HEAD, True)
    with engine.connect() as connection:
        is_kept = connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one()
    assert is_kept == int(recipe == "references are kept")
    with open_workflow(engine, clock=a_day_after()) as workflow:
        assert missing(ANSWERS, answers(workflow)) == []
    assert rows(kept, "PRAGMA journal_mode") == [("delete",)]
    engine.dispose()


def test_within_a_host_s_transaction_an_old_database_is_refused_too(kept: Path, tmp_path: Path) -> None:
    old, new = create_engine(address(kept)), create_engine(address(tmp_path / "new.db"))
    with open_workflow(new) as workflow, old.connect() as connection:
        with pytest.raises(StorageOutdated), workflow.within(connection):
            pass
        connection.exec_driver_sql("UPDATE csp_installation SET schema_version = 9")
        with pytest.raises(StorageDamaged), workflow.within(connection):
            pass
        connection.rollback()
    upgrade_database(old)
    with open_workflow(new) as workflow, old.connect() as connection:
        with workflow.within(connection) as inside:
            assert inside.case("PGA-1001/europe").state == "active"
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '0099'")
        with pytest.raises(StorageNewer), workflow.within(connection):
            pass
    old.dispose()
    new.dispose()


# ---------------------------------------------------------------------------------------------- new ones


@pytest.mark.parametrize("call", [open_workflow, upgrade_database])
@pytest.mark.parametrize("content", ["no file", "empty file", "a host's tables", "an empty table of revisions"])
def test_where_nothing_of_ours_is_it_is_made_at_the_newest_revision(
    file: Path, call: Callable[[str], object], content: str
) -> None:
    if content == "empty file":
        file.touch()
    elif content == "a host's tables":
        change(file, "CREATE TABLE host_order (id INTEGER)", "CREATE TABLE alembic_version (version_num TEXT)")
    elif content == "an empty table of revisions":
        change(file, f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    done = call(address(file))
    getattr(done, "close", lambda: None)()
    assert rows(file, f"SELECT version_num FROM {VERSION_TABLE}") == [(HEAD,)]
    assert rows(file, "SELECT count(*) FROM csp_installation") == [(1,)]
    assert check_database(address(file)).agrees
    assert "host_order" in tables(file) or content != "a host's tables"


def test_upgrading_nothing_says_that_it_was_made(file: Path) -> None:
    done = upgrade_database(address(file))
    assert (done.before, done.after, done.steps, done.copy) == (None, HEAD, (), None)
    assert upgrade_database("memory:").before is None


def at_once(*lines: list[str], cwd: Path) -> list[subprocess.CompletedProcess[str]]:
    """Run command lines of the console side by side."""
    started = [
        subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "csp_workflow", *line],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for line in lines
    ]
    return [subprocess.CompletedProcess(one.args, one.wait(), *one.communicate()) for one in started]


def test_processes_that_make_a_new_database_at_the_same_time_make_one(file: Path) -> None:
    names = [f"PGA-{number}" for number in range(4)]
    lines = (["--db", address(file), "partner", "add", pga, "--name", pga, "--country", "DE"] for pga in names)
    done = at_once(*lines, cwd=file.parent)
    assert [(one.returncode, one.stderr) for one in done] == [(0, "")] * 4
    assert rows(file, "SELECT pga FROM csp_partner ORDER BY pga") == [(pga,) for pga in names]
    assert rows(file, "SELECT count(*) FROM csp_installation") == [(1,)]


def test_a_file_in_which_somebody_else_is_just_writing_is_waited_for(
    upgraded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(upgraded, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=DELETE")
        other.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr(store, "sleep", lambda _seconds: other.execute("COMMIT"))
        with open_workflow(address(upgraded)) as workflow:
            assert not other.in_transaction, "who opens it has waited"
            assert workflow.case("PGA-1001/europe").state == "active"


def test_processes_that_upgrade_at_the_same_time_upgrade_once(kept: Path) -> None:
    done = at_once(*[["--db", address(kept), "db", "upgrade"]] * 3, cwd=kept.parent)
    assert [(one.returncode, one.stderr) for one in done] == [(0, "")] * 3
    assert sum("was at schema revision 0001" in one.stdout for one in done) == 1
    assert sorted(path.name for path in kept.parent.glob("*.db*")) == ["partners.before-0001.db", "partners.db"]
    assert content(kept) == content(FILE)


# ---------------------------------------------------------------------------------------------- in the middle


def killed_at(*targets: str, points: list[int]) -> list[int]:
    """Upgrade each target in a process that is killed after so many statements; how each ended."""
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, str(Path(__file__).with_name("killed.py")), *map(str, points), "--", *targets],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return [int(word) for word in done.stdout.split()]


def test_killed_in_the_middle_it_is_the_old_database_whole(tmp_path: Path) -> None:
    (statements,) = killed_at(address(kept_file(tmp_path)), points=[0])
    assert statements > 5
    points = sorted({*range(1, statements, max(1, statements // 8)), statements})
    files = [tmp_path / f"killed{point}" / "partners.db" for point in points]
    for file in files:
        file.parent.mkdir()
        kept_file(file.parent)
    assert killed_at(*map(address, files), points=points) == [-9] * len(files)
    for file in files:
        assert check_database(address(file)).revision == FIRST_REVISION, file
        assert dump(file) == dump(FILE)
        assert rows(file, "PRAGMA integrity_check") == [("ok",)]
        assert upgrade_database(address(file)).before == FIRST_REVISION
        assert content(file) == content(FILE)


def test_a_failure_in_the_middle_leaves_the_old_database_whole(kept: Path) -> None:
    change(kept, "CREATE VIEW reads_it AS SELECT schema_version FROM csp_installation")  # SQLite refuses to rename then
    before = kept.read_bytes()
    raised(lambda: upgrade_database(address(kept)), StorageError)
    assert kept.read_bytes() == before
