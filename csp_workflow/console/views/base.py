"""What all views are made of: safe text, names in the reader's language, plain tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from typing import Any

from rich import box
from rich.console import RenderableType
from rich.padding import Padding
from rich.segment import Segment, Segments
from rich.table import Table
from rich.text import Text

from csp_workflow.console.names import NO_VALUE
from csp_workflow.console.safe import visible

_MASKED = {"ends", "hash"}  # how a sensitive field is kept
GOOD, BAD, SOON, QUIET, STRONG = "green", "red", "yellow", "dim", "bold"


def text(value: object, style: str = "") -> Text:
    """A value as text that cannot do anything but be read."""
    return Text(visible(value), style=style)


def words(*parts: object | tuple[object, str]) -> Text:
    """A line from values and `(value, style)` pairs."""
    line = Text()
    for part in parts:
        line.append_text(text(*part) if isinstance(part, tuple) else text(part))
    return line


_WIDEST_KEY = 48  # what a key may take of a narrow screen before it is broken


def counted(number: int, one: str, many: str) -> str:
    """How many of something there are, in words."""
    return f"{number:,} {one if number == 1 else many}"


def table(*headings: str, rows: Iterable[Sequence[object]], keep: int = 1) -> Table:
    """A plain table; the first `keep` columns stay whole as long as they can, the others fold where it is narrow."""
    lines = list(rows)
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style=STRONG)
    for number, heading in enumerate(headings):
        longest = max((len(str(row[number])) for row in lines), default=0) if number < keep else 0
        ratio = None if number < keep else 1
        is_whole = number < keep and longest <= _WIDEST_KEY  # the others give way to it
        width = max(4, min(longest, _WIDEST_KEY))
        made.add_column(text(heading), overflow="fold", min_width=width, ratio=ratio, no_wrap=is_whole)
    for row in lines:
        made.add_row(
            *(cell if isinstance(cell, Text) else text(NO_VALUE if cell in {None, ""} else cell) for cell in row)
        )
    return made


def more(rows: Sequence[Sequence[object]], limit: int) -> list[RenderableType]:
    """Where a page that is full goes on."""
    return [text(f"There may be more: --after {rows[-1][0]}", QUIET)] if len(rows) == limit else []


def card(title: Text, rows: Iterable[tuple[str, object]]) -> list[RenderableType]:
    """A heading, and names with their values below it."""
    made = Table.grid(padding=(0, 2))
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in rows:
        made.add_row(
            text(name, QUIET), value if isinstance(value, Text) else text(NO_VALUE if value in {None, ""} else value)
        )
    return [title, indented(made)]


def indented(picture: RenderableType, by: int = 2) -> Padding:
    """A picture moved to the right."""
    return Padding(picture, (0, 0, 0, by), expand=False)


def unbroken(line: str) -> Segments:
    """A line that is not broken however long it is, so that it can be copied."""
    return Segments([Segment(visible(line)), Segment.line()])


def moment(at: datetime) -> str:
    """An instant as short as it is exact: midnight is its date."""
    if at.timetz().replace(tzinfo=None) == time(0):
        return at.date().isoformat()
    return at.strftime("%Y-%m-%d %H:%M")


def fields(values: Mapping[str, Any]) -> str:
    """Fields and their values in one line."""
    return ", ".join(f"{name} {_short(value)}".rstrip() for name, value in values.items())


def _short(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return f"…{value['ends']}" if set(value) == _MASKED else f"({fields(value)})"
    if isinstance(value, list | tuple):
        inner = ", ".join(map(_short, value))
        return f"({inner})" if len(value) > 1 else inner
    return str(value)
