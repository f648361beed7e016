"""Questions about a case on a day; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from csp_workflow.errors import UnknownName
from csp_workflow.finding import Finding
from csp_workflow.model.actor import Actor
from csp_workflow.model.case import Case, CaseView, Reference
from csp_workflow.model.decision import Decision, Entry, Requirements
from csp_workflow.model.journal import as_entry
from csp_workflow.model.money import from_cents
from csp_workflow.model.programme import Programme
from csp_workflow.model.record import Filed
from csp_workflow.model.verdict import Judged, Verdict
from csp_workflow.rules.billing import RESALE
from csp_workflow.rules.engine import order_rule
from csp_workflow.rules.requirements import requirements as build_requirements
from csp_workflow.rules.revenue import trailing
from csp_workflow.shell.dossier import Dossier
from csp_workflow.stored import FiledRow

_BY_ENTITLEMENT = "entitlement"


def go_back(dossier: Dossier, asked: Case, at: datetime) -> None:
    """Put a dossier back to an earlier instant, for a question about that day.

    Where the case itself has not moved since, its partner's other cases stay as they are, as for an act; only
    deadlines that hang on facts learned since are derived as they were. A case that was then in a state which the
    definition does not know has none.
    """
    if named := dossier.session.named(dossier.pga, at):
        dossier.file = dossier.file._replace(partner=replace(dossier.file.partner, **named.draft.payload))
    moved = at < asked.last_at
    for case in list(dossier.cases.values()) if moved else [asked]:
        then = dossier.as_of(case, at)
        if then is case and dossier.learned_since(case, at):
            then = replace(case, derived_on=at.date())
        if then is not case:
            dossier.cases[case.number] = then
            evidence = dossier.evidence(then, at)
            is_stranded = dossier.programme.lacks(then) is not None
            derived = () if is_stranded else dossier.consequences.derive(then, evidence, at.date(), ())
            dossier.deadlines[case.number] = derived


def requirements(dossier: Dossier, case: Case, at: datetime, language: str) -> Requirements:
    """What is asked of a case.

    Raises:
        NoPolicy: a rule needs a policy and none is in force.
    """
    question = dossier.question(case, at)
    return build_requirements(dossier.judge, question, dossier.ref(case), dossier.programme.words(language))


def decide(
    dossier: Dossier, case: Case, trigger: str, actor: Actor | None, payload: Mapping[str, Any] | None, at: datetime
) -> Decision:
    """Judge an act without doing it.

    Raises:
        BadInput: the act cannot be judged.
    """
    if actor is not None:
        dossier.programme.role_of(actor)
    return dossier.judge.decide(dossier.question(case, at), trigger, actor, payload, partial=payload is None)


def explain(
    dossier: Dossier, case: Case, trigger: str, actor: Actor | None, at: datetime, language: str
) -> list[Finding]:
    """Every rule that an act asks, met or not: role and order first, as it is judged.

    Raises:
        UnknownName: no such trigger or role.
        NoPolicy: a rule needs a policy and none is in force.
    """
    decision = decide(dossier, case, trigger, actor, None, at)
    judged = list(decision.judged)
    question = dossier.question(case, at)
    act = dossier.judge.lifecycle_of(question).triggers[trigger]
    if not any(item.rule in {order_rule(trigger), "actor.role"} for item in judged) and case.state in act.moves:
        judged = [answer for item in act.moves[case.state].guards for answer in dossier.judge.answers(item, question)]
    wordings = dossier.programme.words(language)
    names = {"partner": dossier.pga, "region": case.reference.region}
    return [item.finding(wordings[item.rule], names) for item in judged]


def may(programme: Programme, reference: Reference, state: str | None, entitlement: str, language: str) -> Finding:
    """Whether a state entitles to something; None is that of a case that was not open yet.

    Raises:
        UnknownName: no state of any lifecycle entitles to it.
    """
    states = programme.lifecycles[reference.lifecycle].states
    all_states = (state for lifecycle in programme.lifecycles.values() for state in lifecycle.states.values())
    known = {name for other in all_states for name in other.entitlements}
    if entitlement not in known:
        raise UnknownName("entitlement", entitlement, known)
    met = state is not None and entitlement in states[state].entitlements
    judged = Judged(_BY_ENTITLEMENT, Verdict(met, state, entitlement), (), None, assumed=False)
    names = {"partner": reference.pga, "region": reference.region}
    return judged.finding(programme.words(language)[_BY_ENTITLEMENT], names)


def may_sell(dossier: Dossier, case: Case, buyer: str, buyer_tenant: str, at: datetime, language: str) -> Finding:
    """Whether a case may sell to a tenant of a partner by the policy of the day.

    Raises:
        UnknownName: the programme has no such rule.
        NoPolicy: no policy is in force.
    """
    wordings = dossier.programme.words(language)
    if RESALE not in wordings:
        raise UnknownName("rule", RESALE, wordings)
    question, rule = dossier.question(case, at), dossier.judge.registry.rules[RESALE]
    question.payload = {"buyer": buyer, "buyer_tenant": buyer_tenant}
    judged = dossier.judge.answer(rule, dossier.judge.terms_of(rule, question), question)
    return judged.finding(wordings[RESALE], {"partner": dossier.pga, "region": case.reference.region})


def history(
    dossier: Dossier, case: Case | None, at: datetime | None, after: int = 0, limit: int | None = None
) -> list[Entry]:
    """The entries of a case and its partner's facts; without a case, the whole journal of the partner."""
    refs = {other.number: dossier.ref(other) for other in dossier.cases.values()}
    entries = dossier.session.entries(dossier.pga, case.number if case else None, at, after=after, limit=limit)
    return [as_entry(sealed, dossier.pga, refs.get(sealed.draft.case_number or 0)) for sealed in entries]


def filed(dossier: Dossier, after: int, limit: int) -> list[Filed]:
    """What stands recorded about a partner and its cases, but not what belongs to a predecessor of a case."""
    newest = {case.reference: case.number for case in dossier.cases.values()}
    refs = {number: reference.write(dossier.programme.default_lifecycle) for reference, number in newest.items()}
    refs[0] = dossier.pga  # what is about no case
    found: list[Filed] = []
    while not found and (page := dossier.session.filed(dossier.pga, after, limit)):
        after = page[-1].seq
        subjects = ((row, refs.get(row.case_number or 0)) for row in page)
        found = [_as_filed(dossier, row, subject) for row, subject in subjects if subject]
    return found


def _as_filed(dossier: Dossier, row: FiledRow, subject: str) -> Filed:
    """A fact as its readers see it; a revenue line that was recorded without an id has that of its entry."""
    entry, kind = f"{dossier.pga}#{row.seq}", dossier.programme.facts.get(row.kind)
    is_line = kind is not None and kind.accumulates == "ledger"
    return Filed(
        entry=entry,
        subject=subject,
        fact=row.kind,
        fields={"line": entry, **row.fields} if is_line else row.fields,
        effective_on=row.effective_on,
        document=row.document,
        recorded_at=row.recorded_at,
        actor=row.actor,
        role=row.role,
    )


def trailing_revenue(dossier: Dossier, case: Case, at: datetime) -> Decimal:
    """The revenue that counts for a case under the policy that judges it, verified or not; 0.00 without a floor."""
    question = dossier.question(case, at)
    policy = question.known_policy() if dossier.judge.lifecycle_of(question).has_policies else None
    terms = policy.group(dossier.judge.state_of(question).floor).get("revenue.floor") if policy else None
    return from_cents(trailing(question, terms, question.day) if terms else 0).quantize(Decimal("0.01"))


def score(case: Case) -> Decimal | None:
    """The total of the latest assessment, or None where there was none."""
    total = case.marks.get("assessment_total")
    return Decimal(total) if total is not None else None


def view(dossier: Dossier, case: Case, at: datetime) -> CaseView:
    """A case as it is on a day."""
    return dossier.view(case, at.date())
