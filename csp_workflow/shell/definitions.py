"""What a database knows of definitions, what a changed one means for live cases, and the way on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from csp_workflow.errors import NotFound
from csp_workflow.model.actor import Actor
from csp_workflow.model.concern import Counts, DefinitionChanges, changes
from csp_workflow.model.definition import KnownDefinition
from csp_workflow.model.migration import Migration
from csp_workflow.model.programme import Programme
from csp_workflow.ports import Session
from csp_workflow.shell.desk import Desk
from csp_workflow.shell.migrating import Migrating, check, plan_of
from csp_workflow.stored import Places

_DIFF = "csp-workflow definition diff says"


class Definitions:
    """What can be asked of the definitions that a database was used with, and the way from one to another."""

    _desk: Desk

    def definitions(self) -> list[KnownDefinition]:
        """Every definition that the database was used with, the first one first."""
        with self._desk.store.reading() as session:
            found = session.definitions()
        return [replace(item, is_current=item.sha256 == self._desk.programme.sha256) for item in found]

    def definition_changes(self, before: str | None = None, after: str | None = None) -> DefinitionChanges:
        """What differs between two definitions, and how many live cases each difference concerns.

        Each is given by its fingerprint, or the beginning of it. Without `after` it is the one that judges here;
        without `before` the last other one that the database was used with: that of the last sweep, else the newest.

        Raises:
            NotFound: the database knows no such definition, or only its fingerprint and not what it says.
        """
        current = self._desk.programme.definition
        with self._desk.store.reading() as session:
            names = [*(item.sha256 for item in session.definitions()), current.sha256]
            new = current.sha256 if after is None else _named(names, self._desk.word("after", after))
            old = _last(session, names, new) if before is None else _named(names, self._desk.word("before", before))
            texts = {name: session.definition_text(name) for name in (old, new) if name}
            counts = Counts(session.in_states(), session.pinned())
        texts[current.sha256] = current.text
        if (text := texts[new]) is None:
            raise NotFound("definition", new, "only its fingerprint is known, from an earlier release")
        return changes((old, texts[old] if old else None), (new, text), counts)

    def definition_news(self) -> str:
        """A sentence where the definition strands cases, or is new to a database that has live ones; else nothing."""
        with self._desk.store.reading() as session:
            return _news(session.places(), self._desk.programme)

    def migrate(
        self,
        *,
        states: Mapping[tuple[str, str], str] | None = None,
        policies: Mapping[str, str] | None = None,
        actor: Actor,
        dry_run: bool = True,
        at: datetime | None = None,
    ) -> Migration:
        """Move stranded cases: `states={("direct_bill", "old"): "new"}`, and policies that were pinned likewise.

        Each case gets an entry, and deadlines by the definition that judges now. With `dry_run` nothing is written.
        It is done in batches; one that was broken off goes on where it ended.

        Raises:
            BadPayload: what is to be moved is not gone, or would be opened again; nothing is written.
            UnknownName: there is no such lifecycle, state or policy; nothing is written.
        """
        migrating = self.migrating(states=states, policies=policies, actor=actor, dry_run=dry_run, at=at)
        for _done in migrating.steps():
            pass
        return migrating.migration

    def migrating(
        self,
        *,
        states: Mapping[tuple[str, str], str] | None = None,
        policies: Mapping[str, str] | None = None,
        actor: Actor,
        dry_run: bool = True,
        at: datetime | None = None,
    ) -> Migrating:
        """The same, step by step, for whoever wants to see how far it is; a wrong plan is refused at once."""
        who, when = self._desk.who(actor), self._desk.instant(at, is_act=True)
        plan = plan_of(self._desk, states, policies)
        with self._desk.store.reading() as session:
            check(session, self._desk, plan)
        return Migrating(self._desk, plan, who, when, dry_run=dry_run)


def _named(names: list[str], name: str) -> str:
    """The definition that a fingerprint, or its beginning, means."""
    found = sorted({known for known in names if name and known.startswith(name.lower())})
    if len(found) != 1:
        hint = f"{len(found)} begin so: write more of it" if found else "list them with: definition list"
        raise NotFound("definition", name, hint)
    return found[0]


def _last(session: Session, names: list[str], but: str) -> str | None:
    """The last definition but one: that of the last sweep, else the one that was used first most lately."""
    others = [name for name in names if name != but]
    swept_by = session.swept_by()
    return swept_by if swept_by in others else next(reversed(others), None)


def _news(places: Places, programme: Programme) -> str:
    lifecycles = programme.lifecycles
    gone = [
        f"{lifecycle}/{state}"
        for lifecycle, state in sorted(places.states)
        if lifecycle not in lifecycles or state not in lifecycles[lifecycle].states
    ]
    gone += sorted(policy for policy in places.pinned if not programme.policies.has(policy))
    if gone:
        return f"The definition no longer knows {', '.join(gone)}, and there are cases there: {_DIFF} how many."
    live = any(not lifecycles[lifecycle].states[state].final for lifecycle, state in places.states)
    if live and programme.sha256 not in places.definitions:
        return f"This database was not used with this definition before: {_DIFF} what it changes for live cases."
    return ""
