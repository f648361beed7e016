"""The journal: one text for one value, and a hash that every field changes."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csp_workflow.finding import Finding
from csp_workflow.model.journal import BEGINNING, Draft, Sealed, as_entry, canonical, seal

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
FINDING = Finding(
    rule="a.rule",
    met=False,
    statement="It is.",
    have=1,
    need=2,
    earliest=date(2026, 4, 1),
    fix="Mend it.",
    sources=("s",),
    policy="p",
    assumed=False,
)
DRAFT = Draft(
    at=AT,
    actor="anna",
    role="reviewer",
    kind="transition",
    case_number=1,
    trigger="decline",
    source="application",
    target="indirect_tenure",
    payload={"reason": "no"},
    policy="2025-10",
    findings=(FINDING,),
    changes={"state": "indirect_tenure"},
    effective_on=date(2026, 3, 1),
    document="contract.pdf",
    due_on=date(2026, 3, 1),
    concerns=3,
)
OTHER: dict[str, Any] = {
    "at": AT + timedelta(microseconds=1),
    "actor": "ann",
    "role": "operator",
    "kind": "refused",
    "case_number": 2,
    "trigger": "close",
    "source": "assessment",
    "target": "closed",
    "payload": {"reason": "yes"},
    "policy": "2025-05",
    "findings": (replace(FINDING, have=0),),
    "changes": {"state": "closed"},
    "effective_on": date(2026, 3, 2),
    "document": "contract2.pdf",
    "due_on": date(2026, 3, 2),
    "concerns": 4,
}
EMPTY: dict[str, Any] = {
    **dict.fromkeys(
        ("case_number", "trigger", "source", "target", "policy", "effective_on", "document", "due_on", "concerns")
    ),
    "payload": {},
    "findings": (),
    "changes": {},
}


def sealed(draft: Draft = DRAFT, **place: Any) -> Sealed:
    """An entry in its place."""
    return seal(draft, **{"pga": "PGA-1", "seq": 7, "previous": BEGINNING, "definition": "d" * 64, **place})


def test_every_field_of_a_draft_is_tried() -> None:
    assert set(OTHER) == {field.name for field in fields(Draft)}


@pytest.mark.parametrize("name", OTHER)
def test_the_hash_changes_with_every_field(name: str) -> None:
    assert sealed(replace(DRAFT, **{name: OTHER[name]})).hash != sealed().hash


@pytest.mark.parametrize("name", EMPTY)
def test_the_hash_changes_when_a_field_is_taken_away(name: str) -> None:
    assert sealed(replace(DRAFT, **{name: EMPTY[name]})).hash != sealed().hash


@pytest.mark.parametrize(
    "place", [{"pga": "PGA-2"}, {"seq": 8}, {"previous": "1" * 64}, {"definition": "e" * 64}], ids=str
)
def test_the_hash_changes_with_the_place(place: dict[str, Any]) -> None:
    assert sealed(**place).hash != sealed().hash


def test_values_do_not_slip_from_one_field_into_the_next() -> None:
    first = replace(DRAFT, source="a", target=None)
    second = replace(DRAFT, source=None, target="a")
    assert sealed(first).hash != sealed(second).hash


def test_the_same_entry_has_the_same_hash_whatever_the_order_of_its_tables_and_the_zone_of_its_time() -> None:
    berlin = AT.astimezone(datetime.strptime("+0200", "%z").tzinfo)
    first = replace(DRAFT, payload={"a": 1, "b": 2})
    second = replace(DRAFT, payload={"b": 2, "a": 1}, at=berlin)
    assert sealed(first).hash == sealed(second).hash
    assert len(sealed().hash) == 64


def test_each_entry_is_chained_to_the_one_before() -> None:
    first = sealed(seq=1)
    second = sealed(seq=2, previous=first.hash)
    forged = sealed(replace(DRAFT, actor="eve"), seq=1)
    assert sealed(seq=2, previous=forged.hash).hash != second.hash


def test_an_entry_without_tables_is_kept_short() -> None:
    bare = sealed(Draft(at=AT, actor="a", role="r", kind="note"))
    assert (bare.payload, bare.findings, bare.changes) == ("{}", "[]", "{}")


def test_an_entry_is_read_back_as_it_was_written() -> None:
    entry = as_entry(sealed(), "PGA-1", "PGA-1/europe")
    assert entry.findings == (FINDING,)
    assert entry.payload == {"reason": "no"}
    assert entry.id == "PGA-1#7"
    shown = entry.to_dict()
    assert set(shown) >= {
        "seq",
        "at",
        "actor",
        "role",
        "kind",
        "trigger",
        "from",
        "to",
        "payload",
        "policy",
        "findings",
        "hash",
    }
    assert (shown["from"], shown["to"], shown["hash"]) == ("application", "indirect_tenure", entry.hash)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, JSON)
def test_one_value_has_one_text_and_one_text_is_of_one_value(first: Any, second: Any) -> None:
    assert json.loads(canonical(first)) == first
    if canonical(first) == canonical(second):
        assert first == second


def test_canonical_text_sorts_its_keys_and_keeps_letters_as_they_are() -> None:
    assert canonical({"b": [1, None], "a": "ä🦊"}) == '{"a":"ä🦊","b":[1,null]}'
