"""Facts: which record counts on a day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csp_workflow.model.fact import Fact, Facts
from tests.unit.evidence import fact

DAY = date(2026, 3, 1)
BEFORE, AFTER = DAY - timedelta(days=1), DAY + timedelta(days=1)


def status(records: list[Fact], day: date, case_number: int | None = 1) -> str | None:
    """The status that counts on a day."""
    found = Facts(records, case_number).latest("membership", day)
    return found.fields["status"] if found else None


def test_without_a_record_nothing_counts() -> None:
    assert status([], DAY) is None
    assert status([fact("location", pla="PLA-1")], DAY) is None


@pytest.mark.parametrize(("day", "expected"), [(BEFORE, None), (DAY, "active"), (AFTER, "active")])
def test_a_record_counts_from_the_day_on_which_it_takes_effect(day: date, expected: str | None) -> None:
    assert status([fact("membership", DAY, recorded_on=BEFORE, status="active")], day) == expected


def test_the_record_with_the_latest_effect_counts_however_late_another_was_recorded() -> None:
    older = fact("membership", BEFORE, recorded_on=AFTER, status="lapsed", seq=9)
    newer = fact("membership", DAY, status="active", seq=1)
    assert status([newer, older], DAY) == "active"
    assert status([newer, older], BEFORE) == "lapsed"


def test_of_two_with_one_day_the_later_recorded_counts() -> None:
    first = fact("membership", DAY, recorded_on=BEFORE, status="active", seq=9)
    second = fact("membership", DAY, recorded_on=DAY, status="lapsed", seq=1)
    assert status([first, second], DAY) == status([second, first], DAY) == "lapsed"


def test_of_two_recorded_at_once_the_later_entry_counts() -> None:
    first = fact("membership", DAY, status="active", seq=1)
    second = fact("membership", DAY, status="lapsed", seq=2)
    assert status([second, first], DAY) == "lapsed"


def test_a_case_s_own_record_wins_over_its_partner_s_even_where_that_is_newer() -> None:
    own = fact("membership", BEFORE, of_case=1, status="active")
    partner = fact("membership", DAY, recorded_on=AFTER, status="lapsed", seq=9)
    assert status([own, partner], AFTER) == "active"
    assert status([own, partner], AFTER, case_number=2) == "lapsed"


def test_the_partner_s_record_counts_until_the_case_s_own_takes_effect() -> None:
    own = fact("membership", DAY, of_case=1, recorded_on=BEFORE, status="active")
    partner = fact("membership", BEFORE, status="lapsed")
    assert status([own, partner], BEFORE) == "lapsed"
    assert status([own, partner], DAY) == "active"


def test_a_record_about_another_case_is_not_seen() -> None:
    other = fact("membership", of_case=2, status="active")
    assert status([other], DAY) is None
    assert Facts([other], 1).days_after(date.min) == []


def test_records_that_add_up_count_once_for_each_value_and_the_latest_of_each() -> None:
    records = [
        fact("designation", BEFORE, area="data", expires_on=BEFORE, seq=1),
        fact("designation", DAY, area="data", seq=2),
        fact("designation", BEFORE, area="security", seq=3),
        fact("designation", AFTER, area="modern_work", seq=4),
    ]
    found = {item.fields["area"]: item.seq for item in Facts(records, 1).each("designation", "area", DAY)}
    assert found == {"data": 2, "security": 3}
    assert len(list(Facts(records, 1).each("designation", "area", AFTER))) == 3
    assert list(Facts(records, 1).each("designation", "area", BEFORE - timedelta(days=1))) == []


def test_more_facts_make_new_ones_and_leave_the_old_as_they_were() -> None:
    facts = Facts([fact("membership", BEFORE, status="active")], 1)
    more = facts.plus([fact("membership", DAY, of_case=1, status="lapsed")])
    assert [
        found.fields["status"] for found in (facts.latest("membership", DAY), more.latest("membership", DAY)) if found
    ] == [
        "active",
        "lapsed",
    ]


def test_the_days_to_come_are_in_order_and_each_once() -> None:
    facts = Facts([fact("a", AFTER), fact("b", AFTER), fact("c", DAY), fact("d", BEFORE)], 1)
    assert facts.days_after(BEFORE) == [DAY, AFTER]
    assert facts.days_after(DAY) == [AFTER]
    assert facts.days_after(AFTER) == []


def test_a_date_in_a_record_is_read_whether_it_is_text_or_a_date() -> None:
    record = fact("support_plan", started_on="2026-03-01", renews_on=AFTER)
    assert (record.day("started_on"), record.day("renews_on"), record.day("ended_on")) == (DAY, AFTER, None)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.booleans()), max_size=8), st.integers(0, 5))
def test_the_order_of_recording_in_memory_does_not_matter(rows: list[tuple[int, int, bool]], asked: int) -> None:
    records = [
        fact(
            "membership",
            DAY + timedelta(days=effect),
            recorded_on=DAY + timedelta(days=recorded),
            of_case=1 if own else None,
            seq=seq,
            status=str(seq),
        )
        for seq, (effect, recorded, own) in enumerate(rows)
    ]
    day = DAY + timedelta(days=asked)
    seen = [record for record in records if record.effective_on <= day]
    expected = max(
        seen,
        key=lambda item: (item.case_number is not None, item.effective_on, item.recorded_at, item.seq),
        default=None,
    )
    assert Facts(records, 1).latest("membership", day) == Facts(records[::-1], 1).latest("membership", day) == expected
