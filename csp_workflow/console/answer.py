"""What a command hands back: an answer, a text too long to be held, or work that takes its time before the answer."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

BROKEN_OFF = 130  # the exit code of what the user has interrupted


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The data for `--json`, the picture for people, and the exit code.

    `view` is asked only when people read, so that `--json` needs no Rich; a refusal goes to standard error.
    """

    data: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    view: Callable[[], Iterable[RenderableType]]
    exit_code: int = 0
    is_refusal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A text for programs, piece by piece: what it needs is open until it is closed, and nothing of it is kept.

    `is_json` says that it is one JSON document.
    """

    pieces: Generator[str]
    is_json: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Work that is done step by step; each step says how far it is, of `total`.

    `answer` tells what came of it, also where it was broken off.
    """

    title: str
    total: int
    steps: Generator[int]
    answer: Callable[[], Answer]


Reply = Answer | Stream | Work
