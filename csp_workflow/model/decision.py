"""What was decided, what came of it, and what is required: the answers that callers get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from csp_workflow.finding import Finding
from csp_workflow.model.case import CaseView, Deadline
from csp_workflow.model.verdict import Judged, Wordings


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The judgement of one act: whether it goes, where to, and every rule that fails.

    `judged` are all answers in the order of judgement where the whole answer was asked for, else the failing
    ones; `findings` words the failing ones, and only when they are read.
    """

    trigger: str
    source: str
    target: str | None
    payload: Mapping[str, Any]
    judged: tuple[Judged, ...] = ()
    wordings: Wordings = field(default_factory=dict, repr=False)
    names: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def accepted(self) -> bool:
        """Whether the act goes."""
        return self.target is not None

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of the rules that fail, in the order of judgement."""
        return tuple(item.rule for item in self.judged if not item.verdict.met)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The rules that fail, in words."""
        return tuple(item.finding(self.wordings[item.rule], self.names) for item in self.judged if not item.verdict.met)

    @property
    def earliest(self) -> date | None:
        """The latest of the findings' earliest dates; None where one of them has none."""
        days = [item.verdict.earliest for item in self.judged if not item.verdict.met]
        known = [day for day in days if day is not None]
        return max(known) if known and len(known) == len(days) else None

    def to_dict(self) -> dict[str, Any]:
        """The decision as JSON shows it."""
        return {
            "trigger": self.trigger,
            "from": self.source,
            "to": self.target,
            "accepted": self.accepted,
            "earliest": self.earliest.isoformat() if self.earliest else None,
            "findings": [finding.to_dict() for finding in self.findings],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """An accepted act: which, from where to where, when and by whom; `from` is `source` in Python."""

    trigger: str
    source: str
    target: str
    at: datetime
    actor: str

    def to_dict(self) -> dict[str, Any]:
        """The transition as JSON shows it."""
        return {
            "trigger": self.trigger,
            "from": self.source,
            "to": self.target,
            "at": self.at.isoformat(),
            "actor": self.actor,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message to the partner that an act or a deadline brought with it."""

    ref: str
    kind: str
    to: str | None
    status: str

    def to_dict(self) -> dict[str, Any]:
        """The notice as JSON shows it."""
        return {"ref": self.ref, "kind": self.kind, "to": self.to, "status": self.status}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an accepted act came to: the case as it now is, the transition, the notices."""

    case: CaseView
    transition: Transition
    notices: tuple[Notice, ...]

    def to_dict(self) -> dict[str, Any]:
        """The outcome as JSON shows it."""
        return {
            "case": self.case.to_dict(),
            "transition": self.transition.to_dict(),
            "notices": [notice.to_dict() for notice in self.notices],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A journal entry that was just made: its id (`PGA-1001#7`), and what was recorded or retracted by it.

    `repeated` says that the same revenue line stood there already, and nothing was added.
    """

    entry: str
    kind: str
    name: str
    fields: Mapping[str, Any]
    effective_on: date | None = None
    repeated: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The entry as JSON shows it."""
        return {
            "entry": self.entry,
            "kind": self.kind,
            "name": self.name,
            "fields": dict(self.fields),
            "effective_on": self.effective_on.isoformat() if self.effective_on else None,
            "repeated": self.repeated,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FiredDeadline:
    """A deadline that a sweep has fired, how many days late, and what came of it."""

    ref: str
    kind: str
    due_on: date
    late_days: int
    target: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The firing as JSON shows it."""
        return {
            "ref": self.ref,
            "kind": self.kind,
            "due_on": self.due_on.isoformat(),
            "late_days": self.late_days,
            "to": self.target,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a sweep did, in the order in which it did it."""

    fired: tuple[FiredDeadline, ...]
    notices: tuple[Notice, ...]

    def to_dict(self) -> dict[str, Any]:
        """The sweep as JSON shows it."""
        return {
            "fired": [item.to_dict() for item in self.fired],
            "notices": [notice.to_dict() for notice in self.notices],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """What is asked of a case on a day; every rule stands in exactly one of the five lists."""

    ref: str
    as_of: date
    policy: str | None
    met: tuple[Finding, ...] = ()
    due_now: tuple[Finding, ...] = ()
    due_later: tuple[Finding, ...] = ()
    past_due: tuple[Finding, ...] = ()
    waiting_on_vendor: tuple[Finding, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The view as JSON shows it."""
        lists = {name: [finding.to_dict() for finding in getattr(self, name)] for name in LISTS}
        return {"ref": self.ref, "as_of": self.as_of.isoformat(), "policy": self.policy, **lists}


LISTS = ("met", "due_now", "due_later", "past_due", "waiting_on_vendor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a partner's journal, as its readers see it; `from` and `to` are `source` and `target` in Python."""

    partner: str
    seq: int
    at: datetime
    actor: str
    role: str
    kind: str
    ref: str | None
    trigger: str | None
    source: str | None
    target: str | None
    payload: Mapping[str, Any]
    policy: str | None
    findings: tuple[Finding, ...]
    hash: str
    effective_on: date | None = None
    document: str | None = None
    due_on: date | None = None

    @property
    def id(self) -> str:
        """What `retract` takes."""
        return f"{self.partner}#{self.seq}"

    def to_dict(self) -> dict[str, Any]:
        """The entry as JSON shows it."""
        return {
            "entry": self.id,
            "seq": self.seq,
            "at": self.at.isoformat(),
            "actor": self.actor,
            "role": self.role,
            "kind": self.kind,
            "ref": self.ref,
            "trigger": self.trigger,
            "from": self.source,
            "to": self.target,
            "payload": dict(self.payload),
            "policy": self.policy,
            "findings": [finding.to_dict() for finding in self.findings],
            "effective_on": self.effective_on.isoformat() if self.effective_on else None,
            "document": self.document,
            "due_on": self.due_on.isoformat() if self.due_on else None,
            "hash": self.hash,
        }


__all__ = ["LISTS", "CaseView", "Deadline", "Decision", "Entry", "FiredDeadline", "Notice", "Outcome"]
__all__ += ["Recorded", "Requirements", "Swept", "Transition"]
