"""Tables of Markdown, and what stands in them."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping

_NONE = "\N{EN DASH}"


def table(headings: str, rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table; the headings are given as its first line has them."""
    lines = [headings, " | ".join("---" for _ in headings.split("|")), *(" | ".join(map(_cell, row)) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)


def code(words: Iterable[object]) -> str:
    """Words to be typed, one after the other."""
    return ", ".join(f"`{word}`" for word in words)


def first_line(thing: object) -> str:
    """What the docstring of something says first."""
    return (inspect.getdoc(thing) or "").partition("\n")[0]


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ") if value not in {None, ""} else _NONE


def names(known: Mapping[str, object]) -> str:
    """Things that definitions name, each with what its docstring says first."""
    return table("name | what it does", ((f"`{name}`", first_line(thing)) for name, thing in known.items()))
