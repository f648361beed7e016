"""The outbox: what an act or a deadline tells the partner, read back as letters in the partner's language."""

from __future__ import annotations

import json
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from csp_workflow import open_workflow
from csp_workflow.errors import BadPayload, BadReference, NotFound, StorageDamaged, TransitionRefused
from csp_workflow.testing import SettableClock
from tests.conftest import START
from tests.integration.hands import (
    ANNA,
    CARL,
    OTTO,
    PGA,
    REF,
    RITA,
    TODAY,
    change,
    raised,
    ready,
    rows,
    start,
    takes,
    walk,
)
from tests.states.folders import copied, replaced

if TYPE_CHECKING:
    from pathlib import Path

    from csp_workflow import Workflow
    from csp_workflow.bootstrap import HostWorkflow
    from tests.databases import Database

LIFE = "direct_bill/lifecycle.toml"


def ask(workflow: Workflow, question: str = "Which tenant?") -> str:
    """A question about an application; gives the key of its notice."""
    workflow.fire(REF, "request_information", actor=RITA, payload={"question": question})
    return workflow.notices(REF)[-1].key


def test_a_notice_is_read_as_a_letter(workflow: HostWorkflow) -> None:
    walk(workflow, ready(workflow), "apply")
    key = ask(workflow)
    (letter,) = workflow.notices(PGA)
    assert letter.to_dict() == {
        "key": key,
        "ref": REF,
        "kind": "information_requested",
        "language": "en",
        "to": "partner@example.com",
        "status": "pending",
        "created_at": "2025-10-06T09:00:00+00:00",
        "subject": "We need some information about your application (PGA-1001/europe)",
        "body": letter.body,
    }
    assert letter.body.startswith("Hello Fabrikam GmbH,\n\nWhile we were reviewing")
    assert "October 6, 2025:\nWhich tenant?\n" in letter.body
    assert key == f"{PGA}#{workflow.history(PGA)[-1].seq}.1"
    assert workflow.notice(key) == letter


def test_later_notices_follow_an_edit_of_the_partner_and_earlier_ones_keep_theirs(workflow: HostWorkflow) -> None:
    walk(workflow, ready(workflow), "apply")
    for language, name in (("de", "Fabrikam AG"), ("cs", "Fabrikam s.r.o."), ("it", "Fabrikam SpA")):
        ask(workflow)
        workflow.edit_partner(PGA, actor=OTTO, language=language, name=name, email=f"{language}@example.com")
    ask(workflow)
    letters = workflow.notices(REF)
    assert [(letter.language, letter.to) for letter in letters] == [
        ("en", "partner@example.com"),
        ("de", "de@example.com"),
        ("cs", "cs@example.com"),
        ("it", "it@example.com"),
    ]
    greetings = ["Hello Fabrikam GmbH,", "Guten Tag Fabrikam AG,", "Vážený partnere Fabrikam s.r.o.,"]
    assert [letter.body.partition("\n")[0] for letter in letters] == [*greetings, "Gentile partner Fabrikam SpA,"]
    for letter, day in zip(
        letters, ("October 6, 2025", "6. Oktober 2025", "6. října 2025", "6 ottobre 2025"), strict=True
    ):
        assert day in letter.body


def test_a_text_that_looks_like_a_date_stays_as_it_was_typed(workflow: HostWorkflow) -> None:
    walk(workflow, ready(workflow), "apply")
    workflow.edit_partner(PGA, actor=OTTO, language="de")
    assert "\n2026-01-10\n" in workflow.notice(ask(workflow, "2026-01-10")).body


def test_a_date_of_the_payload_is_written_in_the_language_of_the_letter(workflow: HostWorkflow) -> None:
    walk(workflow, ready(workflow), "pass_verification")
    workflow.edit_partner(PGA, actor=OTTO, language="it")
    workflow.fire(REF, "approve_credit", actor=CARL, payload={"notified_on": TODAY + timedelta(days=2)})
    assert "in data 8 ottobre 2025 o successiva" in workflow.notices(REF)[-1].body


def test_a_deadline_speaks_of_its_due_date_and_not_of_the_day_of_the_sweep(
    workflow: HostWorkflow, clock: SettableClock
) -> None:
    clock.set(date(2025, 6, 1))
    start(workflow)
    workflow.edit_partner(PGA, actor=OTTO, language="cs")
    raised(lambda: workflow.fire(REF, "apply", actor=ANNA), TransitionRefused)
    clock.set(date(2025, 10, 3))
    workflow.sweep()
    (letter,) = workflow.notices(PGA)
    assert (letter.kind, letter.created_at.date()) == ("window_opened", date(2025, 10, 3))
    assert letter.body.startswith("Vážený partnere Fabrikam GmbH,\n\node dne 1. října 2025 se opět přijímají")


def test_each_member_of_staff_gets_a_letter_of_its_own(workflow: HostWorkflow) -> None:
    workflow.register_partner("PGA-2", name="Contoso", country="CZ", language="cs")
    ref = workflow.open_case("PGA-2", region="europe", lifecycle="indirect_reseller").ref
    registration = {"mpn": "1", "address": "Praha", "bank_account": "CZ6508000000192000145399", "admin_email": "a@b.cz"}
    staff = ["ada@contoso.example", "bea@contoso.example"]
    for actor, trigger, payload in (
        (ANNA, "submit_registration", registration),
        (RITA, "pass_verification", {}),
        (ANNA, "choose_provider", {"provider": "Provider"}),
        (ANNA, "finish_account", {"staff": staff}),
    ):
        workflow.fire(ref, trigger, actor=actor, payload=payload)
    first, *letters = workflow.notices("PGA-2")
    assert (first.kind, first.to, first.status) == ("verification_finished", None, "undeliverable")
    assert [(letter.to, letter.status) for letter in letters] == [(address, "pending") for address in staff]
    seq = workflow.history("PGA-2")[-1].seq
    assert [letter.key for letter in letters] == [f"PGA-2#{seq}.1", f"PGA-2#{seq}.2"]
    assert all(letter.subject == "Váš přístup k účtu partnera Contoso" for letter in letters)


def test_a_partner_without_an_address_has_its_letters_kept(workflow: HostWorkflow) -> None:
    walk(workflow, ready(workflow), "apply")
    workflow.edit_partner(PGA, actor=OTTO, email=None)
    letter = workflow.notice(ask(workflow))
    assert (letter.to, letter.status) == (None, "undeliverable")
    workflow.edit_partner(PGA, actor=OTTO, email="new@example.com")
    assert workflow.notice(letter.key) == letter


def test_a_name_cannot_break_the_header_of_a_letter(workflow: HostWorkflow) -> None:
    name = "Fabrikam\r\nBcc: all@example.com\r\n\r\n<b>\u2028\x1b[2J\u202e"
    workflow.register_partner("PGA-2", name=name, country="DE", email="a@b.example")
    ref = workflow.open_case("PGA-2", region="europe", lifecycle="indirect_reseller").ref
    registration = {"mpn": "1", "address": "B", "bank_account": "DE02120300000000202051", "admin_email": "a@b.example"}
    workflow.fire(ref, "submit_registration", actor=ANNA, payload=registration)
    workflow.fire(ref, "pass_verification", actor=RITA)
    workflow.fire(ref, "choose_provider", actor=ANNA, payload={"provider": "P"})
    workflow.fire(ref, "finish_account", actor=ANNA, payload={"staff": ["c@d.example"]})
    letter = workflow.notices(ref)[-1]
    assert letter.subject == "Your access to the account of Fabrikam Bcc: all@example.com <b> [2J"
    assert letter.body.splitlines()[2].startswith("You were entered")


# --------------------------------------------------------------------------------------------------- pages


def test_letters_come_in_pages_in_the_order_in_which_they_were_written(workflow: HostWorkflow) -> None:
    walk(workflow, ready(workflow), "apply")
    keys = [ask(workflow, f"Question {number}?") for number in range(12)]
    assert [letter.key for letter in workflow.notices(REF)] == keys
    assert [letter.key for letter in workflow.notices(REF, limit=5)] == keys[:5]
    assert [letter.key for letter in workflow.notices(REF, limit=5, after=keys[4])] == keys[5:10]
    assert [letter.key for letter in workflow.notices(PGA, after=keys[9])] == keys[10:]
    assert workflow.notices(PGA, after=keys[-1]) == []


def test_a_page_may_begin_within_an_entry(workflow: HostWorkflow) -> None:
    workflow.register_partner("PGA-2", name="Contoso", country="CZ", email="a@b.cz")
    ref = workflow.open_case("PGA-2", region="europe", lifecycle="indirect_reseller").ref
    registration = {"mpn": "1", "address": "Praha", "bank_account": "CZ6508000000192000145399", "admin_email": "a@b.cz"}
    workflow.fire(ref, "submit_registration", actor=ANNA, payload=registration)
    workflow.fire(ref, "pass_verification", actor=RITA)
    workflow.fire(ref, "choose_provider", actor=ANNA, payload={"provider": "P"})
    workflow.fire(ref, "finish_account", actor=ANNA, payload={"staff": [f"{n}@b.cz" for n in range(11)]})
    keys = [letter.key for letter in workflow.notices(ref)]
    assert [letter.key for letter in workflow.notices(ref, after=keys[9])] == keys[10:]
    assert keys[-1].endswith(".11")


def test_the_letters_of_a_case_are_its_own(workflow: HostWorkflow) -> None:
    walk(workflow, ready(workflow), "apply")
    workflow.open_case(PGA, region="japan")
    ask(workflow)
    assert workflow.notices(f"{PGA}/japan") == []
    assert len(workflow.notices(PGA)) == len(workflow.notices(REF)) == 1


def test_on_an_earlier_day_there_are_the_letters_of_that_day(workflow: HostWorkflow, clock: SettableClock) -> None:
    walk(workflow, ready(workflow), "apply")
    ask(workflow)
    clock.advance(days=1)
    ask(workflow)
    assert len(workflow.notices(REF)) == len(workflow.notices(PGA, at=START + timedelta(days=1))) == 2
    assert len(workflow.notices(REF, at=START)) == 1
    assert workflow.notices(PGA, at=START - timedelta(seconds=1)) == []


def test_what_is_no_page_is_refused(workflow: HostWorkflow) -> None:
    walk(workflow, ready(workflow), "apply")
    key = ask(workflow)
    raised(lambda: workflow.notices("PGA-9"), NotFound)
    raised(lambda: workflow.notices(f"{PGA}/japan"), NotFound)
    raised(lambda: workflow.notices(f"{PGA}/europe/x/y/z"), BadReference)
    raised(lambda: workflow.notices(PGA, limit=0), BadPayload)
    raised(lambda: workflow.notices(PGA, after=key.replace(PGA, "PGA-2")), BadReference)
    for after in ("", PGA, f"{PGA}#7", f"{PGA}#7.", f"{PGA}#.1", f"{PGA}#7.x", f"{PGA}#-7.1", f"{PGA}#{'9' * 30}.1"):
        raised(partial(workflow.notices, PGA, after=after), BadReference)


def test_a_letter_that_is_not_there_is_not_found(workflow: HostWorkflow) -> None:
    walk(workflow, ready(workflow), "apply")
    seq = int(ask(workflow).rpartition("#")[2].partition(".")[0])
    for key in (f"{PGA}#{seq}.2", f"{PGA}#1.1", f"{PGA}#{'9' * 18}.1"):
        assert raised(partial(workflow.notice, key), NotFound).code == "unknown_notice"
    assert raised(lambda: workflow.notice("PGA-9#1.1"), NotFound).code == "unknown_partner"
    for key in ("", "#1.1", PGA, f"{PGA}#{seq}", f"{PGA}/europe#1.1.x"):
        raised(partial(workflow.notice, key), BadReference)


# ------------------------------------------------------------------------------------- definitions and storage


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder whose question costs something, is asked of some people on some days, and is hard to overlook."""
    folder = copied(tmp_path)
    fields = (
        'question = "text!", fee = "money = 1000000", copies = "int(1..) = 1500", urgent = "bool = true", '
        'days = "dates!", readers = "emails!", pin = "sensitive text!", hint = "text"'
    )
    replaced(folder, LIFE, 'payload = { question = "text!" }', f"payload = {{ {fields} }}")
    for language in ("en", "de"):
        told = "{fee} | {copies} | {urgent} | {days} | {readers} | {pga} | {region} | {due_on}"
        path = f"notices/information_requested.{language}.txt"
        (folder / path).write_text(f"Subject: {{fee}} {{name}}\n\n{told}\n", encoding="utf-8")
    return folder


QUESTION = {
    "question": "Which?",
    "days": [date(2025, 10, 1), date(2025, 10, 2)],
    "readers": ["a@b.example", "c@d.example"],
    "pin": "4711-0815-4711",
}


@pytest.mark.parametrize(
    ("language", "subject", "body"),
    [
        (
            "en",
            "USD 1,000,000.00 Fabrikam GmbH",
            (
                "USD 1,000,000.00 | 1,500 | yes | October 1, 2025, October 2, 2025 | a@b.example, c@d.example"
                " | PGA-1001 | Europe | October 6, 2025"
            ),
        ),
        (
            "de",
            "1.000.000,00 USD Fabrikam GmbH",
            (
                "1.000.000,00 USD | 1.500 | ja | 1. Oktober 2025, 2. Oktober 2025 | a@b.example, c@d.example"
                " | PGA-1001 | Europa | 6. Oktober 2025"
            ),
        ),
    ],
)
def test_every_type_of_field_is_told_in_the_form_of_the_language(
    folder: Path, database: Database, language: str, subject: str, body: str
) -> None:
    with open_workflow(database.url, states=folder, clock=SettableClock(TODAY)) as workflow:
        walk(workflow, ready(workflow), "apply")
        workflow.edit_partner(PGA, actor=OTTO, language=language)
        workflow.fire(REF, "request_information", actor=RITA, payload=QUESTION)
        (letter,) = workflow.notices(REF)
    assert (letter.subject, letter.body) == (subject, body)


def test_what_is_sensitive_never_comes_into_the_outbox(folder: Path, database: Database) -> None:
    with open_workflow(database.url, states=folder, clock=SettableClock(TODAY)) as workflow:
        walk(workflow, ready(workflow), "apply")
        workflow.fire(REF, "request_information", actor=RITA, payload=QUESTION)
    ((text,),) = rows(database, "SELECT data FROM csp_notice")
    told = json.loads(text)
    assert sorted(told) == ["amounts", "dates", "words"]
    assert "pin" not in told["words"]
    assert "4711" not in text


def test_what_a_text_speaks_of_and_a_row_does_not_hold_is_a_dash(folder: Path, database: Database) -> None:
    with open_workflow(database.url, clock=SettableClock(TODAY)) as workflow:
        walk(workflow, ready(workflow), "apply")
        ask(workflow)
    with open_workflow(database.url, states=folder, clock=SettableClock(TODAY)) as workflow:
        (letter,) = workflow.notices(REF)
    assert letter.subject == "\N{EN DASH} Fabrikam GmbH"
    assert letter.body.endswith("PGA-1001 | Europe | October 6, 2025")


def test_a_timer_tells_the_defaults_of_the_act_that_it_fires(tmp_path: Path, clock: SettableClock) -> None:
    folder = copied(tmp_path)
    replaced(
        folder, LIFE, "[trigger.end_cooldown]\n", '[trigger.end_cooldown]\npayload = { free_on = "date = today" }\n'
    )
    replaced(folder, LIFE, 'effects = ["settle_cooldown"]\nnotices = ["cooldown_ended"]',
             'effects = ["settle_cooldown"]\nnotices = ["set_free"]')  # fmt: skip
    (folder / "notices" / "set_free.en.txt").write_text("Subject: Free\n\n{free_on} {due_on}\n", encoding="utf-8")
    with open_workflow("memory:", states=folder, clock=clock) as workflow:
        walk(workflow, ready(workflow))
        workflow.fire(REF, "deauthorize", actor=RITA, payload={"reason": "x"})
        clock.set(date(2026, 10, 8))
        workflow.sweep()
        letter = next(letter for letter in workflow.notices(REF) if letter.kind == "set_free")
    assert letter.body == "October 6, 2026 October 6, 2026"


def test_a_letter_in_a_language_that_the_folder_lacks_is_english_throughout(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    for path in folder.glob("notices/*.de.txt"):
        path.unlink()
    with open_workflow("memory:", states=folder, clock=SettableClock(TODAY)) as workflow:
        walk(workflow, ready(workflow), "apply")
        workflow.edit_partner(PGA, actor=OTTO, language="de")
        letter = workflow.notice(ask(workflow))
    assert letter.language == "en"
    assert "October 6, 2025" in letter.body


def test_a_kind_that_the_definition_no_longer_knows_is_said_to_be_strange(tmp_path: Path, database: Database) -> None:
    folder = copied(tmp_path)
    replaced(folder, LIFE, '["information_requested"]', '["asked_back"]')
    (folder / "notices" / "asked_back.en.txt").write_text("Subject: Asked\n\n{question}\n", encoding="utf-8")
    for path in folder.glob("notices/information_requested.*"):
        path.unlink()
    with open_workflow(database.url, states=folder, clock=SettableClock(TODAY)) as workflow:
        walk(workflow, ready(workflow), "apply")
        ask(workflow)
    with open_workflow(database.url, clock=SettableClock(TODAY)) as workflow:
        assert "'asked_back'" in raised(lambda: workflow.notices(REF), StorageDamaged).message


def test_a_row_of_the_first_version_is_read(stored: HostWorkflow, database: Database) -> None:
    walk(stored, ready(stored), "apply")
    stored.edit_partner(PGA, actor=OTTO, language="de")
    key = ask(stored, "2026-01-10")
    old = {"name": "Fabrikam", "on": "2025-10-06", "due_on": "2025-10-06", "question": "2026-01-10"}
    change(database, f"UPDATE csp_notice SET data = '{json.dumps(old)}'")
    letter = stored.notice(key)
    assert letter.body.startswith("Guten Tag Fabrikam,")
    assert "6. Oktober 2025" in letter.body
    assert "\n2026-01-10\n" in letter.body


@pytest.mark.parametrize(
    "damage",
    [
        "data = '{'",
        "data = '[]'",
        "data = '7'",
        'data = \'{"words": {}, "dates": {"on": "soon"}, "amounts": {}}\'',
        'data = \'{"words": {}, "dates": {"on": 7}, "amounts": {}}\'',
        'data = \'{"words": {}, "dates": {}, "amounts": {"fee": "much"}}\'',
        'data = \'{"words": 7, "dates": {}, "amounts": {}}\'',
        "created_at = 'once'",
        "case_number = 99",
    ],
)
def test_a_row_that_the_product_did_not_write_is_said_to_be_damaged(
    stored: HostWorkflow, database: Database, damage: str
) -> None:
    walk(stored, ready(stored), "apply")
    key = ask(stored)
    if not takes(database, f"UPDATE csp_notice SET {damage}"):
        return
    raised(lambda: stored.notices(PGA), StorageDamaged)
    raised(lambda: stored.notice(key), StorageDamaged)
