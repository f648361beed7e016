"""What follows from an accepted act, a firing or new evidence: the next case, its facts, notices and deadlines."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

from csp_workflow.model.case import Case, Deadline, Fired
from csp_workflow.model.decision import Decision
from csp_workflow.model.fact import Fact
from csp_workflow.model.fields import NOTHING, Values, plain
from csp_workflow.model.lifecycle import DeadlineKind, Effect, NoticeSpec
from csp_workflow.model.verdict import Judged
from csp_workflow.rules.act import Act, NewFact
from csp_workflow.rules.engine import Judge
from csp_workflow.rules.question import Evidence, Question
from csp_workflow.rules.registry import Pending

_NEWEST = sys.maxsize  # a fact of this very act comes after all that are recorded


class Message(NamedTuple):
    """A notice to be sent; `to` is None for the partner's own address."""

    kind: str
    to: str | None


class Step(NamedTuple):
    """One accepted act or firing, worked out: nothing of it is written yet; `payload` is what its trigger was given."""

    case: Case
    facts: tuple[NewFact, ...]
    messages: tuple[Message, ...]
    deadlines: tuple[Deadline, ...]
    judged: tuple[Judged, ...] = ()
    trigger: str | None = None
    payload: Values = NOTHING


class Consequences:
    """Works out what an accepted act brings; pure, like the judge that it belongs to."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.programme = judge.programme

    def of_act(self, question: Question, decision: Decision, at: datetime, stored: tuple[Deadline, ...]) -> Step:
        """What an accepted act brings with it."""
        move = self.judge.lifecycle_of(question).triggers[decision.trigger].moves[decision.source]
        act = Act(question, at.date())
        self._apply(act, move.effects)
        case = self._next(act, decision.target or decision.source, at)
        return Step(
            case=case,
            facts=tuple(act.facts),
            messages=self._messages(question, move.notices),
            deadlines=self.derive(case, self._with(question, act.facts, case, at), at.date(), stored),
            trigger=decision.trigger,
            payload=decision.payload,
        )

    def of_refusal(self, question: Question, decision: Decision, at: datetime) -> Case:
        """The case after a refused act: the same, but for what the definition says that a refusal leaves."""
        trigger = self.judge.lifecycle_of(question).triggers[decision.trigger]
        act = Act(question, at.date())
        rules = decision.rules
        self._apply(act, [effect for rule, effect in trigger.refused if rule in rules])
        return replace(question.case, marks=act.marks)

    def of_firing(self, question: Question, due: Deadline, at: datetime, stored: tuple[Deadline, ...]) -> Step:
        """What a deadline that is due brings with it; it is judged as of its due date and written at `at`."""
        kind = self.judge.lifecycle_of(question).deadlines[due.kind]
        before = question.case
        effects, notices, target = list(kind.effects), list(kind.notices.get(before.state, ())), before.state
        decision = self._fire(question, kind)
        if decision and decision.target:
            move = self.judge.lifecycle_of(question).triggers[decision.trigger].moves[before.state]
            effects += move.effects
            notices += move.notices
            target = decision.target
        act = Act(question, at.date())
        self._apply(act, effects)
        case = self._next(act, target, at)
        fired = {**case.fired, due.kind: Fired(due.due_on, due.about)}
        case = replace(case, fired=fired, derived_on=before.derived_on)
        left = tuple(item for item in stored if item.kind != due.kind)
        return Step(
            case=case,
            facts=tuple(act.facts),
            messages=self._messages(question, notices),
            deadlines=self.derive(case, self._with(question, act.facts, case, at), at.date(), left),
            judged=decision.judged if decision else (),
            trigger=decision.trigger if decision and decision.target else None,
            payload=decision.payload if decision and decision.target else NOTHING,
        )

    def derive(self, case: Case, evidence: Evidence, today: date, stored: tuple[Deadline, ...]) -> tuple[Deadline, ...]:
        """The deadlines of a case as its state, its marks and the facts in effect have them."""
        lifecycle = self.programme.lifecycles[case.reference.lifecycle]
        kinds = lifecycle.states[case.state].deadlines
        if not kinds:
            return ()
        question = Question(self.programme, case, evidence, case.derived_on)
        known = {deadline.kind: deadline for deadline in stored}
        found = []
        for kind in kinds:
            pending = Pending(today, case.since.get(kind, case.entered_on), known.get(kind), case.fired.get(kind))
            due = self.judge.registry.deadlines[kind].derive(question, pending)
            if due:
                found.append(Deadline(kind, due.on, due.about))
        return tuple(sorted(found, key=lambda item: (item.due_on, lifecycle.deadlines[item.kind].order)))

    def _fire(self, question: Question, kind: DeadlineKind) -> Decision | None:
        trigger = kind.fires.get(question.case.state)
        return self.judge.decide(question, trigger, self.programme.timer, {}) if trigger else None

    @staticmethod
    def _with(question: Question, facts: Iterable[NewFact], case: Case, at: datetime) -> Evidence:
        evidence = question.evidence
        new = [Fact(fact.kind, plain(fact.fields), fact.effective_on, at, case.number, _NEWEST) for fact in facts]
        return evidence._replace(facts=evidence.facts.plus(new)) if new else evidence

    def _apply(self, act: Act, effects: Iterable[Effect]) -> None:
        for effect in effects:
            self.judge.registry.effects[effect.name].apply(act, effect.arguments)

    def _next(self, act: Act, target: str, at: datetime) -> Case:
        before, today = act.question.case, at.date()
        lifecycle = self.programme.lifecycles[before.reference.lifecycle]
        old, new = lifecycle.states[before.state], lifecycle.states[target]
        moved = target != before.state
        for name in old.forgets if moved else ():
            act.marks.pop(name, None)
        stay = set(old.deadlines)
        return replace(
            before,
            state=target,
            version=before.version + 1,
            entered_on=today if moved else before.entered_on,
            last_at=at,
            derived_on=today,
            pinned=act.pinned if new.keeps_policy else None,
            cooldown=act.cooldown,
            cooldown_done=act.cooldown_done,
            marks=act.marks,
            since={kind: before.since.get(kind, today) if kind in stay else today for kind in new.deadlines},
        )

    @staticmethod
    def _messages(question: Question, notices: Iterable[NoticeSpec]) -> tuple[Message, ...]:
        messages: list[Message] = []
        for spec in notices:
            if spec.setting and not question.policy.value(spec.setting):
                continue
            to: Iterable[str | None] = question.payload[spec.to_field] if spec.to_field else [None]
            messages += [Message(spec.kind, address) for address in to]
        return tuple(messages)


def opened(case: Case, kinds: tuple[str, ...]) -> Case:
    """A case on the day on which it is opened: its deadlines exist from then on."""
    return replace(case, since=dict.fromkeys(kinds, case.entered_on))
