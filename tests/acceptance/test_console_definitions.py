"""`definition list`, `diff` and `migrate` as they are typed, and the line that every command says before."""

from __future__ import annotations

import json
import logging
import re
import signal
import sqlite3
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from csp_workflow import open_workflow
from tests.acceptance.keyboard import address, on_a_terminal, quiet, ready, typed, typed_outside
from tests.integration.definitions import GONE, NEW, with_a_policy_renamed, with_a_state_renamed
from tests.integration.test_new_definitions import with_a_policy_more

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.acceptance.keyboard import Said

STRANDED = (
    "The definition no longer knows direct_bill/application, and there are cases there: "
    "csp-workflow definition diff says how many.\n"
)
UNUSED = (
    "This database was not used with this definition before: "
    "csp-workflow definition diff says what it changes for live cases.\n"
)
MOVE = ["definition", "migrate", "--state", f"direct_bill/{GONE}={NEW}"]


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder of one's own, and a screen on which a sentence stands on one line."""
    quiet(monkeypatch, tmp_path)
    monkeypatch.setenv("COLUMNS", "400")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with a partner that has applied, and one that has not."""
    file = tmp_path / "partners.db"
    ready(file, "PGA-1001", "PGA-1002")
    apply = ["--as", "anna:global_admin", "--at", "2025-10-06", "step", "PGA-1001/europe", "apply"]
    assert typed("--db", address(file), *apply).code == 0
    return file


@pytest.fixture
def states(tmp_path: Path) -> Path:
    """Definitions that call the state of the first one otherwise."""
    return with_a_state_renamed(tmp_path)


def said(file: Path, states: Path, *words: str) -> Said:
    """What a command says by other definitions."""
    return typed("--db", address(file), "--states", str(states), *words)


def document(answer: Said) -> dict[str, Any]:
    """The document on standard output, whatever stands on standard error."""
    found: dict[str, Any] = json.loads(answer.out)
    return found


def test_every_command_says_that_cases_are_stranded_beside_its_answer(file: Path, states: Path) -> None:
    for _again in range(2):
        listed = said(file, states, "case", "list")
        assert (listed.code, listed.err) == (0, STRANDED)
        assert "PGA-1001/europe" in listed.out
    as_json = said(file, states, "--json", "case", "list")
    assert (as_json.err, [case["state"] for case in document(as_json)["cases"]]) == (
        STRANDED,
        [GONE, "indirect_tenure"],
    )
    refused = said(file, states, "--json", "case", "show", "PGA-1001/europe")
    assert (refused.code, refused.err, document(refused)["error"]["code"]) == (6, STRANDED, "case_stranded")
    assert document(refused)["error"]["gone"] == {"state": GONE}
    assert typed("--db", address(file), "case", "list").err == ""


def test_a_definition_is_new_until_it_has_judged(file: Path, tmp_path: Path) -> None:
    states = with_a_policy_more(tmp_path)
    note = ["--as", "otto:operator", "note", "PGA-1001/europe", "x"]
    assert [said(file, states, *words).err for words in (["board"], ["case", "list"])][1] == UNUSED
    assert said(file, states, *note).err == UNUSED
    assert said(file, states, *note).err == ""


def test_nothing_of_ours_stays_with_the_logger(file: Path, states: Path) -> None:
    said(file, states, "case", "list")
    assert logging.getLogger("csp_workflow").handlers == []


def test_a_list_of_definitions_marks_the_one_that_judges(file: Path, states: Path) -> None:
    known = typed("--db", address(file), "definition", "list")
    assert (known.code, known.err) == (0, "")
    assert known.out.count("judges now") == 1
    assert known.out.count("whole") == 1
    other = said(file, states, "definition", "list")
    assert "judges now" not in other.out.partition("The definition")[0]
    assert "was not used here yet" in other.out
    known_to_all = document(said(file, states, "--json", "definition", "list"))
    (one,) = known_to_all["definitions"]
    assert one["sha256"][:12] in known.out
    assert (one["is_kept"], one["is_current"]) == (True, False)
    assert known_to_all["current"][:12] in other.out


def test_a_list_of_nothing_says_what_judges(tmp_path: Path) -> None:
    empty = typed("--db", address(tmp_path / "none.db"), "definition", "list")
    assert (empty.code, empty.out.endswith("was not used here yet.\n")) == (0, True)
    assert not (tmp_path / "none.db").exists()


def test_a_diff_names_the_stranded_first_and_then_every_change_with_its_cases(file: Path, states: Path) -> None:
    found = said(file, states, "definition", "diff")
    assert found.code == 0
    lines = [line.strip() for line in found.out.splitlines()]
    assert lines[1].startswith("Stranded: ")
    assert lines[2] == "state direct_bill/application  1 case"
    assert "state application removed  1 live case" in lines
    assert "state submitted added  0 live cases" in lines
    assert lines[lines.index("trigger apply changed  1 live case") + 1] == (
        "moves.indirect_tenure  application → submitted"
    )


def test_a_diff_says_the_same_in_json(file: Path, states: Path) -> None:
    found = document(said(file, states, "--json", "definition", "diff"))
    stranded = {"kind": "state", "lifecycle": "direct_bill", "name": GONE, "cases": 1}
    assert found["stranded"] == [stranded]
    moves = {"key": "moves.indirect_tenure", "before": GONE, "after": NEW}
    (apply,) = [one for one in found["changes"] if one["name"] == "apply"]
    assert apply == {
        "kind": "trigger",
        "lifecycle": "direct_bill",
        "name": "apply",
        "what": "changed",
        "cases": 1,
        "values": [moves],
    }
    again = said(file, states, "--json", "definition", "diff", found["before"][:10], found["after"][:10])
    assert document(again) == found


def test_where_there_is_no_other_definition_a_diff_says_so(file: Path) -> None:
    found = typed("--db", address(file), "definition", "diff")
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith("This database was used with no other definition than ")


def test_a_definition_that_nobody_knows_is_not_found(file: Path) -> None:
    for words in (["f00"], ["f00", "ba4"], [""]):
        found = typed("--db", address(file), "definition", "diff", *words)
        assert (found.code, found.out) == (4, "")
        assert found.err.endswith("list them with: definition list.\n")


def test_a_migration_is_rehearsed_done_and_done(file: Path, states: Path) -> None:
    rehearsed = said(file, states, *MOVE)
    assert (rehearsed.code, rehearsed.err) == (0, STRANDED)
    assert rehearsed.out.splitlines() == [
        "state direct_bill/application → submitted: 1 case would move",
        "  PGA-1001/europe  its deadlines stay",
        "Nothing was written: --yes does it.",
    ]
    done = said(file, states, "--as", "otto:operator", *MOVE, "--yes")
    assert (done.code, done.out.splitlines()[0]) == (0, "state direct_bill/application → submitted: 1 case moved")
    assert "--yes" not in done.out
    again = said(file, states, "--as", "otto:operator", "--json", *MOVE, "--yes")
    assert (again.code, again.err, document(again)["cases"], document(again)["dry_run"]) == (0, "", 0, False)
    history = said(file, states, "history", "PGA-1001/europe").out
    assert "Migrated: Application → " in history
    assert said(file, states, "verify").code == 0
    entry = document(said(file, states, "--json", "history", "PGA-1001/europe"))["entries"][-1]
    assert (entry["kind"], entry["from"], entry["to"], entry["actor"]) == ("migrated", GONE, NEW, "otto")


def test_a_migration_says_in_json_what_becomes_of_the_first_cases(file: Path, tmp_path: Path) -> None:
    states = with_a_policy_renamed(tmp_path)
    words = ["definition", "migrate", "--policy", "2025-10=2025-10b"]
    (place,) = document(said(file, states, "--json", *words))["places"]
    assert place == {
        "kind": "policy",
        "lifecycle": None,
        "from": "2025-10",
        "to": "2025-10b",
        "cases": 1,
        "left": 0,
        "first": [
            {
                "ref": "PGA-1001/europe",
                "from": GONE,
                "to": GONE,
                "policy": {"from": "2025-10", "to": "2025-10b"},
                "deadlines": {"from": [], "to": []},
            }
        ],
    }
    assert "PGA-1001/europe  policy 2025-10b" in said(file, states, *words).out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "name a state or a policy"),
        (["--state", "application"], "--state 'application' is not understood: write LIFECYCLE/OLD=NEW."),
        (["--state", "=submitted"], "write LIFECYCLE/OLD=NEW."),
        (["--state", "application="], "write LIFECYCLE/OLD=NEW."),
        (["--policy", "2025-10"], "--policy '2025-10' is not understood: write OLD=NEW."),
        (["--state", "a=b", "--state", "a=c"], "--state gives 'a' twice"),
        (["--state", "a=b", "--state", "direct_bill/a=c"], "--state gives 'direct_bill/a' twice"),
        (["--policy", "a=b", "--policy", "a=b"], "--policy gives 'a' twice"),
        (["--state", "application=nowhere"], "There is no state 'nowhere'"),
        (["--state", "aplication=submitted"], "There is no state 'aplication'; did you mean 'application'?"),
        (["--state", "active=submitted"], "direct_bill/active is there"),
        (["--state", "nothing/application=submitted"], "There is no lifecycle 'nothing'"),
        (["--state", "a/b/c=submitted"], "There is no lifecycle 'a'"),
        (["--policy", "2025-10=2025-05"], "2025-10 is there"),
        (["--state", "application=submitted", "--yes"], "Say who acts"),
    ],
)
def test_nonsense_is_told_and_nothing_is_done(file: Path, states: Path, words: list[str], sentence: str) -> None:
    before = file.read_bytes()
    told = said(file, states, "definition", "migrate", *words)
    assert (told.code, told.out) == (2, "")
    assert sentence in told.err
    assert len(told.err.replace(STRANDED, "").splitlines()) == 1
    assert file.read_bytes() == before


def test_from_outside_the_warning_is_one_line_on_standard_error(file: Path, states: Path, tmp_path: Path) -> None:
    told = typed_outside(tmp_path, "--db", address(file), "--states", str(states), "--json", "definition", "diff")
    assert (told.code, told.err) == (0, STRANDED)
    assert document(told)["stranded"][0]["cases"] == 1


@pytest.mark.skipif(sys.platform == "win32", reason="signals and pseudo-terminals are for POSIX")
def test_a_migration_shows_how_far_it_is_and_is_broken_off_between_two_batches(
    file: Path, states: Path, tmp_path: Path
) -> None:
    with open_workflow(address(file)) as workflow:
        for number in range(2001, 2101):
            workflow.register_partner(f"PGA-{number}", name="Fabrikam GmbH", country="DE")
            workflow.open_case(f"PGA-{number}", region="europe")
    words = ["--db", address(file), "--states", str(states), "--as", "otto:operator", *MOVE, "--yes"]
    with closing(sqlite3.connect(file)) as other:
        other.execute(f"UPDATE csp_case SET state = '{GONE}'")
        other.commit()
        other.execute("BEGIN IMMEDIATE")  # the first batch waits

        def interrupt(running: subprocess.Popen[bytes], shown: bytes) -> None:
            if b"Migrating" in shown and other.in_transaction:
                running.send_signal(signal.SIGINT)
                other.rollback()

        code, shown = on_a_terminal(tmp_path, *words, watched=interrupt)
    assert code == 130
    plain = " ".join(re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown).split())
    assert "━" in plain
    assert plain.endswith("Broken off: what is counted here is moved, and the same command again moves the rest.")


@pytest.mark.skipif(sys.platform == "win32", reason="signals and pseudo-terminals are for POSIX")
def test_on_a_terminal_the_warning_stands_in_lines_of_whole_words(file: Path, states: Path, tmp_path: Path) -> None:
    _code, shown = on_a_terminal(tmp_path, "--db", address(file), "--states", str(states), "definition", "list")
    assert shown.splitlines()[:2] == [
        "The definition no longer knows direct_bill/application, and there are cases",
        "there: csp-workflow definition diff says how many.",
    ]
