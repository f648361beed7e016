"""Security: what is demanded, and the yearly check in the month of the partner's original onboarding."""

from __future__ import annotations

from csp_workflow.model.policy import Terms
from csp_workflow.model.verdict import MET, NOT_MET, Verdict
from csp_workflow.rules.question import Question
from csp_workflow.rules.registry import rule


@rule("security.mfa", reads=["security"])
def security_mfa(question: Question, _terms: Terms) -> Verdict:
    """Every administrative user has multi-factor authentication."""
    security = question.facts.latest("security", question.day)
    if security is None:
        return NOT_MET
    have, need = security.fields["admins_with_mfa"], security.fields["admins_total"]
    return Verdict(have >= need, have, need)


@rule("security.contact", reads=["security"])
def security_contact(question: Question, _terms: Terms) -> Verdict:
    """A security contact is named; an empty one is none."""
    security = question.facts.latest("security", question.day)
    contact = security.fields.get("contact") if security else None
    return Verdict(bool(contact), contact or None)


@rule("security.alerts", reads=["security"])
def security_alerts(question: Question, _terms: Terms) -> Verdict:
    """The partner responds to security alerts."""
    security = question.facts.latest("security", question.day)
    have = security.fields["alerts_responsive"] if security else None
    return Verdict(have is True, have, need=True)


@rule("security.validated")
def security_validated(question: Question, _terms: Terms) -> Verdict:
    """No yearly check is open; it is opened by its deadline and closed by the validation (mark `check_on`)."""
    open_since = question.case.day_of("check_on")
    return Verdict(False, open_since) if open_since else MET


RULES = (security_mfa, security_contact, security_alerts, security_validated)
