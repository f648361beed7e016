"""`states/markets.toml` says what the page of 2018 says, country by country, with its contradictions left in."""

from __future__ import annotations

import csv
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pycountry
import pytest
from babel import Locale

from csp_workflow.bootstrap import judge_of

ROOT = Path(__file__).parents[2]
KOSOVO = "XK"  # user-assigned: ISO 3166-1 has no code for it

REGIONS = [
    "brazil",
    "canada",
    "india",
    "japan",
    "korea",
    "new_zealand",
    "russia",
    "taiwan",
    "united_states",
    "australia",
    "latin_america",
    "europe",
    "mea_cee",
    "africa",
    "asia_pacific",
]

GLUED = {"Albanien und St. Eustatius": ["AL", "BQ"], "Luxemburg/Belgien": ["LU", "BE"]}

KNOWN_SPELLINGS = {
    "Aserbeidschan": "AZ",
    "Bonaire": "BQ",
    "Curacao": "CW",
    "Côte d'Ivoire": "CI",  # CLDR has a curly apostrophe
    "Hongkong (SAR)": "HK",
    "Hongkong SAR": "HK",
    "Isle Of Man": "IM",
    "Jan Mayen": "SJ",
    "Kongo": "CG",  # beside "Kongo (DRK)"
    "Kongo (DRK)": "CD",
    "Korea": "KR",
    "Macau (SAR)": "MO",
    "Macau SAR": "MO",
    "Palästinensische Behörde": "PS",
    "Republik Mazedonien (Ehemalige jugoslawische Republik Mazedonien)": "MK",
    "Saba": "BQ",
    "Saint Barthélemy": "BL",
    "Saint Kitts und Nevis": "KN",
    "Saint Lucia": "LC",
    "Saint Martin": "MF",
    "St. Eustatius": "BQ",
    "St. Maarten": "SX",
    "Svalbard": "SJ",
    "Swasiland": "SZ",
    "Tschechische Republik": "CZ",
    "USA": "US",
}

SPELLED_TWO_WAYS = {  # in the market groups: under the currencies
    "Antarctica": "Antarktis",
    "Curacao": "Curaçao",
    "French Guiana": "Französisch-Guayana",
    "Hongkong SAR": "Hongkong (SAR)",
    "Isle of Man": "Isle Of Man",
    "Jemen": "Yemen",
    "Korea": "Südkorea",
    "Macau (SAR)": "Macau SAR",
    "Saint Lucia": "St. Lucia",
    "Saint Martin": "St. Martin",
    "U.S. Virgin Islands": "Amerikanische Jungferninseln",
    "USA": "Vereinigte Staaten",
}

Entry = dict[str, Any]


def read_table(name: str) -> list[dict[str, str]]:
    """The lines of one of the page's tables, in the order of the page."""
    with (ROOT / "tests" / "data" / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


DATA: dict[str, Any] = tomllib.loads((ROOT / "states" / "markets.toml").read_text(encoding="utf-8"))
COUNTRIES: dict[str, dict[str, Any]] = DATA["country"]
MARKET_ROWS = read_table("markets_2018.csv")
CURRENCY_ROWS = read_table("billing_currencies_2018.csv")
PLACES = list(dict.fromkeys(row["place_as_printed"] for row in MARKET_ROWS))
BILLED_PLACES = {row["place_as_printed"] for row in CURRENCY_ROWS}
CLDR = {language: Locale(language).territories for language in ("en", "de")}


def codes_of(printed: str) -> list[str]:
    """The codes that a printed place means, found without looking at the entries of the TOML file."""
    if printed in GLUED:
        return GLUED[printed]
    if printed in KNOWN_SPELLINGS:
        return [KNOWN_SPELLINGS[printed]]
    return [code for code in COUNTRIES if printed in {names[code] for names in CLDR.values()}]


def expected(rows: list[dict[str, str]], key: str) -> dict[str, list[Entry]]:
    """What each country has to say about one table of the page."""
    entries: dict[str, list[Entry]] = {}
    for row in rows:
        printed = row["place_as_printed"]
        glued = {"glued": True} if printed in GLUED else {}
        for code in codes_of(printed):
            entries.setdefault(code, []).append({key: row[key], "printed": printed, **glued})
    return entries


def stated(table: str) -> dict[str, list[Entry]]:
    """What each country does say about one table of the page."""
    return {code: country[table] for code, country in COUNTRIES.items() if table in country}


def values(code: str, table: str, key: str) -> list[str]:
    """The regions or the currencies of a country, in the order of the page."""
    return [entry[key] for entry in COUNTRIES[code].get(table, [])]


def test_both_tables_name_the_document_they_come_from() -> None:
    assert DATA["source"] == {"markets": "enroll-2018", "currencies": "enroll-2018"}
    assert set(DATA) == {"source", "region", "country"}


def test_the_regions_are_the_rows_of_the_page_in_their_order() -> None:
    assert list(DATA["region"]) == REGIONS
    assert list(dict.fromkeys((row["row"], row["region"]) for row in MARKET_ROWS)) == [
        (str(number), region) for number, region in enumerate(REGIONS, start=1)
    ]


def test_every_region_has_a_name_of_its_own() -> None:
    names = [region["name"] for region in DATA["region"].values()]
    assert all(names)
    assert len(set(names)) == len(REGIONS)
    assert all(set(region) == {"name"} for region in DATA["region"].values())


def test_the_countries_are_those_of_iso_3166_and_kosovo_in_the_order_of_their_codes() -> None:
    assert list(COUNTRIES) == sorted([*(country.alpha_2 for country in pycountry.countries), KOSOVO])
    assert len(COUNTRIES) == 250


def test_a_country_holds_its_name_and_what_the_page_says_of_it_and_nothing_else() -> None:
    assert all(set(country) <= {"name", "also", "markets", "currencies"} for country in COUNTRIES.values())
    assert all(country.get(table, ["any"]) for country in COUNTRIES.values() for table in ("markets", "currencies"))


@pytest.mark.parametrize("language", ["en", "de"])
def test_countries_are_named_as_cldr_names_them(language: str) -> None:
    assert {code: country["name"][language] for code, country in COUNTRIES.items()} == {
        code: CLDR[language][code] for code in COUNTRIES
    }
    assert all(set(country["name"]) == {"en", "de"} for country in COUNTRIES.values())


def test_every_country_is_found_by_the_names_that_iso_gives_it() -> None:
    countries = judge_of().programme.countries
    given = {
        (country.alpha_2, name)
        for country in pycountry.countries
        for name in (country.name, getattr(country, "common_name", country.name))
    }
    assert {(countries.find(name).code, name) for _code, name in given} == given


def test_every_printed_place_means_one_country_unless_two_are_glued() -> None:
    unglued = {*PLACES, *BILLED_PLACES} - GLUED.keys()
    assert {place: codes_of(place) for place in unglued if len(codes_of(place)) != 1} == {}


def test_every_known_spelling_is_printed_and_is_no_name_in_cldr() -> None:
    assert KNOWN_SPELLINGS.keys() <= {*PLACES, *BILLED_PLACES}
    assert [
        spelling for spelling, code in KNOWN_SPELLINGS.items() if spelling in {names[code] for names in CLDR.values()}
    ] == []


def test_every_market_entry_of_the_page_stands_under_its_country_and_no_other_does() -> None:
    assert stated("markets") == expected(MARKET_ROWS, "region")


def test_every_currency_entry_of_the_page_stands_under_its_country_and_no_other_does() -> None:
    assert stated("currencies") == expected(CURRENCY_ROWS, "currency")


def test_the_page_has_244_market_entries_in_15_groups_for_238_places() -> None:
    entries = [entry for country in stated("markets").values() for entry in country]
    assert len(entries) == len(MARKET_ROWS) == 244
    assert {entry["region"] for entry in entries} == set(REGIONS)
    assert len(REGIONS) == 15
    assert len({entry["printed"] for entry in entries}) == len(PLACES) == 238


def test_the_page_has_174_currency_entries_in_15_currencies_and_two_of_them_stand_twice() -> None:
    entries = [entry for country in stated("currencies").values() for entry in country]
    assert len(CURRENCY_ROWS) == 174
    assert len(entries) == 174 + len(GLUED)
    assert len({(entry["currency"], entry["printed"]) for entry in entries}) == 174
    assert len({entry["currency"] for entry in entries}) == 15


def test_every_currency_is_one_of_iso_4217() -> None:
    known = {currency.alpha_3 for currency in pycountry.currencies}
    assert {row["currency"] for row in CURRENCY_ROWS} <= known


def test_two_currency_entries_are_glued_and_no_market_entry_is() -> None:
    glued = [
        (entry["printed"], code)
        for code, entries in stated("currencies").items()
        for entry in entries
        if entry.get("glued")
    ]
    assert sorted(glued) == sorted((printed, code) for printed, codes in GLUED.items() for code in codes)
    assert not any("glued" in entry for entries in stated("markets").values() for entry in entries)


def test_albania_and_luxembourg_have_a_currency_only_by_a_glued_entry() -> None:
    only_glued = [
        code for code, entries in stated("currencies").items() if all(entry.get("glued") for entry in entries)
    ]
    assert only_glued == ["AL", "LU"]


def test_belgium_has_the_euro_by_an_entry_of_its_own_and_again_by_a_glued_one() -> None:
    assert COUNTRIES["BE"]["currencies"] == [
        {"currency": "EUR", "printed": "Belgien"},
        {"currency": "EUR", "printed": "Luxemburg/Belgien", "glued": True},
    ]


def test_fiji_alone_has_two_currencies() -> None:
    several = [code for code in COUNTRIES if len(set(values(code, "currencies", "currency"))) > 1]
    assert several == ["FJ"]
    assert values("FJ", "currencies", "currency") == ["USD", "AUD"]


def test_five_countries_stand_in_two_groups() -> None:
    several = {code for code in COUNTRIES if len(set(values(code, "markets", "region"))) > 1}
    assert several == {"MG", "MW", "ML", "YT", "NC"}
    assert all(values(code, "markets", "region") == ["europe", "mea_cee"] for code in several)


def test_st_eustatius_stands_twice_in_one_group() -> None:
    assert [(entry["region"], entry["printed"]) for entry in COUNTRIES["BQ"]["markets"]] == [
        ("latin_america", "Bonaire"),
        ("latin_america", "Saba"),
        ("latin_america", "St. Eustatius"),
        ("latin_america", "St. Eustatius"),
    ]


def test_no_other_place_stands_twice_in_one_group_or_under_one_currency() -> None:
    groups = Counter((row["region"], row["place_as_printed"]) for row in MARKET_ROWS)
    currencies = Counter((row["currency"], row["place_as_printed"]) for row in CURRENCY_ROWS)
    assert [entry for entry, times in groups.items() if times > 1] == [("latin_america", "St. Eustatius")]
    assert [entry for entry, times in currencies.items() if times > 1] == []


def test_timor_leste_alone_has_a_currency_and_no_market() -> None:
    assert stated("currencies").keys() - stated("markets").keys() == {"TL"}


def test_65_countries_have_a_market_and_no_currency() -> None:
    without = stated("markets").keys() - stated("currencies").keys()
    assert len(without) == 65
    assert {"MT", "GG", "BG"} <= without


def test_80_printed_places_have_no_currency_by_their_letters_12_by_another_spelling_and_3_by_a_glued_entry() -> None:
    by_letters = [place for place in PLACES if place not in BILLED_PLACES]
    assert len(by_letters) == 80
    spelled_alike = [place for place in by_letters if SPELLED_TWO_WAYS.get(place) not in BILLED_PLACES]
    assert len(spelled_alike) == 80 - 12
    unglued = [place for place in spelled_alike if place not in {"Albanien", "Luxemburg", "St. Eustatius"}]
    assert len(unglued) == 65
    codes = [code for place in unglued for code in codes_of(place)]
    assert sorted(codes) == sorted(stated("markets").keys() - stated("currencies").keys())


def test_the_spellings_of_the_two_tables_differ_for_twelve_places() -> None:
    differing = {
        entry["printed"]: country["currencies"][0]["printed"]
        for country in COUNTRIES.values()
        for entry in country.get("markets", [])
        if "currencies" in country
        and not {entry["printed"]} & {other["printed"] for other in country["currencies"]}
        and not any(other.get("glued") for other in country["currencies"])
    }
    assert differing == SPELLED_TWO_WAYS


def test_fourteen_countries_stand_in_neither_table() -> None:
    neither = [code for code, country in COUNTRIES.items() if not country.keys() & {"markets", "currencies"}]
    assert neither == ["CN", "CU", "EH", "GI", "IR", "KP", "PM", "SD", "SH", "SS", "ST", "SY", "TF", "UM"]
