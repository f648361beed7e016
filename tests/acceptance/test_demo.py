"""`demo`: the whole programme on a database that is left behind, and nothing in it that is written by hand."""

from __future__ import annotations

import re
import shlex
import sqlite3
from pathlib import Path

import pytest

from csp_workflow import open_workflow
from csp_workflow.console import story
from tests.acceptance.keyboard import Said, address, quiet, typed, typed_outside

DATABASE = "csp-workflow-demo.db"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Said]:
    folder = tmp_path_factory.mktemp("demo")
    return folder, typed_outside(folder, "demo")


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch, told: tuple[Path, Said]) -> None:
    quiet(monkeypatch, told[0])


def test_the_demo_succeeds_and_leaves_its_database_behind(told: tuple[Path, Said]) -> None:
    folder, said = told
    assert (said.code, said.err) == (0, "")
    assert (folder / DATABASE).exists()
    assert "\x1b" not in said.out
    assert max(map(len, said.out.partition("look around")[0].splitlines())) <= 80


def test_every_refusal_that_is_printed_stands_in_the_history(told: tuple[Path, Said]) -> None:
    folder, said = told
    with open_workflow(address(folder / DATABASE)) as workflow:
        entries = [entry for partner in workflow.partners() for entry in workflow.history(partner.pga)]
    refused = {(f"{entry.at.date()}", entry.seq): entry for entry in entries if entry.kind == "refused"}
    printed = re.findall(r"^(\S+) +#(\d+) Refused: ", said.out, re.MULTILINE)
    assert {(day, int(seq)) for day, seq in printed} == set(refused)
    rules = re.findall(r"^ +not met ([a-z_.]+):", said.out, re.MULTILINE)
    assert rules == [finding.rule for entry in refused.values() for finding in entry.findings]
    flat = " ".join(said.out.split())
    for entry in refused.values():
        for finding in entry.findings:
            assert finding.statement in flat
            assert finding.fix in flat
            assert finding.earliest is None or f"Not before {finding.earliest}" in flat


def test_the_story_has_every_turn_that_it_promises(told: tuple[Path, Said]) -> None:
    played = typed_outside(told[0], "--json", "demo").json
    first, second = ([event["entry"] for event in part["events"] if "entry" in event] for part in played["partners"])
    refusals = [[finding["rule"] for finding in entry["findings"]] for entry in first if entry["kind"] == "refused"]
    assert refusals == [["tenure.months"], ["window.open"], ["order.purchase_support_plan"]]
    too_early = next(entry for entry in first if entry["kind"] == "refused")
    assert too_early["findings"][0]["earliest"] == "2025-06-15"
    reached = [entry["to"] for entry in first if entry["kind"] in {"transition", "deadline"}]
    assert reached[-3:] == ["active", "active", "annual_review"]
    walked = [entry["to"] for entry in second if entry["kind"] in {"transition", "deadline"}]
    assert walked[-3:] == ["deauthorized", "indirect_tenure", "application"]
    lists = [
        event["requirements"] for part in played["partners"] for event in part["events"] if "requirements" in event
    ]
    assert len(lists) == 4
    assert all(any(found[name] for name in ("due_now", "due_later", "waiting_on_vendor")) for found in lists)


def test_titles_of_the_documents_are_printed(told: tuple[Path, Said]) -> None:
    flat = " ".join(told[1].out.split())
    assert "direct-bill-300k: Požadavky na registraci jako partnera CSP s přímým vyúčtováním" in flat


def test_the_demo_says_the_same_in_another_language(tmp_path: Path) -> None:
    said = typed("--db", address(tmp_path / "demo.db"), "--lang", "de", "demo")
    assert (said.code, said.err) == (0, "")
    assert "Jetzt fällig" in said.out
    assert len(re.findall(r"^\S+ +#\d+ Refused: ", said.out, re.MULTILINE)) == 4


def test_what_to_type_next_works(told: tuple[Path, Said]) -> None:
    commands = re.findall(r"^  csp-workflow (.+)$", told[1].out.partition("look around")[2], re.MULTILINE)
    assert len(commands) == 4
    for command in commands:
        said = typed(*shlex.split(command))
        assert (said.code, said.err) == (0, "")
        assert "DEMO-100" in said.out


def test_the_demo_replaces_its_own_file_and_nobody_elses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert story.tell(None, None).to_dict() | {"partners": []} == story.tell(None, None).to_dict() | {"partners": []}
    assert typed("--db", f"sqlite:///{DATABASE}", "partner", "add", "PGA-1", "--name", "N", "--country", "DE").code == 0
    before = Path(DATABASE).read_bytes()
    assert typed("demo").code == 5
    assert Path(DATABASE).read_bytes() == before
    for name, make in (("other.db", real_data), ("text.db", text), ("empty.db", nothing)):
        file = tmp_path / name
        make(file)
        before = file.read_bytes()
        said = typed("--json", "--db", address(file), "demo")
        assert (said.code, said.json["error"]["code"]) == (5, "duplicate_database")
        assert file.read_bytes() == before


@pytest.mark.parametrize(
    "target", ["memory:", "sqlite://", "sqlite:///:memory:", "postgresql://h/d", "sqlite:///a?b=c"]
)
def test_the_demo_needs_a_file_to_leave_behind(target: str) -> None:
    said = typed("--db", target, "demo")
    assert (said.code, said.err.count("\n")) == (2, 1)


def test_a_demo_that_cannot_write_says_so(tmp_path: Path) -> None:
    said = typed("--db", address(tmp_path / "nowhere" / "demo.db"), "demo")
    assert (said.code, said.err.count("\n")) == (6, 1)
    assert typed("--db", address(tmp_path), "demo").code == 5


def real_data(file: Path) -> None:
    with open_workflow(address(file)) as workflow:
        workflow.register_partner("PGA-1", name="Fabrikam", country="DE")


def text(file: Path) -> None:
    file.write_text("Dear diary")


def nothing(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE mine (id)")
    connection.close()
