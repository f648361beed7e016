"""Whose turn it is, as the state of a case says: by the marks of acts and by the policy that judges."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from csp_workflow.rules.turns import turn_of
from tests.unit.evidence import PROGRAMME, case_in

ON = date(2025, 10, 6)  # the policy of the day has an assessment, that of 2018 has none


@pytest.mark.parametrize(
    ("state", "marks", "side"),
    [
        ("application", {}, "vendor"),
        ("application", {"information_asked": ON}, "partner"),
        ("assessment", {}, "partner"),
        ("assessment", {"pinned": "2025-10"}, "partner"),
        ("assessment", {"pinned": "2018-08"}, "vendor"),
        ("assessment", {"assessed_on": ON}, "vendor"),
        ("annual_review", {"assessed_on": ON}, "vendor"),
        ("annual_review", {"assessed_on": ON, "reassessed_on": ON}, "partner"),
        ("active", {}, ""),
    ],
)
def test_the_first_answer_whose_mark_or_setting_is_there_holds(state: str, marks: dict[str, Any], side: str) -> None:
    assert turn_of(PROGRAMME, case_in(state, **marks), ON) == side


def test_before_the_first_policy_no_setting_is_there() -> None:
    assert turn_of(PROGRAMME, case_in("assessment"), date(2017, 12, 31)) == "vendor"
