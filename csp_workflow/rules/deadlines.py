"""Deadlines, derived from the state and the facts: one function a kind, each a day or nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from csp_workflow.model.calendar import first_of_next_month
from csp_workflow.rules.plan import plan_on
from csp_workflow.rules.question import Question
from csp_workflow.rules.registry import Derivation, Derive, Due, Pending
from csp_workflow.rules.review import review_date

DEADLINES: dict[str, Derivation] = {}


def deadline(name: str, *reads: str) -> Callable[[Derive], Derive]:
    """Register a kind of deadline by the name that definitions use, with the facts it looks at."""

    def register(derive: Derive) -> Derive:
        DEADLINES[name] = Derivation(derive, reads)
        return derive

    return register


@deadline("review_reminder", "support_plan")
def review_reminder(question: Question, pending: Pending) -> Due | None:
    """The next of the policy's reminders before the review date.

    It is derived anew only when the review date changes or one has fired; one that is overdue when the review
    date has come is dropped.
    """
    on = review_date(question)
    if on is None:
        return None
    if pending.stored and pending.stored.about == on:
        overdue = pending.stored.due_on < pending.today >= on
        return None if overdue else Due(pending.stored.due_on, on)
    policy = question.programme.policies.known_on(on)
    days_before: list[int] = policy.value("review.reminder_days", []) if policy else []
    last = pending.fired.due_on if pending.fired and pending.fired.about == on else None
    days = sorted(on - timedelta(days=days) for days in days_before)
    return next((Due(day, on) for day in days if day >= pending.today and (last is None or day > last)), None)


@deadline("review_opens", "support_plan")
def review_opens(question: Question, pending: Pending) -> Due | None:
    """The review date; once it has fired, nothing until the review date changes."""
    return _once(review_date(question), pending)


@deadline("review_closes", "support_plan")
def review_closes(question: Question, pending: Pending) -> Due | None:
    """The day after the month of the review date."""
    on = review_date(question)
    return _once(first_of_next_month(on) if on else None, pending)


@deadline("security_check", "csp_onboarding")
def security_check(question: Question, pending: Pending) -> Due | None:
    """The first day of the next onboarding month whose policy asks for security; none while a check is open.

    It begins after the activation or the last validation (marks `activated_on`, `validated_on`, `check_on`).
    """
    case = question.case
    onboarding = question.facts.latest("csp_onboarding", question.day)
    onboarded_on = onboarding.day("onboarded_on") if onboarding else None
    if onboarded_on is None or case.day_of("check_on"):
        return None
    after = max(case.day_of("activated_on") or pending.since, case.day_of("validated_on") or date.min)
    return _first_asked(question, date(after.year, onboarded_on.month, 1), after)


def _first_asked(question: Question, first: date, after: date) -> Due | None:
    policies = question.programme.policies
    settled = policies.last_day() or first
    while True:
        policy = policies.known_on(first)
        if first > after and policy and policy.value("review.security"):
            return Due(first)
        if first > after and first >= settled:
            return None
        first = first.replace(year=first.year + 1)


@deadline("security_check_closes")
def security_check_closes(question: Question, pending: Pending) -> Due | None:
    """The day after the month of the open check."""
    check_on = question.case.day_of("check_on")
    return _once(first_of_next_month(check_on) if check_on else None, pending)


@deadline("support_plan_ends", "support_plan")
def support_plan_ends(question: Question, pending: Pending) -> Due | None:
    """The day on which the plan renews."""
    plan = plan_on(question, question.day)
    return _once(plan.renews_on if plan else None, pending)


@deadline("cooldown_ends")
def cooldown_ends(question: Question, pending: Pending) -> Due | None:
    """The end of the wait that this case's own act started, until it was dealt with.

    Where a state waits for it and no wait was started, it is over at once.
    """
    case = question.case
    if case.cooldown_done:
        return None
    if case.cooldown:
        return Due(case.cooldown.ends_on)
    waiting = question.programme.lifecycles[case.reference.lifecycle].deadlines["cooldown_ends"].fires
    return Due(pending.since) if case.state in waiting else None


@deadline("window_opens")
def window_opens(question: Question, pending: Pending) -> Due | None:
    """The first day of the next open policy after an application was refused by the window."""
    refused_on = question.case.day_of("window_refused_on")
    if refused_on is None:
        return None
    opens_on = question.programme.policies.next_day("window.open", value=True, after=refused_on)
    return _once(opens_on, pending)


@deadline("policy_changes")
def policy_changes(question: Question, pending: Pending) -> Due | None:
    """The start of the next policy after the case came here, or after the last change that was told."""
    seen = max(pending.since, pending.fired.due_on) if pending.fired else pending.since
    following = question.programme.policies.after(seen)
    return Due(following.starts_on) if following else None


def _once(day: date | None, pending: Pending) -> Due | None:
    if day is None or (pending.fired and pending.fired.due_on == day):
        return None
    return Due(day)
