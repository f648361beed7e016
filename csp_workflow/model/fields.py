"""The fields of payloads and facts: a closed list of types, defaults and bounds, written in one line each.

    "text!"                                    required text
    "date = today"                             a date not later than the day; the day itself if left out
    "any_date > started_on = started_on + 1 year"
    "int(0..admins_total)!"                    a whole number between bounds
    "choice(active|lapsed)!"                   one of these words
    "sensitive text!"                          stored masked, with a keyed hash
    "text! if enrollment.bank_account"         required where the judging policy has this setting

`Form.read` turns what a caller gave into values of these types, or says in one sentence what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any

from csp_workflow.errors import BadPayload
from csp_workflow.model.calendar import add_months, add_years, next_anniversary
from csp_workflow.model.kinds import KINDS, Kind
from csp_workflow.model.money import Cents, write_cents

_FIELD = re.compile(
    r"(?P<sensitive>sensitive )?(?P<kind>[a-z_]+)(?:\((?P<arguments>[^)]*)\))?"
    r"(?P<required>!(?: if (?P<condition>[a-z_.]+))?)?"
    r"(?P<bounds>(?: (?:and )?(?:>=|>|<=|<) [a-z_]+)*)(?: = (?P<default>.+))?"
)
_BOUND = re.compile(r"(>=|>|<=|<) ([a-z_]+)")
_STEP = re.compile(r"(?P<base>[a-z_]+)(?: \+ (?P<count>\d+) (?P<unit>day|month|year)s?)?")
_ANNIVERSARY = re.compile(r"anniversary of (?P<base>[a-z_]+) after (?P<after>[a-z_]+)")
_HOLDS = {
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
}
_WORDS = {">": "later than", ">=": "on or after", "<": "before", "<=": "on or before"}


class Known(dict[str, Any]):
    """What defaults and bounds may speak of: the day (`today`), the fields read so far, and what a case adds."""

    def __missing__(self, _name: str) -> Any:
        return None

    def copy(self) -> Known:
        """A copy that the fields read are added to."""
        return Known(self)


_PLAIN = frozenset((str, int, bool))
Values = Mapping[str, Any]
NOTHING: Values = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: its kind, whether it is needed, its default, its bounds, and whether it is masked."""

    name: str
    kind: Kind
    arguments: str = ""
    required: bool = False
    required_if: str = ""
    sensitive: bool = False
    bounds: tuple[tuple[str, str], ...] = ()
    default: str = ""

    @classmethod
    def parse(cls, name: str, text: str) -> Field:
        """A field from its one-line form.

        Raises:
            ValueError: the line is not of that form.
        """
        found = _FIELD.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is not a field: write it as 'text!' or 'date = today'")
        if found["kind"] not in KINDS:
            raise ValueError(f"there is no kind of field {found['kind']!r}; known: {', '.join(sorted(KINDS))}")
        return cls(
            name=name,
            kind=KINDS[found["kind"]],
            arguments=found["arguments"] or "",
            required=found["required"] == "!",
            required_if=found["condition"] or "",
            sensitive=bool(found["sensitive"]),
            bounds=tuple(_BOUND.findall(found["bounds"] or "")),
            default=found["default"] or "",
        )

    def read(self, value: Any, known: Known) -> Any:
        """The value in its type.

        Raises:
            BadPayload: it is of another type or out of bounds.
        """
        try:
            result = self.kind.read(value, self.arguments, known)
        except ValueError as problem:
            raise BadPayload(self.name, str(problem)) from None
        for sign, name in self.bounds:
            bound = known[name]
            if bound is not None and not _HOLDS[sign](result, bound):
                label = "" if name == "today" else f" ({name})"
                raise BadPayload(self.name, f"{result} must be {_WORDS[sign]} {bound}{label}")
        return result

    def speaks_of(self) -> tuple[str, ...]:
        """The names that its bounds, its limits and its default speak of."""
        names = [name for _sign, name in self.bounds]
        if found := _ANNIVERSARY.fullmatch(self.default):
            names += [found["base"], found["after"]]
        elif (found := _STEP.fullmatch(self.default)) and (found["count"] or self.kind.name.endswith("date")):
            names.append(found["base"])
        if self.kind.name in {"int", "one_of"}:
            names += [part for part in self.arguments.split("..") if part and not part.isdigit()]
        return tuple(names)

    def absent(self, known: Known) -> Any:
        """The default, or None where there is none."""
        if not self.default:
            return None
        anniversary, found = _default_of(self.default)
        if anniversary:
            base, after = known[anniversary["base"]], known[anniversary["after"]]
            return next_anniversary(base, after) if base else add_years(after, 1)
        if found and known[found["base"]] is not None:
            return _later(known[found["base"]], int(found["count"] or 0), found["unit"])
        return self.kind.from_text(self.default)


@dataclass(frozen=True, slots=True)
class Form:
    """All fields of one payload or fact, in the order in which they are read."""

    where: str
    fields: Mapping[str, Field]

    def read(self, given: Any, known: Known, *, asked: frozenset[str] = frozenset()) -> Values:
        """What was given, typed, with defaults; `known` holds the day and what bounds may speak of.

        `asked` names the conditional fields that the judging policy demands.

        Raises:
            BadPayload: a field is missing, unknown or malformed.
        """
        if not isinstance(given, Mapping):
            raise BadPayload(self.where, "the fields must be given as a table of names and values")
        if not given and not self.fields:
            return NOTHING
        for name in given:
            if name not in self.fields:
                raise BadPayload.unknown(str(name), self.fields, self.where)
        scope = known.copy()
        values: dict[str, Any] = {}
        for name, field in self.fields.items():
            value = given.get(name)
            if value is None:
                if field.required or (field.required_if and field.required_if in asked):
                    raise BadPayload(name, f"is missing; {self.where} needs {field.kind.says(field.arguments)}")
                value = field.absent(scope) if field.default else None
                if value is None:
                    continue
            scope[name] = values[name] = field.read(value, scope)
        return values

    def from_text(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Values typed at a console, as close to their types as their text allows; the rest is for `read`."""
        return {
            name: _typed(value, self.fields[name].kind.from_text) if name in self.fields else value
            for name, value in given.items()
        }

    @classmethod
    def of(cls, where: str, lines: Mapping[str, str]) -> Form:
        """A form from one-line fields.

        Raises:
            ValueError: a line is no field.
        """
        return cls(where, {name: Field.parse(name, line) for name, line in lines.items()})

    @property
    def sensitive(self) -> tuple[str, ...]:
        """The names of the fields that are stored masked."""
        return tuple(name for name, field in self.fields.items() if field.sensitive)


@cache
def _default_of(text: str) -> tuple[re.Match[str] | None, re.Match[str] | None]:
    """A default as an anniversary, or as a step from something known."""
    return _ANNIVERSARY.fullmatch(text), _STEP.fullmatch(text)


def _typed(value: Any, convert: Callable[[str], Any]) -> Any:
    if isinstance(value, Mapping):
        return {name: _typed(item, KINDS["int"].from_text) for name, item in value.items()}
    return convert(value) if isinstance(value, str) else value


def _later(base: Any, count: int, unit: str | None) -> Any:
    if not count:
        return base
    if unit == "day":
        return base + timedelta(days=count)
    return add_months(base, count * (12 if unit == "year" else 1))


def plain(value: Any) -> Any:
    """A typed value as JSON can hold it: dates as ISO text, amounts as text with two places."""
    if value is None or type(value) in _PLAIN:
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Cents):
        return write_cents(value)
    if isinstance(value, Mapping):
        return {
            str(name): item if item is None or type(item) in _PLAIN else plain(item) for name, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value if isinstance(value, str | int | bool) else str(value)
