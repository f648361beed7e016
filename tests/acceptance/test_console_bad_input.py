"""Whatever is typed: one sentence that helps, the right exit code, no traceback, nothing written."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from csp_workflow.console import commands
from csp_workflow.workflow import Workflow
from tests.acceptance.keyboard import ANNA, AT, OTTO, PGA, REF, RITA, quiet, ready, typed

STEP = ["--as", ANNA, "step", REF]
RECORD = ["--as", OTTO, "record", PGA]
REVENUE = [*RECORD, "revenue", "booked_on=2025-10-01"]

LONG = "x" * 300
IMPORT = ["partner", "import", "partners.csv"]
NO_PLACE = f"{'x' * 250}.csv"  # a file may be called so, and another that is called after it may not

BAD = [
    # unknown names, with a close match
    ([*STEP, "purchase_suport_plan"], 2, "unknown_trigger", "did you mean 'purchase_support_plan'?"),
    ([*RECORD, "memberships", "status=active"], 2, "unknown_fact", "did you mean 'membership'?"),
    (["--as", "anna:global_admn", "step", REF, "apply"], 2, "unknown_role", "did you mean 'global_admin'?"),
    (["case", "open", PGA, "eurpe"], 2, "unknown_region", "did you mean 'europe'?"),
    (["case", "open", PGA, "japan", "--lifecycle", "direct"], 2, "unknown_lifecycle", "direct_bill"),
    (["case", "list", "--state", "activ"], 2, "unknown_state", "did you mean 'active'?"),
    (["case", "list", "--region", "mars"], 2, "unknown_region", "'mars'"),
    (["case", "list", "--lifecycle", "mars"], 2, "unknown_lifecycle", "'mars'"),
    (["may", REF, "new_purchase"], 2, "unknown_entitlement", "did you mean 'new_purchases'?"),
    (["--lang", "fr", "requirements", REF], 2, "unknown_language", "cs, de, en, it"),
    (["explain", REF, "aply"], 2, "unknown_trigger", "did you mean 'apply'?"),
    # what is not there
    (["partner", "show", "PGA-404"], 4, "unknown_partner", "PGA-404"),
    (["case", "list", "--partner", "PGA-404"], 4, "unknown_partner", "PGA-404"),
    (["case", "show", f"{PGA}/japan"], 4, "unknown_case", f"{PGA}/japan"),
    (["history", "PGA-404"], 4, "unknown_partner", "PGA-404"),
    (["policy", "show", "2025-11"], 4, "unknown_policy", "did you mean '2025-10'?"),
    (["policy", "diff", "2025-10", "x"], 4, "unknown_policy", "known:"),
    (["--as", OTTO, "retract", f"{PGA}#999", "reason=x"], 4, "unknown_entry", "999"),
    (["market", "Fijii"], 4, "unknown_country", "did you mean 'Fiji'?"),
    # what is there already
    (["partner", "add", PGA, "--name", "N", "--country", "DE"], 5, "duplicate_partner", PGA),
    (["case", "open", PGA, "europe"], 5, "duplicate_case", "open already"),
    # what means two things
    (["market", "Luxemburg/Belgien"], 2, "ambiguous_country", "Belgium (BE) or Luxembourg (LU)"),
    # fields
    ([*STEP, "apply", "extra=1"], 2, "bad_payload", "extra: no such field"),
    ([*STEP, "withdraw", "reason"], 2, "bad_payload", "key=value"),
    ([*STEP, "withdraw", "=x"], 2, "bad_payload", "key=value"),
    ([*STEP, "withdraw", "reason=a", "reason=b"], 2, "bad_payload", "given twice"),
    ([*STEP, "withdraw", "reason=a", "reason.b=c"], 2, "bad_payload", "given twice"),
    ([*STEP, "withdraw", "reason=@nowhere.json"], 2, "bad_payload", "nowhere.json"),
    ([*STEP, "withdraw", "reason=@."], 2, "bad_payload", "cannot be read"),
    ([*STEP, "withdraw", "reason=@broken.json"], 2, "bad_payload", "not understood as JSON"),
    ([*STEP, "withdraw", "reason=@twice.json"], 2, "bad_payload", "a key stands twice"),
    ([*STEP, "withdraw", "reason=@nan.json"], 2, "bad_payload", "NaN is not a number"),
    ([*STEP, "withdraw", "reason=@deep.json"], 2, "bad_payload", "not understood as JSON"),
    ([*STEP, "withdraw", "reason=@binary.json"], 2, "bad_payload", "cannot be read"),
    ([*RECORD, "membership"], 2, "bad_payload", "status: is missing"),
    ([*RECORD, "membership", "status=gone"], 2, "bad_payload", "active or lapsed"),
    ([*RECORD, "first_line_support", "available=maybe"], 2, "bad_payload", "true or false"),
    ([*RECORD, "location", "pla=1", "country=XX"], 2, "bad_payload", "ISO 3166-1"),
    (
        [*RECORD, "security", "admins_total=two", "admins_with_mfa=1", "alerts_responsive=yes"],
        2,
        "bad_payload",
        "admins",
    ),
    ([*REVENUE, "amount=-5"], 2, "bad_payload", "more than 0"),
    ([*REVENUE, "amount=NaN"], 2, "bad_payload", "amount"),
    ([*REVENUE, "amount=1.234"], 2, "bad_payload", "two decimal places"),
    ([*REVENUE, "amount=5", "currency=EUR"], 2, "bad_payload", "USD"),
    ([*RECORD, "revenue", "amount=5", "booked_on=2025-13-01"], 2, "bad_payload", "2025-13-01"),
    ([*RECORD, "membership", "status=active", "--effective-on", "soon"], 2, "bad_payload", "'soon' is not a date"),
    (["--as", OTTO, "retract", f"{PGA}#3"], 2, "bad_payload", "reason: is missing"),
    (["--as", OTTO, "retract", f"{PGA}#3", "why=x"], 2, "bad_payload", "retract takes reason"),
    (["--as", OTTO, "retract", PGA, "reason=x"], 2, "bad_reference", "PGA#NUMBER"),
    # partners, references, times
    (["partner", "add", "PGA 1", "--name", "N", "--country", "DE"], 2, "bad_partner", "is not a key"),
    (["partner", "add", "PGA-2", "--name", "", "--country", "DE"], 2, "bad_partner", "name: must not be empty"),
    (["partner", "add", "PGA-2", "--name", "N", "--country", "XQ"], 2, "bad_partner", "ISO 3166-1"),
    (["partner", "add", "PGA-2", "--name", "N", "--country", "DE", "--email", "x"], 2, "bad_partner", "e-mail address"),
    (["partner", "add", "PGA-2", "--name", "N", "--country", "DE", "--language", "fr"], 2, "bad_partner", "language"),
    (["case", "show", "europe"], 2, "bad_reference", "PGA/region"),
    (["--at", "yesterday", "case", "list"], 2, "bad_instant", "2026-01-31"),
    (["--at", "2025-10-06T12:00:00", "case", "list"], 2, "bad_instant", "no zone"),
    (["--at", "2999-01-01", *STEP, "apply"], 2, "in_the_future", "later than the clock"),
    (["--at", "2025-10-05", *STEP, "apply"], 2, "time_goes_back", "2025-10-0"),
    # the command line itself
    (["step", REF, "apply"], 2, "usage", "--as NAME:ROLE"),
    (["partner", "edit", PGA, "--name", "N"], 2, "usage", "--as NAME:ROLE"),
    (["--as", OTTO, "partner", "edit", PGA], 2, "usage", "Say what to change"),
    (["--as", "anna:", "step", REF, "apply"], 2, "bad_payload", "name:role"),
    (["requirement", REF], 2, "usage", "requirements"),
    (["case", "shwo", REF], 2, "usage", "show"),
    (["case", "show"], 2, "usage", "REF"),
    (["case"], 2, "usage", "Missing command"),
    (["case", "list", "--limit", "0"], 2, "usage", "limit"),
    (["case", "list", "--limt", "5"], 2, "usage", "--limit"),
    ([*STEP, "apply", "--expected-version", "one"], 2, "usage", "expected-version"),
    (["case", "list", "--at"], 2, "usage", "--at"),
    (["scenario"], 2, "usage", "PATH"),
    (["market"], 2, "usage", "COUNTRY"),
    # folders and databases
    (["--states", "nowhere", "policy", "list"], 2, "bad_definition", "nowhere"),
    (["--db", "nonsense", "case", "list"], 2, "bad_target", "sqlite:///"),
    (["--db", "sqlite:////nowhere/at/all.db", "case", "list"], 6, "storage_unavailable", "cannot be used"),
    (["--db", "sqlite:///broken.json", "case", "list"], 6, "storage_damaged", "not a database"),
    # names that no file has
    (["--db", f"sqlite:///{LONG}", "case", "list"], 6, "storage_unavailable", "cannot be used"),
    (["--db", f"sqlite:///{LONG}/a.db", "export", "cases"], 6, "storage_unavailable", "cannot be used"),
    (["--states", LONG, "policy", "list"], 2, "bad_definition", "no such folder"),
    (["scenario", LONG], 2, "bad_scenario", "no such file or folder"),
    (["export", "cases", "--output", LONG], 2, "bad_file", "cannot be written: File name too long"),
    (["export", "cases", "--output", f"{LONG}/a.csv"], 2, "bad_file", "cannot be written: File name too long"),
    ([*IMPORT, "--rejects", LONG], 2, "bad_file", "cannot be written: File name too long"),
    ([*IMPORT, "--rejects", f"{LONG}/r.csv"], 2, "bad_file", "cannot be written: File name too long"),
    (["partner", "import", NO_PLACE], 2, "bad_file", "rejected.csv: cannot be written: File name too long"),
    (["partner", "import", LONG], 2, "bad_file", "cannot be read: File name too long"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bad_input")
    ready(folder / "partners.db")
    texts = {"broken": '{"a": ' + "x" * 200, "twice": '{"a": 1, "a": 2}', "nan": "NaN", "deep": "[" * 100_000}
    for name, text in texts.items():
        (folder / f"{name}.json").write_text(text)
    (folder / "binary.json").write_bytes(b"\xff\xfe\x00")
    for name in ("partners.csv", NO_PLACE):
        (folder / name).write_text("pga,name,country\nPGA-7,N,DE\nPGA 8,N,DE\n")
    return folder


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    quiet(monkeypatch, folder)
    monkeypatch.setenv("CSP_WORKFLOW_DB", "sqlite:///partners.db")


@pytest.mark.parametrize(("words", "code", "name", "part"), BAD, ids=[" ".join(words)[:60] for words, *_ in BAD])
def test_bad_input_gets_one_sentence_its_exit_code_and_writes_nothing(
    words: Sequence[str], code: int, name: str, part: str
) -> None:
    before = journal()
    at = [] if "--at" in words else ["--at", AT]
    for_people = typed(*at, *words)
    assert (for_people.code, for_people.out) == (code, "")
    assert part in for_people.err
    assert for_people.err.count("\n") == 1
    as_json = typed("--json", *at, *words)
    assert as_json.code == code
    assert as_json.json["error"]["code"] == name
    assert f"{as_json.json['error']['message']}\n" == for_people.err
    assert journal() == before


def journal() -> list[tuple[object, ...]]:
    with closing(sqlite3.connect("partners.db")) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return [row for name in tables for row in connection.execute(f"SELECT '{name}', * FROM {name}")]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://rita:s3cr3t@127.0.0.1:1/partners",
        "postgres://rita:s3cr3t@127.0.0.1:1/partners",
        "nosuch+driver://rita:s3cr3t@host/partners",
        "mysql://rita:s3cr3t@@/partners",
    ],
)
def test_a_password_in_a_database_address_is_never_shown(url: str) -> None:
    for words in (
        ["--db", url, "case", "list"],
        ["--debug", "--db", url, "--json", "sweep"],
        [url],
        ["case", "show", url],
    ):
        said = typed(*words)
        assert said.code in {2, 6}
        assert "s3cr3t" not in said.out + said.err


def test_an_unexpected_failure_is_one_sentence_and_with_debug_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_given: object, **_named: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(Workflow, "case", fails)
    plain = typed("case", "show", REF)
    assert plain.code == 6
    assert plain.err.count("\n") == 1
    assert "boom" in plain.err
    assert "Traceback" not in plain.err
    assert "Traceback" in typed("--debug", "case", "show", REF).err
    assert typed("--json", "case", "show", REF).json["error"]["code"] == "unexpected"


def test_a_file_that_the_system_refuses_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_given: object, **_named: object) -> None:
        raise PermissionError(13, "Permission denied", "secrets.csv")

    monkeypatch.setattr(Workflow, "case", fails)
    told = "secrets.csv: cannot be used: Permission denied."
    as_json = typed("--json", "case", "show", REF)
    assert (as_json.code, as_json.json["error"]) == (2, {"code": "bad_file", "message": told, "file": "secrets.csv"})
    for_people = typed("case", "show", REF)
    assert (for_people.code, for_people.out, for_people.err) == (2, "", f"{told}\n")


def test_an_interruption_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_given: object, **_named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Workflow, "case", interrupted)
    said = typed("--json", "case", "show", REF)
    assert (said.code, said.out, said.err) == (130, "", "")


def test_every_command_of_the_first_part_is_there() -> None:
    names = {command.name for command in commands.app.registered_commands}
    groups = {group.name for group in commands.app.registered_groups}
    assert groups >= {"partner", "case", "policy"}
    assert names >= {
        "demo",
        "record",
        "retract",
        "step",
        "note",
        "requirements",
        "explain",
        "may",
        "history",
        "sweep",
        "scenario",
    }


def test_a_refusal_is_no_bad_input() -> None:
    assert typed("--at", AT, "--as", RITA, "step", REF, "apply").code == 3
