"""Revenue of the trailing twelve months, as the judging policy counts it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from csp_workflow.model.calendar import ONE_DAY, add_months
from csp_workflow.model.fact import Window
from csp_workflow.model.money import Cents
from csp_workflow.model.policy import Terms
from csp_workflow.model.verdict import Verdict
from csp_workflow.rules.question import Question
from csp_workflow.rules.registry import rule

_TRAILING_MONTHS = 12


@rule("revenue.floor", reads=["revenue"], parameters={"floor": "money!", "products": "names", "channel": "text"})
def revenue_floor(question: Question, terms: Terms) -> Verdict:
    """The revenue in `[day - 12 months, day)` reaches the floor; what was booked today counts from tomorrow."""
    floor = cents_of(terms)
    have = trailing(question, terms, question.day)
    if have >= floor:
        return Verdict(True, Cents(have), Cents(floor))
    tomorrow = question.day + ONE_DAY
    heals = trailing(question, terms, tomorrow) >= floor
    return Verdict(False, Cents(have), Cents(floor), tomorrow if heals else None)


def trailing(question: Question, terms: Terms, day: date) -> int:
    """The cents that count on `day`; only lines known and in effect on the day that is judged."""
    window = Window(
        start=add_months(day, -_TRAILING_MONTHS),
        end=day,
        products=tuple(terms.get("products", ())),
        channel=terms.get("channel"),
        verified=question.verified,
        day=question.day,
    )
    return question.evidence.ledger.total(window)


def cents_of(terms: Terms) -> int:
    """The floor in cents; policies give it in USD."""
    return int(Decimal(terms["floor"]) * 100)


RULES = (revenue_floor,)
