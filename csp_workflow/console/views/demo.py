"""The demo: each partner's journey as a timeline, with its checklists, and what to type next."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.rule import Rule

from csp_workflow.console.views.base import STRONG, indented, text, words
from csp_workflow.console.views.findings import checklist
from csp_workflow.console.views.history import timeline
from csp_workflow.model.decision import Entry, Requirements

if TYPE_CHECKING:
    from rich.console import RenderableType

    from csp_workflow.console.names import Names
    from csp_workflow.console.story import Chapter, Told


def told(story: Told, names: Names) -> list[RenderableType]:
    """All chapters, then where everything lies."""
    pictures = [picture for chapter in story.chapters for picture in _chapter(chapter, names)]
    pictures += [Rule(), words(("All of this is kept in ", ""), (story.database, STRONG), ". To look around:")]
    return [*pictures, *(indented(text(command)) for command in story.next)]


def _chapter(chapter: Chapter, names: Names) -> list[RenderableType]:
    partner, case = chapter.partner, chapter.case
    pictures: list[RenderableType] = [Rule(words((partner.name, STRONG), f" · {case.ref}"), align="left")]
    for kind, events in groupby(chapter.events, type):
        if kind is Entry:
            pictures += timeline([event for event in events if isinstance(event, Entry)], names)
        else:
            for event in events:
                if isinstance(event, Requirements):
                    pictures += [text(""), *(indented(part) for part in checklist(event, names)), text("")]
    return pictures
