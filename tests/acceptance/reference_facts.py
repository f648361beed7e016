"""Dates, evidence and the form of payloads, for the reference model: plain lists, looked through for every question."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.acceptance.reference_tables import FACTS, PARTNER_ROLES, Floor

if TYPE_CHECKING:
    from collections.abc import Callable

Fields = dict[str, Any]


def day_of(at: datetime) -> date:
    """The business date of an instant."""
    return at.astimezone(UTC).date()


def first_of_next_month(day: date) -> date:
    """The first day of the month after the day's."""
    return day.replace(day=1) + timedelta(days=calendar.monthrange(day.year, day.month)[1])


def add_months(day: date, months: int) -> date:
    """The same day of the month, months later (or earlier); where it does not exist, the first of the next month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = date(year, month + 1, 1)
    exists = day.day <= calendar.monthrange(first.year, first.month)[1]
    return first.replace(day=day.day) if exists else first_of_next_month(first)


@dataclass
class Fact:
    """One piece of evidence; `case` is the number of the case it is about, none if it is about the partner."""

    kind: str
    fields: Fields
    effective_on: date
    recorded_at: datetime
    case: int | None = None
    retracted_at: datetime | None = None

    def known(self, at: datetime) -> bool:
        """Whether it was recorded and not retracted by the instant."""
        return self.recorded_at <= at and (self.retracted_at is None or self.retracted_at > at)


def seen(facts: list[Fact], kind: str, *, day: date, at: datetime, case: int) -> list[Fact]:
    """The facts of a kind that a rule of this case judged for the day may see, in the order in which they count."""
    visible = [
        fact
        for fact in facts
        if fact.kind == kind and fact.case in (None, case) and fact.known(at) and fact.effective_on <= day
    ]
    return sorted(visible, key=lambda fact: (fact.case is not None, fact.effective_on))


def revenue(lines: list[Fact], *, day: date, floor: Floor, verified_only: bool) -> Decimal:
    """What the lines of the trailing twelve months add up to; a line id counts once, verified if it ever was."""
    verified = {fact.fields["line"] for fact in lines if fact.fields["verified"] and fact.fields["line"]}
    counted: set[str] = set()
    total = Decimal(0)
    for fact in lines:
        fields, line = fact.fields, fact.fields["line"]
        if line in counted or not add_months(day, -12) <= fields["booked_on"] < day:
            continue
        if fields["product"] not in floor.products or fields["channel"] not in floor.channels:
            continue
        if verified_only and not fields["verified"] and line not in verified:
            continue
        if line:
            counted.add(line)
        total += fields["amount"]
    return total


def designations(records: list[Fact], day: date) -> int:
    """How many areas hold a designation on the day, by the latest record of each."""
    latest = {fact.fields["area"]: fact.fields for fact in records}
    return sum(
        (fields["attained_on"] or date.min) <= day < (fields["expires_on"] or date.max) for fields in latest.values()
    )


CHOICES = {
    "usd": ("USD",),
    "product": ("cloud", "perpetual_software"),
    "channel": ("indirect", "direct"),
    "status": ("active", "lapsed"),
}
PLAIN: dict[str, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str) and value != "",
    "blank": lambda value: isinstance(value, str),
    "bool": lambda value: isinstance(value, bool),
    "int": lambda value: isinstance(value, int),
    "scores": lambda value: isinstance(value, dict) and value != {},
    "amount": lambda value: isinstance(value, Decimal) and value > 0 and value == round(value, 2),
}


def well_formed(form: str, value: Any, *, day: date, entered_on: date) -> bool:
    """Whether one value has the form that its field asks for, on the day on which it is given."""
    if form in CHOICES:
        return value in CHOICES[form]
    if form in PLAIN:
        return PLAIN[form](value)
    if form == "dates":
        return value != [] and all(well_formed("past", each, day=day, entered_on=entered_on) for each in value)
    bounds = {"past": (date.min, day), "later": (day, date.max), "stay": (entered_on, day)}
    low, high = bounds.get(form, (date.min, date.max))
    return isinstance(value, date) and low <= value <= high


def complete(forms: dict[str, str], given: Fields, *, day: date, entered_on: date = date.min) -> bool:
    """Whether a payload has every required field, no unknown one, and each in its form."""
    required = {name for name, form in forms.items() if form.endswith("!")}
    if not required <= set(given) <= set(forms):
        return False
    return all(
        well_formed(forms[name].rstrip("!"), value, day=day, entered_on=entered_on) for name, value in given.items()
    )


def with_defaults(kind: str, given: Fields, role: str) -> Fields:
    """A fact's fields with what is assumed where nothing was said."""
    fields: Fields = {**dict.fromkeys(FACTS[kind]), **given}
    if kind == "revenue":
        assumed = {
            "currency": "USD",
            "product": "cloud",
            "channel": "indirect",
            "verified": role not in PARTNER_ROLES,
        }
        fields |= {name: value for name, value in assumed.items() if fields[name] is None}
    if kind == "support_plan":
        fields["renews_on"] = fields["renews_on"] or add_months(fields["started_on"], 12)
        fields["paid"] = fields["paid"] is not False
    return fields


def fact_is_sound(kind: str, given: Fields, *, role: str, day: date) -> bool:
    """Whether what is to be recorded is well-formed, also where two fields are read together."""
    if not complete(FACTS[kind], given, day=day):
        return False
    if kind == "security":
        return bool(1 <= given["admins_total"] >= given["admins_with_mfa"] >= 0)
    if kind == "support_plan":
        return "renews_on" not in given or bool(given["renews_on"] > given["started_on"])
    return not (kind == "revenue" and given.get("verified") and role in PARTNER_ROLES)


def same_line(facts: list[Fact], fields: Fields, at: datetime) -> list[Fact]:
    """The lines of revenue known by the instant that have the same id."""
    lines = [fact for fact in facts if fact.kind == "revenue" and fact.known(at)]
    return [fact for fact in lines if fields.get("line") and fact.fields["line"] == fields["line"]]


def differs(one: Fields, other: Fields) -> bool:
    """Whether two lines of revenue say something else, whether verified or not."""
    return {**one, "verified": None} != {**other, "verified": None}
