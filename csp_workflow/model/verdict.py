"""What a rule answers: a verdict, and how it is put into the words of a finding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from csp_workflow.finding import Finding
from csp_workflow.model.fields import plain
from csp_workflow.model.money import Cents, write_cents

_NO_VALUE = "\N{EN DASH}"
_EXACT = 10**15  # cents up to here are exact when divided as floats


class Verdict(NamedTuple):
    """A rule's bare answer: whether it is met, what there is, what is needed, and the first day that heals it.

    `assumed` is True where a value that no document gives has decided.
    """

    met: bool
    have: Any = None
    need: Any = None
    earliest: date | None = None
    assumed: bool = False


MET = Verdict(met=True)
NOT_MET = Verdict(met=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How a rule is put to a reader: what it demands and what to do when it is not met."""

    statement: str
    fix: str


Wordings = Mapping[str, Wording]


class Judged(NamedTuple):
    """A verdict with what it was judged by; the finding is worded only when somebody reads it."""

    rule: str
    verdict: Verdict
    sources: tuple[str, ...]
    policy: str | None
    assumed: bool

    def finding(self, wording: Wording, names: Mapping[str, str], due_on: date | None = None) -> Finding:
        """The finding in the words of a reader's language; `names` holds the partner and the region."""
        met, have, need, earliest, _assumed = self.verdict
        return Finding(
            rule=self.rule,
            met=met,
            statement=_filled(wording.statement, self.verdict, names),
            have=plain(have),
            need=plain(need),
            earliest=earliest,
            fix=_filled(wording.fix, self.verdict, names),
            sources=self.sources,
            policy=self.policy,
            assumed=self.assumed,
            due_on=due_on,
        )


def _filled(text: str, verdict: Verdict, names: Mapping[str, str]) -> str:
    if "{" not in text:
        return text
    have, need, earliest = in_words(verdict.have), in_words(verdict.need), in_words(verdict.earliest)
    return text.format(have=have, need=need, earliest=earliest, **names)


def in_words(value: Any) -> str:
    """A value inside a sentence."""
    if value is None or value == "":
        return _NO_VALUE
    if isinstance(value, Cents):
        return f"USD {value / 100:,.2f}" if abs(value) < _EXACT else f"USD {write_cents(value)}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(in_words, value)) if isinstance(value, list | tuple) else str(value)
