"""What acts change in a case is enough to make the case again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from csp_workflow.model.case import Case, Cooldown, Fired, Reference
from csp_workflow.model.snapshot import changes, restored, snapshot

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAYS = st.dates(min_value=date(2018, 1, 1), max_value=date(2040, 1, 1))
NAMES = st.sampled_from(["applied_on", "check_on", "staff", "assessment"])
KINDS = st.sampled_from(["review_opens", "policy_changes", "security_check"])
MARKS = (
    DAYS.map(str)
    | st.lists(st.text(max_size=3), max_size=2)
    | st.dictionaries(st.text(max_size=3), st.integers(0, 100))
)
WAITS = st.none() | st.builds(
    Cooldown, case=st.sampled_from(["transitioned", "not_approved"]), started_on=DAYS, ends_on=DAYS
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A case in any condition."""
    return Case(
        reference=Reference("PGA-1", "europe", "direct_bill"),
        number=1,
        state=draw(st.sampled_from(["application", "active", "closed"])),
        version=draw(st.integers(1, 9)),
        opened_at=AT,
        entered_on=draw(DAYS),
        last_at=AT,
        derived_on=AT.date(),
        pinned=draw(st.none() | st.sampled_from(["2023-07", "2025-10"])),
        cooldown=draw(WAITS),
        cooldown_done=draw(st.booleans()),
        marks=draw(st.dictionaries(NAMES, MARKS)),
        since=draw(st.dictionaries(KINDS, DAYS)),
        fired=draw(st.dictionaries(KINDS, st.builds(Fired, due_on=DAYS, about=st.none() | DAYS))),
    )


@given(cases(), cases())
def test_a_case_is_made_again_from_what_changed(before: Case, after: Case) -> None:
    written = json.loads(json.dumps(changes(before, after)))
    assert restored(before, written, AT) == after


@given(cases(), cases())
def test_a_new_case_is_made_from_all_that_it_is(blank: Case, after: Case) -> None:
    written = json.loads(json.dumps(changes(None, after)))
    assert restored(blank, written, AT) == after
    assert written == snapshot(after)


@given(cases())
def test_where_nothing_changed_nothing_is_written(case: Case) -> None:
    assert changes(case, case) == {}
    assert restored(case, {}, AT) == case


@given(cases())
def test_only_what_changed_is_written(case: Case) -> None:
    assert changes(case, replace(case, version=case.version + 1)) == {"version": case.version + 1}


def test_the_time_of_the_entry_becomes_that_of_the_case() -> None:
    case = Case(
        reference=Reference("PGA-1", "europe", "direct_bill"),
        number=1,
        state="active",
        version=1,
        opened_at=AT,
        entered_on=AT.date(),
        last_at=AT,
        derived_on=AT.date(),
    )
    later = AT.replace(hour=13)
    assert restored(case, {}, later).last_at == later
