"""What all errors are, and how their sentences end."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, ClassVar

_READABLE = 30  # names that a sentence can still list


class WorkflowError(Exception):
    """Something did not go; the message is one sentence that says what, where, and what to do."""

    code: str = "error"
    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details

    def to_dict(self) -> dict[str, Any]:
        """The error as the console's JSON shows it."""
        return {"code": self.code, "message": self.message} | self.details


def sentence(text: str) -> str:
    """The text with an end."""
    return text if text.endswith((".", "?")) else f"{text}."


def suggest(name: str, known: list[str], *, listing: bool = True) -> str:
    """How a sentence about an unknown name goes on: the one that was meant, or those that there are."""
    close = get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known: {', '.join(known)}" if listing and 0 < len(known) <= _READABLE else ""
