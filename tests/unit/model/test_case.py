"""References to cases, waits, and what a case remembers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from csp_workflow.errors import BadReference
from csp_workflow.model.case import Case, CaseView, Cooldown, Deadline, Reference

USUAL = "direct_bill"


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("PGA-1001/europe", Reference("PGA-1001", "europe", USUAL)),
        ("PGA-1001/europe/indirect_reseller", Reference("PGA-1001", "europe", "indirect_reseller")),
        ("PGA-1001/europe/direct_bill/TENANT", Reference("PGA-1001", "europe", USUAL, "TENANT")),
        ("PGA-1001/europe/indirect_reseller/T.1", Reference("PGA-1001", "europe", "indirect_reseller", "T.1")),
    ],
)
def test_a_reference_is_read_and_written_in_its_shortest_form(text: str, reference: Reference) -> None:
    assert Reference.parse(text, USUAL) == reference
    assert reference.write(USUAL) == text


def test_the_usual_lifecycle_may_be_named() -> None:
    assert Reference.parse("P/europe/direct_bill", USUAL).write(USUAL) == "P/europe"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "P/",
        "/europe",
        "P//x",
        "P/europe/",
        "P/europe/direct_bill/",
        "P/europe/a/b/c",
        "P P/europe",
        "P/eu rope",
        None,
        7,
    ],
)
def test_another_text_is_no_reference(text: Any) -> None:
    with pytest.raises(BadReference) as refused:
        Reference.parse(text, USUAL)
    assert refused.value.code == "bad_reference"


@pytest.mark.parametrize(
    ("day", "runs"), [(date(2027, 1, 9), True), (date(2027, 1, 10), False), (date(2027, 1, 11), False)]
)
def test_a_wait_is_over_on_its_last_day(day: date, runs: bool) -> None:
    wait = Cooldown(case="not_approved", started_on=date(2026, 1, 10), ends_on=date(2027, 1, 10))
    assert wait.runs_on(day) is runs
    assert wait.to_dict() == {"case": "not_approved", "started_on": "2026-01-10", "ends_on": "2027-01-10"}


def test_a_case_knows_its_key_and_the_days_it_has_marked() -> None:
    at = datetime(2026, 1, 10, 12, tzinfo=UTC)
    case = Case(
        reference=Reference("P", "europe", USUAL),
        number=3,
        state="active",
        version=1,
        opened_at=at,
        entered_on=at.date(),
        last_at=at,
        derived_on=at.date(),
        marks={"applied_on": "2026-01-09"},
    )
    assert case.key == ("P", 3)
    assert (case.day_of("applied_on"), case.day_of("verified_on")) == (date(2026, 1, 9), None)


def test_a_case_is_shown_with_the_keys_of_the_contract() -> None:
    view = CaseView(
        ref="P/europe",
        partner="P",
        lifecycle=USUAL,
        region="europe",
        tenant="",
        state="active",
        version=2,
        policy="2025-10",
        cooldown=None,
        entitlements=("transact_direct",),
        deadlines=(Deadline("review_opens", date(2026, 11, 1), date(2026, 11, 1)),),
        opened_at=datetime(2026, 1, 10, 12, tzinfo=UTC),
    )
    assert view.to_dict() == {
        "ref": "P/europe",
        "partner": "P",
        "lifecycle": "direct_bill",
        "region": "europe",
        "tenant": "",
        "state": "active",
        "version": 2,
        "policy": "2025-10",
        "cooldown": None,
        "entitlements": ["transact_direct"],
        "deadlines": [{"kind": "review_opens", "due_on": "2026-11-01"}],
        "opened_at": "2026-01-10T12:00:00+00:00",
    }
