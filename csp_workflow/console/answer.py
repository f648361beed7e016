"""What a command hands back: the data for `--json`, the picture for people, and the exit code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`view` is asked only when people read, so that `--json` needs no Rich; a refusal goes to standard error."""

    data: Mapping[str, Any]
    view: Callable[[], Iterable[RenderableType]]
    exit_code: int = 0
    is_refusal: bool = False
