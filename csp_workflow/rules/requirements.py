"""The requirements view: what a state asks of whom, and in which of the five lists each answer stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from csp_workflow.model.calendar import first_of_next_month
from csp_workflow.model.decision import LISTS, Requirements
from csp_workflow.model.lifecycle import GuardGroup
from csp_workflow.model.verdict import Judged, Verdict, Wordings
from csp_workflow.rules.engine import Judge, order_rule
from csp_workflow.rules.question import Question
from csp_workflow.rules.registry import View
from csp_workflow.rules.review import review_date, review_policy

VIEWS: dict[str, View] = {}


class Lines:
    """The view in the making; a rule that is named twice stands where it stood first."""

    def __init__(self, judge: Judge, question: Question) -> None:
        self.judge = judge
        self.question = question
        self.options: Mapping[str, Any] = {}
        self.lines: dict[str, tuple[str, Judged, date | None]] = {}
        self.groups: dict[str, list[str]] = {}

    def add(self, judged: Judged, failing: str, due_on: date | None = None) -> None:
        """Put an answer where it belongs: met, or else the list that the definition names."""
        listed = "met" if judged.verdict.met else self._past() or failing
        self.lines.setdefault(judged.rule, (listed, judged, due_on if listed == "due_later" else None))

    def is_met(self, rule: str) -> bool:
        """Whether a rule that was asked before is met."""
        return rule in self.lines and self.lines[rule][0] == "met"

    def _past(self) -> str:
        """`past_due` where the month that the definition names by a mark is over."""
        mark = self.options.get("month_of")
        day = self.question.case.day_of(mark) if mark else None
        return "past_due" if day and self.question.day >= first_of_next_month(day) else ""


Fill = Callable[[Lines], None]


def view(name: str, *needs: str, takes: tuple[str, ...] = ()) -> Callable[[Fill], Fill]:
    """Register a view by the name that definitions use, with the options that it needs and takes."""

    def register(fill: Fill) -> Fill:
        VIEWS[name] = View(fill, frozenset(needs), frozenset((*needs, *takes, "month_of")))
        return fill

    return register


def requirements(judge: Judge, question: Question, ref: str, wordings: Wordings) -> Requirements:
    """All that is asked of a case on a day.

    Raises:
        NoPolicy: a rule needs a policy and none is in force.
    """
    lines = Lines(judge, question)
    for ask in judge.state_of(question).asks:
        lines.options = ask.options
        judge.registry.views[ask.view].fill(lines)
    names = {"partner": question.case.reference.pga, "region": question.case.reference.region}
    policy = question.known_policy() if judge.lifecycle_of(question).has_policies else None
    lists = {
        wanted: tuple(
            judged.finding(wordings[judged.rule], names, due_on)
            for listed, judged, due_on in lines.lines.values()
            if listed == wanted
        )
        for wanted in LISTS
    }
    return Requirements(ref=ref, as_of=question.day, policy=policy.id if policy else None, **lists)


@view("guards", "of", "failing", takes=("timed", "unverified"))
def guards(lines: Lines) -> None:
    """What a move asks: `of` (trigger), `failing`, `timed` (where time heals), `unverified` (where the vendor does)."""
    question, options = lines.question, lines.options
    trigger = lines.judge.lifecycle_of(question).triggers[options["of"]]
    for item in trigger.moves[question.case.state].guards:
        for judged in lines.judge.answers(item, question):
            listed, earliest = options["failing"], judged.verdict.earliest
            if "timed" in options and earliest:
                listed = options["timed"]
            if "unverified" in options and not judged.verdict.met and _met_unverified(lines, item, judged.rule):
                listed = options["unverified"]
            lines.add(judged, listed, earliest)


def _met_unverified(lines: Lines, item: Any, rule: str) -> bool:
    again = lines.judge.answers(item, lines.question, verified=False)
    return any(judged.rule == rule and judged.verdict.met for judged in again)


@view("rules", "rules", "failing", takes=("with", "once_met"))
def rules(lines: Lines) -> None:
    """Some rules: `rules`, `failing`; `once_met` lists them there when all rules of the view `with` are met."""
    question, options = lines.question, lines.options
    failing = options["failing"]
    if "with" in options and all(map(lines.is_met, lines.groups.get(options["with"], []))):
        failing = options["once_met"]
    for name in options["rules"]:
        rule = lines.judge.registry.rules[name]
        lines.add(lines.judge.answer(rule, lines.judge.terms_of(rule, question), question), failing)


@view("order", "trigger", "listed", takes=("after", "not_before"))
def order(lines: Lines) -> None:
    """The next step itself: `trigger`, `listed`; `after` waits for rules, `not_before` for a mark's day."""
    options, question = lines.options, lines.question
    if not all(map(lines.is_met, options.get("after", []))):
        return
    starts_on = question.case.day_of(options["not_before"]) if "not_before" in options else None
    if starts_on and starts_on > question.day:
        lines.add(_step(lines, options["trigger"], starts_on), "due_later", starts_on)
    else:
        lines.add(_step(lines, options["trigger"]), options["listed"])


@view("either", "triggers", "listed")
def either(lines: Lines) -> None:
    """The first of some steps whose guards are all met, else the last: `triggers`, `listed`."""
    *first, last = lines.options["triggers"]
    question = lines.question
    lifecycle = lines.judge.lifecycle_of(question)
    for name in first:
        answers = [
            judged.verdict.met
            for item in lifecycle.triggers[name].moves[question.case.state].guards
            for judged in lines.judge.answers(item, question)
        ]
        if all(answers):
            last = name
            break
    lines.add(_step(lines, last), lines.options["listed"])


@view("review", "failing")
def review(lines: Lines) -> None:
    """The rules of the coming or the open review, as things stand, on verified revenue: `failing`."""
    question = lines.question
    on, policy = review_date(question), review_policy(question)
    names = lines.groups.setdefault("review", [])
    if policy is None:
        return
    for judged in lines.judge.answers(GuardGroup("review", verified=True), question.under(policy)):
        names.append(judged.rule)
        lines.add(judged, lines.options["failing"], on)


@view("advice", "failing")
def advice(lines: Lines) -> None:
    """What the policy of the day advises and nothing blocks: `failing`."""
    if lines.question.known_policy() is None:
        return
    for judged in lines.judge.answers(GuardGroup("advice"), lines.question):
        lines.add(judged._replace(assumed=True), lines.options["failing"])


def _step(lines: Lines, trigger: str, earliest: date | None = None) -> Judged:
    question = lines.question
    act = lines.judge.lifecycle_of(question).triggers[trigger]
    policy = question.known_policy() if lines.judge.lifecycle_of(question).has_policies else None
    verdict = Verdict(False, question.case.state, list(act.moves), earliest)
    return Judged(order_rule(trigger), verdict, act.sources, policy.id if policy else None, act.assumed)
