"""Where a case is billed and in which currency, and what may be sold to another partner."""

from __future__ import annotations

from datetime import date

from csp_workflow.model.fact import Facts
from csp_workflow.model.policy import Terms
from csp_workflow.model.verdict import MET, Verdict
from csp_workflow.rules.question import Question
from csp_workflow.rules.registry import rule

KEPT, UNSETTLED = "billed_in", "unsettled_since"  # marks: the currency at the activation, or the day without one
OWN_CSP, OWN_USE = "csp", "own_use"  # what a buyer's tenant is for: its business in the programme, or itself
RESALE = "resale.csp_tenant"
ASKED_ALONE = frozenset((RESALE,))  # rules that callers ask and no move: in use where a policy has their setting


@rule("billing.currency", reads=["billing_currency", "location"], table="currencies")
def billing_currency(question: Question, _terms: Terms) -> Verdict:
    """The tables give the case's place exactly one currency, or a person has settled on one."""
    found = currencies_of(question)
    if len(found) == 1:
        return Verdict(True, found[0])
    return Verdict(False, list(found) or None, assumed=True)


@rule("billing.new_tenant", table="currencies")
def billing_new_tenant(question: Question, _terms: Terms) -> Verdict:
    """What is proposed leaves the case's currency as it is; one that is not certain yet may be settled."""
    before, after = currencies_of(question), _stated(question.supposed())
    return Verdict(len(before) != 1 or after == before, list(after) or None, list(before))


@rule(RESALE, setting=RESALE, of_day=True, parameters={"value": "bool!"})
def resale_csp_tenant(question: Question, terms: Terms) -> Verdict:
    """The buyer is no other partner, its tenant is for its own use, or the policy of the day allows it (`value`)."""
    tenant = question.payload["buyer_tenant"]
    if question.payload["buyer"] == question.case.reference.pga or terms.get("value", True):
        return MET._replace(have=tenant)
    return Verdict(tenant == OWN_USE, tenant, OWN_USE)


def currencies_of(question: Question) -> tuple[str, ...]:
    """The currencies in which a case may be billed.

    An active case keeps that in which it was activated; where none was certain then, it keeps the first that was
    settled on or followed from a location since.
    """
    case = question.case
    if kept := case.marks.get(KEPT):
        return (kept,)
    since = case.day_of(UNSETTLED)
    return _stated(question) if since is None else _settled(question, since)


def _settled(question: Question, since: date) -> tuple[str, ...]:
    """The first currency that was certain on a day since then, by what was recorded by that day."""
    facts = [fact for kind in ("billing_currency", "location") for fact in question.facts.counting(kind, question.day)]
    known_on = [(max(fact.effective_on, fact.recorded_at.date(), since), fact) for fact in facts]
    for day in sorted({day for day, _fact in known_on}):
        known = Facts([fact for on, fact in known_on if on <= day], question.case.number)
        if len(found := _stated_by(question, known, day, "")) == 1:
            return found
    found = _stated(question)
    return found if len(found) != 1 else ()  # the partner's country alone settles nothing any more


def _stated(question: Question) -> tuple[str, ...]:
    return _stated_by(question, question.facts, question.day, question.evidence.country)


def _stated_by(question: Question, facts: Facts, day: date, country: str) -> tuple[str, ...]:
    """The currency that a person settled on, else those of the place: the case's location, or its partner's country."""
    settled = facts.latest("billing_currency", day)
    if settled is not None:
        return (settled.fields["currency"],)
    location = facts.latest("location", day)
    place = question.programme.countries.get(location.fields["country"] if location else country)
    return place.currencies if place else ()


RULES = (billing_currency, billing_new_tenant, resale_csp_tenant)
