"""Facts are guarded too: a state names the rules that what is recorded in it must pass."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from csp_workflow.errors import TransitionRefused
from csp_workflow.finding import Finding
from csp_workflow.model.actor import Actor
from csp_workflow.model.case import Case
from csp_workflow.model.fact import Fact
from csp_workflow.model.fields import Values
from csp_workflow.model.journal import Draft
from csp_workflow.model.verdict import Judged
from csp_workflow.shell.dossier import Dossier


def guarded(dossier: Dossier, case: Case | None, fact: Fact, at: datetime) -> tuple[Finding, ...]:
    """The rules that fail if a fact is recorded about a case, or about the partner and so about all its cases."""
    failing: dict[str, Finding] = {}
    for concerned in [case] if case else list(dossier.cases.values()):
        for judged in _answers(dossier, concerned, fact, at):
            if not judged.verdict.met:
                failing.setdefault(judged.rule, _finding(dossier, concerned, judged))
    return tuple(failing.values())


def _answers(dossier: Dossier, case: Case, fact: Fact, at: datetime) -> Iterable[Judged]:
    guards = dossier.programme.lifecycles[case.reference.lifecycle].states[case.state].guards.get(fact.kind, ())
    for guard in guards:
        question = dossier.question(case, at, max(fact.effective_on, at.date()))
        question.proposed = question.evidence._replace(facts=question.facts.plus([fact]))
        yield from dossier.judge.answers(guard, question)


def _finding(dossier: Dossier, case: Case, judged: Judged) -> Finding:
    names = {"partner": dossier.pga, "region": case.reference.region}
    return judged.finding(dossier.programme.words("en")[judged.rule], names)


def refuse(
    dossier: Dossier,
    case: Case | None,
    what: str,
    findings: tuple[Finding, ...],
    actor: Actor,
    at: datetime,
    payload: Values,
) -> TransitionRefused:
    """Journal that something is not recorded, and why."""
    draft = Draft(
        at=at,
        actor=actor.name,
        role=actor.role,
        kind="refused",
        case_number=case.number if case else None,
        trigger=what,
        source=case.state if case else None,
        payload=payload,
        findings=findings,
    )
    dossier.append(draft, counts=False)
    days = [finding.earliest for finding in findings]
    earliest = max((day for day in days if day), default=None) if all(days) else None
    return TransitionRefused(what, case.state if case else None, findings, earliest)
