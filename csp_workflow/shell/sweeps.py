"""The sweep: what is due fires in order, each once, however late."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import NamedTuple

from csp_workflow.errors import CaseStranded, StorageDamaged, StorageError
from csp_workflow.model.case import Case, Deadline
from csp_workflow.model.decision import FiredDeadline, Notice, Swept
from csp_workflow.model.fact import Facts
from csp_workflow.model.journal import Draft
from csp_workflow.model.snapshot import changes
from csp_workflow.ports import Session
from csp_workflow.rules.question import Question
from csp_workflow.shell import outbox
from csp_workflow.shell.acts import keep_facts
from csp_workflow.shell.desk import Desk
from csp_workflow.shell.dossier import Dossier
from csp_workflow.stored import DueCase

_BATCH = 200  # cases that a sweep takes in one transaction


class CaseSwept(NamedTuple):
    """What a sweep did to one case."""

    fired: list[FiredDeadline]
    notices: list[Notice]


def sweep(desk: Desk, at: datetime) -> Swept:
    """Fire everything that is due by an instant, in batches.

    Raises:
        CaseStranded: the definition does not know a case; all others were swept.
        StorageDamaged: a case cannot be read; all others were swept.
    """
    fired: list[FiredDeadline] = []
    notices: list[Notice] = []
    after: DueCase | None = None
    problems: list[StorageError] = []
    with desk.store.reading() as session:
        is_new = session.swept_by() != desk.programme.sha256
    if is_new:
        desk.write(lambda session: stir(session, desk.programme.sha256))
    while True:
        with desk.store.reading() as session:
            due = session.due(at.date(), _BATCH, after)
        for done in _sweep_some(desk, due, at, problems):
            fired += done.fired
            notices += done.notices
        if len(due) < _BATCH:
            if problems:
                raise problems[0]
            return Swept(fired=tuple(fired), notices=tuple(notices))
        after = due[-1]


def _sweep_some(desk: Desk, due: Sequence[DueCase], at: datetime, problems: list[StorageError]) -> Iterator[CaseSwept]:
    """Sweep some cases together; where one of them cannot be judged, each by itself, so that the others go on."""
    try:
        yield desk.write(partial(sweep_batch, desk, due, at))
    except (CaseStranded, StorageDamaged) as problem:
        if len(due) == 1:
            problems.append(problem)
            return
        for case in due:
            yield from _sweep_some(desk, [case], at, problems)


def sweep_case(dossier: Dossier, number: int, at: datetime) -> CaseSwept:
    """Fire what is due on a case by an instant, in order of due date.

    Facts that take effect later are taken in on their day, between the deadlines, so that a late sweep ends
    where daily ones would have. A case whose last entry is later than the sweep is left alone, and one of which
    something was learned since the sweep began: what is due by the facts of before may not be due any more.
    """
    done = CaseSwept([], [])
    case, today, revenue_at = dossier.cases[number], at.date(), dossier.file.ledger[0]
    if at < (revenue_at or at) or at < case.last_at or dossier.learned_since(case, at):
        return done
    while True:
        case = dossier.cases[number]
        evidence = dossier.evidence(case, at)
        stored = dossier.deadlines.get(number, ())
        deadlines = dossier.consequences.derive(case, evidence, today, stored)
        due = _first(dossier, case, deadlines, today)
        stirs_on = _stirs_on(evidence.facts, case, today)
        if due and (stirs_on is None or due.due_on < stirs_on):
            _fire(dossier, case, due, deadlines, at, done)
        elif stirs_on:
            dossier.put(replace(case, derived_on=stirs_on), deadlines, at)
        else:
            break
    _settle(dossier, replace(case, derived_on=max(today, case.derived_on)), deadlines, at)
    return done


def sweep_batch(desk: Desk, due: Sequence[DueCase], at: datetime, session: Session) -> CaseSwept:
    """Sweep some cases in one transaction, partner by partner in order of their keys."""
    numbers: dict[str, dict[int, None]] = {}
    for case in due:
        numbers.setdefault(case.pga, {})[case.number] = None
    pgas, done, plans = sorted(numbers), CaseSwept([], []), []
    files, facts = session.files(pgas), session.facts_of(pgas)
    for pga in pgas:
        if pga not in files:
            raise StorageDamaged(f"Something is due of {pga}, and there is no such partner.")
        dossier = desk.opened(session, files[pga])
        dossier.know(facts[pga])
        for number in numbers[pga]:
            if number not in dossier.cases:
                raise StorageDamaged(f"Something is due of case number {number} of {pga}, and there is no such case.")
            fired, notices = sweep_case(dossier, number, at)
            done.fired.extend(fired)
            done.notices.extend(notices)
        if plan := dossier.plan():
            plans.append(plan)
    session.write(*plans)
    return done


def stir(session: Session, definition: str) -> None:
    """Where the definition is not the one of the last sweep, every open case gets its deadlines anew."""
    if session.swept_by() != definition:
        session.stir_all(definition)


def _settle(dossier: Dossier, case: Case, deadlines: tuple[Deadline, ...], at: datetime) -> None:
    dossier.put(case, dossier.consequences.derive(case, dossier.evidence(case, at), at.date(), deadlines), at)


def _first(dossier: Dossier, case: Case, deadlines: tuple[Deadline, ...], today: date) -> Deadline | None:
    order = dossier.programme.lifecycles[case.reference.lifecycle].deadlines
    due = [item for item in deadlines if item.due_on <= today]
    return min(due, key=lambda item: (item.due_on, order[item.kind].order), default=None)


def _stirs_on(facts: Facts, case: Case, today: date) -> date | None:
    coming = facts.days_after(case.derived_on)
    return coming[0] if coming and coming[0] <= today else None


def _fire(
    dossier: Dossier, before: Case, due: Deadline, deadlines: tuple[Deadline, ...], at: datetime, done: CaseSwept
) -> None:
    timer, late_days = dossier.programme.timer, (at.date() - due.due_on).days
    question = Question(dossier.programme, before, dossier.evidence(before, at), due.due_on)
    step = dossier.consequences.of_firing(question, due, at, deadlines)
    wordings, names = dossier.programme.words("en"), {"partner": dossier.pga, "region": before.reference.region}
    draft = Draft(
        at=at,
        actor=timer.name,
        role=timer.role,
        kind="deadline",
        case_number=before.number,
        trigger=step.trigger,
        source=before.state,
        target=step.case.state,
        payload={"deadline": due.kind, "late_days": late_days},
        policy=before.pinned or step.case.pinned or dossier.policy_id(before, due.due_on),
        findings=tuple(item.finding(wordings[item.rule], names) for item in step.judged if not item.verdict.met),
        changes=changes(before, step.case),
        due_on=due.due_on,
    )
    seq = dossier.append(draft)
    keep_facts(dossier, step, seq, at)
    dossier.put(step.case, step.deadlines, at)
    done.notices.extend(outbox.put(dossier, seq, step, at, due.due_on))
    target = step.case.state if step.case.state != before.state else None
    done.fired.append(
        FiredDeadline(ref=dossier.ref(before), kind=due.kind, due_on=due.due_on, late_days=late_days, target=target)
    )
