"""What a rule answers: a verdict, and how it is put into the words of a finding."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from csp_workflow.finding import Finding
from csp_workflow.model.fields import plain
from csp_workflow.model.language import ENGLISH, in_words
from csp_workflow.model.money import Cents, to_cents

_AMOUNT, _NUMBER = re.compile("-?[0-9]+[.][0-9]{2}"), re.compile("-?[0-9]+([.][0-9]+)?")


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
    """How a rule is put to a reader: what it demands and what to do when it is not met, in one language."""

    statement: str
    fix: str
    language: str = ENGLISH

    def said(self, verdict: Verdict, names: Mapping[str, str]) -> tuple[str, str]:
        """Both sentences with their values; `names` holds the partner and the region."""
        if "{" not in self.statement and "{" not in self.fix:
            return self.statement, self.fix
        have, need, earliest = (
            in_words(value, self.language) for value in (verdict.have, verdict.need, verdict.earliest)
        )
        words = {"have": have, "need": need, "earliest": earliest, **names}
        return self.statement.format_map(words), self.fix.format_map(words)


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
        statement, fix = wording.said(self.verdict, names)
        return Finding(
            rule=self.rule,
            met=met,
            statement=statement,
            have=plain(have),
            need=plain(need),
            earliest=earliest,
            fix=fix,
            sources=self.sources,
            policy=self.policy,
            assumed=self.assumed,
            due_on=due_on,
        )


def reworded(finding: Finding, before: Wording, after: Wording, names: Mapping[str, str]) -> Finding:
    """The same finding in other words, made again from what it holds.

    A finding holds plain values: of which kind they were is found by the words that they had before. Where those do not
    come out, since the wording has changed meanwhile, the finding stays as it was.
    """
    for read in (_amount, _number, _itself):
        verdict = Verdict(finding.met, read(finding.have), read(finding.need), finding.earliest)
        if before.said(verdict, names) == (finding.statement, finding.fix):
            statement, fix = after.said(verdict, names)
            return replace(finding, statement=statement, fix=fix)
    return finding


def _amount(value: Any) -> Any:
    is_one = isinstance(value, str) and _AMOUNT.fullmatch(value)
    return Cents(to_cents(Decimal(value))) if is_one else value


def _number(value: Any) -> Any:
    return Decimal(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else value


def _itself(value: Any) -> Any:
    return value
