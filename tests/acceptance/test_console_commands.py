"""Every command, by what it answers under `--json` and what people read."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.keyboard import ANNA, AT, OTTO, PGA, REF, RITA, Said, quiet, ready, typed

OPEN = "PGA-2002/japan"
CASE_KEYS = [
    "ref",
    "partner",
    "lifecycle",
    "region",
    "tenant",
    "state",
    "version",
    "policy",
    "cooldown",
    "entitlements",
    "deadlines",
    "opened_at",
]
ENTRY_KEYS = {
    "seq",
    "at",
    "actor",
    "role",
    "kind",
    "trigger",
    "from",
    "to",
    "payload",
    "policy",
    "findings",
    "hash",
}
SCORES = {
    "sell": ["technical_resources", "sales_force", "billing_provisioning", "managed_services", "solution_expertise"],
    "secure": [
        "data_security_mfa",
        "incident_monitoring",
        "compliance_function",
        "customer_oversight",
        "deal_management",
    ],
    "support": ["support_function", "support_staff", "support_metrics"],
}


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    quiet(monkeypatch, tmp_path)


@pytest.fixture
def db(tmp_path: Path) -> str:
    return ready(tmp_path / "partners.db")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database for questions, which leave it as it is."""
    return ready(tmp_path_factory.mktemp("console") / "partners.db", PGA, "PGA-1002")


def asked(db: str, *words: str) -> Said:
    return typed("--db", db, "--json", "--at", AT, *words)


def test_a_partner_is_registered_edited_listed_and_shown(db: str) -> None:
    added = asked(db, "partner", "add", "PGA-7", "--name", "Contoso", "--country", "IT", "--manager", "Ada")
    assert added.json == {
        "pga": "PGA-7",
        "name": "Contoso",
        "country": "IT",
        "email": None,
        "language": "en",
        "manager": "Ada",
        "revision": 1,
    }
    edited = asked(db, "--as", OTTO, "partner", "edit", "PGA-7", "--email", "it@contoso.example", "--manager", "").json
    assert (edited["email"], edited["manager"], edited["name"]) == ("it@contoso.example", None, "Contoso")
    assert asked(db, "partner", "show", "PGA-7").json == edited
    assert [partner["pga"] for partner in asked(db, "partner", "list").json["partners"]] == [PGA, "PGA-7"]
    assert [partner["pga"] for partner in asked(db, "partner", "list", "--after", PGA).json["partners"]] == ["PGA-7"]


def test_a_case_is_opened_and_shown_in_the_shape_that_others_read(db: str) -> None:
    opened = asked(db, "case", "open", PGA, "japan", "--tenant", "T-1").json
    assert list(opened) == CASE_KEYS
    assert opened["ref"] == f"{PGA}/japan/direct_bill/T-1"
    assert asked(db, "case", "show", opened["ref"]).json == opened


def test_cases_are_listed_in_pages_and_by_what_they_are(shared: str) -> None:
    def refs(*options: str) -> list[str]:
        return [case["ref"] for case in asked(shared, "case", "list", *options).json["cases"]]

    assert refs() == [REF, "PGA-1002/europe"]
    assert refs("--limit", "1") == [REF]
    assert refs("--limit", "1", "--after", REF) == ["PGA-1002/europe"]
    assert refs("--partner", "PGA-1002", "--state", "indirect_tenure", "--region", "europe") == ["PGA-1002/europe"]
    assert refs("--state", "active", "--lifecycle", "direct_bill") == []


def test_a_step_answers_with_the_case_the_transition_and_the_notices(db: str) -> None:
    done = asked(db, "--as", ANNA, "step", REF, "apply").json
    assert list(done) == ["case", "transition", "notices"]
    assert list(done["case"]) == CASE_KEYS
    assert done["transition"] == {
        "trigger": "apply",
        "from": "indirect_tenure",
        "to": "application",
        "at": "2025-10-06T00:00:00+00:00",
        "actor": ANNA,
    }


def test_a_refusal_exits_three_and_names_every_rule(db: str) -> None:
    refused = asked(db, "--as", ANNA, "step", REF, "purchase_support_plan", "kind=ASfP")
    assert refused.code == 3
    assert refused.refused_by == ["order.purchase_support_plan"]
    assert list(refused.json["refused"]) == ["trigger", "from", "earliest", "findings"]
    for_people = typed("--db", db, "--at", AT, "--as", ANNA, "step", REF, "purchase_support_plan", "kind=ASfP")
    assert (for_people.code, for_people.out) == (3, "")
    assert for_people.err.startswith("purchase_support_plan is refused by order.purchase_support_plan.\n")


@pytest.mark.parametrize(
    ("language", "word"), [("de", "Supportplan"), ("DE", "Supportplan"), ("it", "piano"), ("cs", "podpory")]
)
def test_a_refusal_speaks_the_language_that_was_asked_for(db: str, language: str, word: str) -> None:
    refused = asked(db, "--lang", language, "--as", ANNA, "step", REF, "purchase_support_plan", "kind=ASfP")
    assert word in refused.json["refused"]["findings"][0]["statement"]


def test_a_refused_fact_speaks_the_language_that_was_asked_for(db: str) -> None:
    refused = asked(db, "--lang", "de", "--as", "system", "record", PGA, "membership", "status=active")
    assert refused.code == 3
    assert "Rolle" in refused.json["refused"]["findings"][0]["statement"]


def test_a_history_tells_refusals_in_the_language_that_was_asked_for(db: str) -> None:
    for words in (
        ["--as", "system", "record", PGA, "membership", "status=active"],
        ["--as", RITA, "step", REF, "apply"],
    ):
        refused = asked(db, "--lang", "cs", *words)
        said = refused.json["refused"]["findings"][0]
        assert refused.code == 3
        told = " ".join(typed("--db", db, "--at", AT, "--lang", "cs", "history", PGA).out.split())
        assert f"{said['rule']}: {said['statement']} {said['fix']}" in told
        assert said["fix"] not in typed("--db", db, "--at", AT, "history", PGA).out


@pytest.mark.parametrize(
    "words",
    [
        ["requirements", REF],
        ["partner", "list"],
        ["--as", OTTO, "note", REF, "Called."],
        ["case", "open", PGA, "japan"],
        ["sweep"],
        ["policy", "show", "2025-10"],
    ],
)
def test_a_language_that_nobody_speaks_is_refused_and_nothing_is_done(db: str, words: list[str]) -> None:
    before = asked(db, "history", PGA).json
    refused = asked(db, "--lang", "xx", *words)
    assert (refused.code, refused.json["error"]["code"]) == (2, "unknown_language")
    assert asked(db, "history", PGA).json == before


def test_notices_are_listed_and_shown_as_the_partner_reads_them(db: str) -> None:
    assert asked(db, "notices", "list", PGA).json == {"ref": PGA, "notices": []}
    for words in (
        ["--as", OTTO, "partner", "edit", PGA, "--language", "de"],
        ["--as", ANNA, "step", REF, "apply"],
        ["--as", RITA, "step", REF, "request_information", "question=2026-01-10?"],
        ["--as", OTTO, "partner", "edit", PGA, "--email", ""],
        ["--as", RITA, "step", REF, "request_information", "question=Who?"],
    ):
        assert asked(db, *words).code == 0
    listed = asked(db, "notices", "list", REF).json
    assert listed["ref"] == REF
    first, second = listed["notices"]
    keys = ["key", "ref", "kind", "language", "to", "status", "created_at", "subject", "body"]
    assert list(first) == keys
    assert (first["language"], first["to"], first["status"]) == ("de", "partner@example.com", "pending")
    assert (second["to"], second["status"]) == (None, "undeliverable")
    assert "6. Oktober 2025" in first["body"]
    assert "\n2026-01-10?\n" in first["body"]
    assert asked(db, "notices", "show", first["key"]).json == first
    assert asked(db, "notices", "list", PGA, "--after", first["key"]).json["notices"] == [second]
    assert asked(db, "notices", "list", PGA, "--limit", "1").json["notices"] == [first]
    assert typed("--db", db, "--json", "--at", "2025-10-05", "notices", "list", PGA).json["notices"] == []


def test_notices_are_read_by_people(db: str) -> None:
    assert typed("--db", db, "notices", "list", PGA).out == "No notices.\n"
    for words in (
        ["--as", OTTO, "partner", "edit", PGA, "--language", "de", "--email", "", "--name", "Fabrikam\x1b[2J"],
        ["--as", ANNA, "step", REF, "apply"],
        ["--as", RITA, "step", REF, "request_information", "question=One?\nTwo?\x07"],
    ):
        assert asked(db, *words).code == 0
    (key,) = (notice["key"] for notice in asked(db, "notices", "list", PGA).json["notices"])
    page = typed("--db", db, "notices", "list", PGA).out
    assert key in page
    assert "Eine Frage zu Ihrem Antrag" in page
    assert "1 undeliverable: the partner had no e-mail address" in page
    assert f"--after {key}" in typed("--db", db, "notices", "list", PGA, "--limit", "1").out
    letter = typed("--db", db, "notices", "show", key).out
    assert "undeliverable, the partner had no e-mail address; it is kept" in letter
    assert "\nGuten Tag Fabrikam [2J,\n\nbei der Prüfung" in letter
    assert "\nOne?\nTwo?\\x07\n" in letter


def test_a_notice_that_is_not_there_exits_four(db: str) -> None:
    for key, code, word in (
        (f"{PGA}#99.1", 4, "unknown_notice"),
        ("PGA-9#1.1", 4, "unknown_partner"),
        ("PGA-1001", 2, "bad_reference"),
    ):
        said = asked(db, "notices", "show", key)
        assert (said.code, said.json["error"]["code"]) == (code, word)
    assert asked(db, "notices", "list", "PGA-9").code == 4
    assert asked(db, "notices", "list", f"{PGA}/japan").code == 4


def test_amounts_and_days_of_a_refusal_are_written_as_the_language_has_them(db: str) -> None:
    told = typed("--db", db, "--json", "--lang", "de", "--at", "2025-10-06", "explain", REF, "apply").json
    floor = next(finding for finding in told["findings"] if finding["rule"] == "revenue.floor")
    assert floor["statement"].endswith("mindestens 1.000.000,00 USD.")
    assert floor["need"] == "1000000.00"


def test_an_amount_of_a_refusal_is_written_so_in_a_history_too(db: str) -> None:
    line = asked(db, "export", "facts", "--fact", "revenue").json["facts"][0]["entry"]
    assert asked(db, "--as", OTTO, "retract", line, "reason=Booked twice").code == 0
    assert asked(db, "--as", ANNA, "step", REF, "apply").code == 3
    told = " ".join(typed("--db", db, "--at", AT, "--lang", "de", "history", REF).out.split())
    assert "mindestens 1.000.000,00 USD." in told
    assert "at least" not in told


def test_the_language_of_the_terminal_is_spoken_where_it_is_known(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    assert "Erfüllt" in typed("--db", db, "--at", AT, "requirements", REF).out
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    assert "Met (" in typed("--db", db, "--at", AT, "requirements", REF).out


def test_scores_are_typed_one_by_one_or_read_from_a_file(db: str, tmp_path: Path) -> None:
    for actor, trigger in ((ANNA, "apply"), (RITA, "invite_to_assessment")):
        assert asked(db, "--as", actor, "step", REF, trigger).code == 0
    pairs = [f"scores.{category}.{name}=80" for category, names in SCORES.items() for name in names]
    one_by_one = asked(db, "--as", ANNA, "step", REF, "complete_assessment", *pairs)
    assert one_by_one.code == 0
    file = tmp_path / "scores.json"
    file.write_text(json.dumps({category: dict.fromkeys(names, 80) for category, names in SCORES.items()}))
    from_file = asked(db, "--as", ANNA, "step", REF, "complete_assessment", f"scores=@{file}")
    assert from_file.code == 0
    entries = [entry["payload"] for entry in asked(db, "history", REF).json["entries"]]
    assert entries[-1] == entries[-2]
    assert entries[-1]["scores"]["sell.sales_force"] == 80


def test_a_fact_is_recorded_with_its_day_and_document_and_retracted_with_a_reason(db: str) -> None:
    words = ["--as", OTTO, "record", PGA, "security", "admins_total=3", "admins_with_mfa=2", "alerts_responsive=no"]
    recorded = asked(db, *words, "--effective-on", "2025-10-01", "--document", "ticket 4711").json
    assert recorded["fields"] == {"admins_total": 3, "admins_with_mfa": 2, "alerts_responsive": False}
    assert (recorded["kind"], recorded["effective_on"]) == ("recorded", "2025-10-01")
    assert asked(db, "history", PGA).json["entries"][-1]["document"] == "ticket 4711"
    retracted = asked(db, "--as", OTTO, "retract", recorded["entry"], "reason=counted twice").json
    assert (retracted["kind"], retracted["name"]) == ("retracted", "security")
    assert asked(db, "--as", OTTO, "retract", recorded["entry"], "reason=again").code == 5


def test_amounts_of_a_file_keep_every_digit(db: str, tmp_path: Path) -> None:
    file = tmp_path / "amount.json"
    file.write_text("1234567890123.45")
    words = ["--as", OTTO, "record", PGA, "revenue", "booked_on=2025-10-01", f"amount=@{file}"]
    assert asked(db, *words).json["fields"]["amount"] == "1234567890123.45"


def test_a_value_may_begin_with_an_at_sign(db: str) -> None:
    fields = asked(db, "--as", OTTO, "record", PGA, "managed_service", "name=@@home").json["fields"]
    assert fields == {"name": "@home"}


def test_the_same_key_acts_once_and_another_command_with_it_is_a_conflict(db: str) -> None:
    first = asked(db, "--as", ANNA, "step", REF, "apply", "--key", "req-1")
    assert asked(db, "--as", ANNA, "step", REF, "apply", "--key", "req-1").json == first.json
    other = asked(db, "--as", ANNA, "step", REF, "withdraw", "--key", "req-1")
    assert (other.code, other.json["error"]["code"]) == (5, "key_reused")
    stale = asked(db, "--as", ANNA, "step", REF, "withdraw", "--expected-version", "1")
    assert (stale.code, stale.json["error"]["code"]) == (5, "stale_version")


def test_a_note_stands_in_the_history(db: str) -> None:
    assert asked(db, "--as", OTTO, "note", REF, "Called Anna.").json["ref"] == REF
    history = asked(db, "history", REF).json
    assert history["ref"] == REF
    assert set(history["entries"][-1]) >= ENTRY_KEYS
    assert (history["entries"][-1]["kind"], history["entries"][-1]["payload"]) == ("note", {"text": "Called Anna."})


def test_requirements_stand_in_five_lists(shared: str) -> None:
    found = asked(shared, "requirements", REF).json
    assert (found["ref"], found["as_of"], found["policy"]) == (REF, "2025-10-06", "2025-10")
    assert {"met", "due_now", "due_later", "past_due", "waiting_on_vendor"} <= set(found)
    read = typed("--db", shared, "--at", "2025-09-01", "requirements", REF).out
    assert "[ ] window.open: New direct-bill applications are taken on this day. (due on" in read.replace(
        "\n      ", " "
    )


def test_explaining_an_act_names_every_rule_with_its_documents(shared: str) -> None:
    told = asked(shared, "explain", REF, "apply").json
    assert told["accepted"] is True
    assert {finding["met"] for finding in told["findings"]} == {True}
    early = typed("--db", shared, "--json", "--at", "2025-09-01", "explain", REF, "apply").json
    assert early["accepted"] is False
    assert "Anforderungen" in early["sources"]["direct-bill-2025"]
    read = typed("--db", shared, "--at", "2025-09-01", "explain", REF, "apply").out
    assert "not met window.open" in read
    assert "Not before 2025-10-01" in read
    assert "direct-bill-2025: Anforderungen" in read


def test_explaining_to_somebody_says_also_that_the_role_may_not(shared: str) -> None:
    told = asked(shared, "--as", RITA, "explain", REF, "apply").json
    assert [finding["rule"] for finding in told["findings"]] == ["actor.role"]


def test_being_entitled_is_an_exit_code(shared: str) -> None:
    assert asked(shared, "may", REF, "transact_indirect").code == 0
    no = asked(shared, "may", REF, "new_purchases")
    assert (no.code, no.json["granted"], no.json["finding"]["met"]) == (3, False, False)


def test_selling_to_another_partner_is_an_exit_code(db: str) -> None:
    assert typed("--db", db, "--at", AT, "partner", "add", "PGA-2", "--name", "Tailspin", "--country", "DE").code == 0
    no = typed("--db", db, "--at", AT, "--json", "may-sell", REF, "PGA-2")
    assert (no.code, no.json["granted"], no.json["finding"]["rule"]) == (3, False, "resale.csp_tenant")
    yes = typed("--db", db, "--at", AT, "--json", "may-sell", REF, "PGA-2", "--buyer-tenant", "own_use")
    assert (yes.code, yes.json["granted"], yes.json["buyer_tenant"]) == (0, True, "own_use")
    read = typed("--db", db, "--at", AT, "--lang", "de", "may-sell", REF, "PGA-2").out
    assert f"no: {REF} to PGA-2 (csp)" in read
    assert "enroll-2018: Registrieren" in read
    assert typed("--db", db, "--at", AT, "may-sell", REF, "PGA-9").code == 4
    assert typed("--db", db, "--at", AT, "may-sell", REF, "PGA-2", "--buyer-tenant", "both").code == 2


def test_a_sweep_tells_what_it_fired_and_whom_it_could_not_reach(tmp_path: Path) -> None:
    file = f"sqlite:///{tmp_path / 'sweep.db'}"
    for words in (
        ["partner", "add", "PGA-9", "--name", "Tailspin", "--country", "DE"],
        ["case", "open", "PGA-9", "europe"],
    ):
        assert typed("--db", file, "--at", "2025-06-01", *words).code == 0
    assert typed("--db", file, "--at", "2025-06-01", "--as", ANNA, "step", "PGA-9/europe", "apply").code == 3
    assert typed("--db", file, "--at", "2025-09-30", "sweep").out == "Nothing was due.\n"
    read = typed("--db", file, "--at", "2025-10-01", "sweep").out
    assert "Applications open" in read
    assert "undeliverable, PGA-9/europe has no e-mail address" in read


def test_a_sweep_answers_with_what_it_fired(db: str) -> None:
    early = ["--db", db, "--json"]
    assert typed(*early, "--at", "2025-06-01", "partner", "add", "PGA-9", "--name", "N", "--country", "DE").code == 0
    assert typed(*early, "--at", "2025-06-01", "case", "open", "PGA-9", "europe").code == 0
    assert typed(*early, "--at", "2025-06-01", "--as", ANNA, "step", "PGA-9/europe", "apply").code == 3
    swept = typed(*early, "--at", "2025-10-03", "sweep").json
    assert [(item["ref"], item["kind"], item["late_days"]) for item in swept["fired"]] == [
        ("PGA-9/europe", "window_opens", 2)
    ]
    assert [(notice["kind"], notice["status"]) for notice in swept["notices"]] == [("window_opened", "undeliverable")]


def test_policies_are_listed_shown_and_compared() -> None:
    listed = typed("--json", "policy", "list").json["policies"]
    assert [policy["id"] for policy in listed][-2:] == ["2025-05", "2025-10"]
    shown = typed("--json", "policy", "show", "2025-10").json
    assert shown["values"]["requirements: revenue.floor"]["value"]["floor"] == 1_000_000
    assert shown["values"]["cooldown.scope"]["assumed"] is True
    compared = typed("--json", "policy", "diff", "2025-05", "2025-10").json
    changes = {change["name"]: change for change in compared["changes"]}
    assert (changes["window.open"]["before"]["value"], changes["window.open"]["after"]["value"]) == (False, True)
    assert changes["requirements: managed_service.count"]["after"] is None
    assert "cooldown.years" not in changes
    read = typed("policy", "diff", "2025-05", "2025-10").out
    assert "direct-bill-2025: Anforderungen" in read


def test_questions_about_a_database_that_is_not_there_yet_make_none(tmp_path: Path) -> None:
    assert typed("--json", "case", "list").json == {"cases": []}
    assert typed("--json", "case", "show", REF).json["error"]["code"] == "unknown_partner"
    assert list(tmp_path.iterdir()) == []


def test_common_options_are_understood_before_and_after_the_command(shared: str) -> None:
    before = typed("--db", shared, "--json", "--at", AT, "case", "show", REF)
    assert typed("case", "show", REF, "--json", f"--db={shared}", "--at", AT).json == before.json


def test_variables_stand_in_for_options(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSP_WORKFLOW_DB", db)
    monkeypatch.setenv("CSP_WORKFLOW_ACTOR", ANNA)
    assert typed("--json", "--at", AT, "step", REF, "apply").json["transition"]["actor"] == ANNA


def test_help_and_the_version_are_there() -> None:
    assert typed("--help").out == typed().out
    assert "partner" in typed("--help").out
    assert typed("partner", "add", "--help").code == 0
    assert typed("--json", "--version").json == {"version": "0.1.0"}


def test_everything_that_is_listed_can_be_read(shared: str) -> None:
    for words in (
        ["partner", "list"],
        ["partner", "show", PGA],
        ["case", "list"],
        ["case", "show", REF],
        ["requirements", REF],
        ["explain", REF, "apply"],
        ["may", REF, "transact_indirect"],
        ["history", REF],
        ["history", PGA],
        ["notices", "list", PGA],
        ["policy", "list"],
        ["policy", "show", "2018-08"],
        ["policy", "diff", "2018-08", "2025-10"],
    ):
        said = typed("--db", shared, "--at", AT, *words)
        assert (said.code, said.err) == (0, "")
        assert said.out.strip()


def test_a_whole_page_says_where_the_next_one_begins(shared: str) -> None:
    assert f"--after {REF}" in typed("--db", shared, "case", "list", "--limit", "1").out
    assert f"--after {PGA}" in typed("--db", shared, "partner", "list", "--limit", "1").out
    assert "--after" not in typed("--db", shared, "partner", "list").out


def test_what_was_done_is_told_in_words(db: str) -> None:
    def said(actor: str, *words: str) -> str:
        done = typed("--db", db, "--at", AT, "--as", actor, *words)
        assert (done.code, done.err) == (0, "")
        return done.out

    assert said(OTTO, "partner", "edit", PGA, "--manager", "Ada").startswith("Fabrikam GmbH (PGA-1001)\n")
    assert "Apply: PGA-1001/europe Indirect reseller → Application" in said(ANNA, "step", REF, "apply")
    asked_back = said(RITA, "step", REF, "request_information", "question=Where?")
    assert "stays in Application under review" in asked_back
    assert "Notice information_requested to partner@example.com: pending" in asked_back
    recorded = said(OTTO, "record", PGA, "managed_service", "name=Backup", "--effective-on", "2025-10-01")
    assert recorded.startswith(f"Recorded: managed_service as {PGA}#")
    assert "effective on 2025-10-01" in recorded
    line = ["record", PGA, "revenue", "booked_on=2025-10-01", "amount=5", "line=L-1"]
    said(OTTO, *line)
    assert "it stood there already" in said(OTTO, *line)
    assert said(OTTO, "retract", recorded.split()[3].rstrip(","), "reason=wrong").startswith(
        "Retracted: managed_service"
    )
    assert said(OTTO, "note", REF, "Called.").startswith("Noted: ")
    history = said(OTTO, "history", REF)
    assert "effective on 2025-10-01" in history
    assert "text Called." in history


def test_somebody_who_is_not_entitled_is_told_why(shared: str) -> None:
    read = typed("--db", shared, "--at", AT, "may", REF, "new_purchases")
    assert read.code == 3
    assert read.out.startswith(f"no: {REF}, Make new purchases for customers (new_purchases)\n")


def test_a_database_without_anything_says_so(tmp_path: Path) -> None:
    assert list(tmp_path.iterdir()) == []
    assert typed("case", "list").out == "No cases.\n"
    assert typed("partner", "list").out == "No partners.\n"


def test_what_is_sensitive_is_shown_by_its_last_characters_only(tmp_path: Path) -> None:
    file = ["--db", f"sqlite:///{tmp_path / 'masked.db'}", "--at", "2025-01-07"]
    lifecycle = ["--lifecycle", "indirect_reseller"]
    assert typed(*file, "partner", "add", "PGA-3", "--name", "N", "--country", "DE").code == 0
    ref = typed(*file, "--json", "case", "open", "PGA-3", "europe", *lifecycle).json["ref"]
    fields = ["mpn=1", "address=Here", "bank_account=DE02120300000000202051", "admin_email=a@example.com"]
    assert typed(*file, "--as", ANNA, "step", ref, "submit_registration", *fields).code == 0
    for words in (["history", ref], ["--json", "history", ref]):
        shown = typed(*file, *words).out
        assert "2051" in shown
        assert "DE0212030000000020" not in shown


def test_a_history_is_verified_and_anchored(db: str, tmp_path: Path) -> None:
    anchor = str(tmp_path / "anchor.txt")
    assert typed("--db", db, "anchor", anchor).out.startswith("1 journal anchored in")
    assert typed("--db", db, "anchor", anchor).code == 2
    held = typed("--db", db, "verify", "--anchor", anchor)
    assert (held.code, held.out.partition(":")[0]) == (0, "Holds")
    with closing(sqlite3.connect(db.removeprefix("sqlite:///"))) as connection:
        connection.execute("UPDATE csp_journal SET actor = 'mallory' WHERE seq = 3")
        connection.commit()
    found = typed("--db", db, "--json", "verify")
    assert (found.code, found.json["holds"]) == (1, False)
    assert found.json["misfits"] == [
        {"partner": PGA, "entry": f"{PGA}#3", "problem": "its content or its place is not what its hash says"}
    ]
    assert f"{PGA}#3" in typed("--db", db, "verify").out
    assert typed("--db", db, "verify", "--anchor", str(tmp_path / "none")).code == 2
    nameless = typed("--db", db, "--json", "verify", "--anchor", "")
    assert (nameless.code, nameless.json["error"]["code"]) == (2, "bad_anchor")
