"""Facts: evidence about a partner or a case, append-only, each with the day from which it holds."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from csp_workflow.errors import StorageDamaged
from csp_workflow.model.fields import Form


@dataclass(frozen=True, slots=True, kw_only=True)
class FactKind:
    """What may be recorded under one name: its form, about whom, by whom, and whether records add up.

    `accumulates` is empty (the latest counts), a field (the latest for each of its values counts), or
    "ledger" (every record is a line of revenue).
    """

    name: str
    form: Form
    about: tuple[str, ...] = ("partner",)
    accumulates: str = ""
    recorded_by: tuple[str, ...] = ()
    informative: bool = False


class Fact(NamedTuple):
    """One record; `case_number` is None where it is about the partner as a whole."""

    kind: str
    fields: Mapping[str, Any]
    effective_on: date
    recorded_at: datetime
    case_number: int | None
    seq: int

    def day(self, field: str) -> date | None:
        """A field that holds a date, or None where it was left out."""
        value = self.fields.get(field)
        try:
            return date.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            raise StorageDamaged(f"The fact {self.kind} holds {value!r} as {field}, which is no date.") from None


class Facts:
    """The facts that one case can see, as recorded by one instant; asked for a day, only those that hold then.

    They may be given as a function that finds them: it is called when the first question is asked.
    """

    __slots__ = ("_case_number", "_found", "_source")

    def __init__(self, facts: Iterable[Fact] | Callable[[], Iterable[Fact]], case_number: int | None = None) -> None:
        self._source = facts
        self._case_number = case_number
        self._found: tuple[dict[str, list[Fact]], list[date]] | None = None

    def _index(self) -> tuple[dict[str, list[Fact]], list[date]]:
        if self._found is None:
            kinds: dict[str, list[Fact]] = {}
            days: set[date] = set()
            for fact in self._all():
                if fact.case_number is None or fact.case_number == self._case_number:
                    kinds.setdefault(fact.kind, []).append(fact)
                    days.add(fact.effective_on)
            for records in kinds.values():
                records.sort(key=_weight)
            self._found = kinds, sorted(days)
        return self._found

    def _all(self) -> Iterable[Fact]:
        return self._source() if callable(self._source) else self._source

    def latest(self, kind: str, day: date) -> Fact | None:
        """The record that counts on `day`: the case's own before its partner's, then the latest effective one."""
        return next(self.counting(kind, day), None)

    def counting(self, kind: str, day: date) -> Iterator[Fact]:
        """The records that hold on `day`, the one that counts first."""
        return (fact for fact in reversed(self._index()[0].get(kind, ())) if fact.effective_on <= day)

    def each(self, kind: str, field: str, day: date) -> Iterator[Fact]:
        """For every value of `field`, the record that counts on `day`."""
        seen: set[Any] = set()
        for fact in reversed(self._index()[0].get(kind, [])):
            if fact.effective_on <= day and fact.fields.get(field) not in seen:
                seen.add(fact.fields.get(field))
                yield fact

    def plus(self, facts: Iterable[Fact]) -> Facts:
        """The same facts and some more."""
        return Facts((*self._all(), *facts), self._case_number)

    def days_after(self, day: date) -> list[date]:
        """The days after `day` on which a record takes effect, in order."""
        days = self._index()[1]
        return days[bisect_right(days, day) :]


def _weight(fact: Fact) -> tuple[bool, date, datetime, int]:
    return fact.case_number is not None, fact.effective_on, fact.recorded_at, fact.seq


class Window(NamedTuple):
    """Which revenue counts: booked in `[start, end)`, of these products and channel, known and effective by then.

    `channel` None means any; `products` empty means any; `verified` True counts only what was verified by `day`.
    """

    start: date
    end: date
    products: tuple[str, ...]
    channel: str | None
    verified: bool
    day: date
