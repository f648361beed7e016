"""Pages of partners and cases: walked with `after`, everything comes exactly once and in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from csp_workflow import NotFound
from csp_workflow.errors import BadInput
from tests.integration.hands import ANNA, RITA, ready, start

if TYPE_CHECKING:
    from collections.abc import Callable

    from csp_workflow.bootstrap import HostWorkflow

REGIONS = ("japan", "europe", "brazil")
KEYS = ("PGA-1", "PGA-10", "PGA-2", "Z", "a", "pga-1", "PGA_1", "PGA.1", "PGA-1-x")


@pytest.fixture
def full(workflow: HostWorkflow) -> HostWorkflow:
    """Nine partners, each with cases in three regions, one of them closed and opened again."""
    for pga in reversed(KEYS):
        workflow.register_partner(pga, name=pga, country="DE")
        for region in REGIONS:
            workflow.open_case(pga, region=region)
    for region in REGIONS[:1]:
        workflow.fire(f"Z/{region}", "close", actor=RITA, payload={"reason": "they left"})
        workflow.open_case("Z", region=region)
    return workflow


def walked(page: Callable[[str | None, int], list[str]], limit: int) -> list[str]:
    """Everything that the pages hold, one after the other."""
    found: list[str] = []
    after = None
    for _ in range(100):
        names = page(after, limit)
        found += names
        if len(names) < limit:
            return found
        after = names[-1]
    raise AssertionError("the pages never end")


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 9, 100])
def test_pages_of_partners_hold_each_once_in_order(full: HostWorkflow, limit: int) -> None:
    found = walked(lambda after, limit: [item.pga for item in full.partners(after=after, limit=limit)], limit)
    assert found == sorted(KEYS)


@pytest.mark.parametrize("state", [None, "indirect_tenure"])
@pytest.mark.parametrize("limit", [1, 2, 3, 5, 7, 100])
def test_pages_of_cases_hold_each_once_in_order(full: HostWorkflow, limit: int, state: str | None) -> None:
    def page(after: str | None, limit: int) -> list[str]:
        return [case.ref for case in full.cases(state=state, after=after, limit=limit)]

    whole = page(None, 1000)
    assert sorted(whole) == sorted(f"{pga}/{region}" for pga in KEYS for region in REGIONS)
    assert [ref.partition("/")[0] for ref in whole] == sorted(KEYS * len(REGIONS))
    assert walked(page, limit) == whole


def test_of_cases_with_the_same_reference_the_newest_is_listed(full: HostWorkflow) -> None:
    assert [(case.ref, case.state, case.version) for case in full.cases(partner="Z", region="japan")] == [
        ("Z/japan", "indirect_tenure", 1)
    ]
    assert full.cases(state="closed") == []
    full.fire("a/japan", "close", actor=RITA, payload={"reason": "they left"})
    assert [case.ref for case in full.cases(state="closed")] == ["a/japan"]


def test_cases_are_filtered_by_all_that_is_said(full: HostWorkflow) -> None:
    assert {case.region for case in full.cases(region="japan", limit=1000)} == {"japan"}
    assert {case.partner for case in full.cases(partner="a", limit=1000)} == {"a"}
    assert [case.ref for case in full.cases(partner="Z", region="japan", state="indirect_tenure")] == ["Z/japan"]
    assert full.cases(lifecycle="indirect_reseller") == []


def test_a_hundred_come_where_no_limit_is_said(workflow: HostWorkflow) -> None:
    for number in range(101):
        workflow.register_partner(f"P-{number:03}", name="N", country="DE")
    assert len(workflow.partners()) == 100
    assert [item.pga for item in workflow.partners(after="P-099")] == ["P-100"]


def test_a_page_after_a_partner_that_is_not_there_begins_behind_its_place(full: HostWorkflow) -> None:
    assert [item.pga for item in full.partners(after="PGA-1a", limit=2)] == ["PGA-2", "PGA.1"]


def test_a_page_after_a_case_that_is_not_there_is_not_found(full: HostWorkflow) -> None:
    for missing in ("PGA-9/europe", "PGA-1/india"):
        with pytest.raises(NotFound):
            full.cases(after=missing)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_page_of_nothing_is_refused(full: HostWorkflow, limit: int) -> None:
    with pytest.raises(BadInput):
        full.cases(limit=limit)
    with pytest.raises(BadInput):
        full.partners(limit=limit)


def test_a_page_shows_cases_as_they_show_themselves(workflow: HostWorkflow) -> None:
    workflow.fire(ready(workflow), "apply", actor=ANNA)
    start(workflow, "PGA-1002")
    assert workflow.cases() == [workflow.case("PGA-1001/europe"), workflow.case("PGA-1002/europe")]
