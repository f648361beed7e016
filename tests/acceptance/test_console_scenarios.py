"""`scenario`: what holds, what does not, and what is not understood."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.keyboard import address, typed

SCENARIOS = Path(__file__).with_name("scenarios")
STORY = """
name = "Nobody applies with nothing"
[partner]
pga = "PGA-1"
name = "Fabrikam"
country = "DE"
[[case]]
region = "europe"
[[step]]
on = 2018-09-01
do = "apply"
as = "global_admin"
[step.expect]
state = "{state}"
refused_by = ["membership.active"]
"""


def story(tmp_path: Path, state: str = "indirect_tenure") -> str:
    file = tmp_path / f"{state}.toml"
    file.write_text(STORY.format(state=state))
    return str(file)


def test_a_folder_of_scenarios_that_hold_exits_zero() -> None:
    said = typed("--json", "scenario", str(SCENARIOS / "journeys"))
    assert said.code == 0
    assert said.json["holds"] is True
    assert all(report["holds"] for report in said.json["scenarios"])


def test_what_does_not_hold_is_told_with_file_step_key_expected_and_got(tmp_path: Path) -> None:
    wrong = story(tmp_path, "active")
    said = typed("--json", "scenario", story(tmp_path), wrong)
    assert said.code == 1
    report = said.json["scenarios"][1]
    assert report["file"] == wrong
    assert report["differences"] == [{"step": 1, "key": "state", "expected": "active", "got": "indirect_tenure"}]
    read = typed("scenario", story(tmp_path), wrong)
    assert read.code == 1
    assert "active     indirect_tenure" in read.out
    assert "1 of 2 hold." in read.out


def test_a_file_that_is_not_understood_exits_two_with_file_and_key(tmp_path: Path) -> None:
    file = tmp_path / "strange.toml"
    file.write_text(STORY.format(state="active").replace("do =", "does ="))
    said = typed("--json", "scenario", str(file))
    assert said.code == 2
    assert said.json["error"]["file"] == str(file)
    assert said.json["error"]["key"].startswith("step 1")
    file.write_text("name = [")
    assert typed("scenario", str(file)).code == 2
    assert typed("scenario", str(tmp_path / "nowhere")).code == 2


def test_scenarios_run_on_a_database_only_where_one_is_named(tmp_path: Path) -> None:
    file = tmp_path / "played.db"
    assert typed("--db", address(file), "scenario", story(tmp_path)).code == 0
    assert typed("--json", "--db", address(file), "case", "show", "PGA-1/europe").json["state"] == "indirect_tenure"
    assert typed("--db", address(file), "scenario", story(tmp_path)).code == 5
