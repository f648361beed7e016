"""The support plan: of which kind, bought or confirmed when, active, paid."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from csp_workflow.model.fact import Fact
from csp_workflow.model.policy import Terms
from csp_workflow.model.verdict import Verdict
from csp_workflow.rules.question import Question
from csp_workflow.rules.registry import rule


class Plan(NamedTuple):
    """A recorded support plan: its kind, from when to when it covers (both days included), whether it is paid."""

    kind: str
    started_on: date
    renews_on: date
    paid: bool
    recorded_on: date

    def covers(self, day: date) -> bool:
        """Whether the plan is active on a day."""
        return self.started_on <= day <= self.renews_on


def plan_on(question: Question, day: date) -> Plan | None:
    """The plan that counts on a day, as recorded."""
    fact = question.facts.latest("support_plan", day)
    return _plan(fact) if fact else None


def _plan(fact: Fact) -> Plan:
    started_on, renews_on = fact.day("started_on"), fact.day("renews_on")
    assert started_on is not None, "the fact's form demands it"  # noqa: S101 - tells the type checker
    assert renews_on is not None, "the fact's form gives it a default"  # noqa: S101 - tells the type checker
    return Plan(fact.fields["kind"], started_on, renews_on, fact.fields["paid"], fact.recorded_at.date())


@rule("plan.kind", setting="plan.kinds", reads=["support_plan"], parameters={"value": "names!"})
def plan_kind(question: Question, terms: Terms) -> Verdict:
    """The plan that is bought, or that is there already, is of a kind that counts."""
    kinds = terms.get("value", ())
    plan = plan_on(question, question.day)
    kind = question.payload.get("kind") or (plan.kind if plan else None)
    return Verdict(kind in kinds, kind, list(kinds))


@rule("plan.after_credit_notice", setting="plan.kinds", reads=["support_plan"])
def plan_after_credit_notice(question: Question, _terms: Terms) -> Verdict:
    """The plan came after the partner was told of the credit approval, or was there when it applied.

    Buying: `purchased_on` is not before the notice. Confirming: the plan started on or after the notice, or
    covers the day of the application. Marks: `credit_notified_on`, `applied_on`.
    """
    notified_on = question.case.day_of("credit_notified_on")
    bought_on = question.payload.get("purchased_on")
    if bought_on is not None:
        met = notified_on is not None and bought_on >= notified_on
        to_come = notified_on if notified_on and notified_on > question.day else None
        return Verdict(met, bought_on, notified_on, None if met else to_come)
    plan = plan_on(question, question.day)
    if plan is None:
        return Verdict(False, None, notified_on)
    applied_on = question.case.day_of("applied_on")
    had_it = applied_on is not None and plan.covers(applied_on)
    return Verdict(had_it or (notified_on is not None and plan.started_on >= notified_on), plan.started_on, notified_on)


@rule("plan.active", setting="plan.kinds", reads=["support_plan"])
def plan_active(question: Question, _terms: Terms) -> Verdict:
    """The recorded or bought plan covers the day, its first and its last day included."""
    plan = plan_on(question, question.day)
    return Verdict(plan is not None and plan.covers(question.day), plan.renews_on if plan else None, question.day)


@rule("plan.paid", reads=["support_plan"])
def plan_paid(question: Question, _terms: Terms) -> Verdict:
    """The plan that counts on the day is paid."""
    plan = plan_on(question, question.day)
    return Verdict(plan is not None and plan.paid, plan.paid if plan else None, need=True)


RULES = (plan_kind, plan_after_credit_notice, plan_active, plan_paid)
