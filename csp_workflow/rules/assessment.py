"""The capability assessment: whether there is one, whether it was done, and its total."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any

from csp_workflow.model.policy import Policy, Terms
from csp_workflow.model.verdict import MET, Verdict
from csp_workflow.rules.question import Question
from csp_workflow.rules.registry import rule


@rule("assessment.in_policy", setting="assessment.categories")
def assessment_in_policy(question: Question, _terms: Terms) -> Verdict:
    """The judging policy has an assessment."""
    return Verdict(bool(criteria(question.policy)))


@rule("assessment.complete", setting="assessment.categories")
def assessment_complete(question: Question, _terms: Terms) -> Verdict:
    """The policy has none, or one was completed in this application or review under the same criteria."""
    asked = criteria(question.policy)
    if not asked:
        return MET
    return Verdict(_is_current(question, asked), question.case.day_of("assessed_on"))


@rule("assessment.score", setting="assessment.pass_mark")
def assessment_score(question: Question, _terms: Terms) -> Verdict:
    """There is no pass mark, or the rounded total reaches it."""
    asked = criteria(question.policy)
    mark = pass_mark(question.policy.terms("assessment.pass_mark"))
    if not asked or mark is None:
        return MET
    if not _is_current(question, asked):
        return Verdict(False, None, mark)
    have = total(question.case.marks["assessment"], question.policy)
    return Verdict(have >= mark, have, mark)


@rule("verification.passed", setting="verification.separate")
def verification_passed(question: Question, _terms: Terms) -> Verdict:
    """Verified in this application (mark `verified_on`), or the policy does not separate verification."""
    verified_on = question.case.day_of("verified_on")
    return Verdict(verified_on is not None or not question.policy.value("verification.separate"), verified_on)


def criteria(policy: Policy) -> tuple[str, ...]:
    """The names under which points are given: `category.criterion`, or an area alone; none without assessment."""
    categories: Mapping[str, Any] = policy.value("assessment.categories") or {}
    names: list[str] = []
    for category, items in categories.items():
        names += [f"{category}.{item}" for item in items] or [category]
    return tuple(sorted(names))


def total(points: Mapping[str, int], policy: Policy) -> Decimal:
    """The weighted mean of the categories' means, rounded half-even to two places; 0 to 100."""
    categories: Mapping[str, Any] = policy.value("assessment.categories") or {}
    weights: Mapping[str, Any] = policy.value("assessment.weights") or {}
    summed = Fraction(0)
    weighed = Fraction(0)
    for category, items in categories.items():
        weight = Fraction(Decimal(weights.get(category, 1)))
        names = [f"{category}.{item}" for item in items] or [category]
        summed += weight * Fraction(sum(points[name] for name in names), len(names))
        weighed += weight
    mean = summed / weighed
    return (Decimal(round(mean * 100)) / 100).quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN)


def pass_mark(terms: Terms) -> Decimal | None:
    """The total that is needed, or None where the policy knows no pass mark."""
    mark = terms.get("value")
    return None if mark is None or mark == "none" else Decimal(mark)


def _is_current(question: Question, asked: tuple[str, ...]) -> bool:
    marks = question.case.marks
    return "assessed_on" in marks and tuple(sorted(marks["assessment"])) == asked


RULES = (assessment_in_policy, assessment_complete, assessment_score, verification_passed)
