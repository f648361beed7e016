"""The board: all cases by state, and whose turn it is."""

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
