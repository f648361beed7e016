"""The tables of places: in which regions and under which billing currencies each country is listed, as printed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from csp_workflow.catalogue.files import Section
from csp_workflow.catalogue.notices import placeholders
from csp_workflow.catalogue.usage import known_name
from csp_workflow.errors import DefinitionError
from csp_workflow.model.market import CONTRADICTIONS, CURRENCIES, MARKETS, TABLES, Countries, Country, Listing

_VALUES = "values"  # the one placeholder of a sentence about a contradiction


def read_markets(file: str, table: Mapping[str, Any]) -> tuple[dict[str, str], Countries, dict[str, str]]:
    """The regions with their names, the countries with their rows in both tables, and the sources of both."""
    top = Section(file, "", table)
    origin = top.table("source")
    sources = {name: origin.take(name, str) for name in TABLES if name in origin}
    origin.done()
    regions = {}
    for name, section in top.table("region").tables().items():
        regions[name] = section.take("name", str)
        section.done()
    countries = Countries()
    for code, section in top.table("country").tables().items():
        countries[code] = _country(code, section, regions, sources)
    top.done()
    _check_names(file, countries)
    return regions, countries, sources


def _country(code: str, section: Section, regions: Mapping[str, str], sources: Mapping[str, str]) -> Country:
    if not re.fullmatch("[A-Z]{2}", code):
        raise DefinitionError(section.file, section.path, "must be an ISO 3166-1 alpha-2 code such as DE")
    spoken = section.table("name")
    names = {language: _text(spoken, language) for language in dict.fromkeys(("en", *spoken.names()))}
    also = section.words("also")
    if not all(name.strip() for name in also):
        raise section.wrong("also", "must not hold an empty name")
    markets = _listings(section, MARKETS, "region", sources)
    billing = _listings(section, CURRENCIES, "currency", sources)
    section.done()
    for listing in markets:
        if listing.value not in regions:
            raise section.wrong(MARKETS, f"there is no region {listing.value!r}")
    for listing in billing:
        if not re.fullmatch("[A-Z]{3}", listing.value):
            raise section.wrong(CURRENCIES, f"{listing.value!r} is not an ISO 4217 code such as EUR")
    return Country(code=code, names=names, also=also, markets=markets, billing=billing)


def _listings(country: Section, table: str, what: str, sources: Mapping[str, str]) -> tuple[Listing, ...]:
    listings = []
    for given in country.take(table, list, []):
        if table not in sources:
            raise DefinitionError(country.file, f"source.{table}", "is missing; name the document of this table")
        row = Section(country.file, country.key(table), given)
        value, printed, glued = row.take(what, str), _text(row, "printed"), row.take("glued", bool, default=False)
        row.done()
        listings.append(Listing(table, value, printed, glued, sources[table]))
    return tuple(listings)


def _text(section: Section, name: str) -> str:
    text = section.take(name, str)
    if not text.strip():
        raise section.wrong(name, "must not be empty")
    return text


def _check_names(file: str, countries: Countries) -> None:
    """Refuse a name that two countries have, unless it is printed for both of them at once."""
    owners = {code.casefold(): code for code in countries}
    glued: dict[str, set[str]] = {}
    for code, country in countries.items():
        for key, name in _names(country):
            if owners.setdefault(name.casefold(), code) != code:
                raise DefinitionError(file, key, f"{name!r} is a name of {owners[name.casefold()]} too")
        for listing in country.listings:
            if listing.glued:
                glued.setdefault(listing.printed, set()).add(code)
    for printed, codes in glued.items():
        if len(codes) == 1:
            key = f"country.{next(iter(codes))}"
            raise DefinitionError(file, key, f"{printed!r} is glued, and stands under no other country")


def _names(country: Country) -> Iterator[tuple[str, str]]:
    """The keys and the names that are a country's own."""
    for language, name in country.names.items():
        yield f"country.{country.code}.name.{language}", name
    for name in country.also:
        yield f"country.{country.code}.also", name
    for listing in country.listings:
        if not listing.glued:
            yield f"country.{country.code}.{listing.table}", listing.printed


def check_titles(titles: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse titles that are no texts, and sentences about contradictions that do not exist or cannot be filled in.

    Raises:
        DefinitionError: the first of them.
    """
    for language, kinds in titles.items():
        file = f"titles.{language}.toml"
        for kind, names in kinds.items():
            section = Section(file, kind, names)
            for name in section.names():
                section.take(name, str)
        for word, sentence in kinds.get("contradiction", {}).items():
            key = f"contradiction.{word}"
            known_name(file, key, "contradiction", word, CONTRADICTIONS)
            for name in placeholders(file, key, sentence):
                if name != _VALUES:
                    raise DefinitionError(file, key, f"{{{name}}} is not known here; only {{{_VALUES}}} is")
