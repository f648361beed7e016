"""What stands recorded already, found at once: by what it says and from when, or by what counts on a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from csp_workflow.model.fact import Fact, FactKind
from csp_workflow.model.journal import canonical

_Weight = tuple[date, datetime, int]


class Repeats:
    """The facts of a partner and its cases on a day; new ones are added as they are recorded."""

    def __init__(self, facts: Iterable[Fact], kinds: Mapping[str, FactKind], day: date) -> None:
        self._kinds, self._day = kinds, day
        self._said: dict[Any, Fact] = {}
        self._counting: dict[Any, tuple[_Weight, Fact]] = {}
        for fact in facts:
            self.add(fact)

    def add(self, fact: Fact) -> None:
        """Take in a fact that was recorded."""
        self._said.setdefault(_said(fact), fact)
        weight, key = (fact.effective_on, fact.recorded_at, fact.seq), self._key(fact)
        if fact.effective_on <= self._day and (key not in self._counting or self._counting[key][0] <= weight):
            self._counting[key] = weight, fact

    def of(self, new: Fact, *, dated: bool) -> Fact | None:
        """The fact that says the same of the same partner or case: from the same day on, or without one counting now.

        Who says without a day what counts anyway says nothing new.
        """
        if dated:
            return self._said.get(_said(new))
        _weight, fact = self._counting.get(self._key(new), (None, None))
        return fact if fact is not None and fact.fields == new.fields else None

    def _key(self, fact: Fact) -> Any:
        """What of several facts only one counts for."""
        kind = self._kinds.get(fact.kind)
        value = fact.fields.get(kind.accumulates) if kind and kind.accumulates else None
        return fact.kind, fact.case_number, value


def _said(fact: Fact) -> Any:
    return fact.kind, fact.case_number, fact.effective_on, canonical(fact.fields)
