"""What an audit says: how much it looked at, and the first thing of each partner that does not fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """The first thing of a partner that does not fit: at which entry (None: at none), and what is wrong there.

    What is of no partner, a definition, has None for it.
    """

    partner: str | None
    entry: str | None
    problem: str

    def to_dict(self) -> dict[str, Any]:
        """The misfit as JSON shows it."""
        return {"partner": self.partner, "entry": self.entry, "problem": self.problem}


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """How many partners and entries were looked at, and what does not fit.

    `left_off` misfits are not listed; `finished` is False where it was broken off.
    """

    partners: int
    entries: int
    misfits: tuple[Misfit, ...]
    left_off: int = 0
    finished: bool = True

    @property
    def holds(self) -> bool:
        """Whether everything was looked at and fits."""
        return self.finished and not self.misfits

    def to_dict(self) -> dict[str, Any]:
        """The audit as JSON shows it."""
        return {
            "holds": self.holds,
            "partners": self.partners,
            "entries": self.entries,
            "misfits": [item.to_dict() for item in self.misfits],
            "left_off": self.left_off,
            "finished": self.finished,
        }


class Broken(Exception):
    """Something does not fit; caught where a partner's audit ends."""

    def __init__(self, problem: str, seq: int | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.seq = seq
