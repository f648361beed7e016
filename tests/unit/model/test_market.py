"""A country is found by any of its names and by no other's; what its rows contradict is named."""

from __future__ import annotations

import pytest

from csp_workflow.errors import AmbiguousCountry, NotFound
from csp_workflow.model.market import CONTRADICTIONS, CURRENCIES, MARKETS, Countries, Country, Listing
from tests.unit.evidence import PROGRAMME

REGIONS = {"north": "The North", "south": "The South"}


def market(region: str, printed: str, *, glued: bool = False) -> Listing:
    """A row of the table of markets."""
    return Listing(MARKETS, region, printed, glued, "a-page")


def billed(currency: str, printed: str, *, glued: bool = False) -> Listing:
    """A row of the table of currencies."""
    return Listing(CURRENCIES, currency, printed, glued, "a-page")


def country(code: str, name: str, *listings: Listing, german: str = "") -> Country:
    """A country with its rows."""
    markets, billing = (tuple(row for row in listings if row.table == table) for table in (MARKETS, CURRENCIES))
    return Country(code=code, names={"en": name, "de": german or name}, markets=markets, billing=billing)


def among(*countries: Country) -> Countries:
    """These countries and no others."""
    return Countries({item.code: item for item in countries})


LUX = country("LU", "Luxembourg", billed("EUR", "Luxemburg/Belgien", glued=True), german="Luxemburg")
BEL = country("BE", "Belgium", billed("EUR", "Luxemburg/Belgien", glued=True), german="Belgien")


# ------------------------------------------------------------------------------------------------- look-up


@pytest.mark.parametrize(
    "name",
    [
        "AT", "at", " At ", "Austria", "AUSTRIA", "austria ", "Österreich", "ÖSTERREICH", "osterreich", "oesterreich",
        "OESTERREICH", "O\u0308sterreich", "Öster reich", "ö-s-t-e-r-r-e-i-c-h",
    ],
)  # fmt: skip
def test_capitals_accents_spaces_and_punctuation_do_not_count(name: str) -> None:
    assert PROGRAMME.countries.find(name).code == "AT"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Curaçao", "CW"), ("curacao", "CW"),
        ("Côte d'Ivoire", "CI"), ("cote d\u2019ivoire", "CI"), ("COTE DIVOIRE", "CI"),
        ("new   zealand", "NZ"), ("Timor-Leste", "TL"), ("timor leste", "TL"),
        ("Trinidad & Tobago", "TT"), ("trinidad and tobago", "TT"), ("Trinidad und Tobago", "TT"),
        ("Hongkong (SAR)", "HK"), ("hongkong sar", "HK"),
        ("Färöer", "FO"), ("faroer", "FO"), ("faeroeer", "FO"), ("Faeröer", "FO"),
        ("USA", "US"), ("Bonaire", "BQ"), ("Saba", "BQ"), ("st eustatius", "BQ"), ("Kosovo", "XK"),
    ],
)  # fmt: skip
def test_a_country_is_found_by_every_name_that_it_has_or_is_printed_under(name: str, code: str) -> None:
    assert PROGRAMME.countries.find(name).code == code


def test_how_an_accent_is_encoded_does_not_count() -> None:
    countries = among(country("AA", "Ko\u0308ln"))
    assert [countries.find(name).code for name in ("K\u00f6ln", "Ko\u0308ln", "koln", "koeln")] == ["AA"] * 4


@pytest.mark.parametrize(
    ("name", "suggested"),
    [
        ("Fijii", "Fiji"),
        ("Fidshi", "Fidschi"),
        ("oesterreih", "Österreich"),
        ("Hongkong S", "Hongkong SAR"),
        ("aland", "Ålandinseln"),
    ],
)
def test_a_name_that_no_one_has_is_not_found_and_the_closest_is_suggested(name: str, suggested: str) -> None:
    with pytest.raises(NotFound, match=f"did you mean '{suggested}'") as refused:
        PROGRAMME.countries.find(name)
    assert (refused.value.code, refused.value.exit_code) == ("unknown_country", 4)


@pytest.mark.parametrize("name", ["nonsense", "", " ", "???", "ZZ", "ß", "ﬁ", "1"])
def test_where_nothing_is_close_the_answer_says_what_to_give(name: str) -> None:
    with pytest.raises(NotFound, match="give its ISO 3166-1 alpha-2 code, or one of its names"):
        PROGRAMME.countries.find(name)


@pytest.mark.parametrize("name", ["Luxemburg/Belgien", "LUXEMBURG / BELGIEN", "luxemburg belgien"])
def test_a_name_that_is_printed_for_two_places_is_not_guessed(name: str) -> None:
    with pytest.raises(AmbiguousCountry, match=r"ask for Belgium \(BE\) or Luxembourg \(LU\)") as refused:
        among(LUX, BEL).find(name)
    assert (refused.value.code, refused.value.exit_code) == ("ambiguous_country", 2)
    assert refused.value.details == {"name": name, "meant": {"BE": "Belgium", "LU": "Luxembourg"}}


def test_a_name_that_is_printed_for_two_places_is_not_suggested_either() -> None:
    with pytest.raises(NotFound, match="did you mean 'Luxemburg'"):
        among(LUX, BEL).find("Luxembur")


def test_names_that_differ_only_in_what_does_not_count_shadow_nobody() -> None:
    countries = among(country("AA", "Cote"), country("BB", "Côte"))
    for name in ("Cote", "Côte", "cöte"):
        with pytest.raises(AmbiguousCountry):
            countries.find(name)
    assert countries.find("bb").code == "BB"


def test_names_are_gathered_when_one_is_first_asked_for() -> None:
    countries = among(LUX, BEL)
    countries.find("LU")
    assert "_index" not in vars(countries)
    countries.find("Luxemburg")
    assert "_index" in vars(countries)


# ------------------------------------------------------------------------------------------ contradictions


@pytest.mark.parametrize(
    ("listings", "found"),
    [
        ([market("north", "A"), billed("EUR", "A")], {}),
        ([], {"not_listed": ()}),
        ([billed("EUR", "A")], {"no_region": ()}),
        ([market("north", "A")], {"no_currency": ()}),
        (
            [market("north", "A"), market("south", "A"), billed("EUR", "A")],
            {"several_regions": ("The North", "The South")},
        ),
        ([market("north", "A"), billed("USD", "A"), billed("AUD", "A")], {"several_currencies": ("USD", "AUD")}),
        ([market("north", "A"), billed("EUR", "A and B", glued=True)], {"glued": ("A and B",)}),
        ([market("north", "A"), billed("EUR", "A"), billed("EUR", "A and B", glued=True)], {"glued": ("A and B",)}),
        ([market("north", "A"), market("north", "A"), billed("EUR", "A")], {"repeated": ("A",)}),
        ([market("north", "A"), billed("EUR", "A"), billed("EUR", "A")], {"repeated": ("A",)}),
        ([market("north", "A"), billed("EUR", "Ah")], {"spelled_differently": ("A", "Ah")}),
    ],
)  # fmt: skip
def test_a_contradiction_is_a_word_with_what_it_is_about(
    listings: list[Listing], found: dict[str, tuple[str, ...]]
) -> None:
    assert country("AA", "A", *listings).contradictions(REGIONS) == found
    assert set(found) <= set(CONTRADICTIONS)


def test_several_places_under_one_code_are_no_contradiction() -> None:
    rows = [market("north", "A"), market("north", "B"), billed("EUR", "A"), billed("EUR", "B")]
    assert country("AA", "A", *rows).contradictions(REGIONS) == {}
    assert country("AA", "A", *rows[:3]).contradictions(REGIONS) == {}


def test_a_country_can_contradict_itself_in_more_than_one_way() -> None:
    rows = [market("north", "A"), market("south", "A"), market("south", "A")]
    assert list(country("AA", "A", *rows).contradictions(REGIONS)) == ["no_currency", "several_regions", "repeated"]


def test_regions_and_currencies_are_named_once_in_the_order_of_the_page() -> None:
    rows = [market("south", "A"), market("north", "B"), market("south", "C"), billed("USD", "A"), billed("USD", "B")]
    found = country("AA", "A", *rows)
    assert (found.regions, found.currencies) == (("south", "north"), ("USD",))


# --------------------------------------------------------------------------------------------- the answer


def test_the_answer_quotes_every_row_with_its_document() -> None:
    found = PROGRAMME.market("fidschi")
    assert found.to_dict() == {
        "country": "FJ",
        "names": {"en": "Fiji", "de": "Fidschi"},
        "regions": {"australia": "Australia"},
        "currencies": ["USD", "AUD"],
        "listings": [
            {"table": table, "value": value, "printed": "Fidschi", "glued": False, "source": "enroll-2018"}
            for table, value in (("markets", "australia"), ("currencies", "USD"), ("currencies", "AUD"))
        ],
        "contradictions": {
            "several_currencies": "The country stands under more than one billing currency: USD / AUD.",
        },
        "sources": {
            "enroll-2018": {
                "title": "Registrieren für das Programm für Cloud Solution Provider",
                "date": "spring 2018",
            }
        },
    }


def test_the_answer_speaks_the_reader_s_language_and_english_where_it_does_not_know_it() -> None:
    told = {language: PROGRAMME.market("CN", language).contradictions["not_listed"] for language in ("en", "de", "fr")}
    assert told["de"] == "Das Land steht in keiner Marktgruppe und in keiner Währungstabelle."
    assert told["fr"] == told["en"]
