"""The closed list of field types: how each reads a value, and how it is put into words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from csp_workflow.model.language import is_currency
from csp_workflow.model.money import to_amount

LONGEST_TEXT = 10_000
_MAIL = re.compile(r"(?!-)[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]+(\.[\w-]+)*")
_LONGEST_MAIL = 254  # characters of an address that mail servers take
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOST = 100

Known = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of field: `read` checks a value and types it; `words` says what it takes."""

    name: str
    words: str
    read: Callable[[Any, str, Known], Any]
    from_text: Callable[[str], Any] = lambda text: text

    def says(self, arguments: str) -> str:
        """What the field takes, in words."""
        return self.words.format(arguments.replace("|", ", "))


def usable_text(value: Any) -> str:
    """Text that every database and terminal can hold.

    Raises:
        ValueError: it is no text, too long, or holds NUL or half a character.
    """
    if not isinstance(value, str):
        raise ValueError(f"must be text, not {type(value).__name__}")  # noqa: TRY004 - one kind of no
    if len(value) > LONGEST_TEXT:
        raise ValueError(f"is longer than {LONGEST_TEXT} characters")
    if "\x00" in value or (not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value)):
        raise ValueError("holds a character that cannot be stored")
    return value


def _text(value: Any, _arguments: str, _known: Known) -> str:
    text = usable_text(value)
    if not text.strip():
        raise ValueError("must not be empty")
    return text


def _optional_text(value: Any, _arguments: str, _known: Known) -> str:
    return usable_text(value).strip()


def email(value: Any) -> str:
    """An e-mail address that cannot break a header.

    Raises:
        ValueError: it is none.
    """
    text = usable_text(value)
    if not _MAIL.fullmatch(text) or len(text) > _LONGEST_MAIL:
        raise ValueError(f"{text!r} is not an e-mail address")
    return text


def _emails(value: Any, _arguments: str, _known: Known) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise ValueError("must be a list of e-mail addresses, at least one")
    addresses = tuple(email(item) for item in value)
    if len({address.casefold() for address in addresses}) < len(addresses):
        raise ValueError("names an address twice")
    return addresses


def _any_date(value: Any, _arguments: str, _known: Known) -> date:
    if isinstance(value, str):
        try:
            if _DAY.fullmatch(value):
                return date.fromisoformat(value)
        except ValueError:
            pass  # a day that no calendar has
        raise ValueError(f"{value!r} is not a date; write it as 2026-01-31")
    if isinstance(value, datetime) or not isinstance(value, date):
        raise ValueError(f"must be a date such as 2026-01-31, not {value!r}")  # noqa: TRY004 - one kind of no
    return value


def _past_date(value: Any, arguments: str, known: Known) -> date:
    day, today = _any_date(value, arguments, known), known["today"]
    if day > today:
        raise ValueError(f"{day} is later than the day, {today}")
    return day


def _coming_date(value: Any, arguments: str, known: Known) -> date:
    day, today = _any_date(value, arguments, known), known["today"]
    if day < today:
        raise ValueError(f"{day} is earlier than the day, {today}")
    return day


def _dates(value: Any, arguments: str, known: Known) -> tuple[date, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise ValueError("must be a list of dates, at least one")
    return tuple(_past_date(item, arguments, known) for item in value)


def _int(value: Any, arguments: str, known: Known) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"must be a whole number, not {value!r}")  # noqa: TRY004 - one kind of no
    low, _, high = arguments.partition("..")
    if low and value < _bound(low, known):
        raise ValueError(f"must be at least {_bound(low, known)}, not {value}")
    if high and value > _bound(high, known):
        raise ValueError(f"must be at most {_bound(high, known)}, not {value}")
    if abs(value) > 10**9:
        raise ValueError("is too large")
    return value


def _bound(text: str, known: Known) -> int:
    return int(text) if text.isdigit() else int(known[text])


def _bool(value: Any, _arguments: str, _known: Known) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {value!r}")  # noqa: TRY004 - one kind of no
    return value


def _choice(value: Any, arguments: str, _known: Known) -> str:
    allowed = arguments.split("|")
    if value not in allowed:
        raise ValueError(f"{value!r} is not allowed; take {' or '.join(allowed)}")
    return str(value)


def _money(value: Any, _arguments: str, _known: Known) -> Any:
    return to_amount(value)


def _scores(value: Any, _arguments: str, known: Known) -> dict[str, int]:
    if not isinstance(value, Mapping) or not value:
        raise ValueError("must be a table of criteria and points")
    points = {}
    for name, point in _flat(value, ""):
        if isinstance(point, bool) or not isinstance(point, int) or not 0 <= point <= _MOST:
            raise ValueError(f"{name} must have a whole number from 0 to {_MOST}, not {point!r}")
        if name in points:
            raise ValueError(f"{name} stands twice")
        points[name] = point
    asked = known["criteria"]
    if asked and tuple(sorted(points)) != tuple(asked):
        missing, strange = sorted(set(asked) - set(points)), sorted(set(points) - set(asked))
        problem = f"misses {', '.join(missing)}" if missing else f"does not know {', '.join(strange)}"
        raise ValueError(f"{problem}; the criteria are {', '.join(asked)}")
    return dict(sorted(points.items()))


def _names(value: Any, _arguments: str, _known: Known) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not value or not all(isinstance(item, str) for item in value):
        raise ValueError("must be a list of texts, at least one")
    return tuple(value)


def _day_counts(value: Any, _arguments: str, _known: Known) -> tuple[int, ...]:
    if not isinstance(value, list | tuple) or not all(type(item) is int and item >= 0 for item in value):
        raise ValueError("must be a list of numbers of days")
    return tuple(value)


def _pass_mark(value: Any, _arguments: str, _known: Known) -> Any:
    if value != "none" and (type(value) not in {int, Decimal} or not 0 <= value <= _MOST):
        raise ValueError(f'must be a number from 0 to {_MOST}, or "none"')
    return value


def _table(value: Any, _arguments: str, _known: Known) -> Any:
    if not isinstance(value, Mapping):
        raise ValueError("must be a table")  # noqa: TRY004 - one kind of no
    return value


def _country(value: Any, _arguments: str, known: Known) -> str:
    countries = known["countries"]
    if not isinstance(value, str) or value not in countries:
        raise ValueError(f"{value!r} is not an ISO 3166-1 alpha-2 code such as DE")
    return value


def _currency(value: Any, _arguments: str, _known: Known) -> str:
    if not isinstance(value, str) or not is_currency(value):
        raise ValueError(f"{value!r} is not the ISO 4217 code of a currency that is in use, such as EUR")
    return value


def _one_of(value: Any, arguments: str, known: Known) -> str:
    allowed = known[arguments] or ()
    if value not in allowed:
        raise ValueError(f"{value!r} is none of {arguments}: {', '.join(allowed)}")
    return str(value)


def _next_policy(value: Any, _arguments: str, known: Known) -> str:
    policies, today = known["policies"], known["today"]
    if not isinstance(value, str):
        raise ValueError("must be the id of a policy")  # noqa: TRY004 - one kind of no
    policies.named(value)
    if value != policies.on(today).id:
        raise ValueError(f"{value} is not the policy of {today}, which is {policies.on(today).id}")
    if value == known["pinned"]:
        raise ValueError(f"{value} judges already")
    return value


def _flat(table: Mapping[Any, Any], prefix: str) -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for name, item in table.items():
        if isinstance(item, Mapping):
            rows += _flat(item, f"{prefix}{name}.")
        else:
            rows.append((f"{prefix}{name}", item))
    return rows


def _int_of(text: str) -> Any:
    return int(text) if re.fullmatch(r"[+-]?\d{1,18}", text) else text


def _bool_of(text: str) -> Any:
    return {"true": True, "yes": True, "false": False, "no": False}.get(text.casefold(), text)


def _list_of(text: str) -> list[Any]:
    """Several values: a list as JSON writes it, or with commas between them."""
    if text.lstrip().startswith("["):
        try:
            return list(json.loads(text))
        except (ValueError, RecursionError):
            return [text]
    return [item.strip() for item in text.split(",") if item.strip()]


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("text", "a text", _text),
        Kind("optional_text", "a text, which may be empty", _optional_text),
        Kind("email", "an e-mail address", lambda value, _arguments, _known: email(value)),
        Kind("emails", "a list of e-mail addresses", _emails, _list_of),
        Kind("date", "a date not later than the day", _past_date),
        Kind("coming_date", "a date not earlier than the day", _coming_date),
        Kind("any_date", "a date", _any_date),
        Kind("dates", "a list of dates, at least one", _dates, _list_of),
        Kind("int", "a whole number", _int, _int_of),
        Kind("bool", "true or false", _bool, _bool_of),
        Kind("choice", "one of {}", _choice),
        Kind("money", "an amount with at most two decimal places", _money),
        Kind("names", "a list of texts", _names),
        Kind("day_counts", "a list of numbers of days", _day_counts),
        Kind("pass_mark", 'a number of points, or "none"', _pass_mark),
        Kind("table", "a table", _table),
        Kind("country", "an ISO 3166-1 alpha-2 code", _country),
        Kind("currency", "an ISO 4217 code", _currency),
        Kind("one_of", "one of the {}", _one_of),
        Kind("next_policy", "the policy of the day", _next_policy),
        Kind("scores", "a table of criteria, each with 0 to 100 points", _scores),
    )
}
