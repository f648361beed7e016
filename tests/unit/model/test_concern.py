"""How many live cases a change concerns: a case is at its end where both definitions say so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from csp_workflow.model.concern import Counts, changes

COUNTS = Counts({("loan", "lent"): 7}, {})


def definition(**state: Any) -> str:
    """A definition of one state."""
    return json.dumps({"loan/lifecycle.toml": {"state": {"lent": state}}})


@pytest.mark.parametrize(
    ("before", "after", "cases"),
    [
        ({}, {"final": True}, 7),
        ({"final": True}, {}, 7),
        ({}, {"turn": "partner"}, 7),
        ({"final": True}, {"final": True, "turn": "partner"}, 0),
    ],
)
def test_cases_that_a_change_ends_or_opens_again_are_concerned(
    before: dict[str, Any], after: dict[str, Any], cases: int
) -> None:
    (concern,) = changes(("old", definition(**before)), ("new", definition(**after)), COUNTS).changes
    assert (concern.change.part.name, concern.cases) == ("lent", cases)


def test_cases_in_a_state_that_was_their_end_and_is_gone_are_not_live() -> None:
    gone = json.dumps({"loan/lifecycle.toml": {"state": {}}})
    found = changes(("old", definition(final=True)), ("new", gone), COUNTS)
    assert [concern.cases for concern in found.changes] == [0]
    assert [stranded.cases for stranded in found.stranded] == [7]
