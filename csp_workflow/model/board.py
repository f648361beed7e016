"""The board: all cases by state, and whose turn it is; and what is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """How many cases are in each state, in the order of the definitions, and how many wait for each side."""

    as_of: date
    states: Mapping[str, int]
    turns: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        """The board as JSON shows it."""
        return {"as_of": self.as_of.isoformat(), "states": dict(self.states), "turns": dict(self.turns)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A deadline of a case that is due, and for how many days it has been."""

    ref: str
    kind: str
    due_on: date
    late_days: int

    @property
    def key(self) -> str:
        """Its place in the order of all that is due: `2026-01-31/PGA-1001/europe/review_opens`."""
        return f"{self.due_on}/{self.ref}/{self.kind}"

    def to_dict(self) -> dict[str, Any]:
        """What is due as JSON shows it."""
        return {"ref": self.ref, "kind": self.kind, "due_on": self.due_on.isoformat(), "late_days": self.late_days}
