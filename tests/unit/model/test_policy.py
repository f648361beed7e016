"""Policies in time: the day before, the day itself, and what comes next."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from csp_workflow.errors import NoPolicy, UnknownName
from csp_workflow.model.policy import NO_TERMS, Policy, PolicyTimeline, Terms
from tests.unit.evidence import PROGRAMME

DAY = timedelta(days=1)
FIRST, SECOND, THIRD = date(2020, 1, 1), date(2021, 1, 1), date(2022, 1, 1)


def policy(name: str, starts_on: date, ends_on: date | None, **settings: Any) -> Policy:
    """A policy with a requirement, a review and some settings."""
    return Policy(
        id=name,
        title=name,
        file=f"{name}.toml",
        starts_on=starts_on,
        ends_on=ends_on,
        dates=NO_TERMS,
        settings={
            key.replace("__", "."): Terms(values={"value": value}, sources=("s",)) for key, value in settings.items()
        },
        groups={
            "requirements": {"revenue.floor": Terms(values={"floor": 5, "products": ("cloud",)}, sources=("s",))},
            "review": {"revenue.floor": Terms(values={"floor": 7}), "plan.paid": Terms(assumed=True)},
        },
    )


TIMELINE = PolicyTimeline(
    [
        policy("one", FIRST, SECOND - DAY, window__open=False, review__since=date(2020, 7, 1)),
        policy("two", SECOND, THIRD - DAY, window__open=True),
        policy("three", THIRD, None, window__open=False, cooldown__years=1),
    ]
)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (FIRST - DAY, None),
        (FIRST, "one"),
        (SECOND - DAY, "one"),
        (SECOND, "two"),
        (THIRD - DAY, "two"),
        (THIRD, "three"),
        (date(2999, 1, 1), "three"),
    ],
)
def test_a_policy_is_in_force_from_its_first_to_its_last_day(day: date, expected: str | None) -> None:
    found = TIMELINE.known_on(day)
    assert (found.id if found else None) == expected


def test_a_day_before_the_first_policy_has_none_and_the_error_says_since_when_there_is_one() -> None:
    with pytest.raises(NoPolicy) as refused:
        TIMELINE.on(FIRST - DAY)
    assert refused.value.code == "no_policy"
    assert "2019-12-31" in refused.value.message
    assert "2020-01-01" in refused.value.message


def test_a_programme_without_policies_has_none_on_any_day() -> None:
    empty = PolicyTimeline([])
    assert (empty.known_on(FIRST), empty.after(FIRST), empty.last_day()) == (None, None, None)
    with pytest.raises(NoPolicy):
        empty.on(FIRST)


def test_a_gap_has_no_policy() -> None:
    gap = PolicyTimeline([policy("one", FIRST, SECOND - 2 * DAY), policy("two", SECOND, None)])
    assert gap.known_on(SECOND - DAY) is None
    assert gap.on(SECOND).id == "two"


def test_a_policy_is_found_by_its_id() -> None:
    assert TIMELINE.named("two").starts_on == SECOND
    with pytest.raises(UnknownName) as refused:
        TIMELINE.named("twoo")
    assert refused.value.code == "unknown_policy"
    assert "did you mean 'two'?" in refused.value.message


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (FIRST - DAY, "one"),
        (FIRST, "two"),
        (SECOND - DAY, "two"),
        (SECOND, "three"),
        (THIRD - DAY, "three"),
        (THIRD, None),
    ],
)
def test_the_next_policy_is_the_one_that_starts_after_the_day(day: date, expected: str | None) -> None:
    found = TIMELINE.after(day)
    assert (found.id if found else None) == expected


@pytest.mark.parametrize(
    ("after", "expected"),
    [(FIRST - DAY, SECOND), (FIRST, SECOND), (SECOND - DAY, SECOND), (SECOND, None), (THIRD, None)],
)
def test_the_next_day_with_a_value_is_the_first_of_a_later_policy_that_has_it(
    after: date, expected: date | None
) -> None:
    assert TIMELINE.next_day("window.open", value=True, after=after) == expected


def test_from_the_first_day_of_the_last_policy_on_nothing_changes() -> None:
    assert TIMELINE.last_day() == THIRD


@pytest.mark.parametrize(("day", "held"), [(date(2020, 6, 30), False), (date(2020, 7, 1), True)])
def test_reviews_are_held_from_the_day_that_the_policy_names(day: date, held: bool) -> None:
    assert TIMELINE.named("one").has_review_on(day) is held


def test_a_policy_without_such_a_day_has_reviews_all_the_time_and_one_without_rules_has_none() -> None:
    assert TIMELINE.named("two").has_review_on(SECOND)
    bare = Policy(id="x", title="", file="", starts_on=FIRST, ends_on=None, dates=NO_TERMS, settings={}, groups={})
    assert not bare.has_review_on(FIRST)


def test_a_value_that_a_policy_does_not_give_is_the_default() -> None:
    two = TIMELINE.named("two")
    assert (two.value("cooldown.years"), two.value("cooldown.years", 3)) == (None, 3)
    assert two.terms("cooldown.years") is NO_TERMS
    assert two.group("advice") == {}


def test_replacing_a_setting_replaces_it_in_every_policy_and_leaves_the_old_timeline_alone() -> None:
    changed = TIMELINE.with_values({"cooldown.years": 2})
    assert [item.value("cooldown.years") for item in changed.policies] == [2, 2, 2]
    assert [item.value("cooldown.years") for item in TIMELINE.policies] == [None, None, 1]


def test_replacing_keeps_the_sources_of_a_value_and_a_new_one_is_assumed() -> None:
    changed = TIMELINE.with_values({"cooldown.years": 2})
    assert changed.named("three").terms("cooldown.years").sources == ("s",)
    assert changed.named("two").terms("cooldown.years").assumed


def test_replacing_a_rule_s_parameter_reaches_every_group_that_has_it_and_leaves_its_other_parameters() -> None:
    changed = TIMELINE.with_values({"revenue.floor": 9})
    for item in changed.policies:
        assert item.group("requirements")["revenue.floor"].values == {"floor": 9, "products": ("cloud",)}
        assert item.group("review")["revenue.floor"].values == {"floor": 9}
        assert "revenue.floor" not in item.settings


def test_a_rule_that_a_policy_does_not_ask_is_not_asked_after_a_replacement() -> None:
    changed = PROGRAMME.policies.with_values({"designation.count": 3})
    asked = [item.id for item in changed.policies if "designation.count" in item.group("requirements")]
    assert asked == ["2025-10"]
    assert all("designation.count" not in item.settings for item in changed.policies)


def test_the_names_that_may_be_replaced_are_settings_and_main_parameters() -> None:
    assert TIMELINE.parameters() == {"window.open", "review.since", "cooldown.years", "revenue.floor"}
    assert {
        "assessment.pass_mark",
        "revenue.floor",
        "tenure.months",
        "designation.count",
        "cooldown.years",
        "cooldown.scope",
        "review.reminder_days",
    } <= PROGRAMME.policies.parameters()


def test_a_programme_refuses_to_replace_what_no_policy_has() -> None:
    with pytest.raises(UnknownName) as refused:
        PROGRAMME.with_values({"revenue.flor": 1})
    assert "did you mean 'revenue.floor'?" in refused.value.message


def test_the_terms_of_a_rule_are_read_by_name() -> None:
    terms = Terms(values={"floor": 5})
    assert (terms["floor"], terms.get("channel"), terms.get("channel", "any")) == (5, None, "any")
    with pytest.raises(KeyError):
        terms["channel"]
