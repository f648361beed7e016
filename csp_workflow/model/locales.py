"""The home of Babel: what the languages' own forms of dates, amounts and numbers are."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

_SIGN, _CODE, _UNBROKEN = "\N{CURRENCY SIGN}", "\N{CURRENCY SIGN}" * 2, "\N{NO-BREAK SPACE}"


def long_date(day: date, language: str) -> str:
    """A date with the name of its month: `6. Oktober 2025`."""
    return format_date(day, "long", locale=_locale(language))


def amount(value: Decimal, currency: str, language: str) -> str:
    """An amount with the ISO code of its currency where the language has it: `1.000.000,00 USD`."""
    return format_currency(value, currency, format=_with_code(language), locale=_locale(language))


def number(value: Decimal, language: str) -> str:
    """A number with as many decimal places as it came with."""
    places = max(0, -int(value.as_tuple().exponent))
    return format_decimal(value, format="#,##0" + "." * bool(places) + "0" * places, locale=_locale(language))


def is_currency(code: str) -> bool:
    """Whether a currency of this ISO 4217 code is legal tender somewhere today."""
    return code in _currencies()


@lru_cache
def _currencies() -> frozenset[str]:
    known = get_global("territory_currencies").values()
    return frozenset(code for tenders in known for code, _since, until, is_tender in tenders if is_tender and not until)


@lru_cache
def _locale(language: str) -> Locale:
    """What Babel knows of a language; of one that it has never heard of, English."""
    try:
        return Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")


@lru_cache
def _with_code(language: str) -> str:
    """The language's pattern of an amount, with the code in the place of the sign, and a space between."""
    pattern = _locale(language).currency_formats["standard"].pattern.replace(_UNBROKEN, " ")
    before = pattern.startswith(_SIGN) and not pattern.startswith(f"{_SIGN} ")
    return str(pattern.replace(_SIGN, f"{_CODE} " if before else _CODE))
