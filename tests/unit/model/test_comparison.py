"""What differs between two definitions is told value by value, and nothing is left out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csp_workflow.model.comparison import Change, Part, ValueChange, compare, differences, parts
from tests.unit.evidence import PROGRAMME

VALUES = st.booleans() | st.integers(0, 2) | st.sampled_from(["", "0", "x"]) | st.lists(st.integers(0, 1), max_size=2)
TABLES = st.recursive(
    st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), VALUES | inner, max_size=3),
    max_leaves=6,
)


@given(TABLES, TABLES)
def test_there_is_a_difference_exactly_where_the_texts_differ(before: Any, after: Any) -> None:
    assert bool(list(differences(before, after))) == (json.dumps(before) != json.dumps(after))


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [("a", 1, 2)]),
        ({"a": 1}, {"a": True}, [("a", 1, True)]),
        ({"a": 1}, {}, [("a", 1, None)]),
        ({}, {"a": {"b": 1}}, [("a", None, {"b": 1})]),
        (
            {"a": {"revenue.floor": {"floor": 1}}},
            {"a": {"revenue.floor": {"floor": 2}}},
            [('a."revenue.floor".floor', 1, 2)],
        ),
        ({"a": {"": 1}}, {"a": {"": 2}}, [('a.""', 1, 2)]),
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": 2, "x": 1}}, [("order of a", ["x", "y"], ["y", "x"])]),
        ({"x": 1, "z": 0, "y": 2}, {"y": 2, "x": 1}, [("z", 0, None), ("order", ["x", "y"], ["y", "x"])]),
        ({"a": [{"x": 1}]}, {"a": [{"x": 2}]}, [("a", [{"x": 1}], [{"x": 2}])]),
    ],
)
def test_a_value_is_told_under_its_key(before: Any, after: Any, wanted: list[Any]) -> None:
    assert list(differences(before, after)) == [ValueChange(*one) for one in wanted]


def changed(change: Any) -> str:
    """The text of the shipped definition after something was done to its tables."""
    raw = json.loads(PROGRAMME.text)
    change(raw)
    return json.dumps(raw)


def told(change: Any) -> list[tuple[str, str, str, str]]:
    """What is told of something that was done to the shipped definition."""
    found = compare(PROGRAMME.text, changed(change))
    return [(one.part.kind, one.part.lifecycle or "", one.part.name, one.what) for one in found]


def of(kind: str, lifecycle: str = "direct_bill") -> Any:
    """Where the tables of a kind are."""
    return lambda raw: raw[f"{lifecycle}/lifecycle.toml"][kind]


def test_every_part_of_the_shipped_definition_has_its_kind() -> None:
    found = parts(PROGRAMME.text)
    assert {part.kind for part in found} == {
        "lifecycle",
        "state",
        "trigger",
        "deadline",
        "policy",
        "fact",
        "role",
        "file",
    }
    assert Part("state", "direct_bill", "active") in found
    assert Part("policy", "direct_bill", "2025-10") in found
    assert Part("role", None, "operator") in found
    assert Part("fact", None, "revenue") in found


def test_nothing_is_told_of_what_is_the_same() -> None:
    assert compare(PROGRAMME.text, PROGRAMME.text) == ()


def test_what_is_added_removed_and_changed_is_told_by_its_name() -> None:
    assert told(lambda raw: of("state")(raw).pop("application")) == [("state", "direct_bill", "application", "removed")]
    assert told(lambda raw: of("trigger")(raw).update(hurry={"roles": ["reviewer"]})) == [
        ("trigger", "direct_bill", "hurry", "added")
    ]
    assert told(lambda raw: raw["facts.toml"].pop("location")) == [("fact", "", "location", "removed")]
    assert told(lambda raw: raw["programme.toml"]["role"]["operator"].update(side="vendor")) == [
        ("role", "", "operator", "changed")
    ]
    assert told(lambda raw: raw["markets.toml"]["region"]["brazil"].update(name="Brasil")) == [
        ("file", "", "markets.toml", "changed")
    ]


def test_a_value_of_a_policy_is_told_before_and_after() -> None:
    def raised(raw: Any) -> None:
        raw["direct_bill/policies/06_2025-10.toml"]["requirements"]["revenue.floor"]["floor"] = 2_000_000

    assert compare(PROGRAMME.text, changed(raised)) == (
        Change(
            part=Part("policy", "direct_bill", "2025-10"),
            what="changed",
            values=(ValueChange('requirements."revenue.floor".floor', 1_000_000, 2_000_000),),
        ),
    )


def test_a_policy_is_known_by_its_id_whatever_its_file_is_called() -> None:
    def moved(raw: Any) -> None:
        raw["direct_bill/policies/06_late.toml"] = raw.pop("direct_bill/policies/06_2025-10.toml")

    (change,) = compare(PROGRAMME.text, changed(moved))
    assert (change.part.name, change.what) == ("2025-10", "changed")
    assert change.values == (
        ValueChange("file", "direct_bill/policies/06_2025-10.toml", "direct_bill/policies/06_late.toml"),
    )


def test_another_order_of_deadlines_is_told() -> None:
    def turned(raw: Any) -> None:
        tables = of("deadline")(raw)
        tables["review_reminder"] = tables.pop("review_reminder")

    (change,) = compare(PROGRAMME.text, changed(turned))
    assert (change.part, change.what) == (Part("deadline", "direct_bill", ""), "reordered")
    assert change.values[0].after[-1] == "review_reminder"


def test_a_lifecycle_that_goes_is_told_once() -> None:
    gone = told(lambda raw: raw.pop("indirect_reseller/lifecycle.toml"))
    assert gone == [("lifecycle", "indirect_reseller", "indirect_reseller", "removed")]


def test_changes_stand_in_the_order_of_lifecycles_and_kinds() -> None:
    def much(raw: Any) -> None:
        raw["facts.toml"].pop("location")
        of("trigger")(raw).pop("apply")
        of("state", "indirect_reseller")(raw).pop("closed")
        of("state")(raw).pop("active")
        raw["direct_bill/lifecycle.toml"]["title"] = "Direct"

    assert [kind for kind, *_rest in told(much)] == ["lifecycle", "state", "trigger", "state", "fact"]
