"""How every call goes: ask the clock once, open a transaction, put the partner on the desk, write, answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from csp_workflow.errors import (
    BadPayload,
    BadReference,
    CaseStranded,
    InTheFuture,
    NotFound,
    StaleRevision,
    TransitionRefused,
)
from csp_workflow.model.actor import Actor
from csp_workflow.model.calendar import as_utc
from csp_workflow.model.case import Case, Reference
from csp_workflow.model.journal import number_of
from csp_workflow.model.kinds import usable_text
from csp_workflow.model.partner import KEY
from csp_workflow.model.programme import Programme
from csp_workflow.ports import Clock, Session, Store
from csp_workflow.rules.consequences import Consequences
from csp_workflow.shell import acts, commands, queries
from csp_workflow.shell.dossier import Dossier
from csp_workflow.stored import PartnerFile

_LONGEST_PAGE = 1000
_TRIES = 8  # how often an act is judged anew when somebody else was faster
_UNLOCKED = 3  # of these without a lock on the partner, which costs more than it saves while nobody else acts on it

R = TypeVar("R", bound=commands.Reply)
Q = TypeVar("Q")


class Desk:
    """A store, a judge and a clock, and the way in which every call uses them."""

    def __init__(self, store: Store, consequences: Consequences, clock: Clock, *, own_clock: bool) -> None:
        self.store = store
        self.consequences = consequences
        self.programme = consequences.programme
        self.clock = clock
        self.own_clock = own_clock

    def instant(self, at: datetime | None, *, is_act: bool = False) -> datetime:
        """The instant that a call is about; an act is not later than the clock, unless the host brought its own.

        Raises:
            BadInstant: it has no zone.
            InTheFuture: the act is later than the clock.
        """
        if at is None:
            return as_utc(self.clock())
        when = as_utc(at)
        if is_act and not self.own_clock and when > as_utc(self.clock()):
            raise InTheFuture(f"{when.isoformat()} has not come yet: an act cannot be later than the clock.")
        return when

    def back_office(self) -> Actor:
        """Who acts where nobody has to be named."""
        role = next((role.name for role in self.programme.roles.values() if role.side == "operator"), "")
        return Actor(role, role) if role else self.programme.timer

    def who(self, actor: Actor) -> Actor:
        """The actor of an act.

        Raises:
            BadPayload: it is none.
            UnknownName: the role is not known.
        """
        if not isinstance(actor, Actor):
            raise BadPayload("actor", "must be an Actor(name, role)")
        self.programme.role_of(actor)
        return actor

    @staticmethod
    def word(field: str, value: Any) -> str:
        """An argument that has to be text.

        Raises:
            BadPayload: it is none.
        """
        try:
            return usable_text(value)
        except ValueError as problem:
            raise BadPayload(field, str(problem)) from None

    @staticmethod
    def limit(value: Any) -> int:
        """How many a page may hold.

        Raises:
            BadPayload: it is no number from 1 to 1000.
        """
        if type(value) is not int or not 1 <= value <= _LONGEST_PAGE:
            raise BadPayload("limit", f"must be a whole number from 1 to {_LONGEST_PAGE}")
        return value

    def reference(self, ref: str) -> Reference:
        """What a text means as a case.

        Raises:
            BadReference: nothing.
        """
        return Reference.parse(ref, self.programme.default_lifecycle)

    @staticmethod
    def entry(entry: Any, pga: str) -> int:
        """The number of an entry of a partner's journal.

        Raises:
            BadReference: it is none.
        """
        seq = number_of(str(entry), pga)
        if seq is None:
            raise BadReference(f"{entry!r} is not an entry: write PGA#NUMBER, as the history shows it.")
        return seq

    def knows(self, lifecycle: str, state: str) -> bool:
        """Whether the definition has this state."""
        return lifecycle in self.programme.lifecycles and state in self.programme.lifecycles[lifecycle].states

    def notice(self, key: Any) -> tuple[str, int, int]:
        """The partner, the entry and the part that a notice's key names.

        Raises:
            BadReference: it is none.
        """
        entry, _, part = str(key).rpartition(".")
        pga = entry.rpartition("#")[0]
        try:
            return pga, self.entry(entry, pga), self.entry(f"{pga}#{part}", pga)
        except BadReference:
            raise BadReference(f"{key!r} is not a notice: write PGA#NUMBER.NUMBER, as the list shows it.") from None

    def open(self, session: Session, pga: str, key: str | None = None) -> Dossier:
        """A partner's dossier, to judge by; `key` is an idempotency key that will be asked for.

        Raises:
            NotFound: there is no such partner.
            CaseStranded: it has a case that the definition does not know.
        """
        return self.opened(session, self.look(session, pga, key).file)

    def look(self, session: Session, pga: str, key: str | None = None) -> Dossier:
        """A partner's dossier, to show what is there, whatever the definition knows of it.

        Raises:
            NotFound: there is no such partner.
        """
        file = session.file(pga, key) if isinstance(pga, str) and KEY.fullmatch(pga) else None
        if file is None:
            raise NotFound("partner", str(pga), "register it with: partner add")
        return self.new(session, file)

    def opened(self, session: Session, file: PartnerFile) -> Dossier:
        """The dossier of a partner that was read already.

        Raises:
            CaseStranded: it has a case that the definition does not know.
        """
        for case in file.cases:
            _check_known(self.programme, case)
        return self.new(session, file)

    def new(self, session: Session, file: PartnerFile) -> Dossier:
        """The dossier of a file that was read already, or is to be made."""
        return Dossier(session, file, self.consequences)

    @staticmethod
    def ready(dossier: Dossier, reference: Reference, at: datetime, expected: int | None) -> Case:
        """The case that an act is about, if the act may be about it at all.

        Raises:
            NotFound: there is no such case.
            StaleVersion: the case has moved on.
            TimeGoesBack: the act is earlier than the case's last entry.
        """
        case = dossier.case(reference)
        if expected is not None and type(expected) is not int:
            raise BadPayload("expected_version", "must be a whole number")
        acts.check_version(dossier, case, expected)
        acts.check_time(dossier, case, at)
        return case

    def write(self, work: Callable[[Session], Q], tries: int = _TRIES, *, unlocked: int = 0) -> Q:
        """Do some work in a writing transaction; judged anew, a few times, when somebody else was faster.

        The first `unlocked` tries are sessions of one act, which may lock nothing; after them nobody else is faster.
        """
        number = 0
        while True:
            number += 1
            try:
                with self.store.acting() if number <= unlocked else self.store.writing() as session:
                    return work(session)
            except StaleRevision:
                if number >= tries:
                    raise

    def rehearse(self, work: Callable[[Session], Q]) -> Q:
        """Do some work that writes nothing."""
        with self.store.reading() as session:
            return work(session)

    def act(
        self,
        pga: str,
        key: str | None,
        command: Mapping[str, Any],
        read: Callable[[Mapping[str, Any]], R],
        work: Callable[[Dossier, datetime], R | TransitionRefused],
        at: datetime | None,
    ) -> R:
        """Do an act on a partner, once for every idempotency key; a refusal is raised after it is written.

        Where no instant is given the clock is asked when the partner is locked, so that of two who act at once
        the one who waits is the later one.
        """
        if key is not None:
            commands.check_key(key)
        given = None if at is None else self.instant(at, is_act=True)

        def transaction(session: Session) -> R | TransitionRefused:
            dossier = self.open(session, pga, key)
            mark = commands.fingerprint(session, command) if key is not None else ""
            if key is not None and (answer := commands.first_answer(dossier, key, mark, read)):
                return answer
            when = given or self.instant(None)
            answer = work(dossier, when)
            if key is not None:
                dossier.keep_answer(commands.kept(key, mark, answer), when)
            dossier.save()
            return answer

        answer = self.write(transaction, unlocked=_UNLOCKED)
        if isinstance(answer, TransitionRefused):
            raise answer
        return answer

    def ask(
        self, ref: str, at: datetime | None, answer: Callable[[Dossier, Case, datetime], Q], *, back: bool = True
    ) -> Q:
        """Ask about a case on a day; of an earlier day the case as it was then."""
        when, reference = self.instant(at), self.reference(ref)
        with self.store.reading() as session:
            dossier = (self.open if back else self.look)(session, reference.pga)
            case = dossier.case(reference, None if at is None else when)
            if at is not None and back:
                queries.go_back(dossier, case, when)
                _check_known(self.programme, dossier.cases[case.number], then=True)
            return answer(dossier, dossier.cases[case.number], when)


def _check_known(programme: Programme, case: Case, *, then: bool = False) -> None:
    """Refuse a case that the definition cannot judge."""
    if gone := programme.lacks(case):
        raise CaseStranded(case.reference.write(programme.default_lifecycle), gone.kind, gone.name, then=then)
