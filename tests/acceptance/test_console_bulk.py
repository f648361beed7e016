"""`partner import`, `record-import` and `export`, as they are typed."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csp_workflow.bulk.importing import AT_ONCE
from csp_workflow.catalogue import packaged
from tests.acceptance.keyboard import (
    ANNA,
    AT,
    OTTO,
    PGA,
    REF,
    Said,
    address,
    into_a_closed_pipe,
    on_a_terminal,
    quiet,
    quiet_environment,
    ready,
    typed,
    typed_outside,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals and pseudo-terminals are for POSIX")
PARTNERS = "pga,name,country\nPGA-1,Tailspin,DE\nPGA 2,Contoso,DE\nPGA-3,Wingtip,IT\n"
MANY = 300_000
IMPORT = ("record-import", "lines.csv", "--fact", "revenue")
LINES = "pga,booked_on,amount\n" + f"{PGA},2025-10-01,5.00\n" * 3


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    quiet(monkeypatch, tmp_path)


@pytest.fixture
def db(tmp_path: Path) -> str:
    return ready(tmp_path / "partners.db")


def asked(db: str, *words: str) -> Said:
    return typed("--db", db, "--json", "--at", AT, *words)


def exported(db: str, *words: str) -> Said:
    return typed("--db", db, "--json", "export", *words)


def file(content: str | bytes, name: str = "in.csv") -> str:
    Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
    return name


def test_partners_are_imported_and_what_is_rejected_is_told_and_set_aside(db: str) -> None:
    said = asked(db, "partner", "import", file(PARTNERS))
    assert said.code == 2
    problem = {
        "line": 3,
        "column": "pga",
        "code": "bad_partner",
        "reason": "'PGA 2' is not a key; use 1 to 64 letters, digits, dots, dashes or underlines.",
    }
    assert said.json == {
        "file": "in.csv",
        "rows": 3,
        "added": 2,
        "already_there": 0,
        "rejected": 1,
        "reject_file": "in.rejected.csv",
        "dry_run": False,
        "finished": True,
        "changed": False,
        "problems": [problem],
        "problems_left_off": 0,
    }
    assert asked(db, "partner", "import", file(PARTNERS.replace("PGA 2", "PGA-2"))).json["added"] == 1
    again = asked(db, "partner", "import", "in.csv")
    assert (again.code, again.json["already_there"]) == (0, 3)


def test_people_read_what_came_of_it(db: str) -> None:
    said = typed("--db", db, "--at", AT, "partner", "import", file(PARTNERS))
    assert said.err == ""
    assert " ".join(said.out.split()[4:10]) == "3 pga 'PGA 2' is not"
    assert said.out.endswith(
        "in.csv: 3 rows: 2 added, 0 there already, 1 rejected.\n"
        "The rejected rows are in in.rejected.csv: mend them there, and import that file.\n"
    )
    rehearsed = typed("--db", db, "--at", AT, "partner", "import", "in.csv", "--dry-run").out
    assert (
        "in.csv: 3 rows: 0 would be added, 2 there already, 1 rejected; a dry run:\nnothing was written." in rehearsed
    )


def test_twenty_problems_are_shown_and_the_others_counted(db: str) -> None:
    said = typed("--db", db, "--at", AT, "partner", "import", file("pga,name,country\n" + "PGA 1,N,DE\n" * 30))
    assert said.out.count("is not a key") == 20
    assert "And 10 more in in.rejected.csv." in said.out


def test_facts_are_imported_with_their_options(db: str) -> None:
    revenue = file("pga;booked_on;amount\n" + f"{PGA};2025-10-01;1.234,50\n")
    words = ["--as", OTTO, "record-import", revenue, "--fact", "revenue", "--decimal", ","]
    assert asked(db, *words, "--dry-run").json["added"] == 1
    said = asked(db, *words)
    assert (said.code, said.json["added"]) == (0, 1)
    assert asked(db, *words).json["already_there"] == 1
    amounts = [item["fields"]["amount"] for item in asked(db, "export", "facts", "--fact", "revenue").json["facts"]]
    assert amounts == ["1000000.00", "1234.50"]


def test_a_rule_that_refuses_a_row_speaks_the_language_that_was_asked_for(db: str) -> None:
    file(LINES)
    words = ["--as", "system", "record-import", "in.csv", "--fact", "revenue"]
    for language, word in (("de", "Rollen"), ("it", "ruoli"), ("cs", "rol"), ("en", "roles")):
        reason = asked(db, "--lang", language, *words, "--rejects", f"{language}.csv").json["problems"][0]["reason"]
        assert reason.startswith("refused by actor.role: ")
        assert word in reason
        assert reason in Path(f"{language}.csv").read_text(encoding="utf-8")
        assert asked(db, "--lang", language, *words, "--dry-run").json["problems"][0]["reason"] == reason
    refused = asked(db, "--lang", "xx", *words)
    assert (refused.code, refused.json["error"]["code"]) == (2, "unknown_language")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["record-import", "in.csv", "--fact", "revenue"], "Say who acts"),
        (["--as", OTTO, "record-import", "in.csv", "--fact", "fame"], "There is no fact 'fame'"),
        (["--as", OTTO, "record-import", "in.csv", "--fact", "revenue", "--decimal", ";"], "'--decimal'"),
        (["--as", OTTO, "record-import", "in.csv"], "in.csv: the column fact is missing"),
        (["--as", OTTO, "record-import", "none.csv"], "none.csv: there is no such file."),
        (["partner", "import", "in.csv"], "in.csv: there is no column 'booked_on'"),
        (["partner", "import", "in.csv", "--rejects", "in.csv"], "in.csv: there is no column"),
        (["export", "fame"], "'fame' is not one of"),
        (["export", "cases", "--fact", "revenue"], "--fact is for facts, not for cases."),
        (["--at", AT, "export", "partners"], "--at is for cases, facts and history, not for partners"),
        (["export", "partners", REF], "PGA-1001/europe is a case: name a partner."),
        (["export", "partners", "--output", "in.csv"], "in.csv: is there already: take another name, or --force."),
        (["export", "partners", "--output", "no/in.csv"], "no/in.csv: there is no such folder."),
        (["export", "partners", "--delimiter", "x"], "'--delimiter'"),
    ],
)
def test_what_cannot_be_done_at_all_is_said_and_makes_no_database(
    tmp_path: Path, words: list[str], problem: str
) -> None:
    file(LINES)
    said = typed(*words)
    assert (said.code, said.out) == (2, "")
    assert problem in said.err
    assert said.err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv"]


def test_a_dry_run_makes_no_database(tmp_path: Path) -> None:
    assert typed("partner", "import", file(PARTNERS), "--dry-run").code == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv"]


def test_an_act_in_the_future_and_an_unknown_role_bring_nothing(db: str) -> None:
    file(LINES)
    for words, code in ((["--at", "2999-01-01", "--as", OTTO], "in_the_future"), (["--as", "x:boss"], "unknown_role")):
        said = typed("--db", db, "--json", *words, "record-import", "in.csv", "--fact", "revenue")
        assert (said.code, said.json["error"]["code"]) == (2, code)


def test_a_database_that_cannot_be_used_is_told_as_always(tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    said = typed("--db", address(tmp_path / "folder.db"), "--json", "partner", "import", file(PARTNERS))
    assert (said.code, said.json["error"]["code"]) == (6, "storage_unavailable")
    exported = typed("--db", address(tmp_path / "folder.db"), "--json", "export", "partners")
    assert (exported.code, exported.json["error"]["code"]) == (6, "storage_unavailable")


# ------------------------------------------------------------------------------------------------------------ exports


@pytest.mark.parametrize(
    ("what", "columns"),
    [
        ("partners", "pga name country email language manager #revision"),
        ("cases", "ref partner region lifecycle tenant state version policy"),
        ("facts", "subject fact effective_on document first_transaction_on"),
        ("history", "entry at actor role kind ref trigger from to policy"),
    ],
)
def test_everything_goes_out_as_csv_or_json(db: str, what: str, columns: str) -> None:
    said = typed("--db", db, "export", what)
    assert (said.code, said.err) == (0, "")
    rows = list(csv.DictReader(io.StringIO(said.out, newline="")))
    assert list(rows[0])[: len(columns.split())] == columns.split()
    for words in (["--json"], ["export", what, "--format", "json"]):
        document = typed("--db", db, *words, *(["export", what] if words == ["--json"] else [])).json
        assert len(document["entries" if what == "history" else what]) == len(rows)
    assert exported(db, what, PGA).code == 0
    assert exported(db, what, "PGA-9").json["error"]["code"] == "unknown_partner"


def test_an_export_is_written_to_a_file_and_imported_from_it(db: str, tmp_path: Path) -> None:
    written = exported(db, "partners", "--format", "csv", "--output", "out.csv", "--delimiter", ";", "--bom")
    assert written.json == {"file": "out.csv", "name": "partners", "written": 1}
    assert Path("out.csv").read_bytes().startswith(b"\xef\xbb\xbfpga;name;")
    assert exported(db, "partners", "--output", "out.csv").json["error"]["code"] == "bad_file"
    other = address(tmp_path / "other.db")
    assert asked(other, "partner", "import", "out.csv").json["added"] == 1
    theirs, ours = (asked(one, "partner", "show", PGA).json for one in (other, db))
    assert theirs == ours | {"revision": 1}
    read = typed("--db", db, "export", "facts", PGA, "--output", "out.csv", "--force")
    assert read.out == "8 facts written to out.csv.\n"
    imported = asked(other, "--as", OTTO, "record-import", "out.csv")
    assert imported.json["added"] == 8
    assert json.loads(Path(file(typed("--db", db, "--json", "export", "cases").out, "c.json")).read_text())["cases"]


def test_an_export_of_an_earlier_day_shows_cases_and_histories_as_they_were(db: str) -> None:
    assert typed("--db", db, "--at", "2025-10-07", "--as", ANNA, "step", REF, "apply").code == 0
    states = [
        typed("--db", db, "--json", "--at", day, "export", "cases").json["cases"][0]["state"]
        for day in ("2025-10-06", "2025-10-07")
    ]
    assert states == ["indirect_tenure", "application"]
    assert "apply" not in typed("--db", db, "--at", "2025-10-06", "export", "history").out


NASTY = "Evil \x1b[31mred\x1b[0m\x7f\u202e \x07"


def test_a_name_reaches_a_pipe_as_it_is_and_a_terminal_harmlessly(db: str, tmp_path: Path) -> None:
    assert typed("--db", db, "partner", "add", "PGA-N", "--name", NASTY, "--country", "DE").code == 0
    assert NASTY in typed("--db", db, "export", "partners").out
    document = typed("--db", db, "--json", "export", "partners", "PGA-N")
    assert document.json["partners"][0]["name"] == NASTY
    for harmless in (document, typed("--db", db, "--json", "partner", "show", "PGA-N")):
        assert not any(letter in harmless.out for letter in "\x1b\x7f\x07\u202e")
    for encoding in ("utf-8", "ascii"):
        piped = typed_outside(tmp_path, "--db", db, "export", "partners", PYTHONUTF8="0", PYTHONIOENCODING=encoding)
        assert (piped.code, NASTY in piped.out) == (0, True)
    if sys.platform != "win32":
        shown = on_a_terminal(tmp_path, "--db", db, "export", "partners")[1]
        assert r"Evil \x1b[31mred" in shown
        assert "\x1b" not in shown


@POSIX
def test_a_reader_of_an_export_may_go_away(db: str, tmp_path: Path) -> None:
    done = into_a_closed_pipe(tmp_path, "--db", db, "export", "history")
    assert (done.returncode, done.stderr) == (0, b"")


def test_an_export_that_breaks_off_is_told_beside_what_was_written(db: str, tmp_path: Path) -> None:
    shutil.copytree(packaged(), tmp_path / "states")
    with (tmp_path / "states" / "facts.toml").open("a", encoding="utf-8") as known:
        known.write('\n[fame]\nfields = { name = "text!" }\ninformative = true\n')
    recorded = typed("--db", db, "--states", "states", "--as", OTTO, "record", PGA, "fame", "name=great")
    assert recorded.code == 0, recorded
    assert "great" in typed("--db", db, "--states", "states", "export", "facts").out
    said = typed("--db", db, "export", "facts")
    assert (said.code, said.out.count("\n")) == (6, 9)
    assert said.err.startswith("PGA-1001#11 holds the fact 'fame', which the definition does not know")
    assert typed("--db", db, "export", "facts", "--output", "out.csv").code == 6
    assert not Path("out.csv").exists()


# ------------------------------------------------------------------------------------------------- bars and Ctrl-C


def entries(db: str) -> int:
    """How many entries the journals hold."""
    with closing(sqlite3.connect(db.removeprefix("sqlite:///"))) as connection:
        return int(connection.execute("SELECT count(*) FROM csp_journal").fetchone()[0])


@POSIX
def test_a_terminal_shows_how_far_it_is_and_a_pipe_does_not(db: str, tmp_path: Path) -> None:
    rows = "".join(f"{PGA},2025-10-01,{number + 1}.00\n" for number in range(9_000))
    file("pga,booked_on,amount\n" + rows, "lines.csv")
    words = ["--db", db, "--as", OTTO, "record-import", "lines.csv", "--fact", "revenue"]
    piped = typed_outside(tmp_path, *words, "--dry-run")
    assert (piped.code, piped.err) == (0, "")
    code, shown = on_a_terminal(tmp_path, *words)
    assert code == 0
    assert "━" in shown
    assert "100%" in shown
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown)
    assert plain.rstrip().endswith("lines.csv: 9,000 rows: 9,000 added, 0 there already, 0 rejected.")


@contextmanager
def importing(db: str, folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """An import of far more rows than are read before one can do something to it; it has begun to write."""
    with (folder / "lines.csv").open("w", encoding="utf-8") as lines:
        lines.write("pga,booked_on,amount\n")
        lines.writelines(f"{PGA},2025-10-01,{number + 1}.00\n" for number in range(MANY))
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "csp_workflow", "--db", db, "--as", OTTO, *words, *IMPORT],
        cwd=folder,
        env=quiet_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as running:
        while entries(db) < 100:
            assert running.poll() is None
        yield running


@POSIX
@pytest.mark.parametrize("times", [1, 2])
def test_breaking_off_keeps_the_finished_chunks_and_says_so(db: str, tmp_path: Path, times: int) -> None:
    with importing(db, tmp_path, "--json") as running:
        for _ in range(times):
            running.send_signal(signal.SIGINT)
        out, err = running.communicate()
    said = Said(running.returncode, out, err)
    assert said.code == 130, said
    assert not said.json["finished"]
    assert said.json["added"] < MANY
    assert said.json["added"] % AT_ONCE == 0
    kept = len(typed("--db", db, "--json", "export", "facts", "--fact", "revenue").json["facts"])
    if times == 1:
        assert kept - 1 == said.json["added"] > 0, "the chunk that was begun is done, and it is counted"
    assert kept - 1 - said.json["added"] in {0, AT_ONCE}, "who is in a hurry may not be told of the last one"


@POSIX
def test_a_file_that_changes_while_it_is_read_is_told(db: str, tmp_path: Path) -> None:
    with importing(db, tmp_path) as running:
        (tmp_path / "lines.csv").write_text("pga,booked_on,amount\n", encoding="utf-8")
        out, err = running.communicate()
    assert (running.returncode, err) == (2, "")
    told = " ".join(out.split())
    assert "Not finished, for the file changed while it was read: what is counted here is kept;" in told
    found = re.search(r"lines\.csv: (\S+) rows: (\S+) added", told)
    assert found
    assert found[1] == found[2]
    added = int(found[1].replace(",", ""))
    assert 0 < added < MANY
    assert added % AT_ONCE == 0
    assert entries(db) >= added


# ------------------------------------------------------------------------------------------------- any bytes at all


CONTENT = st.binary(max_size=120) | st.text(st.sampled_from('PGA-1,;"\n\r\0é=DE2025.'), max_size=120).map(str.encode)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(header=st.sampled_from([b"", b"pga,name,country\n", b"subject,fact,status,line\n"]), content=CONTENT)
def test_whatever_a_file_holds_the_commands_answer_with_one_document(
    tmp_path_factory: pytest.TempPathFactory, header: bytes, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    path = folder / "f.csv"
    path.write_bytes(header + content)
    for words in (["partner", "import"], ["--as", OTTO, "record-import"]):
        said = typed("--db", "memory:", "--json", *words, str(path))
        assert said.code in {0, 2}
        assert set(said.json) in ({"error"}, set(said.json) | {"problems"})
        assert "unexpected" not in said.out
        for_people = typed("--db", "memory:", *words, str(path))
        assert for_people.code == said.code
        assert "Traceback" not in for_people.err
