"""The judge: decides an act in the contract's order; pure, shared by all threads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from csp_workflow.errors import UnknownName
from csp_workflow.model.actor import Actor
from csp_workflow.model.decision import Decision
from csp_workflow.model.fields import Known
from csp_workflow.model.lifecycle import Guard, GuardGroup, Lifecycle, Move, State, Trigger
from csp_workflow.model.policy import NO_TERMS, Policy, Terms
from csp_workflow.model.programme import Programme
from csp_workflow.model.verdict import Judged, Verdict
from csp_workflow.rules.assessment import criteria
from csp_workflow.rules.machine import build_machine, leads_from, run
from csp_workflow.rules.plan import plan_on
from csp_workflow.rules.question import Question
from csp_workflow.rules.registry import Registry, Rule

BY_ROLE = "actor.role"


class Judge:
    """Answers for one programme whether an act goes, and why not."""

    def __init__(self, programme: Programme, registry: Registry) -> None:
        self.programme = programme
        self.registry = registry
        self.machines = {name: build_machine(lifecycle, self._ask) for name, lifecycle in programme.lifecycles.items()}
        self._cited = _cited(programme)

    def decide(
        self,
        question: Question,
        trigger: str,
        actor: Actor | None,
        given: Mapping[str, Any] | None,
        *,
        partial: bool = False,
    ) -> Decision:
        """Judge an act: trigger, role, state, payload, then all guards, of which all that fail are named.

        With `partial` a payload that is not known yet is no error: the guards are asked without it.

        Raises:
            UnknownName: no such trigger.
            BadPayload: a field is missing, unknown or malformed.
            NoPolicy: a rule needs a policy and none is in force.
        """
        lifecycle = self.lifecycle_of(question)
        act = lifecycle.triggers.get(trigger)
        if act is None:
            raise UnknownName("trigger", trigger, lifecycle.triggers)
        if actor is not None and actor.role not in act.roles:
            return self._refused(question, act, given, self._by_role(act, actor.role))
        machine = self.machines[lifecycle.name]
        if not leads_from(machine, trigger, question.state):
            return self._refused(question, act, given, self._by_order(act, question.state))
        if given is not None or not partial:
            question.payload = self.read(act, question, given)
        source = question.state
        target = run(machine, trigger, question)
        return Decision(
            trigger=trigger,
            source=source,
            target=target,
            payload=question.payload,
            judged=tuple(question.failed),
            wordings=self.programme.wordings["en"],
            names=_names(question),
        )

    def read(self, act: Trigger, question: Question, given: Mapping[str, Any] | None) -> Mapping[str, Any]:
        """The payload of an act, typed; what the judging policy demands in addition is demanded."""
        form = act.form
        if not form.fields:
            return form.read({} if given is None else given, Known())
        asked = frozenset(
            field.required_if
            for field in form.fields.values()
            if field.required_if and question.policy.value(field.required_if)
        )
        return form.read({} if given is None else given, Context(question), asked=asked)

    def _ask(self, move: Move, question: Question) -> bool:
        failed = question.failed
        for item in move.guards:
            for rule, argument, terms, verified in self._expand(item, question):
                question.argument, question.verified = argument, verified
                verdict = rule.answer(question, terms)
                if verdict.met is not True:
                    failed.append(self._judged(rule, terms, self._healing(rule, terms, verdict, question), question))
        question.argument, question.verified = "", False
        return not failed

    def _expand(self, item: Guard | GuardGroup, question: Question) -> Iterator[tuple[Rule, str, Terms, bool]]:
        if isinstance(item, Guard):
            rule = self.registry.rules[item.rule]
            yield rule, item.argument, self.terms_of(rule, question), False
        else:
            for name, terms in question.policy.group(item.group).items():
                yield self.registry.rules[name], "", terms, item.verified

    def terms_of(self, rule: Rule, question: Question) -> Terms:
        """What a rule is judged by where no group gives its terms: its setting, or the policy's requirement."""
        if rule.setting:
            policy = question.policy_of_day if rule.of_day else question.policy
            return policy.terms(rule.setting)
        known = question.known_policy()
        return known.group("requirements").get(rule.name, NO_TERMS) if known else NO_TERMS

    def answers(
        self, item: Guard | GuardGroup, question: Question, *, verified: bool | None = None
    ) -> Iterator[Judged]:
        """Every answer to a guard or a group, met or not, for views that show them all."""
        for rule, argument, terms, verified_only in self._expand(item, question):
            yield self.answer(rule, terms, question, argument, verified=verified_only if verified is None else verified)

    def answer(
        self, rule: Rule, terms: Terms, question: Question, argument: str = "", *, verified: bool = False
    ) -> Judged:
        """One rule's answer with all that explains it."""
        question.argument, question.verified = argument, verified
        verdict = rule.answer(question, terms)
        if verdict.met is not True:
            verdict = self._healing(rule, terms, verdict, question)
        question.argument, question.verified = "", False
        return self._judged(rule, terms, verdict, question)

    def _healing(self, rule: Rule, terms: Terms, verdict: Verdict, question: Question) -> Verdict:
        """A plain no, with the first day on which evidence that is on its way makes it a yes."""
        if verdict.met is not False:
            verdict = verdict._replace(met=False)
        # what an act was given stands still while time passes; the rule itself knows when such an act would go
        looks_ahead = rule.reads and not (question.payload and verdict.earliest)
        days = question.facts.days_after(question.day) if looks_ahead else []
        if "revenue" in rule.reads and looks_ahead:
            days = sorted({*days, *question.evidence.ledger.days_after(question.day)})
        earliest = verdict.earliest
        for day in days:
            if earliest is not None and earliest < day:
                break
            later = rule.answer(question.on(day), terms)
            earliest = day if later.met is True else later.earliest
            if later.met is True:
                break
        return verdict._replace(earliest=earliest) if days else verdict

    def _judged(self, rule: Rule, terms: Terms, verdict: Verdict, question: Question) -> Judged:
        by_policy = self.lifecycle_of(question).has_policies and not rule.table
        policy = self._judging(rule, question) if by_policy else None
        assumed = terms.assumed or verdict.assumed
        sources = terms.sources
        if rule.table in self.programme.tables:
            sources = (self.programme.tables[rule.table],)
        elif not sources and not assumed:
            sources = self._cited.get(rule.name, ())
        return Judged(rule.name, verdict, sources, policy.id if policy else None, assumed)

    @staticmethod
    def _judging(rule: Rule, question: Question) -> Policy | None:
        if rule.by is not None:
            return rule.by(question)
        return question.programme.policies.known_on(question.day) if rule.of_day else question.known_policy()

    def _refused(self, question: Question, act: Trigger, given: Mapping[str, Any] | None, judged: Judged) -> Decision:
        del given  # neither role nor state looked at it, so nothing of it is kept
        return Decision(
            trigger=act.name,
            source=question.state,
            target=None,
            payload={},
            judged=(judged,),
            wordings=self.programme.wordings["en"],
            names=_names(question),
        )

    @staticmethod
    def _by_role(act: Trigger, role: str) -> Judged:
        return Judged(BY_ROLE, Verdict(False, role, sorted(act.roles)), act.sources, None, act.assumed)

    @staticmethod
    def _by_order(act: Trigger, state: str) -> Judged:
        return Judged(order_rule(act.name), Verdict(False, state, list(act.moves)), act.sources, None, act.assumed)

    def lifecycle_of(self, question: Question) -> Lifecycle:
        """The lifecycle that the case walks."""
        return self.programme.lifecycles[question.case.reference.lifecycle]

    def state_of(self, question: Question) -> State:
        """The definition of the state that the case is in."""
        return self.lifecycle_of(question).states[question.case.state]


def _cited(programme: Programme) -> dict[str, tuple[str, ...]]:
    """For a rule that a move names, the documents of the first such move: what a policy does not say of it."""
    cited: dict[str, tuple[str, ...]] = {}
    for lifecycle in programme.lifecycles.values():
        for move in lifecycle.moves():
            for guard in move.guards:
                if isinstance(guard, Guard):
                    cited.setdefault(guard.rule, lifecycle.triggers[move.trigger].sources)
    return cited


def order_rule(trigger: str) -> str:
    """The id of the rule that refuses an act that is tried in the wrong state."""
    return f"order.{trigger}"


CONTEXT = ("today", "entered_on", "plan_renews_on")  # the dates that bounds and defaults of a payload may speak of


class Context(Known):
    """What defaults and bounds of a payload may speak of, worked out only when they do; unknown names are None."""

    def __init__(self, question: Question) -> None:
        super().__init__(today=question.day)
        self._question = question

    def __missing__(self, name: str) -> Any:
        question = self._question
        value: Any = None
        if name == "entered_on":
            value = question.case.entered_on
        elif name == "plan_renews_on":
            plan = plan_on(question, question.day)
            value = plan.renews_on if plan else None
        elif name == "criteria":
            value = criteria(question.policy)
        elif name == "policies":
            value = question.programme.policies
        elif name == "countries":
            value = question.programme.countries
        elif name == "pinned":
            value = question.case.pinned
        else:
            value = question.case.marks.get(name)
        return value

    def copy(self) -> Context:
        """A copy that fields may be added to."""
        other = Context(self._question)
        other.update(self)
        return other


def _names(question: Question) -> dict[str, str]:
    return {"partner": question.case.reference.pga, "region": question.case.reference.region}
