"""`market`: what the tables of places say of a country, asked as people would ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from csp_workflow.console.names import NO_VALUE
from tests.acceptance.keyboard import quiet, typed, typed_outside
from tests.states.folders import copied, replaced

TITLE = "enroll-2018: Registrieren für das Programm für Cloud Solution Provider, spring"
SEVERAL_CURRENCIES = {
    "en": "The country stands under more than one billing currency: USD / AUD.",
    "de": "Das Land steht unter mehr als einer Abrechnungswährung: USD / AUD.",
    "it": "Il paese compare sotto più di una valuta di fatturazione: USD / AUD.",
    "cs": "Země je uvedena u více než jedné fakturační měny: USD / AUD.",
}
NOT_LISTED = {
    "en": "The country stands in no market group and in no currency table.",
    "de": "Das Land steht in keiner Marktgruppe und in keiner Währungstabelle.",
    "it": "Il paese non compare in alcun gruppo di mercati né in alcuna tabella delle valute.",
    "cs": "Země není uvedena v žádné skupině trhů ani v žádné tabulce měn.",
}
ANSWERS = [
    ("Fiji", "FJ", ["australia"], ["USD", "AUD"], ["several_currencies"]),
    ("fidschi", "FJ", ["australia"], ["USD", "AUD"], ["several_currencies"]),
    ("FJ", "FJ", ["australia"], ["USD", "AUD"], ["several_currencies"]),
    ("ÖSTERREICH", "AT", ["europe"], ["EUR"], []),
    ("oesterreich", "AT", ["europe"], ["EUR"], []),
    ("Malta", "MT", ["europe"], [], ["no_currency"]),
    ("Madagaskar", "MG", ["europe", "mea_cee"], ["USD"], ["several_regions"]),
    ("Timor-Leste", "TL", [], ["USD"], ["no_region"]),
    ("China", "CN", [], [], ["not_listed"]),
    ("Bonaire", "BQ", ["latin_america"], ["USD"], ["glued", "repeated"]),
    ("new zealand", "NZ", ["new_zealand"], ["NZD"], []),
    ("Korea", "KR", ["korea"], ["KRW"], ["spelled_differently"]),
]


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    quiet(monkeypatch, tmp_path)
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.parametrize(("name", "code", "regions", "currencies", "contradictions"), ANSWERS)
def test_a_country_is_answered_in_data_and_in_words(
    name: str, code: str, regions: list[str], currencies: list[str], contradictions: list[str]
) -> None:
    found = typed("--json", "market", *name.split()).json
    assert list(found) == ["country", "names", "regions", "currencies", "listings", "contradictions", "sources"]
    assert (found["country"], list(found["regions"]), found["currencies"]) == (code, regions, currencies)
    assert list(found["contradictions"]) == contradictions
    read = typed("market", name)
    assert (read.code, read.err) == (0, "")
    assert read.out.startswith(f"{found['names']['en']} ({code})\n")
    shown = " ".join(read.out.split())
    for part in (*found["names"].values(), *regions, *currencies, *found["contradictions"].values(), TITLE):
        assert part in shown
    assert all(f"{row['printed']} {row['value']} {row['source']}" in shown for row in found["listings"])


def test_a_country_looks_so_at_80_columns() -> None:
    assert typed("market", "Fiji").out == (
        "Fiji (FJ)\n"
        "  names             Fiji (en), Fidschi (de)\n"
        "  region            Australia (australia)\n"
        "  billing currency  USD, AUD\n"
        "  The country stands under more than one billing currency: USD / AUD.\n"
        "\n"
        "table        as printed   stands under   source\n"
        "────────────────────────────────────────────────────\n"
        "markets      Fidschi      australia      enroll-2018\n"
        "currencies   Fidschi      USD            enroll-2018\n"
        "currencies   Fidschi      AUD            enroll-2018\n"
        "\n"
        "enroll-2018: Registrieren für das Programm für Cloud Solution Provider, spring\n"
        "2018\n"
    )


def test_a_country_without_region_and_currency_shows_that_there_is_none() -> None:
    shown = typed("market", "China").out.splitlines()
    assert f"  region            {NO_VALUE}" in shown
    assert f"  billing currency  {NO_VALUE}" in shown
    assert not any("as printed" in line for line in shown)


@pytest.mark.parametrize("name", ["MK", "MG", "BQ", "GS", "YT"])
def test_the_longest_names_fit_the_screen(name: str) -> None:
    assert max(map(len, typed("market", name).out.splitlines())) <= 80


@pytest.mark.parametrize("language", ["en", "de", "it", "cs"])
def test_contradictions_are_told_in_the_reader_s_language(language: str) -> None:
    words = {"Fiji": SEVERAL_CURRENCIES[language], "China": NOT_LISTED[language]}
    for name, sentence in words.items():
        assert list(typed("--lang", language, "--json", "market", name).json["contradictions"].values()) == [sentence]
        assert sentence in " ".join(typed("market", name, "--lang", language).out.split())


def test_the_heading_is_the_country_s_name_in_the_reader_s_language_where_it_has_one() -> None:
    assert typed("--lang", "de", "market", "Fiji").out.startswith("Fidschi (FJ)\n")
    assert typed("--lang", "cs", "market", "Fiji").out.startswith("Fiji (FJ)\n")


def test_a_region_is_called_by_its_name_in_the_reader_s_language() -> None:
    for language, region in (("en", "Europe"), ("de", "Europa"), ("cs", "Evropa")):
        assert f"{region} (europe)" in typed("--lang", language, "market", "DE").out


@pytest.mark.parametrize(
    ("name", "code", "error", "part"),
    [
        ("Luxemburg/Belgien", 2, "ambiguous_country", "ask for Belgium (BE) or Luxembourg (LU)"),
        ("albanien und st. eustatius", 2, "ambiguous_country", "ask for Albania (AL) or Caribbean Netherlands (BQ)"),
        ("Fijii", 4, "unknown_country", "did you mean 'Fiji'?"),
        ("nonsense", 4, "unknown_country", "one of its names"),
        ("\x1b[31mFiji\x1b[0m", 4, "unknown_country", "\\x1b[31mFiji"),
    ],
)
def test_what_is_no_country_or_two_is_not_guessed(name: str, code: int, error: str, part: str) -> None:
    said = typed("market", *name.split())
    assert (said.code, said.out, said.err.count("\n")) == (code, "", 1)
    assert part in said.err
    told = typed("--json", "market", name)
    assert (told.code, told.json["error"]["code"]) == (code, error)


def test_a_country_has_to_be_named() -> None:
    assert (typed("market").code, typed("--json", "market").json["error"]["code"]) == (2, "usage")


def test_definitions_of_one_s_own_answer_for_themselves(tmp_path: Path) -> None:
    states = copied(tmp_path)
    replaced(states, "markets.toml", '{ currency = "USD", printed = "Fidschi" }, ', "")
    replaced(states, "markets.toml", 'de = "Fidschi"', 'de = "Fidschi", fj = "Viti"')
    replaced(states, "titles.en.toml", "stands in no market group and", "is not there, nor")
    found = typed("--states", str(states), "--json", "market", "viti").json
    assert (found["country"], found["currencies"], found["contradictions"]) == ("FJ", ["AUD"], {})
    assert "is not there, nor in no currency table" in typed("market", "China", f"--states={states}").out


def test_no_database_is_needed_and_none_is_made(tmp_path: Path) -> None:
    damaged = ["--db", "sqlite:////nowhere/at/all.db"]
    assert typed(*damaged, "market", "Fiji").code == 0
    assert list(tmp_path.iterdir()) == []


def test_it_answers_so_from_outside(tmp_path: Path) -> None:
    said = typed_outside(tmp_path, "market", "new", "zealand", "--json")
    assert (said.code, said.json["country"]) == (0, "NZ")
    read = typed_outside(tmp_path, "market", "ÖSTERREICH", COLUMNS="80", LANG="de_AT.UTF-8")
    assert (read.code, read.out.partition("\n")[0]) == (0, "Österreich (AT)")
    refused = typed_outside(tmp_path, "market", "Luxemburg/Belgien")
    assert (refused.code, refused.out) == (2, "")
