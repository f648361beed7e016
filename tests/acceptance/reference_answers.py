"""What the reference model answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What is answered to an act: an error's code, or the rules that refuse it (none: accepted) and the notices."""

    error: str | None = None
    refused_by: frozenset[str] = frozenset()
    earliest: date | None = None
    notices: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether it was done."""
        return self.error is None and not self.refused_by


def first_that_holds(*checks: tuple[bool, Verdict]) -> Verdict | None:
    """The verdict beside the first condition that holds."""
    return next((verdict for holds, verdict in checks if holds), None)


@dataclass(frozen=True, kw_only=True)
class View:
    """How a case stands; `cooldowns` has more than one entry only where several end on the same, last day."""

    state: str
    version: int
    policy: str | None
    cooldowns: tuple[tuple[str, date, date], ...]
    entitlements: frozenset[str]
    deadlines: dict[str, date]
