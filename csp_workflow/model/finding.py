"""What a rule answers: a verdict, and the finding that explains it to a reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule's answer with everything a reader needs to act on it.

    `have` and `need` are plain values (numbers, ISO dates, amounts as text); `earliest` is the first date on
    which the rule is met if nothing but time passes, else None; `sources` are ids of the source documents;
    `policy` is the policy that judged, or None; `assumed` says that no document gives the deciding value;
    `due_on` is the day on which it will be asked, where it is asked later.
    """

    rule: str
    met: bool
    statement: str
    have: Any
    need: Any
    earliest: date | None
    fix: str
    sources: tuple[str, ...]
    policy: str | None
    assumed: bool
    due_on: date | None = None

    def to_dict(self) -> dict[str, Any]:
        """The finding as JSON shows it."""
        result = {
            "rule": self.rule,
            "met": self.met,
            "statement": self.statement,
            "have": self.have,
            "need": self.need,
            "earliest": self.earliest.isoformat() if self.earliest else None,
            "fix": self.fix,
            "sources": list(self.sources),
            "policy": self.policy,
            "assumed": self.assumed,
        }
        if self.due_on:
            result["due_on"] = self.due_on.isoformat()
        return result

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Finding:
        """A finding read back from the journal."""
        earliest, due_on = data["earliest"], data.get("due_on")
        return cls(
            rule=data["rule"],
            met=data["met"],
            statement=data["statement"],
            have=data["have"],
            need=data["need"],
            earliest=date.fromisoformat(earliest) if earliest else None,
            fix=data["fix"],
            sources=tuple(data["sources"]),
            policy=data["policy"],
            assumed=data["assumed"],
            due_on=date.fromisoformat(due_on) if due_on else None,
        )


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
