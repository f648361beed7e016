"""Notices: which there are, and each as the partner reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from csp_workflow.console.views.base import SOON, STRONG, card, moment, more, table, text, words

if TYPE_CHECKING:
    from rich.console import RenderableType

    from csp_workflow.model.notice import Letter


def listed(letters: Sequence[Letter], limit: int) -> list[RenderableType]:
    """A page of notices, and which of them reach nobody."""
    if not letters:
        return [text("No notices.")]
    rows = [(item.key, moment(item.created_at), item.status, item.language, item.subject) for item in letters]
    pictures = [table("notice", "written", "status", "in", "subject", rows=rows, keep=4)]
    kept = sum(item.to is None for item in letters)
    reach = [text(f"{kept} undeliverable: the partner had no e-mail address; kept all the same.", SOON)] if kept else []
    return [*pictures, *reach, *more(rows, limit)]


def whole(letter: Letter) -> list[RenderableType]:
    """One notice."""
    nobody = ("undeliverable, the partner had no e-mail address; it is kept", SOON)
    rows: list[tuple[str, object]] = [
        ("case", letter.ref),
        ("kind", letter.kind),
        ("language", letter.language),
        ("written", moment(letter.created_at)),
        ("to", letter.to),
        ("status", letter.status if letter.to else words(nobody)),
        ("subject", letter.subject),
    ]
    return [*card(words((letter.key, STRONG)), rows), text(""), *map(text, letter.body.split("\n"))]
