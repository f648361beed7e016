"""A case: one partner's walk through one lifecycle in one region with one tenant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from csp_workflow.errors import BadReference
from csp_workflow.model.partner import KEY

_SHORTEST, _LONGEST = 2, 4  # how many parts a reference has


class Reference(NamedTuple):
    """What a case is called: `PGA/region`, and where they differ from the usual `/lifecycle` and `/tenant`."""

    pga: str
    region: str
    lifecycle: str
    tenant: str = ""

    @classmethod
    def parse(cls, text: str, default_lifecycle: str) -> Reference:
        """A reference as people write it.

        Raises:
            BadReference: it is not `PGA/region[/lifecycle[/tenant]]`.
        """
        parts = text.split("/") if isinstance(text, str) else []
        if not _SHORTEST <= len(parts) <= _LONGEST or not all(KEY.fullmatch(part) for part in parts):
            raise BadReference(f"{text!r} is not a case: write PGA/region, as in PGA-1001/europe.")
        pga, region, lifecycle, tenant = (*parts, *("", "")[: _LONGEST - len(parts)])
        return cls(pga, region, lifecycle or default_lifecycle, tenant)

    def write(self, default_lifecycle: str) -> str:
        """The shortest text that names this case."""
        if self.tenant:
            return f"{self.pga}/{self.region}/{self.lifecycle}/{self.tenant}"
        usual = self.lifecycle == default_lifecycle
        return f"{self.pga}/{self.region}" if usual else f"{self.pga}/{self.region}/{self.lifecycle}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cooldown:
    """A wait before the partner may apply again: why (`case`), since when, and the day on which it is over."""

    case: str
    started_on: date
    ends_on: date

    def runs_on(self, day: date) -> bool:
        """Whether the wait is not over yet on `day`; it is over on `ends_on` itself."""
        return day < self.ends_on

    def to_dict(self) -> dict[str, Any]:
        """The wait as JSON shows it."""
        return {"case": self.case, "started_on": self.started_on.isoformat(), "ends_on": self.ends_on.isoformat()}


class Fired(NamedTuple):
    """That a deadline has fired: when it was due, and the date it spoke of (a review date, say)."""

    due_on: date
    about: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case as it is stored: frozen; every act makes a new one.

    `marks` are what acts have left for rules to read (the day of the application, a verification);
    `derived_on` is the day up to which facts that take effect later have been taken into its deadlines;
    `since` says since when each kind of deadline may exist without a break; `fired` which one fired last;
    `cooldown` is the wait that this case's own act started, `cooldown_done` whether its end was dealt with.
    """

    reference: Reference
    number: int
    state: str
    version: int
    opened_at: datetime
    entered_on: date
    last_at: datetime
    derived_on: date
    pinned: str | None = None
    cooldown: Cooldown | None = None
    cooldown_done: bool = False
    marks: Mapping[str, Any] = field(default_factory=dict)
    since: Mapping[str, date] = field(default_factory=dict)
    fired: Mapping[str, Fired] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, int]:
        """Its key in the tables: the partner, and which of its cases this is."""
        return self.reference.pga, self.number

    def day_of(self, mark: str) -> date | None:
        """The date that a mark holds, or None."""
        text = self.marks.get(mark)
        return date.fromisoformat(text) if text else None


class Deadline(NamedTuple):
    """Something that happens by itself: its kind, its day, and the date it speaks of."""

    kind: str
    due_on: date
    about: date | None = None

    def to_dict(self) -> dict[str, Any]:
        """The deadline as JSON shows it."""
        return {"kind": self.kind, "due_on": self.due_on.isoformat()}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """A case as its readers see it on a day: what judges it, what it is entitled to, what is due."""

    ref: str
    partner: str
    lifecycle: str
    region: str
    tenant: str
    state: str
    version: int
    policy: str | None
    cooldown: Cooldown | None
    entitlements: tuple[str, ...]
    deadlines: tuple[Deadline, ...]
    opened_at: datetime

    def to_dict(self) -> dict[str, Any]:
        """The case as JSON shows it."""
        return {
            "ref": self.ref,
            "partner": self.partner,
            "lifecycle": self.lifecycle,
            "region": self.region,
            "tenant": self.tenant,
            "state": self.state,
            "version": self.version,
            "policy": self.policy,
            "cooldown": self.cooldown.to_dict() if self.cooldown else None,
            "entitlements": list(self.entitlements),
            "deadlines": [deadline.to_dict() for deadline in self.deadlines],
            "opened_at": self.opened_at.isoformat(),
        }
