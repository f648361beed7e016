"""Small hand-made evidence, so that rules can be asked directly: facts, revenue lines, cases and questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from csp_workflow.catalogue import load, packaged
from csp_workflow.model.calendar import midnight
from csp_workflow.model.case import Case, Cooldown, Fired, Reference
from csp_workflow.model.fact import Fact, Facts, Window
from csp_workflow.model.policy import Terms
from csp_workflow.model.programme import Programme
from csp_workflow.model.verdict import Verdict
from csp_workflow.rules.engine import Judge
from csp_workflow.rules.question import Evidence, Question, Wait
from csp_workflow.rules.shipped import SHIPPED

PROGRAMME = load(packaged(), SHIPPED)
JUDGE = Judge(PROGRAMME, SHIPPED)
LONG_AGO = date(2018, 1, 1)
NOTHING_GIVEN: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class RevenueLine:
    """One line of revenue."""

    booked_on: date
    cents: int
    product: str = "cloud"
    channel: str = "indirect"
    verified: bool = True
    effective_on: date = LONG_AGO


class MemoryLedger:
    """Revenue in memory; keeps the windows that it was asked for."""

    def __init__(self, lines: Iterable[RevenueLine] = ()) -> None:
        self.lines = tuple(lines)
        self.asked: list[Window] = []

    def total(self, window: Window) -> int:
        """The cents that count in a window."""
        self.asked.append(window)
        return sum(
            line.cents
            for line in self.lines
            if window.start <= line.booked_on < window.end
            and line.effective_on <= window.day
            and (not window.products or line.product in window.products)
            and window.channel in {None, line.channel}
            and (line.verified or not window.verified)
        )

    def days_after(self, day: date) -> list[date]:
        """The days after `day` on which a line takes effect, in order."""
        return sorted({line.effective_on for line in self.lines if line.effective_on > day})


def fact(
    kind: str,
    effective_on: date = LONG_AGO,
    /,
    *,
    of_case: int | None = None,
    recorded_on: date | None = None,
    seq: int = 1,
    **fields: Any,
) -> Fact:
    """A record; it is recorded on the day from which it holds unless a day is given."""
    return Fact(kind, fields, effective_on, midnight(recorded_on or effective_on), of_case, seq)


def case_in(
    state: str = "indirect_tenure",
    *,
    region: str = "europe",
    lifecycle: str = "direct_bill",
    entered_on: date = LONG_AGO,
    pinned: str | None = None,
    cooldown: Cooldown | None = None,
    cooldown_done: bool = False,
    since: Mapping[str, date] | None = None,
    fired: Mapping[str, Fired] | None = None,
    **marks: Any,
) -> Case:
    """Case number 1 of a partner; what is left over are its marks, dates as dates."""
    return Case(
        reference=Reference("PGA-1", region, lifecycle),
        number=1,
        state=state,
        version=1,
        opened_at=midnight(entered_on),
        entered_on=entered_on,
        last_at=midnight(entered_on),
        derived_on=entered_on,
        pinned=pinned,
        cooldown=cooldown,
        cooldown_done=cooldown_done,
        marks={name: value.isoformat() if isinstance(value, date) else value for name, value in marks.items()},
        since=since or {},
        fired=fired or {},
    )


def ask(
    day: date,
    *facts: Fact,
    case: Case | None = None,
    lines: Iterable[RevenueLine] = (),
    waits: Iterable[Wait] = (),
    payload: Mapping[str, Any] = NOTHING_GIVEN,
    verified: bool = False,
    argument: str = "",
    country: str = "DE",
    programme: Programme = PROGRAMME,
) -> Question:
    """A question about a case on a day."""
    case = case or case_in()
    evidence = Evidence(Facts(facts, case.number), MemoryLedger(lines), tuple(waits), country)
    question = Question(programme, replace(case, derived_on=max(day, case.derived_on)), evidence, day)
    question.payload, question.verified, question.argument = payload, verified, argument
    return question


def answer(rule: str, question: Question, **values: Any) -> Verdict:
    """What a shipped rule answers, under the terms given or those that the judging policy has for it."""
    asked = SHIPPED.rules[rule]
    return asked(question, Terms(values=values) if values else JUDGE.terms_of(asked, question))
