"""The requirements that a partner meets before it applies: time, membership, place, people and services."""

from __future__ import annotations

from csp_workflow.model.calendar import add_months, full_months
from csp_workflow.model.policy import Terms
from csp_workflow.model.verdict import Verdict
from csp_workflow.rules.question import Question
from csp_workflow.rules.registry import rule


@rule("window.open", setting="window.open", of_day=True, parameters={"value": "bool!"})
def window_open(question: Question, terms: Terms) -> Verdict:
    """Applications are taken under the policy of the day; else the next open policy's first day heals it."""
    if terms["value"]:
        return Verdict(True, "open", "open")
    policies = question.programme.policies
    return Verdict(False, "closed", "open", policies.next_day("window.open", value=True, after=question.day))


@rule("cooldown.elapsed", setting="cooldown.years", of_day=True)
def cooldown_elapsed(question: Question, _terms: Terms) -> Verdict:
    """No wait in scope is running: the case's own (argument `own`), its region's, or any of the partner's."""
    case, day = question.case, question.day
    own = question.argument == "own"
    regional = own or question.policy_of_day.value("cooldown.scope") == "region"
    waits = [
        wait
        for wait in question.evidence.waits
        if (wait.case_number == case.number if own else not regional or wait.region == case.reference.region)
    ]
    if not waits:
        return Verdict(True, None, day)
    last = max(waits, key=lambda wait: (wait.cooldown.ends_on, wait.case_number == case.number))
    ends_on = last.cooldown.ends_on
    if day >= ends_on:
        return Verdict(True, ends_on, day)
    return Verdict(False, ends_on, day, ends_on, assumed=last.region != case.reference.region)


@rule("entry.indirect_first", reads=["reseller_tenure"])
def entry_indirect_first(question: Question, _terms: Terms) -> Verdict:
    """There is a record of the partner's time as an indirect reseller."""
    tenure = question.facts.latest("reseller_tenure", question.day)
    return Verdict(tenure is not None, tenure.day("first_transaction_on") if tenure else None)


@rule("tenure.months", reads=["reseller_tenure"], parameters={"months": "int(1..)!"})
def tenure_months(question: Question, terms: Terms) -> Verdict:
    """At least so many months lie between the first transaction and the day; the last day counts."""
    months = terms["months"]
    tenure = question.facts.latest("reseller_tenure", question.day)
    first = tenure.day("first_transaction_on") if tenure else None
    if first is None:
        return Verdict(False, None, months)
    complete_on = add_months(first, months)
    met = complete_on <= question.day
    return Verdict(met, full_months(first, question.day), months, None if met else complete_on)


@rule("membership.active", reads=["membership"])
def membership_active(question: Question, _terms: Terms) -> Verdict:
    """The latest record of the membership says that it is active."""
    membership = question.facts.latest("membership", question.day)
    status = membership.fields["status"] if membership else None
    return Verdict(status == "active", status, "active")


@rule("location.pla", reads=["location"])
def location_pla(question: Question, _terms: Terms) -> Verdict:
    """The partner has an account for a location that lies in the case's region."""
    region = question.case.reference.region
    location = question.facts.latest("location", question.day)
    if location is None:
        return Verdict(False, None, region)
    country = location.fields["country"]
    regions = question.programme.regions_of(country)
    have = f"{country} ({', '.join(regions)})" if regions else f"{country} (in no region)"
    return Verdict(region in regions, have, region)


@rule("authority.signing", setting="mpa.accepted", reads=["signing_authority"])
def authority_signing(question: Question, _terms: Terms) -> Verdict:
    """Somebody is named who may accept legal agreements."""
    authority = question.facts.latest("signing_authority", question.day)
    return Verdict(authority is not None, authority.fields["signatory"] if authority else None)


@rule("support.first_line", reads=["first_line_support"])
def support_first_line(question: Question, _terms: Terms) -> Verdict:
    """The partner states that it gives first-level support."""
    return _stated(question, "first_line_support", "available")


@rule("billing.infrastructure", reads=["billing_infrastructure"])
def billing_infrastructure(question: Question, _terms: Terms) -> Verdict:
    """The partner states that its billing and provisioning are ready."""
    return _stated(question, "billing_infrastructure", "ready")


@rule("designation.count", reads=["designation"], parameters={"count": "int(1..)!"})
def designation_count(question: Question, terms: Terms) -> Verdict:
    """Enough designations count on the day: attained by then, and not expired."""
    count, day = 0, question.day
    for fact in question.facts.each("designation", "area", day):
        attained, expires = fact.day("attained_on"), fact.day("expires_on")
        count += (attained is None or attained <= day) and (expires is None or day < expires)
    return Verdict(count >= terms["count"], count, terms["count"])


@rule("managed_service.count", reads=["managed_service"], parameters={"count": "int(1..)!"})
def managed_service_count(question: Question, terms: Terms) -> Verdict:
    """Enough managed services, counted by name."""
    count = sum(1 for _ in question.facts.each("managed_service", "name", question.day))
    return Verdict(count >= terms["count"], count, terms["count"])


@rule("account_setup", reads=["account_setup"])
def account_setup(question: Question, _terms: Terms) -> Verdict:
    """The account, its staff and its profile are set up for this case."""
    done = question.facts.latest("account_setup", question.day)
    return Verdict(done is not None, done.day("done_on") if done else None)


@rule("customer_association", reads=["customer_association"])
def customer_association(question: Question, _terms: Terms) -> Verdict:
    """The existing customers are associated with this case's account."""
    done = question.facts.latest("customer_association", question.day)
    return Verdict(done is not None, done.day("done_on") if done else None)


def _stated(question: Question, kind: str, field: str) -> Verdict:
    fact = question.facts.latest(kind, question.day)
    have = fact.fields[field] if fact else None
    return Verdict(have is True, have, need=True)


RULES = (
    window_open,
    cooldown_elapsed,
    entry_indirect_first,
    tenure_months,
    membership_active,
    location_pla,
    authority_signing,
    support_first_line,
    billing_infrastructure,
    designation_count,
    managed_service_count,
    account_setup,
    customer_association,
)
