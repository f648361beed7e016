"""The way on for stranded cases: another state or policy, and deadlines by the new definition, each with an entry."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple

from csp_workflow.errors import BadPayload, UnknownName
from csp_workflow.model.actor import Actor
from csp_workflow.model.case import Case
from csp_workflow.model.comparison import parts
from csp_workflow.model.journal import MIGRATED, Draft
from csp_workflow.model.migration import MigratedCase, MigratedPlace, Migration, Place, Plan
from csp_workflow.model.snapshot import changes
from csp_workflow.ports import Session
from csp_workflow.shell.desk import Desk
from csp_workflow.shell.dossier import Dossier
from csp_workflow.stored import CaseKey

_BATCH = 100  # cases that are moved in one transaction
_FIRST = 3  # cases of a place that are told in full


class _Moved(NamedTuple):
    """What became of some cases of a place."""

    cases: list[MigratedCase]
    left: int


def check(session: Session, desk: Desk, plan: Plan) -> None:
    """Refuse a plan as a whole, before anything is written.

    Raises:
        BadPayload: it names nothing, what it calls gone is there, or it would open closed cases again.
        UnknownName: there is no such lifecycle, state or policy.
    """
    if not plan.states and not plan.policies:
        raise BadPayload("states", "name a state or a policy that is gone, and what its cases get instead")
    known = _Known(session)
    for place in plan.places():
        if place.kind == "state":
            _check_state(session, desk, place, known)
        else:
            _check_policy(desk, place, known)


class Migrating:
    """A migration, place by place and batch by batch; each batch is a transaction of its own.

    What is moved is no longer where it was, so a migration that was broken off goes on where it ended. `migration` is
    what was done so far.
    """

    def __init__(self, desk: Desk, plan: Plan, actor: Actor, at: datetime, *, dry_run: bool) -> None:
        self._desk, self._plan, self._actor, self._at, self._dry_run = desk, plan, actor, at, dry_run
        self._places: list[MigratedPlace] = []
        self._finished = False

    @property
    def total(self) -> int:
        """How many cases there are to look at; one whose state and policy are both gone may count twice."""
        with self._desk.store.reading() as session:
            in_states, pinned = session.in_states(), session.pinned()
        return sum(in_states.get(place, 0) for place in self._plan.states) + sum(
            pinned.get(policy, 0) for policy in self._plan.policies
        )

    @property
    def migration(self) -> Migration:
        """What was done so far."""
        return Migration(dry_run=self._dry_run, places=tuple(self._places), finished=self._finished)

    def steps(self) -> Generator[int]:
        """Move all that the plan names, and say after each batch how many cases were looked at."""
        looked = 0
        for place in self._plan.places():
            self._places.append(MigratedPlace(place=place, cases=0, first=(), left=0))
            for keys in self._pages(place):
                self._move(place, keys)
                looked += len(keys)
                yield looked
        self._finished = True

    def _move(self, place: Place, keys: Sequence[CaseKey]) -> None:
        work = partial(self._move_some, place, keys)
        done = self._desk.rehearse(work) if self._dry_run else self._desk.write(work)
        before = self._places[-1]
        self._places[-1] = replace(
            before,
            cases=before.cases + len(done.cases),
            first=(*before.first, *done.cases)[:_FIRST],
            left=before.left + done.left,
        )

    def _pages(self, place: Place) -> Iterator[list[CaseKey]]:
        """The cases of a place, page by page; one that is moved meanwhile is not there any more."""
        after = CaseKey("", 0)
        while True:
            with self._desk.store.reading() as session:
                if place.lifecycle is None:
                    keys = session.keys_pinned(place.old, after, _BATCH)
                else:
                    keys = session.keys_in_state(place.lifecycle, place.old, after, _BATCH)
            if not keys:
                return
            yield keys
            after = keys[-1]

    def _move_some(self, place: Place, keys: Sequence[CaseKey], session: Session) -> _Moved:
        pgas = [pga for pga, _keys in groupby(keys, key=lambda key: key.pga)]
        files, facts = session.files(pgas), session.facts_of(pgas)
        done, left, plans = list[MigratedCase](), 0, []
        for pga, of_partner in groupby(keys, key=lambda key: key.pga):
            dossier = self._desk.new(session, files[pga])
            dossier.know(facts[pga])
            for key in of_partner:
                if not self._is_at(place, case := dossier.cases[key.number]):
                    continue
                moved = self._move_one(dossier, case)
                done += [moved] if moved else []
                left += moved is None
            if plan := dossier.plan():
                plans.append(plan)
        if plans and not self._dry_run:
            session.write(*plans)
        return _Moved(done, left)

    def _is_at(self, place: Place, case: Case) -> bool:
        """Whether a case is still there; one whose state is gone too was dealt with under its state."""
        if place.lifecycle is not None:
            return (case.reference.lifecycle, case.state) == (place.lifecycle, place.old)
        return case.pinned == place.old and (case.reference.lifecycle, case.state) not in self._plan.states

    def _move_one(self, dossier: Dossier, before: Case) -> MigratedCase | None:
        """Move a case, or leave it where the definition would not know it all the same."""
        after = self._after(dossier, before)
        if dossier.programme.lacks(after):
            return None
        was = dossier.view(before, self._at.date())
        dossier.append(self._entry(dossier, before, after))
        dossier.rederive(after, self._at)
        now = dossier.view(dossier.cases[before.number], self._at.date())
        return MigratedCase(
            ref=was.ref,
            source=before.state,
            target=after.state,
            policy_before=before.pinned,
            policy_after=after.pinned,
            deadlines_before=was.deadlines,
            deadlines_after=now.deadlines,
        )

    def _after(self, dossier: Dossier, before: Case) -> Case:
        """The case as the plan has it: it entered its state when it entered the old one."""
        name = self._plan.states.get((before.reference.lifecycle, before.state), before.state)
        pinned = self._plan.policies.get(before.pinned, before.pinned) if before.pinned is not None else None
        after = replace(before, state=name, pinned=pinned)
        lifecycle = dossier.programme.lifecycles.get(before.reference.lifecycle)
        state = lifecycle.states.get(name) if lifecycle else None
        if state is None:
            return after
        last_at = max(self._at, before.last_at)
        return replace(
            after,
            pinned=pinned if state.keeps_policy else None,
            version=before.version + 1,
            last_at=last_at,
            since={kind: before.since.get(kind, last_at.date()) for kind in state.deadlines},
        )

    def _entry(self, dossier: Dossier, before: Case, after: Case) -> Draft:
        old = dossier.session.last_definition(CaseKey(dossier.pga, before.number))
        payload: dict[str, Any] = {"definition": {"from": old, "to": dossier.programme.sha256}}
        if before.pinned != after.pinned:
            payload["policy"] = {"from": before.pinned, "to": after.pinned}
        return Draft(
            at=after.last_at,
            actor=self._actor.name,
            role=self._actor.role,
            kind=MIGRATED,
            case_number=before.number,
            source=before.state,
            target=after.state,
            payload=payload,
            policy=dossier.policy_id(after, after.last_at.date()),
            changes=changes(before, after),
        )


class _Known:
    """What the definitions of a database have known, and where its cases stand."""

    def __init__(self, session: Session) -> None:
        self._session, self._places = session, session.places()
        self.lifecycles = {lifecycle for lifecycle, _state in self._places.states}

    def check(self, place: Place) -> None:
        """Refuse to move cases from where none is and none ever was; a second run finds none, and is no mistake.

        Raises:
            UnknownName: no case is there, and no definition of the database has known it.
        """
        here = {state for lifecycle, state in self._places.states if lifecycle == place.lifecycle}
        names = here if place.kind == "state" else self._places.pinned
        if place.old in names:
            return
        texts = [self._session.definition_text(sha256) for sha256 in self._places.definitions]
        if not all(texts):
            return  # one of them may have known it
        wanted = (place.kind, place.old)
        known = {part for text in texts if text for part in parts(text) if (part.kind, part.name) == wanted}
        if not any(place.kind == "policy" or part.lifecycle == place.lifecycle for part in known):
            raise UnknownName(place.kind, place.old, names)


def _check_state(session: Session, desk: Desk, place: Place, known: _Known) -> None:
    name, where = str(place.lifecycle), f"{place.lifecycle}/{place.old}"
    if name not in desk.programme.lifecycles and name in known.lifecycles:
        raise BadPayload("states", f"the lifecycle {name!r} is gone as a whole: use the definition that knows it")
    states = desk.programme.lifecycle(name).states
    if place.old in states:
        raise BadPayload("states", f"{where} is there: only cases in a state that is gone are moved")
    if place.new not in states:
        raise UnknownName("state", place.new, states)
    known.check(place)
    if not states[place.new].final and session.has_closed(name, place.old):
        raise BadPayload("states", f"the cases in {where} are closed, and {place.new!r} would open them again")


def _check_policy(desk: Desk, place: Place, known: _Known) -> None:
    policies = desk.programme.policies
    if policies.has(place.old):
        raise BadPayload("policies", f"{place.old} is there: only cases under a policy that is gone are moved")
    if not policies.has(place.new):
        raise UnknownName("policy", place.new, (policy.id for policy in policies.policies))
    known.check(place)


def plan_of(desk: Desk, states: Any, policies: Any) -> Plan:
    """A plan from what a caller gives.

    Raises:
        BadPayload: a name is no text, or a state is not given with its lifecycle.
    """
    wanted: dict[tuple[str, str], str] = {}
    for key, new in dict(states or {}).items():
        if not isinstance(key, tuple) or len(key) != 2:  # noqa: PLR2004 - lifecycle and state
            raise BadPayload("states", f"{key!r} must be a lifecycle and a state, as in ('direct_bill', 'active')")
        wanted[desk.word("states", key[0]), desk.word("states", key[1])] = desk.word("states", new)
    pairs = dict(policies or {}).items()
    return Plan(wanted, {desk.word("policies", old): desk.word("policies", new) for old, new in pairs})
