"""Who acts: a name and a role, claimed by the host program and not authenticated here."""

from __future__ import annotations

from dataclasses import dataclass

from csp_workflow.errors import BadPayload
from csp_workflow.model.kinds import usable_text


@dataclass(frozen=True, slots=True)
class Actor:
    """A name and a role; with the name alone left out, the role is the name.

    Example:
        Actor("anna", "global_admin"); Actor.parse("anna:global_admin"); Actor.parse("reviewer")
    """

    name: str
    role: str

    def __post_init__(self) -> None:
        """Refuse an actor that no journal could name."""
        for part in (self.name, self.role):
            try:
                usable_text(part)
            except ValueError as problem:
                raise BadPayload("actor", str(problem)) from None
            if not part.strip():
                raise BadPayload("actor", "needs a name and a role, written as name:role or just role")

    @classmethod
    def parse(cls, text: str) -> Actor:
        """An actor from `name:role`, or from a role alone."""
        name, colon, role = text.rpartition(":")
        return cls(name, role) if colon else cls(text, text)

    def __str__(self) -> str:
        return f"{self.name}:{self.role}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role of the programme.

    `side` is partner, vendor, operator or system; `records` says whether it may record facts at all.
    """

    name: str
    side: str

    @property
    def is_partner(self) -> bool:
        """Whether the partner's own people act in it."""
        return self.side == "partner"

    @property
    def is_system(self) -> bool:
        """Whether it is the role of timers."""
        return self.side == "system"
