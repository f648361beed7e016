"""What is to be recorded, many at once, and what stands recorded: the values of files that come in and go out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from csp_workflow.model.partner import Partner


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A fact that is to be recorded about a partner (`PGA-1001`) or a case (`PGA-1001/europe`).

    `fields` are as `record` takes them; `effective_on` None means the day; `key` is an idempotency key.
    """

    subject: str
    fact: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    effective_on: date | None = None
    document: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A partner that is known now; `repeated` says that the very same was known before, and nothing was added."""

    partner: Partner
    repeated: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The partner as JSON shows it, and whether it was known before."""
        return {"partner": self.partner.to_dict(), "repeated": self.repeated}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A fact that stands recorded: by which entry, about whom, since when it holds, when and by whom it was recorded.

    `fields` are plain values: dates as ISO text, amounts as text with two places.
    """

    entry: str
    subject: str
    fact: str
    fields: Mapping[str, Any]
    effective_on: date
    document: str | None
    recorded_at: datetime
    actor: str
    role: str

    def to_dict(self) -> dict[str, Any]:
        """The fact as JSON shows it."""
        return {
            "entry": self.entry,
            "subject": self.subject,
            "fact": self.fact,
            "fields": dict(self.fields),
            "effective_on": self.effective_on.isoformat(),
            "document": self.document,
            "recorded_at": self.recorded_at.isoformat(),
            "actor": self.actor,
            "role": self.role,
        }
