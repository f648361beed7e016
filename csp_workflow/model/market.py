"""Countries as the tables of places list them: under which names, and where the tables contradict themselves."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Any, NamedTuple

from csp_workflow.errors import AmbiguousCountry, NotFound
from csp_workflow.model.source import Source

MARKETS, CURRENCIES = TABLES = ("markets", "currencies")
CONTRADICTIONS = (
    "not_listed",
    "no_region",
    "no_currency",
    "several_regions",
    "several_currencies",
    "glued",
    "repeated",
    "spelled_differently",
)
_ENOUGH = 4  # letters of a name that stand for it in a suggestion
_CLOSE = 0.82  # how alike a name must be to be suggested
_HINT = "give its ISO 3166-1 alpha-2 code, or one of its names"
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


class Listing(NamedTuple):
    """One row of a table of places: a region or a currency (`value`), and the place as `printed` beside it.

    `glued` says that it is printed for two places at once; `source` is the document that the table stands in.
    """

    table: str
    value: str
    printed: str
    glued: bool
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """A place, keyed by ISO 3166-1 alpha-2, with its rows in the tables of markets and of billing currencies."""

    code: str
    names: Mapping[str, str]
    also: tuple[str, ...] = ()
    markets: tuple[Listing, ...] = ()
    billing: tuple[Listing, ...] = ()

    @property
    def listings(self) -> tuple[Listing, ...]:
        """Its rows in both tables, each table in the order of its page."""
        return self.markets + self.billing

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions that list it, each once."""
        return _distinct(listing.value for listing in self.markets)

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies that it is billed in, each once."""
        return _distinct(listing.value for listing in self.billing)

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every name that it has, or is printed under."""
        return _distinct((*self.names.values(), *self.also, *(listing.printed for listing in self.listings)))

    def contradictions(self, regions: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
        """Where the tables contradict themselves: words of `CONTRADICTIONS`, each with what it is about.

        `regions` holds the names of regions.
        """
        printed = _distinct(listing.printed for listing in self.listings if listing.glued)
        found = {
            "several_regions": _several(regions[region] for region in self.regions),
            "several_currencies": _several(self.currencies),
            "glued": printed,
            "repeated": _distinct(_repeated(self.markets) + _repeated(self.billing)),
            "spelled_differently": _spelled_differently(self),
        }
        return dict(_absent(self)) | {word: values for word, values in found.items() if values}


def _absent(country: Country) -> Iterator[tuple[str, tuple[str, ...]]]:
    if not country.listings:
        yield "not_listed", ()
    elif not country.markets:
        yield "no_region", ()
    elif not country.billing:
        yield "no_currency", ()


def _repeated(listings: Iterable[Listing]) -> tuple[str, ...]:
    return tuple(listing.printed for listing, times in Counter(listings).items() if times > 1)


def _spelled_differently(country: Country) -> tuple[str, ...]:
    """Its spellings, if it has some in both tables and not one in common; what is glued is no spelling."""
    markets, billing = ([row.printed for row in rows if not row.glued] for rows in (country.markets, country.billing))
    return _distinct(markets + billing) if markets and billing and not set(markets) & set(billing) else ()


def _several(values: Iterable[str]) -> tuple[str, ...]:
    found = tuple(values)
    return found if len(found) > 1 else ()


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


class Countries(dict[str, Country]):
    """All countries by their codes; `find` knows their names too."""

    def find(self, name: str) -> Country:
        """The country of a code, a name, or a place as printed; only letters and digits count, without their accents.

        Raises:
            NotFound: no country has that name; the closest one is suggested.
            AmbiguousCountry: it names more than one country.
        """
        code = name.strip().upper() if name.isascii() else ""
        if code in self:
            return self[code]
        meant = sorted({owner for key in _keys(name) for owner in self._index.get(key, {})})
        if len(meant) > 1:
            raise AmbiguousCountry(name, {owner: self[owner].names["en"] for owner in meant})
        if not meant:
            raise NotFound("country", name, self._hint(name))
        return self[meant[0]]

    @cached_property  # made when a name is first asked for: most runs ask for none
    def _index(self) -> dict[str, dict[str, str]]:
        """Who is meant by a key of a name, and how the name is written."""
        index: dict[str, dict[str, str]] = {}
        for country in self.values():
            for spelling in country.spellings:
                for key in _keys(spelling):
                    index.setdefault(key, {}).setdefault(country.code, spelling)
        return index

    def _hint(self, name: str) -> str:
        known = {key: next(iter(meant.values())) for key, meant in self._index.items() if len(meant) == 1}
        begun = tuple(key for key in _keys(name) if len(key) >= _ENOUGH)
        within = sorted((key for key in known if key.startswith(begun)), key=len) if begun else []
        alike = within or [found for key in _keys(name) for found in get_close_matches(key, known, n=1, cutoff=_CLOSE)]
        return f"did you mean {known[alike[0]]!r}?" if alike else _HINT


def _keys(name: str) -> tuple[str, ...]:
    """What counts of a name: its letters and digits, once without accents and once with umlauts written out."""
    text = unicodedata.normalize("NFKC", name).casefold().replace("&", "and")
    return _distinct(map(_bare, (text, text.translate(_UMLAUTS))))


def _bare(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if letter.isalnum())


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """What the tables of places say of a country, row by row, and where they contradict themselves.

    `names` are by language, `regions` are names by id; `contradictions` are sentences by words of `CONTRADICTIONS`;
    `sources` are the documents that the tables stand in, also where they do not list the country.
    """

    country: str
    names: Mapping[str, str]
    regions: Mapping[str, str]
    currencies: tuple[str, ...]
    listings: tuple[Listing, ...]
    contradictions: Mapping[str, str]
    sources: tuple[Source, ...]

    def to_dict(self) -> dict[str, Any]:
        """The market as JSON shows it."""
        return {
            "country": self.country,
            "names": dict(self.names),
            "regions": dict(self.regions),
            "currencies": list(self.currencies),
            "listings": [listing._asdict() for listing in self.listings],
            "contradictions": dict(self.contradictions),
            "sources": {source.id: {"title": source.title, "date": source.date} for source in self.sources},
        }
