"""The stories of the demo, played on a database: what is told is what the engine has written and answered."""

from __future__ import annotations

import shlex
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csp_workflow.bootstrap import open_workflow
from csp_workflow.errors import Duplicate, Misuse, StorageUnavailable, TransitionRefused
from csp_workflow.model.actor import Actor
from csp_workflow.model.decision import Entry, Requirements
from csp_workflow.scenarios.files import Scenario, Step, read
from csp_workflow.testing import SettableClock

if TYPE_CHECKING:
    from datetime import date

    from csp_workflow.model.case import CaseView
    from csp_workflow.model.partner import Partner
    from csp_workflow.model.programme import Programme
    from csp_workflow.workflow import Workflow

USUAL_FILE = "csp-workflow-demo.db"
_STORIES = Path(__file__).with_name("stories")
_SQLITE = "sqlite:///"
_MARK = 0x43535044  # SQLite's application id of a demo's file
_MARK_AT = 68  # where SQLite keeps it in the file's head


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One partner's story as it came out: its journal and its checklists, in order."""

    partner: Partner
    case: CaseView
    day: date
    events: tuple[Entry | Requirements, ...]

    def to_dict(self) -> dict[str, Any]:
        """The chapter as JSON shows it."""
        events = [{_KINDS[type(event)]: event.to_dict()} for event in self.events]
        return {"partner": self.partner.to_dict(), "case": self.case.to_dict(), "events": events}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """All that was played, where it lies, and what to type next."""

    database: str
    programme: Programme
    chapters: tuple[Chapter, ...]

    @property
    def next(self) -> tuple[str, ...]:
        """Commands that work on what was left behind."""
        here = f"csp-workflow --db {shlex.quote(self.database)}"
        first, last = self.chapters[0], self.chapters[-1]
        then = [
            move.trigger for move in self.programme.lifecycles[last.case.lifecycle].moves() if _leads_on(move, last)
        ]
        asked = [f"{here} --at {last.day} explain {last.case.ref} {trigger}" for trigger in then[:1]]
        return (
            f"{here} case list",
            f"{here} history {first.case.ref}",
            f"{here} --at {first.day} requirements {first.case.ref}",
            *asked,
        )

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON shows it."""
        chapters = [chapter.to_dict() for chapter in self.chapters]
        return {"database": self.database, "partners": chapters, "next": list(self.next)}


_KINDS: dict[type, str] = {Entry: "entry", Requirements: "requirements"}


def tell(database: str | None, states: str | None) -> Told:
    """Play all stories on a SQLite file of their own.

    Raises:
        Misuse: the address is no SQLite file.
        Duplicate: the file holds something that no demo has left there.
    """
    target = database or f"{_SQLITE}{USUAL_FILE}"
    stories = [read(path) for path in sorted(_STORIES.glob("*.toml"))]
    _make_room(target, {story.partner["pga"] for story in stories}, states)
    clock = SettableClock(stories[0].steps[0].at)
    with open_workflow(target, states=states, clock=clock) as workflow:
        chapters = tuple(_play(story, workflow, clock) for story in stories)
        return Told(database=target, programme=workflow.programme, chapters=chapters)


def _play(story: Scenario, workflow: Workflow, clock: SettableClock) -> Chapter:
    clock.set(story.steps[0].at)
    partner = workflow.register_partner(**story.partner)
    ref = workflow.open_case(partner.pga, region=story.cases[0]["region"]).ref
    events: list[Entry | Requirements] = []
    seen = 0
    for step in story.steps:
        clock.set(step.at)
        events += _do(step, ref, partner.pga, workflow)
        fresh = workflow.history(partner.pga)[seen:]
        events += fresh
        seen += len(fresh)
    case = workflow.case(ref)
    return Chapter(partner=workflow.partner(partner.pga), case=case, day=clock().date(), events=tuple(events))


def _do(step: Step, ref: str, pga: str, workflow: Workflow) -> Iterator[Requirements]:
    actor = Actor.parse(step.actor) if step.actor else workflow.back_office
    if step.action == "check":
        yield workflow.requirements(ref)
    elif step.action == "sweep":
        workflow.sweep()
    elif step.action == "record":
        workflow.record(pga, step.name, step.values, actor=actor)
    else:
        try:
            workflow.fire(ref, step.name, actor=actor, payload=step.values)
        except TransitionRefused:
            return  # it stands in the journal, from where it is told


def _leads_on(move: Any, chapter: Chapter) -> bool:
    return bool(move.source == chapter.case.state and move.target != move.source and move.guards)


def _make_room(target: str, ours: set[str], states: str | None) -> None:
    name = target.removeprefix(_SQLITE)
    if name == target or not name or name == ":memory:" or "?" in name:
        raise Misuse(f"The demo leaves a SQLite file behind: write --db {_SQLITE}FILE.db.")
    file = Path(name)
    if file.exists():
        if not _is_demo(file) or not _holds_only(target, ours, states):
            raise Duplicate(
                "database", f"{name} holds something that no demo has left there: name another file with --db."
            )
        for part in ("", "-wal", "-shm"):
            Path(f"{name}{part}").unlink(missing_ok=True)
    try:
        connection = sqlite3.connect(file)
        connection.execute(f"PRAGMA application_id = {_MARK}")
        connection.close()
    except sqlite3.Error as problem:
        raise StorageUnavailable(f"{name} cannot be made: {problem}.") from None


def _is_demo(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            head = stream.read(_MARK_AT + 4)
    except OSError:
        return False
    return head.startswith(b"SQLite format 3\0") and head[_MARK_AT:] == _MARK.to_bytes(4, "big")


def _holds_only(target: str, ours: set[str], states: str | None) -> bool:
    with open_workflow(target, states=states) as workflow:
        return all(partner.pga in ours for partner in workflow.partners(limit=len(ours) + 1))
