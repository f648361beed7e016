"""The assessment: its criteria, its total to the second place, and whether it is of this application."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csp_workflow.model.case import Case
from csp_workflow.model.policy import NO_TERMS, Policy, Terms
from csp_workflow.rules.assessment import criteria, pass_mark, total
from tests.unit.evidence import PROGRAMME, answer, ask, case_in

ON = date(2025, 10, 27)
NOW = PROGRAMME.policies.named("2025-10")
ALL = dict.fromkeys(criteria(NOW), 80)
AREAS = dict.fromkeys(criteria(PROGRAMME.policies.named("2023-07")), 80)


def policy(categories: dict[str, list[str]], weights: dict[str, Any]) -> Policy:
    """A policy with an assessment."""
    settings = {"assessment.categories": categories, "assessment.weights": weights}
    return Policy(
        id="x",
        title="",
        file="",
        starts_on=ON,
        ends_on=None,
        dates=NO_TERMS,
        settings={name: Terms(values={"value": value}) for name, value in settings.items()},
        groups={},
    )


def one_of(count: int) -> tuple[Policy, list[str]]:
    """A policy with one category of so many criteria, and their names."""
    names = [f"c{number}" for number in range(count)]
    return policy({"all": names}, {"all": 1}), [f"all.{name}" for name in names]


def test_a_criterion_is_named_with_its_category_and_an_area_alone() -> None:
    assert criteria(policy({"sell": ["b", "a"], "billing": []}, {})) == ("billing", "sell.a", "sell.b")
    assert criteria(PROGRAMME.policies.named("2018-08")) == ()
    assert len(ALL) == 13
    assert sorted(AREAS) == ["billing", "customer_support", "provisioning", "security"]


def test_the_total_is_the_weighted_mean_of_the_means_of_the_categories() -> None:
    judged_by = policy({"sell": ["a", "b"], "support": ["c"]}, {"sell": 3, "support": 1})
    assert total({"sell.a": 100, "sell.b": 50, "support.c": 0}, judged_by) == Decimal("56.25")


def test_a_category_of_one_weighs_as_much_as_one_of_five() -> None:
    points = {name: 100 if name.startswith("support.") else 0 for name in ALL}
    assert total(points, NOW) == Decimal("33.33")


def test_an_area_is_a_category_of_one() -> None:
    assert total({**AREAS, "billing": 0}, PROGRAMME.policies.named("2023-07")) == Decimal("60.00")


@pytest.mark.parametrize(("points", "expected"), [(0, "0.00"), (100, "100.00"), (80, "80.00")])
def test_the_total_lies_between_nought_and_a_hundred_with_two_places(points: int, expected: str) -> None:
    found = total(dict.fromkeys(ALL, points), NOW)
    assert (found, str(found)) == (Decimal(expected), expected)


@pytest.mark.parametrize(
    ("count", "points", "expected"),
    [
        (8, 1, "0.12"),  # 0.125 to the even neighbour below
        (8, 3, "0.38"),  # 0.375 to the even neighbour above
        (8, 5, "0.62"),  # 0.625
        (8, 7, "0.88"),  # 0.875
        (3, 2, "0.67"),
        (3, 1, "0.33"),
        (200, 1, "0.00"),  # 0.005
        (200, 3, "0.02"),  # 0.015
    ],
)
def test_the_total_is_rounded_half_even(count: int, points: int, expected: str) -> None:
    judged_by, names = one_of(count)
    given_points = {name: points if number == 0 else 0 for number, name in enumerate(names)}
    assert str(total(given_points, judged_by)) == expected


@given(st.lists(st.integers(0, 100), min_size=13, max_size=13))
def test_the_total_is_the_nearest_with_two_places(points: list[int]) -> None:
    given_points = dict(zip(ALL, points, strict=True))
    means = []
    for category in ("sell", "secure", "support"):
        mine = [point for name, point in given_points.items() if name.startswith(f"{category}.")]
        means.append(Fraction(sum(mine), len(mine)))
    exact = sum(means, Fraction(0)) / 3
    found = total(given_points, NOW)
    assert abs(Fraction(found) - exact) <= Fraction(1, 200)
    assert found == Decimal(round(exact * 100)).scaleb(-2)  # Fraction rounds half to even


@pytest.mark.parametrize(("weight", "expected"), [(Decimal("0.5"), "33.33"), (2, "66.67"), (1, "50.00")])
def test_weights_may_be_decimals(weight: Any, expected: str) -> None:
    judged_by = policy({"sell": [], "support": []}, {"sell": weight, "support": 1})
    assert str(total({"sell": 100, "support": 0}, judged_by)) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("none", None), (None, None), (70, Decimal(70)), (Decimal("66.67"), Decimal("66.67"))]
)
def test_a_pass_mark_may_be_none(value: Any, expected: Decimal | None) -> None:
    assert pass_mark(Terms(values={"value": value})) == expected


# ------------------------------------------------------------------------------------------- the rules


@pytest.mark.parametrize(
    ("policy_id", "met"),
    [
        ("2018-closed", False),
        ("2018-08", False),
        ("2020-10", False),
        ("2023-07", True),
        ("2025-05", True),
        ("2025-10", True),
    ],
)
def test_an_assessment_is_there_or_not_by_the_policy_that_judges(policy_id: str, met: bool) -> None:
    assert answer("assessment.in_policy", ask(ON, case=case_in(pinned=policy_id))).met is met
    assert answer("assessment.complete", ask(ON, case=case_in(pinned=policy_id))).met is not met


def assessed(points: dict[str, int], *, pinned: str = "2025-10", on: date | None = ON) -> Case:
    """A case that has been assessed."""
    case = case_in("assessment", pinned=pinned, assessment=points)
    return replace(case, marks={**case.marks, "assessed_on": on.isoformat()}) if on else case


def test_an_assessment_is_complete_under_the_criteria_of_the_policy_that_judges() -> None:
    assert answer("assessment.complete", ask(ON, case=assessed(ALL)))[:2] == (True, ON)
    assert answer("assessment.complete", ask(ON, case=assessed(AREAS))).met is False
    assert answer("assessment.complete", ask(ON, case=assessed(AREAS, pinned="2025-05"))).met is True


def test_an_assessment_of_an_earlier_application_does_not_count() -> None:
    earlier = assessed(ALL, on=None)
    assert answer("assessment.complete", ask(ON, case=earlier)).met is False


def test_without_a_pass_mark_every_total_is_enough_and_none_is_needed() -> None:
    assert answer("assessment.score", ask(ON, case=assessed(dict.fromkeys(ALL, 0)))).met is True
    assert answer("assessment.score", ask(ON, case=case_in(pinned="2025-10"))).met is True


@pytest.mark.parametrize(
    ("mark", "points", "met"),
    [
        (80, 80, True),
        (81, 80, False),
        (Decimal("80.01"), 80, False),
        (0, 0, True),
        (100, 100, True),
    ],
)
def test_a_pass_mark_that_is_reached_exactly_is_reached(mark: Any, points: int, met: bool) -> None:
    programme = PROGRAMME.with_values({"assessment.pass_mark": mark})
    verdict = answer("assessment.score", ask(ON, case=assessed(dict.fromkeys(ALL, points)), programme=programme))
    assert (verdict.met, str(verdict.have), str(verdict.need)) == (met, f"{points}.00", str(mark))


def test_the_rounded_total_is_held_against_the_pass_mark() -> None:
    programme = PROGRAMME.with_values({"assessment.pass_mark": Decimal("66.67")})
    points = {name: 0 if name.startswith("support.") else 100 for name in ALL}  # 66.666…
    assert answer("assessment.score", ask(ON, case=assessed(points), programme=programme)).met is True


def test_with_a_pass_mark_an_assessment_is_needed_under_the_policy_s_own_criteria() -> None:
    programme = PROGRAMME.with_values({"assessment.pass_mark": 0})
    assert answer("assessment.score", ask(ON, case=case_in(pinned="2025-10"), programme=programme)).met is False
    assert answer("assessment.score", ask(ON, case=assessed(AREAS), programme=programme)).met is False
    assert answer("assessment.score", ask(ON, case=case_in(pinned="2018-08"), programme=programme)).met is True


@pytest.mark.parametrize(("policy_id", "separate"), [("2025-10", True), ("2023-07", False), ("2018-08", True)])
def test_verification_is_asked_where_the_policy_separates_it(policy_id: str, separate: bool) -> None:
    assert answer("verification.passed", ask(ON, case=case_in(pinned=policy_id))).met is not separate
    assert answer("verification.passed", ask(ON, case=case_in(pinned=policy_id, verified_on=ON))).met is True
