"""A definition as a database knows it: what decides, as one text, and the fingerprint of that text."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple


class Definition(NamedTuple):
    """What decides, as JSON in the order of the files, and the SHA-256 of that text."""

    sha256: str
    text: str


class Gone(NamedTuple):
    """What a definition no longer knows, by its kind and its name: a `lifecycle`, a `state` or a `policy`."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"the {self.kind} {self.name!r}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDefinition:
    """A definition that a database was used with; of one of an earlier release only the fingerprint may be kept.

    `first_used_at` is the instant of the first entry that was judged by it; `is_current` says that it judges now.
    """

    sha256: str
    first_used_at: datetime
    is_kept: bool
    is_current: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The definition as JSON shows it."""
        return {
            "sha256": self.sha256,
            "first_used_at": self.first_used_at.isoformat(),
            "is_kept": self.is_kept,
            "is_current": self.is_current,
        }


def fingerprint(text: str) -> str:
    """The SHA-256 of what decides."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
