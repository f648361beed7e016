"""The demo: each partner's journey as a timeline, with its checklists, and what to type next."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rich.rule import Rule

from csp_workflow.console.views.base import STRONG, indented, text, unbroken, words
from csp_workflow.console.views.findings import asked, checklist, sources
from csp_workflow.console.views.history import timeline
from csp_workflow.model.decision import Entry, Requirements

if TYPE_CHECKING:
    from rich.console import RenderableType

    from csp_workflow.console.names import Names
    from csp_workflow.console.story import Chapter, Told
    from csp_workflow.finding import Finding


def told(story: Told, names: Names) -> list[RenderableType]:
    """All chapters, the documents that they name, and where everything lies."""
    pictures = [picture for chapter in story.chapters for picture in _chapter(chapter, names)]
    findings = [item for chapter in story.chapters for event in chapter.events for item in _findings(event)]
    pictures += [Rule(), *sources(findings, names), text("")]
    pictures += [words("All of this is kept in ", (story.database, STRONG), ". To look around, type:")]
    return [*pictures, *(unbroken(f"  {command}") for command in story.next)]


def _chapter(chapter: Chapter, names: Names) -> list[RenderableType]:
    partner, case = chapter.partner, chapter.case
    pictures: list[RenderableType] = [Rule(words((partner.name, STRONG), f" · {case.ref}"), align="left")]
    for is_entry, events in groupby(chapter.events, lambda event: isinstance(event, Entry)):
        if is_entry:
            pictures.append(timeline([event for event in events if isinstance(event, Entry)], names, brief=True))
        else:
            lists = [event for event in events if isinstance(event, Requirements)]
            pictures += [part for event in lists for part in (text(""), *_set_in(event, names), text(""))]
    return pictures


def _set_in(view: Requirements, names: Names) -> list[RenderableType]:
    return [indented(part) for part in checklist(view, names)]


def _findings(event: Entry | Requirements) -> Sequence[Finding]:
    return event.findings if isinstance(event, Entry) else asked(event)
