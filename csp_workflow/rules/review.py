"""The yearly review: on which date, under which policy, passed, renewed."""

from __future__ import annotations

from datetime import date

from csp_workflow.model.calendar import first_of_month
from csp_workflow.model.policy import Policy, Terms
from csp_workflow.model.verdict import Verdict
from csp_workflow.rules.plan import plan_on
from csp_workflow.rules.question import Question
from csp_workflow.rules.registry import rule


def review_date(question: Question) -> date | None:
    """The first day of the month in which the plan renews; if later, the day of activation or of the plan's record.

    The day of activation is the one on which the case last became active (mark `active_since`). While a review
    is open it is the date fixed when it was opened (mark `review_on`); None without a plan.
    """
    fixed = question.case.day_of("review_on")
    if fixed:
        return fixed
    plan = plan_on(question, question.day)
    if plan is None:
        return None
    active_since = question.case.day_of("active_since") or question.case.entered_on
    return max(first_of_month(plan.renews_on), active_since, plan.recorded_on)


def policy_of_review(question: Question) -> Policy | None:
    """The policy in force on the review date."""
    on = review_date(question)
    return question.programme.policies.known_on(on) if on else None


def review_policy(question: Question) -> Policy | None:
    """The policy in force on the review date, where it has a review on that date."""
    on, policy = review_date(question), policy_of_review(question)
    return policy if policy and on and policy.has_review_on(on) else None


@rule("review.in_policy", by=policy_of_review, reads=["support_plan"])
def review_in_policy(question: Question, _terms: Terms) -> Verdict:
    """The policy in force on the review date has a review."""
    return Verdict(review_policy(question) is not None, review_date(question))


@rule("review.month", reads=["support_plan"])
def review_month(question: Question, _terms: Terms) -> Verdict:
    """The review date has come; a late review still opens."""
    on = review_date(question)
    met = on is not None and question.day >= on
    return Verdict(met, question.day, on, None if met else on)


@rule("reassessment.passed")
def reassessment_passed(question: Question, _terms: Terms) -> Verdict:
    """The reassessment was passed in this review (mark `reassessed_on`)."""
    passed_on = question.case.day_of("reassessed_on")
    return Verdict(passed_on is not None, passed_on)


@rule("renewal.after_notice", reads=["support_plan"])
def renewal_after_notice(question: Question, _terms: Terms) -> Verdict:
    """There is a plan, renewed on or after the day on which the partner was told (mark `result_notified_on`)."""
    notified_on = question.case.day_of("result_notified_on")
    renewed_on = question.payload.get("renewed_on", question.day)
    has_plan = plan_on(question, question.day) is not None
    met = has_plan and notified_on is not None and renewed_on >= notified_on
    to_come = notified_on if notified_on and notified_on > question.day else None
    return Verdict(met, renewed_on, notified_on, None if met else to_come)


@rule("renewal.in_review", by=policy_of_review, reads=["support_plan"])
def renewal_in_review(question: Question, _terms: Terms) -> Verdict:
    """Outside a review the plan, if there is one, is renewed only where the policy of the review date has none."""
    on = review_date(question)
    return Verdict(on is not None and review_policy(question) is None, on)


@rule("restriction.in_policy", setting="restriction.known", of_day=True)
def restriction_in_policy(question: Question, _terms: Terms) -> Verdict:
    """The policy of the day knows restriction."""
    return Verdict(bool(question.policy_of_day.value("restriction.known")))


@rule("staff.activated")
def staff_activated(question: Question, _terms: Terms) -> Verdict:
    """Every member of staff has changed the temporary password (marks `staff`, `changed`)."""
    staff, changed = question.case.marks.get("staff", []), question.case.marks.get("changed", [])
    return Verdict(bool(staff) and set(staff) <= set(changed), len(changed), len(staff))


RULES = (
    review_in_policy,
    review_month,
    reassessment_passed,
    renewal_after_notice,
    renewal_in_review,
    restriction_in_policy,
    staff_activated,
)
