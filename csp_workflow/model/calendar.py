"""Dates and instants, once and for all: business dates are the UTC dates of instants."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from csp_workflow.errors import BadInstant

ONE_DAY = timedelta(days=1)


def add_months(day: date, months: int) -> date:
    """The same day of the month, `months` later (or earlier, where negative).

    Where that day does not exist it is the first day of the next month, so that nobody is let in early:
    2028-02-29 and one year is 2029-03-01.
    """
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    try:
        return date(year, month0 + 1, day.day)
    except ValueError:
        return first_of_next_month(date(year, month0 + 1, 1))


def add_years(day: date, years: int) -> date:
    """The same day, `years` later, by the rule of `add_months`."""
    return add_months(day, 12 * years)


def first_of_month(day: date) -> date:
    """The first day of the month that `day` lies in."""
    return day.replace(day=1)


def first_of_next_month(day: date) -> date:
    """The first day after the month that `day` lies in."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def next_anniversary(day: date, after: date) -> date:
    """The first anniversary of `day` (at least one year on) that is after `after`."""
    years = max(1, after.year - day.year)
    found = add_years(day, years)
    return found if found > after else add_years(day, years + 1)


def full_months(start: date, day: date) -> int:
    """How many whole months have passed from `start` to `day`; 0 where `day` is earlier."""
    months = (day.year - start.year) * 12 + day.month - start.month
    while months > 0 and add_months(start, months) > day:
        months -= 1
    return max(0, months)


def as_utc(instant: datetime) -> datetime:
    """The instant in UTC; a naive one is refused.

    Raises:
        BadInstant: it has no zone.
    """
    if not isinstance(instant, datetime) or instant.tzinfo is None or instant.utcoffset() is None:
        raise BadInstant(f"The time {instant!s} has no zone: give one, as in 2026-01-31T12:00:00+00:00.")
    return instant if instant.tzinfo is UTC else instant.astimezone(UTC)


def midnight(day: date) -> datetime:
    """The first instant of a business date."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def write_instant(instant: datetime) -> str:
    """An instant in UTC as fixed-width text that sorts as the instants do.

    Raises:
        BadInstant: it has no zone.
    """
    return _written(as_utc(instant))


@lru_cache(64)  # what one transaction writes shares an instant; only in UTC are times that look equal the same one
def _written(instant: datetime) -> str:
    return instant.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def read_instant(text: str) -> datetime:
    """An instant as people and files write it: a date (UTC midnight) or a time with a zone.

    Raises:
        BadInstant: it is neither.
    """
    try:
        if len(text) == len("2026-01-31"):
            return midnight(date.fromisoformat(text))
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise BadInstant(
            f"{text!r} is not a time: write a date (2026-01-31) or a time with a zone (2026-01-31T12:00:00Z)."
        ) from None
    return as_utc(instant)
