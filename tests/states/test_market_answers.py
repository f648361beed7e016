"""Every country of both tables is found by every name, and the answer is what the page of 2018 prints, no more."""

from __future__ import annotations

from typing import Any

import pytest

from csp_workflow.errors import AmbiguousCountry
from csp_workflow.model.market import Market
from csp_workflow.workflow import Workflow
from tests.states.test_markets import (
    CLDR,
    COUNTRIES,
    CURRENCY_ROWS,
    GLUED,
    MARKET_ROWS,
    SPELLED_TWO_WAYS,
    codes_of,
    expected,
)
from tests.unit.evidence import PROGRAMME

PRINTED = {row["place_as_printed"] for row in (*MARKET_ROWS, *CURRENCY_ROWS)}
REGIONS, CURRENCIES = expected(MARKET_ROWS, "region"), expected(CURRENCY_ROWS, "currency")


def names_of(code: str) -> set[str]:
    """All that a country is called: its code, its names in both languages, and as printed."""
    printed = {name for name in PRINTED - set(GLUED) if codes_of(name) == [code]}
    return {code, *printed, *(names[code] for names in CLDR.values())}


NAMES = {code: names_of(code) for code in COUNTRIES}
MARKETS = {code: PROGRAMME.market(code) for code in COUNTRIES}


def distinct(rows: list[dict[str, Any]], key: str) -> tuple[str, ...]:
    """The values of a column, each once."""
    return tuple(dict.fromkeys(row[key] for row in rows))


def with_contradiction(word: str) -> list[str]:
    """The countries of which something is said."""
    return [code for code, found in MARKETS.items() if word in found.contradictions]


def test_every_code_every_name_and_every_printed_place_leads_to_its_country_and_no_other() -> None:
    assert len(NAMES) == 250
    assert {name for names in NAMES.values() for name in names} >= PRINTED - set(GLUED)
    astray = {
        (name, form(name)): PROGRAMME.countries.find(form(name)).code
        for code, names in NAMES.items()
        for name in names
        for form in (str, str.upper, str.lower, str.title)
        if PROGRAMME.countries.find(form(name)).code != code
    }
    assert astray == {}


@pytest.mark.parametrize("printed", GLUED)
def test_what_is_printed_for_two_places_leads_to_neither(printed: str) -> None:
    with pytest.raises(AmbiguousCountry) as refused:
        PROGRAMME.market(printed)
    assert sorted(refused.value.details["meant"]) == sorted(GLUED[printed])


def test_the_answer_has_exactly_the_regions_and_currencies_of_the_page() -> None:
    assert {code: (tuple(found.regions), found.currencies) for code, found in MARKETS.items()} == {
        code: (distinct(REGIONS.get(code, []), "region"), distinct(CURRENCIES.get(code, []), "currency"))
        for code in COUNTRIES
    }


def test_the_answer_quotes_exactly_the_rows_of_the_page() -> None:
    def quoted(found: Market, table: str) -> list[tuple[str, str, bool]]:
        return [(row.value, row.printed, row.glued) for row in found.listings if row.table == table]

    for code, found in MARKETS.items():
        for table, rows, key in (("markets", REGIONS, "region"), ("currencies", CURRENCIES, "currency")):
            page = [(row[key], row["printed"], row.get("glued", False)) for row in rows.get(code, [])]
            assert quoted(found, table) == page
        assert {row.source for row in found.listings} <= {"enroll-2018"}
        assert [source.id for source in found.sources] == ["enroll-2018"]


def test_every_contradiction_of_the_page_is_told_and_no_other() -> None:
    assert with_contradiction("several_currencies") == ["FJ"]
    assert with_contradiction("several_regions") == ["MG", "ML", "MW", "NC", "YT"]
    assert with_contradiction("no_region") == ["TL"]
    assert len(with_contradiction("no_currency")) == 65
    assert {"MT", "GG", "BG"} <= set(with_contradiction("no_currency"))
    assert with_contradiction("repeated") == ["BQ"]
    assert with_contradiction("glued") == sorted(code for codes in GLUED.values() for code in codes)
    assert len(with_contradiction("not_listed")) == 14
    assert with_contradiction("spelled_differently") == sorted(codes_of(name)[0] for name in SPELLED_TWO_WAYS)


def test_a_workflow_answers_without_its_store(workflow: Workflow) -> None:
    workflow.close()
    assert workflow.market("Fidschi") == MARKETS["FJ"]
    assert workflow.market("FJ", language="de") == PROGRAMME.market("FJ", "de") != MARKETS["FJ"]
