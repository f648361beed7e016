"""The options that hold for every command: where the data lies, who acts, when, and in which language."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from csp_workflow.errors import Misuse, UnknownName

if TYPE_CHECKING:
    from datetime import datetime

    from csp_workflow.bootstrap import HostWorkflow
    from csp_workflow.console.names import Names
    from csp_workflow.model.actor import Actor
    from csp_workflow.model.programme import Programme

USUAL_DATABASE = "sqlite:///csp-workflow.db"
DATABASE_VARIABLE = "CSP_WORKFLOW_DB"
ACTOR_VARIABLE = "CSP_WORKFLOW_ACTOR"
STATES_VARIABLE = "CSP_WORKFLOW_STATES"
_SQLITE_FILE = "sqlite:///"
_LOCALES = ("LC_ALL", "LC_MESSAGES", "LANG")
_TERRITORY = re.compile("[_.@-]")  # what follows the language in a name such as cs_CZ.UTF-8


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What was said before the command; None where nothing was said and no variable stands in."""

    db: str | None = None
    states: str | None = None
    at_text: str | None = None
    actor_text: str | None = None
    lang: str | None = None
    as_json: bool = False

    @property
    def target(self) -> str:
        """The database."""
        return self.db or USUAL_DATABASE

    @property
    def at(self) -> datetime | None:
        """The instant of the act or question; None means now.

        Raises:
            BadInstant: it is not one.
        """
        from csp_workflow.model.calendar import read_instant

        return read_instant(self.at_text) if self.at_text is not None else None

    @property
    def actor(self) -> Actor | None:
        """Who acts, if anybody was named."""
        from csp_workflow.model.actor import Actor

        return Actor.parse(self.actor_text) if self.actor_text is not None else None

    @property
    def acting(self) -> Actor:
        """Who acts.

        Raises:
            Misuse: nobody was named.
        """
        if (actor := self.actor) is None:
            raise Misuse(f"Say who acts, with --as NAME:ROLE before the command or with {ACTOR_VARIABLE}.")
        return actor

    def open(self) -> HostWorkflow:
        """The workflow on the database, to act on."""
        return self._opened(self.target)

    def look(self) -> HostWorkflow:
        """The workflow to ask; where there is no SQLite file yet, none is made for a question."""
        name = self.target.removeprefix(_SQLITE_FILE)
        is_file = bool(name) and name != self.target and "?" not in name
        return self._opened("memory:" if is_file and _is_missing(Path(name)) else self.target)

    def _opened(self, target: str) -> HostWorkflow:
        """The workflow, if it speaks the language that was asked for: an act is not done and then not told."""
        from csp_workflow.bootstrap import open_workflow
        from csp_workflow.console.news import told

        with told():
            workflow = open_workflow(target, states=self.states)
        try:
            self.language(workflow.programme)
        except UnknownName:
            workflow.close()
            raise
        return workflow

    def programme(self) -> Programme:
        """The definitions alone, without a database."""
        from csp_workflow.bootstrap import judge_of

        return judge_of(self.states).programme

    def names(self, programme: Programme) -> Names:
        """What things are called in the reader's language.

        Raises:
            UnknownName: the definitions have no such language.
        """
        from csp_workflow.console.names import Names

        return Names(programme=programme, language=self.language(programme))

    def language(self, programme: Programme) -> str:
        """The language of statements and titles: the one asked for, else the terminal's where it is known.

        Raises:
            UnknownName: the definitions have no such language.
        """
        if self.lang is not None:
            if (asked := self.lang.lower()) not in programme.wordings:
                raise UnknownName("language", self.lang, programme.wordings)
            return asked
        spoken = next((os.environ[name] for name in _LOCALES if os.environ.get(name)), "")
        language = _TERRITORY.split(spoken, maxsplit=1)[0].lower()
        return language if language in programme.wordings else "en"


def _is_missing(file: Path) -> bool:
    try:
        return file.parent.is_dir() and not file.exists()
    except OSError:
        return False  # what is wrong with its name says who opens it
