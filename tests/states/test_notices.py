"""The texts of notices: each is there in four languages, and one that could not be filled is refused at load."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from babel.dates import format_date

from csp_workflow.catalogue import load, packaged
from csp_workflow.model.partner import LANGUAGES
from csp_workflow.rules.shipped import SHIPPED
from tests.states.folders import copied, refusal_of, replaced

PROGRAMME = load(packaged(), SHIPPED)
KINDS = sorted({kind for kind, _language in PROGRAMME.notices})
LIFE = "direct_bill/lifecycle.toml"
DAYS = {"on": date(2026, 1, 10), "due_on": date(2026, 2, 11), "notified_on": date(2026, 3, 12)}
VALUES: dict[str, Any] = {
    "name": "Fabrikam GmbH",
    "pga": "PGA-1001",
    "ref": "PGA-1001/europe",
    "region": "europe",
    "question": "1000000.00?",
    "reason": "2026-01-10",
    "provider": "Contoso",
    **DAYS,
}
REGIONS = {"en": "Europe", "de": "Europa", "it": "Europa", "cs": "Evropa"}
QUOTES = {"en": "“”", "de": "„“", "it": "«»", "cs": "„“"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped definitions."""
    return copied(tmp_path)


# ------------------------------------------------------------------------------------------ the shipped ones


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_written_in_every_language_with_dates_in_its_form(kind: str, language: str) -> None:
    text = PROGRAMME.notices[kind, language]
    written = PROGRAMME.written(kind, language, VALUES)
    assert written.language == language
    assert not set("{}\N{EN DASH}") & set(written.subject + written.body)
    for name, day in DAYS.items():
        assert (format_date(day, "long", locale=language) in written.body) == (f"{{{name}}}" in text.body)
    if "{region}" in text.body:
        assert f"({REGIONS[language]})" in written.body
    for name in ("question", "reason"):
        assert (VALUES[name] in written.body) == (f"{{{name}}}" in text.body)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_text_is_set_as_its_language_is(kind: str, language: str) -> None:
    text = PROGRAMME.notices[kind, language]
    whole = f"{text.subject}\n{text.body}"
    assert not re.search(r' \n|  |\t|"|\.\.\.| [,.;:!?]|\n\n\n', whole)
    assert not set("„“”«»") & set(whole) - set(QUOTES[language])
    assert not text.subject.endswith(".")
    assert all(line.endswith((".", "!", ":", ",", "}")) for line in text.body.splitlines() if line)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_subject_stands_for_two_kinds(language: str) -> None:
    subjects = [PROGRAMME.notices[kind, language].subject for kind in KINDS]
    assert len(set(subjects)) == len(KINDS)


def test_regions_have_a_name_in_every_language() -> None:
    assert PROGRAMME.region_title("mea_cee") == "Middle East, Africa, Central and Eastern Europe"
    for language in LANGUAGES[1:]:
        assert set(PROGRAMME.titles[language]["region"]) == set(PROGRAMME.regions)
        assert PROGRAMME.region_title("europe", language) == REGIONS[language]
    assert PROGRAMME.region_title("europe", "xx") == "Europe"
    assert PROGRAMME.region_title("atlantis", "de") == "atlantis"


# ------------------------------------------------------------------------------------------- what is missing


def test_a_language_that_a_folder_does_not_speak_falls_back_to_english_with_english_dates(folder: Path) -> None:
    for path in folder.glob("notices/*.de.txt"):
        path.unlink()
    programme = load(folder, SHIPPED)
    written = programme.written("credit_approved", "de", VALUES)
    assert (written.language, written.subject) == ("en", "You have passed the credit check (PGA-1001/europe)")
    assert "March 12, 2026" in written.body
    assert programme.written("credit_approved", "cs", VALUES).language == "cs"


def test_one_kind_alone_may_lack_a_language(folder: Path) -> None:
    (folder / "notices" / "activated.it.txt").unlink()
    programme = load(folder, SHIPPED)
    assert programme.written("activated", "it", VALUES).language == "en"
    assert programme.written("restricted", "it", VALUES).language == "it"


def test_a_folder_that_sends_nothing_needs_no_texts(folder: Path) -> None:
    shutil.rmtree(folder / "notices")
    for file in (LIFE, "indirect_reseller/lifecycle.toml"):
        path = folder / file
        path.write_text(re.sub(r"(?m)^notices = .*$", "", path.read_text(encoding="utf-8")), encoding="utf-8")
    assert refusal_of(folder) is None


# ---------------------------------------------------------------------------------------------- what is wrong


class Spoiled(NamedTuple):
    """A notice with another text; the error names the file and `key` and says `words`."""

    name: str
    text: str
    key: str
    words: str
    kind: str = "application_declined"  # which is sent by one act, with a reason


GOOD = "Subject: Declined\n\nHello {name}.\n"
SPOILED = [
    Spoiled("an empty file", "", "subject", "Subject:"),
    Spoiled("no subject", "Declined\n\nHello {name}.\n", "subject", "Subject:"),
    Spoiled("a subject in small letters", GOOD.lower(), "subject", "Subject:"),
    Spoiled("an empty subject", "Subject: \n\nHello {name}.\n", "subject", "empty"),
    Spoiled("no line between", "Subject: Declined\nHello {name}.\n", "body", "empty line"),
    Spoiled("no body", "Subject: Declined\n", "body", "empty"),
    Spoiled("an empty body", "Subject: Declined\n\n \n\n", "body", "empty"),
    Spoiled("an unknown placeholder", GOOD.replace("{name}", "{nmae}"), "body", "{nmae}"),
    Spoiled("an unknown placeholder in the subject", GOOD.replace("Declined", "{nmae}"), "subject", "{nmae}"),
    Spoiled("a field of another act", GOOD.replace("{name}", "{notified_on}"), "body", "reason"),
    Spoiled("a conversion", GOOD.replace("{name}", "{name!r}"), "body", "plain"),
    Spoiled("a format", GOOD.replace("{name}", "{name:>40}"), "body", "plain"),
    Spoiled("an attribute", GOOD.replace("{name}", "{name.__class__}"), "body", "plain"),
    Spoiled("an index", GOOD.replace("{name}", "{name[0]}"), "body", "plain"),
    Spoiled("a number", GOOD.replace("{name}", "{0}"), "body", "plain"),
    Spoiled("nothing in braces", GOOD.replace("{name}", "{}"), "body", "plain"),
    Spoiled("a placeholder within one", GOOD.replace("{name}", "{name:{ref}}"), "body", "plain"),
    Spoiled("a brace that is not closed", GOOD.replace("{name}", "{name"), "body", "not understood"),
    Spoiled("a brace that is not opened", GOOD.replace("{name}", "name}"), "body", "twice"),
    Spoiled("a field that may be left out", GOOD.replace("{name}", "{tenant}"), "body", "left out", "activated"),
    Spoiled("a field of what only a deadline sends", GOOD.replace("{name}", "{reason}"), "body", "a deadline",
            "window_opened"),
    Spoiled("what one of two senders does not know", GOOD.replace("{name}", "{reason}"), "body", "end_cooldown",
            "cooldown_ended"),
]  # fmt: skip


@pytest.mark.parametrize("spoiled", SPOILED, ids=lambda spoiled: spoiled.name)
@pytest.mark.parametrize("language", ["en", "cs"])
def test_a_text_that_cannot_be_filled_is_refused(folder: Path, spoiled: Spoiled, language: str) -> None:
    file = f"notices/{spoiled.kind}.{language}.txt"
    (folder / file).write_text(spoiled.text, encoding="utf-8")
    refusal = refusal_of(folder)
    assert refusal is not None, "the folder was loaded"
    assert (refusal.file, refusal.key) == (file, spoiled.key)
    assert spoiled.words in refusal.message


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "Subject:Declined\n\nHello.",
        "Subject: {pga} {ref} {region} {on} {due_on}\n\n{name}: {reason}\n",
        "Subject: Declined\r\n\r\nHello {name}.\r\n",
        "Subject: Braces\n\n{{name}} is {name}.",
    ],
)
def test_a_text_that_can_be_filled_is_taken(folder: Path, text: str) -> None:
    (folder / "notices" / "application_declined.de.txt").write_text(text, encoding="utf-8", newline="")
    assert refusal_of(folder) is None


def test_files_may_begin_with_a_byte_order_mark(folder: Path) -> None:
    before = load(folder, SHIPPED)
    for path in sorted(folder.rglob("*.*")):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    found = load(folder, SHIPPED)
    assert (found.notices, found.titles, found.lifecycles) == (before.notices, before.titles, before.lifecycles)


def test_a_brace_of_one_s_own_is_written_twice(folder: Path) -> None:
    text = "Subject: Braces\n\n{{name}} is {name}."
    (folder / "notices" / "application_declined.de.txt").write_text(text, encoding="utf-8")
    assert load(folder, SHIPPED).written("application_declined", "de", VALUES).body == "{name} is Fabrikam GmbH."


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ('iban = "sensitive text!"', "sensitive"),
        ('iban = "text"', "left out"),
        ('iban = "text! if enrollment.bank_account"', "left out"),
        ('iban = "scores!"', "criteria"),
    ],
)
def test_a_field_that_is_hidden_or_not_always_there_cannot_be_told(folder: Path, field: str, words: str) -> None:
    replaced(folder, LIFE, 'payload = { question = "text!" }', f'payload = {{ question = "text!", {field} }}')
    replaced(folder, "notices/information_requested.en.txt", "{question}", "{question} {iban}")
    refusal = refusal_of(folder)
    assert refusal is not None
    assert (refusal.file, refusal.key) == ("notices/information_requested.en.txt", "body")
    assert "{iban}" in refusal.message
    assert words in refusal.message


@pytest.mark.parametrize("field", ['iban = "text!"', 'iban = "text = unknown"', 'iban = "coming_date = today"'])
def test_a_field_that_is_always_there_can_be_told(folder: Path, field: str) -> None:
    replaced(folder, LIFE, 'payload = { question = "text!" }', f'payload = {{ question = "text!", {field} }}')
    replaced(folder, "notices/information_requested.en.txt", "{question}", "{question} {iban}")
    assert refusal_of(folder) is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("activated.txt", "KIND.LANGUAGE.txt"),
        ("x.y.z.txt", "KIND.LANGUAGE.txt"),
        ("activated.EN.txt", "KIND.LANGUAGE.txt"),
        ("Activated.en.txt", "KIND.LANGUAGE.txt"),
        ("activated.xx.txt", "'xx'"),
        ("activated.deu.txt", "'deu'"),
    ],
)
def test_a_file_with_another_name_is_refused(folder: Path, name: str, words: str) -> None:
    (folder / "notices" / name).write_text(GOOD, encoding="utf-8")
    refusal = refusal_of(folder)
    assert refusal is not None
    assert (refusal.file, refusal.key) == (f"notices/{name}", "")
    assert words in refusal.message


@pytest.mark.parametrize("name", ["rules.x.y.toml", "titles.EN.toml", "titles..toml"])
def test_words_of_a_language_that_is_none_are_refused(folder: Path, name: str) -> None:
    (folder / name).write_text("", encoding="utf-8")
    refusal = refusal_of(folder)
    assert refusal is not None
    assert (refusal.file, refusal.key) == (name, "")
    assert "is no language" in refusal.message


def test_a_text_that_is_not_utf_8_is_refused(folder: Path) -> None:
    (folder / "notices" / "activated.de.txt").write_bytes("Subject: Grüße\n\nGrüße.\n".encode("latin-1"))
    refusal = refusal_of(folder)
    assert refusal is not None
    assert (refusal.file, refusal.key) == ("notices/activated.de.txt", "")
    assert "cannot be read" in refusal.message


@pytest.mark.parametrize("text", ["({need!r}).", "({need:>9}).", "({need.real}).", "({need[0]}).", "({0}).", "({})."])
def test_a_wording_takes_plain_placeholders_only(folder: Path, text: str) -> None:
    replaced(folder, "rules.it.toml", "({need}).", text)
    refusal = refusal_of(folder)
    assert refusal is not None
    assert (refusal.file, refusal.key) == ("rules.it.toml", "actor.role.statement")
    assert "plain" in refusal.message
