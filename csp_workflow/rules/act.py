"""An accepted act or a firing in the making: what effects change before the next case is frozen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from csp_workflow.model.fields import plain
from csp_workflow.rules.question import Question


class NewFact(NamedTuple):
    """A fact that an act records: it is the case's own and holds from the day of the act."""

    kind: str
    fields: Mapping[str, Any]
    effective_on: date


class Act:
    """The case as effects leave it; `day` is the day judged, `today` the day on which it is written."""

    __slots__ = ("cooldown", "cooldown_done", "day", "facts", "marks", "pinned", "question", "today")

    def __init__(self, question: Question, today: date) -> None:
        case = question.case
        self.question = question
        self.day = question.day
        self.today = today
        self.marks: dict[str, Any] = dict(case.marks)
        self.pinned = case.pinned
        self.cooldown = case.cooldown
        self.cooldown_done = case.cooldown_done
        self.facts: list[NewFact] = []

    @property
    def payload(self) -> Mapping[str, Any]:
        """What the act was given, typed and with defaults."""
        return self.question.payload

    def mark(self, name: str, value: Any) -> None:
        """Leave something for rules to read."""
        self.marks[name] = plain(value)
