"""Values as a language writes them; Babel, which knows how, is imported when a language is first asked for."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from importlib import import_module
from typing import Any

from csp_workflow.model.money import Cents, from_cents, write_cents

ENGLISH = "en"
NO_VALUE = "\N{EN DASH}"
CURRENCY = "USD"  # the programme has no other
_EXACT = 10**15  # cents up to here are exact when divided as floats
_ANSWERS = {"en": ("no", "yes"), "de": ("nein", "ja"), "it": ("no", "sì"), "cs": ("ne", "ano")}


def amount(cents: int, language: str = ENGLISH) -> str:
    """An amount with its currency; English does without Babel, since refusals are worded in it by the thousand."""
    if language != ENGLISH:
        return str(_locales().amount(from_cents(cents), CURRENCY, language))
    return f"{CURRENCY} {cents / 100:,.2f}" if abs(cents) < _EXACT else f"{CURRENCY} {write_cents(cents)}"


def answer(value: bool, language: str = ENGLISH) -> str:  # noqa: FBT001 - it is the value that is worded
    """Yes or no."""
    return _ANSWERS.get(language, _ANSWERS[ENGLISH])[value]


def number(value: Decimal, language: str = ENGLISH) -> str:
    """A number with the language's own signs between its digits."""
    return f"{value:,}" if language == ENGLISH else str(_locales().number(value, language))


def long_date(day: date, language: str = ENGLISH) -> str:
    """A date in words, as letters have it."""
    return str(_locales().long_date(day, language))


def in_words(value: Any, language: str = ENGLISH) -> str:
    """A value inside a rule's sentence; dates stay as the rest of a screen has them."""
    if value is None or value == "":
        return NO_VALUE
    if isinstance(value, Cents):
        return amount(value, language)
    if isinstance(value, bool):
        return answer(value, language)
    if isinstance(value, list | tuple):
        return ", ".join(in_words(item, language) for item in value)
    return number(value, language) if isinstance(value, Decimal) else str(value)


def is_currency(code: str) -> bool:
    """Whether a currency of this ISO 4217 code is in use somewhere."""
    return bool(_locales().is_currency(code))


def _locales() -> Any:
    return import_module("csp_workflow.model.locales")  # with its tables it costs a start of the console 30 ms
