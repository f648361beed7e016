"""Acts on a case: open it, fire a trigger, leave a note; each with its entry, deadlines and notices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from csp_workflow.errors import BadPayload, Duplicate, StaleVersion, TimeGoesBack, TransitionRefused
from csp_workflow.model.actor import Actor
from csp_workflow.model.case import Case, CaseView, Reference
from csp_workflow.model.decision import Decision, Outcome, Transition
from csp_workflow.model.fact import Fact
from csp_workflow.model.fields import plain
from csp_workflow.model.journal import Draft
from csp_workflow.model.kinds import usable_text
from csp_workflow.model.snapshot import changes
from csp_workflow.rules.consequences import Step, opened
from csp_workflow.shell import outbox
from csp_workflow.shell.dossier import Dossier


def open_case(dossier: Dossier, reference: Reference, actor: Actor, at: datetime) -> CaseView:
    """Open a case in the initial state of its lifecycle.

    Raises:
        UnknownName: no such region, lifecycle or role.
        Duplicate: an open case of that reference exists.
    """
    programme = dossier.programme
    programme.role_of(actor)
    programme.region(reference.region)
    lifecycle = programme.lifecycle(reference.lifecycle)
    if any(case.reference == reference and dossier.is_open(case) for case in dossier.cases.values()):
        ref = reference.write(programme.default_lifecycle)
        raise Duplicate("case", f"{ref} is open already: close it before you open it again.")
    state = lifecycle.initial
    case = opened(
        Case(
            reference=reference,
            number=max(dossier.cases, default=0) + 1,
            state=state.name,
            version=1,
            opened_at=at,
            entered_on=at.date(),
            last_at=at,
            derived_on=at.date(),
        ),
        state.deadlines,
    )
    dossier.changes.succeeded += [case.number for case in dossier.cases.values() if case.reference == reference]
    made = {**changes(None, case), "reference": list(reference[1:])}
    draft = _draft(dossier, case, actor, at, kind="opened", target=state.name, changes=made)
    dossier.append(draft)
    dossier.settle(case, dossier.consequences.derive(case, dossier.evidence(case, at), at.date(), ()), at)
    return dossier.view(case, at.date())


def check_time(dossier: Dossier, case: Case, at: datetime) -> None:
    """Refuse an act that is earlier than the case's last accepted entry.

    Raises:
        TimeGoesBack: it is.
    """
    if at < case.last_at:
        ref, last = dossier.ref(case), case.last_at.isoformat()
        raise TimeGoesBack(
            f"{at.isoformat()} is earlier than the last entry of {ref} at {last}.", ref=ref, last_at=last
        )


def check_version(dossier: Dossier, case: Case, expected: int | None) -> None:
    """Refuse an act of a reader who has seen an older case.

    Raises:
        StaleVersion: the case has moved on.
    """
    if expected is not None and expected != case.version:
        raise StaleVersion(dossier.ref(case), expected, case.version)


def fire(
    dossier: Dossier, case: Case, trigger: str, actor: Actor, payload: Mapping[str, Any] | None, at: datetime
) -> Outcome | TransitionRefused:
    """Judge an act and write what comes of it; a refusal is journalled and handed back.

    Raises:
        BadInput: the act cannot be judged; nothing is written.
    """
    dossier.programme.role_of(actor)
    question = dossier.question(case, at)
    decision = dossier.judge.decide(question, trigger, actor, payload)
    if not decision.accepted:
        return _refuse(dossier, case, decision, actor, at)
    step = dossier.consequences.of_act(question, decision, at, dossier.deadlines.get(case.number, ()))
    return _accept(dossier, case, decision, step, actor, at)


def note(dossier: Dossier, case: Case, text: str, actor: Actor, at: datetime) -> CaseView:
    """Leave a note in the history of a case.

    Raises:
        BadPayload: the text is empty or cannot be stored.
        UnknownName: no such role.
    """
    dossier.programme.role_of(actor)
    try:
        if not usable_text(text).strip():
            raise ValueError("must not be empty")  # noqa: TRY301 - one kind of no
    except ValueError as problem:
        raise BadPayload("text", str(problem)) from None
    after = replace(case, version=case.version + 1, last_at=at)
    dossier.append(_draft(dossier, case, actor, at, kind="note", payload={"text": text}, changes=changes(case, after)))
    dossier.rederive(after, at)
    return dossier.view(dossier.cases[case.number], at.date())


def _accept(dossier: Dossier, before: Case, decision: Decision, step: Step, actor: Actor, at: datetime) -> Outcome:
    lifecycle = dossier.programme.lifecycles[before.reference.lifecycle]
    payload = dossier.masked(lifecycle.triggers[decision.trigger].form, decision.payload)
    target = decision.target or before.state
    seq = dossier.append(
        _draft(
            dossier,
            before,
            actor,
            at,
            kind="transition",
            trigger=decision.trigger,
            source=before.state,
            target=target,
            payload=payload,
            policy=before.pinned or step.case.pinned or dossier.policy_id(before, at.date()),
            changes=changes(before, step.case),
        )
    )
    keep_facts(dossier, step, seq, at)
    dossier.settle(step.case, step.deadlines, at)
    notices = outbox.put(dossier, seq, step, at, at.date())
    return Outcome(
        case=dossier.view(step.case, at.date()),
        transition=Transition(trigger=decision.trigger, source=before.state, target=target, at=at, actor=str(actor)),
        notices=tuple(notices),
    )


def keep_facts(dossier: Dossier, step: Step, seq: int, at: datetime) -> None:
    """Keep the facts that an act or a firing has recorded."""
    if step.facts:
        said = [[fact.kind, plain(fact.fields), fact.effective_on.isoformat()] for fact in step.facts]
        dossier.journal.beside(at)["facts"] = said
    dossier.add_facts(
        Fact(fact.kind, plain(fact.fields), fact.effective_on, at, step.case.number, seq) for fact in step.facts
    )


def _refuse(dossier: Dossier, case: Case, decision: Decision, actor: Actor, at: datetime) -> TransitionRefused:
    question = dossier.question(case, at)
    after = dossier.consequences.of_refusal(question, decision, at)
    form = dossier.judge.lifecycle_of(question).triggers[decision.trigger].form
    dossier.append(
        _draft(
            dossier,
            case,
            actor,
            at,
            kind="refused",
            trigger=decision.trigger,
            source=decision.source,
            payload=dossier.masked(form, decision.payload),
            findings=decision.findings,
            changes=changes(case, after),
        ),
        counts=False,
    )
    if after != case:
        dossier.rederive(after, at)
    return TransitionRefused(decision.trigger, decision.source, decision.findings, decision.earliest)


def _draft(dossier: Dossier, case: Case, actor: Actor, at: datetime, *, kind: str, **values: Any) -> Draft:
    values.setdefault("policy", dossier.policy_id(case, at.date()))
    return Draft(at=at, actor=actor.name, role=actor.role, kind=kind, case_number=case.number, **values)
