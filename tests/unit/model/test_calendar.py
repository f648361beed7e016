"""Dates and instants: month ends, leap days both ways, anniversaries, and no time without a zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csp_workflow.errors import BadInstant
from csp_workflow.model.calendar import (
    add_months,
    add_years,
    as_utc,
    first_of_month,
    first_of_next_month,
    full_months,
    midnight,
    next_anniversary,
    read_instant,
    write_instant,
)

DAYS = st.dates(min_value=date(1980, 1, 1), max_value=date(2100, 12, 31))


@pytest.mark.parametrize(
    ("day", "months", "result"),
    [
        (date(2024, 6, 1), 12, date(2025, 6, 1)),
        (date(2025, 1, 15), 1, date(2025, 2, 15)),
        (date(2025, 1, 28), 1, date(2025, 2, 28)),
        (date(2025, 1, 29), 1, date(2025, 3, 1)),
        (date(2025, 1, 31), 1, date(2025, 3, 1)),
        (date(2028, 1, 29), 1, date(2028, 2, 29)),
        (date(2028, 1, 30), 1, date(2028, 3, 1)),
        (date(2025, 3, 31), 1, date(2025, 5, 1)),
        (date(2025, 11, 30), 3, date(2026, 3, 1)),
        (date(2025, 12, 31), 1, date(2026, 1, 31)),
        (date(2025, 12, 31), 2, date(2026, 3, 1)),
        (date(2028, 2, 29), 12, date(2029, 3, 1)),
        (date(2028, 2, 29), 48, date(2032, 2, 29)),
        (date(2028, 2, 29), -12, date(2027, 3, 1)),
        (date(2028, 2, 28), -12, date(2027, 2, 28)),
        (date(2025, 3, 31), -1, date(2025, 3, 1)),
        (date(2025, 5, 31), -1, date(2025, 5, 1)),
        (date(2026, 1, 31), -1, date(2025, 12, 31)),
        (date(2026, 1, 31), -2, date(2025, 12, 1)),
        (date(2026, 1, 10), 0, date(2026, 1, 10)),
    ],
)
def test_a_day_that_does_not_exist_is_the_first_of_the_next_month_forwards_and_backwards(
    day: date, months: int, result: date
) -> None:
    assert add_months(day, months) == result


@pytest.mark.parametrize(
    ("day", "years", "result"),
    [
        (date(2026, 1, 10), 1, date(2027, 1, 10)),
        (date(2028, 2, 29), 1, date(2029, 3, 1)),
        (date(2028, 2, 29), 4, date(2032, 2, 29)),
        (date(2028, 2, 29), -1, date(2027, 3, 1)),
    ],
)
def test_a_wait_of_years_ends_on_the_same_day(day: date, years: int, result: date) -> None:
    assert add_years(day, years) == result


@given(DAYS, st.integers(0, 60))
def test_nobody_is_let_in_early(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month, later.day) >= (day.year * 12 + day.month + months, min(day.day, later.day))
    assert later.day in {day.day, 1}


@given(DAYS, st.integers(-60, 60))
def test_later_days_stay_later_by_any_number_of_months(day: date, months: int) -> None:
    assert add_months(day, months) <= add_months(day + timedelta(days=1), months)


@pytest.mark.parametrize(
    ("day", "first", "following"),
    [
        (date(2025, 10, 1), date(2025, 10, 1), date(2025, 11, 1)),
        (date(2025, 10, 31), date(2025, 10, 1), date(2025, 11, 1)),
        (date(2025, 12, 31), date(2025, 12, 1), date(2026, 1, 1)),
        (date(2028, 2, 29), date(2028, 2, 1), date(2028, 3, 1)),
        (date(2027, 2, 28), date(2027, 2, 1), date(2027, 3, 1)),
    ],
)
def test_a_month_has_its_first_day_and_the_first_day_after_it(day: date, first: date, following: date) -> None:
    assert (first_of_month(day), first_of_next_month(day)) == (first, following)


@pytest.mark.parametrize(
    ("day", "after", "result"),
    [
        (date(2026, 11, 20), date(2026, 11, 19), date(2027, 11, 20)),
        (date(2026, 11, 20), date(2026, 11, 20), date(2027, 11, 20)),
        (date(2026, 11, 20), date(2027, 11, 19), date(2027, 11, 20)),
        (date(2026, 11, 20), date(2027, 11, 20), date(2028, 11, 20)),
        (date(2026, 11, 20), date(2020, 1, 1), date(2027, 11, 20)),
        (date(2028, 2, 29), date(2028, 12, 1), date(2029, 3, 1)),
        (date(2028, 2, 29), date(2029, 2, 28), date(2029, 3, 1)),
        (date(2028, 2, 29), date(2029, 3, 1), date(2030, 3, 1)),
        (date(2028, 2, 29), date(2032, 2, 28), date(2032, 2, 29)),
        (date(2028, 2, 29), date(2032, 2, 29), date(2033, 3, 1)),
    ],
)
def test_the_next_anniversary_is_at_least_a_year_on_and_later_than_the_day_asked(
    day: date, after: date, result: date
) -> None:
    assert next_anniversary(day, after) == result


@given(DAYS, DAYS)
def test_the_next_anniversary_is_the_first_one(day: date, after: date) -> None:
    found = next_anniversary(day, after)
    assert found > after
    assert found == next(add_years(day, years) for years in range(1, 200) if add_years(day, years) > after)


@pytest.mark.parametrize(
    ("start", "day", "months"),
    [
        (date(2024, 6, 1), date(2025, 5, 31), 11),
        (date(2024, 6, 1), date(2025, 6, 1), 12),
        (date(2024, 6, 1), date(2024, 6, 1), 0),
        (date(2024, 6, 1), date(2024, 5, 31), 0),
        (date(2024, 6, 1), date(2020, 1, 1), 0),
        (date(2028, 2, 29), date(2029, 2, 28), 11),
        (date(2028, 2, 29), date(2029, 3, 1), 12),
        (date(2025, 1, 31), date(2025, 2, 28), 0),
        (date(2025, 1, 31), date(2025, 3, 1), 1),
    ],
)
def test_a_month_is_full_on_the_same_day_of_the_month(start: date, day: date, months: int) -> None:
    assert full_months(start, day) == months


@given(DAYS, DAYS)
def test_full_months_are_those_whose_end_has_come(start: date, day: date) -> None:
    months = full_months(start, day)
    assert add_months(start, months) <= day or months == 0
    assert add_months(start, months + 1) > day


# --------------------------------------------------------------------------------------------- instants

BERLIN = timezone(timedelta(hours=2))


def test_an_instant_of_another_zone_is_put_into_utc() -> None:
    instant = as_utc(datetime(2026, 1, 1, 0, 30, tzinfo=BERLIN))
    assert (instant, instant.tzinfo) == (datetime(2025, 12, 31, 22, 30, tzinfo=UTC), UTC)


def test_the_business_date_is_that_of_utc() -> None:
    assert as_utc(datetime(2026, 1, 1, 1, 59, 59, tzinfo=BERLIN)).date() == date(2025, 12, 31)
    assert as_utc(datetime(2026, 1, 1, 2, 0, tzinfo=BERLIN)).date() == date(2026, 1, 1)


@pytest.mark.parametrize("value", [datetime(2026, 1, 1), date(2026, 1, 1), "2026-01-01T00:00:00Z", None, 7])  # noqa: DTZ001
def test_a_time_without_a_zone_is_refused(value: Any) -> None:
    with pytest.raises(BadInstant, match="has no zone") as refused:
        as_utc(value)
    assert refused.value.code == "bad_instant"


def test_a_business_date_begins_at_midnight_utc() -> None:
    assert midnight(date(2026, 1, 31)) == datetime(2026, 1, 31, tzinfo=UTC)
    assert (midnight(date(2026, 1, 31)) - timedelta(microseconds=1)).date() == date(2026, 1, 30)


def test_instants_are_written_in_utc_at_one_width() -> None:
    assert write_instant(datetime(2026, 1, 31, 14, 5, tzinfo=BERLIN)) == "2026-01-31T12:05:00.000000Z"


class ClocksGoBack(tzinfo):
    """Berlin in the hour that comes twice: by summer time, and once more by winter time."""

    def utcoffset(self, when: datetime | None) -> timedelta:
        """One hour, or two the first time."""
        return timedelta(hours=1 if when is not None and when.fold else 2)

    def dst(self, when: datetime | None) -> timedelta:
        """What of it is summer time."""
        return self.utcoffset(when) - timedelta(hours=1)

    def tzname(self, when: datetime | None) -> str:
        """The name of the time."""
        return "CEST" if self.dst(when) else "CET"


def test_the_hour_that_comes_twice_in_autumn_is_written_as_two() -> None:
    first = datetime(2025, 10, 26, 2, 30, tzinfo=ClocksGoBack())
    written = write_instant(first), write_instant(first.replace(fold=1)), write_instant(first)
    assert written == ("2025-10-26T00:30:00.000000Z", "2025-10-26T01:30:00.000000Z", "2025-10-26T00:30:00.000000Z")


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_written_instants_sort_as_instants_do_and_are_read_back(first: datetime, second: datetime) -> None:
    assert (write_instant(first) < write_instant(second)) is (first < second)
    assert read_instant(write_instant(first)) == first


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00+02:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("2026-01-31 12:00:00.5+00:00", datetime(2026, 1, 31, 12, 0, 0, 500_000, tzinfo=UTC)),
    ],
)
def test_a_date_or_a_time_with_a_zone_is_read(text: str, instant: datetime) -> None:
    assert read_instant(text) == instant


@pytest.mark.parametrize(
    "text",
    ["", "tomorrow", "2026-02-29", "2026-13-01", "31.01.2026", "2026-01-31T12:00:00", "2026-1-31", "2026-01-31T25:00Z"],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(BadInstant):
        read_instant(text)
