"""An edited history is found: whatever is changed, taken out, put in or cut off, and at which entry."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from csp_workflow.audit.anchor import Anchored, write
from csp_workflow.bootstrap import HostWorkflow, join
from csp_workflow.errors import BadAnchor, StorageDamaged, StorageUnavailable
from csp_workflow.storage.store import open_store
from csp_workflow.testing import SettableClock
from tests.integration.hands import ANNA, OTTO, PGA, RITA, change, raised, ready, rows, walk
from tests.integration.lived import LAST, live

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from csp_workflow.audit.findings import Audit
    from csp_workflow.rules.engine import Judge
    from tests.databases import Database

NOT_COVERED = {  # sweeps move these days without an entry, and delivery goes on after an entry is made
    ("csp_case", "derived_on"),
    ("csp_case", "stirs_on"),
    ("csp_notice", "status"),
    ("csp_notice", "attempts"),
}


def opened(file: Path, judge: Judge) -> HostWorkflow:
    """A workflow on a file."""
    return join(open_store(f"sqlite:///{file}"), judge, SettableClock(LAST))


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, judge: Judge) -> Path:
    """A file in which everything has happened once."""
    file = tmp_path_factory.mktemp("lived") / "partners.db"
    clock = SettableClock(LAST)
    with join(open_store(f"sqlite:///{file}"), judge, clock) as workflow:
        live(workflow, clock)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    return file


@pytest.fixture
def copy(lived: Path, tmp_path: Path) -> Path:
    """A copy of it, to be tampered with."""
    shutil.copy(lived, tmp_path / "copy.db")
    return tmp_path / "copy.db"


def tampered(file: Path, judge: Judge, *statements: str, values: tuple[Any, ...] = ()) -> Audit:
    """The audit of a file after somebody who cares for no key has changed it."""
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            assert connection.execute(statement, values if "?" in statement else ()).rowcount > 0, statement
        connection.commit()
    with opened(file, judge) as workflow:
        return workflow.verify()


def columns(file: Path) -> list[tuple[str, str]]:
    """Every column of every table that an audit looks at."""
    tables = [name for (name,) in rows(file, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    mine = [table for table in tables if table not in {"csp_installation", "csp_alembic_version"}]
    return [(table, row[1]) for table in mine for row in rows(file, f"PRAGMA table_info({table})")]


def other(value: Any) -> Any:
    """Another value of the same kind."""
    if value is None:
        return None
    if isinstance(value, int):
        return 1 - value if value in {0, 1} else value + 1  # a flag is one of two
    if value[:4].isdigit() and value[4:5] == "-":
        return f"2001{value[4:]}"
    if len(value) == 64:
        return ("0" if value[0] != "0" else "1") + value[1:]
    if value.startswith("{"):
        return value.replace('"', '"x', 1) if len(value) > 2 else '{"x":1}'
    return f"{value}x" if not value.startswith("[") else '[{"x":1}]'


def test_what_was_lived_holds(lived: Path, judge: Judge) -> None:
    with opened(lived, judge) as workflow:
        audit = workflow.verify()
    assert audit.holds, audit.misfits
    assert (audit.partners, audit.entries) == (5, rows(lived, "SELECT count(*) FROM csp_journal")[0][0])


def test_every_value_of_every_row_is_covered(lived: Path, copy: Path, judge: Judge) -> None:
    missed = []
    for table, column in columns(lived):
        if (table, column) in NOT_COVERED:
            continue
        says = "cents <> 0" if table == "csp_revenue_day" else "1"  # a sum that is zero says nothing
        found = rows(lived, f"SELECT rowid, {column} FROM {table} WHERE {column} IS NOT NULL AND {says}")
        assert found, (table, column)
        for rowid, value in found[:2] + found[-2:]:
            shutil.copy(lived, copy)
            try:
                audit = tampered(
                    copy, judge, f"UPDATE {table} SET {column} = ? WHERE rowid = {rowid}", values=(other(value),)
                )
            except sqlite3.IntegrityError:
                continue  # the schema itself refuses it
            if audit.holds:
                missed.append((table, column, value))
    assert missed == [], missed


def test_every_row_that_is_taken_out_is_missed(lived: Path, copy: Path, judge: Judge) -> None:
    unmissed = []
    for table in sorted({table for table, _column in columns(lived)}):
        for (rowid,) in rows(lived, f"SELECT rowid FROM {table}"):
            shutil.copy(lived, copy)
            if tampered(copy, judge, f"DELETE FROM {table} WHERE rowid = {rowid}").holds:
                unmissed.append((table, rowid))
    assert [item for item in unmissed if item[0] != "csp_revenue_day"] == []
    of_nothing = "SELECT rowid FROM csp_revenue_day WHERE cents = 0"
    zero = {("csp_revenue_day", rowid) for (rowid,) in rows(lived, of_nothing)}
    assert set(unmissed) == zero, "a sum that is zero says nothing"


@pytest.mark.parametrize("table", ["fact", "revenue_line", "notice", "command", "deadline", "case"])
def test_a_row_that_was_put_in_is_found(copy: Path, judge: Judge, table: str) -> None:
    names = [row[1] for row in rows(copy, f"PRAGMA table_info(csp_{table})")]
    new = {"part": "part + 7", "key": "key || 'x'", "kind": "kind || 'x'" if table == "deadline" else "kind"}
    new |= {"number": "number + 7", "tenant": "'OTHER'"} if table == "case" else {}
    values = ", ".join(new.get(name, name) for name in names)
    one = f"INSERT INTO csp_{table} SELECT {values} FROM csp_{table} ORDER BY rowid DESC LIMIT 1"
    audit = tampered(copy, judge, one)
    assert not audit.holds


@pytest.mark.parametrize("seq", ["0", "-7", "9999", "'after all'"])
@pytest.mark.parametrize("table", ["journal", "fact", "revenue_line", "notice", "refusal"])
def test_a_row_that_was_put_in_before_the_first_entry_or_after_the_last_is_found(
    copy: Path, judge: Judge, table: str, seq: str
) -> None:
    names = [row[1] for row in rows(copy, f"PRAGMA table_info(csp_{table})")]
    values = ", ".join({"seq": seq, "key": "key || 'x'"}.get(name, name) for name in names)
    audit = tampered(copy, judge, f"INSERT INTO csp_{table} SELECT {values} FROM csp_{table} ORDER BY rowid LIMIT 1")
    assert not audit.holds


@pytest.mark.parametrize("seq", [0, 9999])
def test_a_fact_with_an_entry_of_its_own_outside_of_the_journal_is_found(
    stored: HostWorkflow, database: Database, seq: int
) -> None:
    ready(stored)
    for table in ("csp_journal", "csp_fact"):
        names = list(database.read(f"SELECT * FROM {table}")[0])
        values = ", ".join({"seq": str(seq)}.get(name, f'"{name}"') for name in names)
        known = "seq = (SELECT max(seq) FROM csp_fact)"
        quoted = ", ".join(f'"{name}"' for name in names)
        change(database, f"INSERT INTO {table} ({quoted}) SELECT {values} FROM {table} WHERE {known}")
    assert not stored.verify().holds


@pytest.mark.parametrize(
    ("table", "column", "before", "after"),
    [
        ("csp_fact", "fields", ":true", ":1"),
        ("csp_fact", "fields", ":2,", ":2.0,"),
        ("csp_case", "memory", ":80,", ":80.0,"),
    ],
)
def test_a_value_that_only_python_takes_for_the_same_is_found(
    stored: HostWorkflow, database: Database, table: str, column: str, before: str, after: str
) -> None:
    walk(stored, ready(stored), until="complete_assessment")
    assert before in str(rows(database, f"SELECT {column} FROM {table}"))
    change(database, f"UPDATE {table} SET {column} = replace({column}, '{before}', '{after}')")
    assert not stored.verify().holds


def taken_back(file: Path, judge: Judge) -> int:
    """Have a line of 40.00 verified and taken back; the entry of its verification, which went with it."""
    with opened(file, judge) as workflow:
        line = {"booked_on": date(2025, 11, 3), "amount": "40.00", "line": "INV-9"}
        entries = [
            workflow.record(PGA, "revenue", {**line, "verified": verified}, actor=RITA).entry
            for verified in (False, True)
        ]
        workflow.retract(entries[0], reason="booked twice", actor=OTTO)
        assert workflow.verify().holds
    return int(entries[1].rpartition("#")[2])


def test_a_retraction_that_was_undone_in_part_is_found(copy: Path, judge: Judge) -> None:
    verification = taken_back(copy, judge)
    audit = tampered(
        copy,
        judge,
        f"UPDATE csp_revenue_line SET retracted_at = NULL WHERE pga = '{PGA}' AND seq = {verification} AND part = 2",
        "UPDATE csp_revenue_day SET cents = cents + 4000 WHERE booked_on = '2025-11-03' AND verified",
    )
    assert [(item.entry, item.problem) for item in audit.misfits] == [
        (f"{PGA}#{verification}", "what it recorded was not taken back as a whole")
    ]


def test_parts_that_were_taken_back_at_different_times_are_found(copy: Path, judge: Judge) -> None:
    verification = taken_back(copy, judge)
    later = "UPDATE csp_revenue_line SET retracted_at = '2026-03-21T00:00:00.000000Z'"
    audit = tampered(copy, judge, f"{later} WHERE pga = '{PGA}' AND seq = {verification} AND part = 1")
    assert [item.entry for item in audit.misfits] == [f"{PGA}#{verification}"]


@pytest.mark.parametrize("trigger", ["withdraw", "invite_to_assessment"])
def test_a_state_that_was_changed_by_hand_is_found_after_the_next_move_too(
    copy: Path, judge: Judge, trigger: str
) -> None:
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("UPDATE csp_case SET state = 'application', pinned = '2025-10' WHERE pga = 'PGA-1002'")
        connection.commit()
    with opened(copy, judge) as workflow:
        workflow.fire("PGA-1002/europe", trigger, actor=RITA if trigger.startswith("invite") else ANNA)
        (misfit,) = workflow.verify().misfits
    assert misfit.problem == "it leaves application, and the case was in indirect_tenure by its journal"


def test_entries_that_change_places_are_found_at_the_first_of_them(copy: Path, judge: Judge) -> None:
    audit = tampered(
        copy,
        judge,
        f"UPDATE csp_journal SET seq = 900 WHERE pga = '{PGA}' AND seq = 12",
        f"UPDATE csp_journal SET seq = 12 WHERE pga = '{PGA}' AND seq = 15",
        f"UPDATE csp_journal SET seq = 15 WHERE pga = '{PGA}' AND seq = 900",
    )
    assert [item.entry for item in audit.misfits] == [f"{PGA}#12"]


def test_an_entry_of_another_partner_does_not_fit(copy: Path, judge: Judge) -> None:
    audit = tampered(
        copy,
        judge,
        "DELETE FROM csp_journal WHERE pga = 'PGA-1004' AND seq = 3",
        "UPDATE csp_journal SET pga = 'PGA-1004', seq = 3 WHERE pga = 'PGA-1003' AND seq = 3",
    )
    assert {item.entry for item in audit.misfits} == {"PGA-1003#4", "PGA-1004#3"}


def test_the_first_entry_that_does_not_fit_is_named_for_each_partner(copy: Path, judge: Judge) -> None:
    audit = tampered(
        copy,
        judge,
        "UPDATE csp_journal SET actor = 'mallory' WHERE seq IN (5, 6) AND pga <> 'PGA-1004'",
        "UPDATE csp_case SET state = 'active' WHERE pga = 'PGA-1004'",
    )
    assert [(item.partner, item.entry) for item in audit.misfits] == [
        ("PGA-1001", "PGA-1001#5"),
        ("PGA-1002", "PGA-1002#5"),
        ("PGA-1003", "PGA-1003#5"),
        ("PGA-1004", None),
        ("PGA-1005", "PGA-1005#5"),
    ]
    assert audit.misfits[3].problem == "state of PGA-1004/australia/direct_bill is active, and closed by its journal"


def test_a_deadline_of_a_case_that_is_not_there_is_found_and_the_sweep_says_so_when_all_others_are_swept(
    stored: HostWorkflow, database: Database, clock: SettableClock
) -> None:
    ref = ready(stored)
    walk(stored, ref)
    for pga, number in (("PGA-1001", 7), ("PGA-0001", 1)):
        row = f"('{pga}', {number}, 'review_opens', '2025-10-01')"
        insert = f"INSERT INTO csp_deadline (pga, case_number, kind, due_on) VALUES {row}"
        change(database, insert, checked=False)
    assert sorted((str(item.partner), item.problem) for item in stored.verify().misfits) == [
        ("PGA-0001", "there are deadlines of a case that is not there"),
        ("PGA-0001", "there are rows of it, and it is no partner"),
        ("PGA-1001", "there are deadlines of a case that is not there"),
    ]
    clock.set(date(2026, 12, 1))
    problem = raised(stored.sweep, StorageDamaged)
    assert problem.message == "Something is due of PGA-0001, and there is no such partner."
    assert stored.case(ref).state == "annual_review"
    change(database, "DELETE FROM csp_deadline WHERE pga = 'PGA-0001'")
    problem = raised(stored.sweep, StorageDamaged)
    assert problem.message == "Something is due of case number 7 of PGA-1001, and there is no such case."


def test_a_journal_whose_partner_is_gone_is_found(copy: Path, judge: Judge) -> None:
    audit = tampered(copy, judge, "DELETE FROM csp_partner WHERE pga = 'PGA-1003'")
    assert [(item.partner, item.problem) for item in audit.misfits] == [
        ("PGA-1003", "there are rows of it, and it is no partner")
    ]


# ------------------------------------------------------------------------------------------------ anchors


END = "SELECT hash FROM csp_journal AS entry WHERE entry.pga = csp_partner.pga AND seq = 3"
CUT_OFF = (  # the newest entry with all that it made, and the partner as it was before
    "DELETE FROM csp_command WHERE pga = 'PGA-1004'",
    "DELETE FROM csp_case WHERE pga = 'PGA-1004' AND number = 2",
    "UPDATE csp_case SET is_latest = 1 WHERE pga = 'PGA-1004'",
    "DELETE FROM csp_journal WHERE pga = 'PGA-1004' AND seq = 4",
    f"UPDATE csp_partner SET last_seq = 3, revision = 3, head = ({END}) WHERE pga = 'PGA-1004'",
)


def test_a_journal_that_was_cut_off_is_found_against_an_anchor_and_only_so(
    copy: Path, judge: Judge, tmp_path: Path
) -> None:
    anchor = tmp_path / "anchor.txt"
    with opened(copy, judge) as workflow:
        assert workflow.anchor(anchor) == 5
        assert workflow.verify(anchor=anchor).holds
    assert tampered(copy, judge, *CUT_OFF).holds
    with opened(copy, judge) as workflow:
        audit = workflow.verify(anchor=anchor)
    assert [(item.entry, item.problem) for item in audit.misfits] == [
        ("PGA-1004#4", "the anchor holds this entry, and the journal ends before it")
    ]


def test_a_partner_that_was_taken_out_whole_is_found_against_an_anchor(
    copy: Path, judge: Judge, tmp_path: Path
) -> None:
    anchor = tmp_path / "anchor.txt"
    with opened(copy, judge) as workflow:
        workflow.anchor(anchor)
    tables = [table for table, column in columns(copy) if column == "pga"]
    with closing(sqlite3.connect(copy)) as connection:
        for table in tables:
            connection.execute(f"DELETE FROM {table} WHERE pga = 'PGA-1002'")
        connection.commit()
    with opened(copy, judge) as workflow:
        assert workflow.verify().holds
        assert [item.partner for item in workflow.verify(anchor=anchor).misfits] == ["PGA-1002"]


def test_what_happens_after_an_anchor_does_not_break_it(stored: HostWorkflow, tmp_path: Path) -> None:
    ref = ready(stored)
    stored.anchor(tmp_path / "anchor.txt")
    walk(stored, ref)
    assert stored.verify(anchor=tmp_path / "anchor.txt").holds


def test_a_history_that_was_written_anew_is_found_against_an_anchor(copy: Path, judge: Judge, tmp_path: Path) -> None:
    anchor = tmp_path / "anchor.txt"
    with opened(copy, judge) as workflow:
        workflow.anchor(anchor)
    assert tampered(copy, judge, *CUT_OFF).holds
    with opened(copy, judge) as workflow:
        workflow.edit_partner("PGA-1004", name="Wingtip Toys", actor=OTTO)
        assert workflow.verify().holds
        misfits = workflow.verify(anchor=anchor).misfits
    assert [(item.entry, item.problem) for item in misfits] == [
        ("PGA-1004#4", "it is not the entry that the anchor holds")
    ]


def broken_anchors(whole: str) -> Iterator[tuple[str, str]]:
    """Anchors that are none, each with a word of what is said of it."""
    lines = whole.splitlines(keepends=True)
    yield "", "is no anchor"
    yield "pga;seq\n", "is no anchor"
    yield "".join(lines[:-1]), "is cut off"
    yield "".join(lines[:-2] + lines[-1:]), "was changed or cut off"
    yield whole.replace("PGA-1002", "PGA-1005"), "was changed or cut off"
    yield whole.replace("PGA-1002", "PGA*1002"), "no end of a journal"
    yield whole.replace(" 4 ", " four "), "no end of a journal"
    yield whole.replace("PGA-1002", "PGÄ-1002"), "cannot be read"


def test_an_anchor_that_is_not_whole_is_refused(copy: Path, judge: Judge, tmp_path: Path) -> None:
    anchor = tmp_path / "anchor.txt"
    with opened(copy, judge) as workflow:
        workflow.anchor(anchor)
        whole = anchor.read_text(encoding="ascii")
        for text, word in broken_anchors(whole):
            anchor.write_text(text, encoding="utf-8")
            problem = raised(lambda: workflow.verify(anchor=anchor), BadAnchor)
            assert word in problem.message, text
        problem = raised(lambda: workflow.verify(anchor=tmp_path / "none.txt"), BadAnchor)
        assert "No such file" in problem.message
        problem = raised(lambda: workflow.verify(anchor=""), BadAnchor)
        assert "cannot be read" in problem.message, "an anchor without a name is one that was asked for"


def test_an_anchor_that_could_not_be_written_to_its_end_is_not_left_there(tmp_path: Path) -> None:
    def ends() -> Iterator[Anchored]:
        yield Anchored("PGA-1001", 3, "0" * 64)
        raise StorageUnavailable("The server has gone away.")

    with pytest.raises(StorageUnavailable):
        write(tmp_path / "anchor.txt", ends(), datetime(2026, 1, 1, tzinfo=UTC))
    assert list(tmp_path.iterdir()) == []


def test_an_anchor_is_not_written_over(copy: Path, judge: Judge, tmp_path: Path) -> None:
    anchor = tmp_path / "anchor.txt"
    anchor.write_text("mine", encoding="utf-8")
    with opened(copy, judge) as workflow:
        assert "exists already" in raised(lambda: workflow.anchor(anchor), BadAnchor).message
        assert "cannot be written" in raised(lambda: workflow.anchor(tmp_path / "no" / "a.txt"), BadAnchor).message
    assert anchor.read_text(encoding="utf-8") == "mine"
