"""`board`, `due` and `refusals`: all cases at a glance."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.keyboard import ANNA, OTTO, PGA, REF, RITA, Said, quiet, ready, typed

OTHER = "PGA-1002"
ON, LATER = "2025-10-06", "2026-10-09"


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    quiet(monkeypatch, tmp_path)


@pytest.fixture
def db(tmp_path: Path) -> str:
    """A partner that waits for a year since it was declined, and one that was refused twice."""
    db = ready(tmp_path / "partners.db", PGA, OTHER)
    for words in (
        ["--as", ANNA, "step", REF, "apply"],
        ["--as", RITA, "step", REF, "decline", "reason=No figures."],
        ["--as", OTTO, "record", OTHER, "membership", "status=lapsed"],
    ):
        assert asked(db, ON, *words).code == 0
    for _ in range(2):
        assert asked(db, ON, "--as", ANNA, "step", f"{OTHER}/europe", "apply").code == 3
    return db


def asked(db: str, at: str, *words: str) -> Said:
    return typed("--db", db, "--json", "--at", at, *words)


def told(db: str, at: str, *words: str) -> str:
    said = typed("--db", db, "--at", at, "--lang", "en", *words)
    assert (said.code, said.err) == (0, "")
    return said.out


def test_the_board_counts_states_and_turns_and_shows_a_page_of_cases(db: str) -> None:
    found = asked(db, ON, "board", "--limit", "1").json
    assert list(found) == ["as_of", "states", "turns", "cases"]
    assert found["as_of"] == ON
    assert {state: number for state, number in found["states"].items() if number} == {"indirect_tenure": 2}
    assert [case["ref"] for case in found["cases"]] == [REF]
    assert asked(db, ON, "board", "--after", REF).json["cases"][0]["ref"] == f"{OTHER}/europe"


def test_people_read_whose_turn_it_is(db: str) -> None:
    assert "It is the turn of nobody." in told(db, ON, "board")
    assert asked(db, ON, "case", "open", OTHER, "japan", "--lifecycle", "indirect_reseller").code == 0
    shown = told(db, ON, "board")
    assert "3 cases on 2025-10-06" in shown
    assert "It is the turn of the partner in 1." in shown
    assert f"{OTHER}/japan/indirect_reseller" in shown


def test_an_empty_board_says_so(tmp_path: Path) -> None:
    assert told(f"sqlite:///{tmp_path}/none.db", ON, "board") == "0 cases on 2025-10-06\n"


def test_what_is_due_has_the_shape_that_others_read(db: str) -> None:
    assert asked(db, ON, "due").json == []
    late = {"ref": REF, "kind": "cooldown_ends", "due_on": "2026-10-06", "late_days": 3}
    assert asked(db, LATER, "due").json == [late]
    assert asked(db, ON, "due", "--by", "2026-10-06").json == [{**late, "late_days": 0}]
    assert asked(db, ON, "due", "--by", "2026-10-05").json == []
    assert asked(db, LATER, "due", "--after", f"2026-10-06/{REF}/cooldown_ends").json == []


def test_people_read_what_is_due_and_where_the_next_page_begins(db: str) -> None:
    assert told(db, ON, "due") == "Nothing is due.\n"
    shown = told(db, LATER, "due", "--limit", "1")
    assert "3 days" in shown
    assert f"--after 2026-10-06/{REF}/cooldown_ends" in shown
    assert "--after" not in told(db, LATER, "due", "--limit", "2")


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (["due", "--by", "soon"], 2, "bad_payload"),
        (["due", "--after", REF], 2, "bad_reference"),
        (["due", "--after", "2026-10-06/PGA-9/europe/cooldown_ends"], 4, "unknown_partner"),
        (["refusals", "--since", "2025-10-07", "--until", "2025-10-06"], 2, "bad_payload"),
    ],
)
def test_what_cannot_be_answered_is_refused(db: str, words: list[str], code: int, error: str) -> None:
    said = asked(db, ON, *words)
    assert (said.code, said.json["error"]["code"]) == (code, error)


def test_refusals_are_counted_for_a_period(db: str) -> None:
    found = asked(db, ON, "refusals", "--since", ON).json
    assert found == {"since": ON, "until": None, "refusals": {"membership.active": 2}}
    assert asked(db, ON, "refusals", "--until", "2025-10-05").json["refusals"] == {}
    assert "membership.active   2" in told(db, ON, "refusals")
    assert told(db, ON, "refusals", "--since", "2025-10-07") == "Nothing was refused.\n"
