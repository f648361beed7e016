"""Commands with an idempotency key: the same one again gets the first answer, another one is a conflict."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from csp_workflow.errors import BadPayload, KeyReused, StorageDamaged, TransitionRefused
from csp_workflow.model.fields import plain
from csp_workflow.model.journal import canonical
from csp_workflow.model.kinds import usable_text
from csp_workflow.model.replies import read_refusal
from csp_workflow.ports import Session
from csp_workflow.shell.dossier import Dossier
from csp_workflow.stored import Command

_LONGEST_KEY = 255


class Reply(Protocol):
    """An answer that can be kept."""

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON shows it."""


R = TypeVar("R", bound=Reply)


def check_key(key: Any) -> None:
    """Refuse a key that cannot be kept.

    Raises:
        BadPayload: it is no text of 1 to 255 characters.
    """
    try:
        if not 0 < len(usable_text(key)) <= _LONGEST_KEY:
            raise ValueError(f"must have 1 to {_LONGEST_KEY} characters")  # noqa: TRY301 - one kind of no
    except ValueError as problem:
        raise BadPayload("key", str(problem)) from None


def fingerprint(session: Session, command: Mapping[str, Any]) -> str:
    """What tells one command from another, without telling what is in it."""
    return hmac.new(
        session.secret(), canonical(plain(command)).encode("utf-8", "surrogatepass"), hashlib.sha256
    ).hexdigest()


def first_answer(
    dossier: Dossier, key: str, mark: str, read: Callable[[Mapping[str, Any]], R]
) -> R | TransitionRefused | None:
    """The answer that this command got before, or None.

    Raises:
        KeyReused: the key belongs to another command.
        StorageDamaged: what is kept is no answer.
    """
    known = dossier.command(key)
    if known is None:
        return None
    if known.fingerprint != mark:
        raise KeyReused(key, dossier.pga)
    try:
        kept = json.loads(known.outcome)
        return read_refusal(kept["refused"]) if "refused" in kept else read(kept["accepted"])
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        what = f"What the idempotency key {key!r} of {dossier.pga} keeps is no answer"
        raise StorageDamaged(f"{what}: {type(problem).__name__}.") from None


def kept(key: str, mark: str, answer: Reply) -> Command:
    """The answer to a command, to be found again by its key."""
    word = "refused" if isinstance(answer, TransitionRefused) else "accepted"
    return Command(key, mark, canonical({word: answer.to_dict()}))
