"""Notices: the text of a kind in a language, what it may speak of, and the letter that comes of both."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from csp_workflow.model.fields import plain
from csp_workflow.model.language import NO_VALUE, amount, answer, long_date, number
from csp_workflow.model.money import Cents, to_amount, to_cents

COMMON = ("name", "pga", "ref", "region", "on", "due_on")  # what every notice may speak of, whatever sends it
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_TURNS = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # they turn the rest of a line around


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeText:
    """What a notice of one kind says in one language; `{name}` stands for a value."""

    subject: str
    body: str

    def filled(self, values: Mapping[str, Any], language: str) -> tuple[str, str]:
        """Subject and body with their values as the language writes them.

        The subject is one line whatever is in it, and so is a name; what an act was given keeps its lines in the body.
        """
        words = _Words({name: worded(value, language) for name, value in values.items()})
        words.update({name: one_line(words[name]) for name in COMMON if name in words})
        return one_line(self.subject.format_map(words)), self.body.format_map(words)


class Written(NamedTuple):
    """A notice in the language in which there is a text of it."""

    language: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A notice as it stands in the outbox, with its text; `to` is None where nobody can be written to.

    `language` is that of the text: English where the definitions have none in the partner's own.
    """

    key: str
    ref: str
    kind: str
    language: str
    to: str | None
    status: str
    created_at: datetime
    subject: str
    body: str

    def to_dict(self) -> dict[str, Any]:
        """The letter as JSON shows it."""
        return {
            "key": self.key,
            "ref": self.ref,
            "kind": self.kind,
            "language": self.language,
            "to": self.to,
            "status": self.status,
            "created_at": self.created_at.isoformat(),
            "subject": self.subject,
            "body": self.body,
        }


class _Words(dict[str, str]):
    """The values of a notice; one that is not there is a dash."""

    def __missing__(self, _name: str) -> str:
        return NO_VALUE


def worded(value: Any, language: str) -> str:
    """A value inside a letter, by its type: a text that looks like a date stays as it was typed."""
    if value is None or value == "":
        return NO_VALUE
    if isinstance(value, list | tuple):
        return ", ".join(worded(item, language) for item in value)
    if isinstance(value, date):
        return long_date(value, language)
    if isinstance(value, Decimal | Cents):
        return amount(value if isinstance(value, Cents) else to_cents(value), language)
    if isinstance(value, bool):
        return answer(value, language)
    return number(Decimal(value), language) if isinstance(value, int) else str(value)


def one_line(text: str) -> str:
    """A text without line breaks and control characters, which would end the header of an e-mail."""
    return _BREAKS.sub(" ", _TURNS.sub("", text)).strip()


def by_type(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Values as JSON can hold them, each under its type, so that it comes back as what it was."""
    groups: dict[str, dict[str, Any]] = {name: {} for name in _READ}
    for name, value in values.items():
        groups[_group(value)][name] = plain(value)
    return groups


def from_types(groups: Mapping[str, Any]) -> dict[str, Any]:
    """The values again.

    Raises:
        ValueError: one is not of its type.
    """
    if set(groups) != set(_READ):  # a row of version 0.1.0, which kept no types: only these two were always dates
        days = {name: groups[name] for name in ("on", "due_on") if name in groups}
        groups = {"words": {**groups}, "dates": days, "amounts": {}}
    return {name: _each(value, read) for group, read in _READ.items() for name, value in groups[group].items()}


_READ: dict[str, Callable[[Any], Any]] = {
    "words": lambda value: value,
    "dates": date.fromisoformat,
    "amounts": to_amount,
}


def _each(value: Any, read: Callable[[Any], Any]) -> Any:
    return tuple(map(read, value)) if isinstance(value, list) else read(value)


def _group(value: Any) -> str:
    first = value[0] if isinstance(value, list | tuple) and value else value
    if isinstance(first, date):
        return "dates"
    return "amounts" if isinstance(first, Decimal | Cents) else "words"
