"""A rule's answer with everything that a reader needs; what refusals carry and views show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


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
