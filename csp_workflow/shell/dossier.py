"""One partner on the desk: what is stored, what is asked of it, and what is to be written at the end."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from difflib import get_close_matches
from functools import partial
from typing import Any

from csp_workflow.errors import NotFound
from csp_workflow.model.case import Case, Deadline, Reference
from csp_workflow.model.fact import Fact, Facts
from csp_workflow.model.fields import Form, plain
from csp_workflow.model.journal import Draft, digest, of_case
from csp_workflow.model.snapshot import restored
from csp_workflow.ports import Session
from csp_workflow.rules.consequences import Consequences
from csp_workflow.rules.question import Evidence, Question, Wait
from csp_workflow.rules.turns import turn_of
from csp_workflow.shell.journaling import OpenJournal
from csp_workflow.shell.lines import KnownLines
from csp_workflow.shell.repeats import Repeats
from csp_workflow.shell.showing import Showing
from csp_workflow.shell.summed import SummedLedger
from csp_workflow.stored import CaseKept, Changes, Command, Line, PartnerFile, StoredFact

_SHOWN = 4  # characters of a masked value that stay readable
_LONG_ENOUGH = 8  # shorter values show none of them


class Dossier(Showing):
    """A partner with its cases and facts during one transaction."""

    def __init__(self, session: Session, file: PartnerFile, consequences: Consequences) -> None:
        self.session = session
        self.file = file
        self.consequences = consequences
        self.judge = consequences.judge
        self.programme = consequences.programme
        self.pga = file.partner.pga
        self.cases: dict[int, Case] = {case.number: case for case in file.cases}
        self.deadlines: dict[int, tuple[Deadline, ...]] = dict(file.deadlines)
        self.changes = Changes(file=file, partner=file.partner, definition=self.programme.definition)
        self._facts: list[StoredFact] | None = None
        self.lines = KnownLines(session, self.pga)
        self._repeats: Repeats | None = None
        self._answers: dict[str, Command] = {}  # that keys got in this transaction
        self._stored = dict(self.cases)
        self._stirred: dict[int, None] | None = None  # cases whose deadlines are derived at the end, if they wait
        self.journal = OpenJournal(self.pga, file.last_seq, file.head, self.programme.sha256, self.programme.timer)

    # ---------------------------------------------------------------------------------------- finding

    def case(self, reference: Reference, at: datetime | None = None) -> Case:
        """The newest case of that reference, or the newest that was opened by an instant, if any was.

        Raises:
            NotFound: there is none.
        """
        found = [case for case in self.cases.values() if case.reference == reference]
        if at is not None:
            found = [case for case in found if case.opened_at <= at] or found[:1]
        if not found:
            ref = reference.write(self.programme.default_lifecycle)
            raise NotFound("case", ref, self._hint(reference, ref))
        return max(found, key=lambda case: case.number)

    def _hint(self, reference: Reference, ref: str) -> str:
        """The case that was probably meant, or how this one is opened, where it can be."""
        close = get_close_matches(ref, {self.ref(case) for case in self.cases.values()}, n=1, cutoff=0.8)
        if close:
            return f"did you mean {close[0]!r}?"
        if reference.region not in self.programme.regions or reference.lifecycle not in self.programme.lifecycles:
            return f"{self.pga} has no case of that name"
        extra = "" if reference.lifecycle == self.programme.default_lifecycle else f" --lifecycle {reference.lifecycle}"
        extra += f" --tenant {reference.tenant}" if reference.tenant else ""
        return f"open it with: case open {reference.pga} {reference.region}{extra}"

    def is_open(self, case: Case) -> bool:
        """Whether a case is in no final state; one that was opened again is over, whatever its state becomes."""
        is_over = self.programme.lifecycles[case.reference.lifecycle].states[case.state].final
        return not is_over and not any(
            other.reference == case.reference and other.number > case.number for other in self.cases.values()
        )

    def facts(self, at: datetime) -> list[Fact]:
        """The facts of the partner and its cases that were recorded by an instant and not retracted by then."""
        if self._facts is None:
            self._facts = self.session.facts(self.pga) if self.file.last_seq else []
        return [stored.fact for stored in self._facts if stored.known_at(at)]

    def know(self, facts: list[StoredFact]) -> None:
        """Take facts that were read already."""
        self._facts = facts

    def repeats(self, at: datetime) -> Repeats:
        """What stands recorded at an instant, to find what would only be said again."""
        if self._repeats is None:
            self._repeats = Repeats(self.facts(at), self.programme.facts, at.date())
        return self._repeats

    def learned_since(self, case: Case, at: datetime) -> bool:
        """Whether any fact that the case can see was recorded or retracted after an instant."""
        self.facts(at)
        return any(
            stored.fact.recorded_at > at or (stored.retracted_at is not None and stored.retracted_at > at)
            for stored in self._facts or ()
            if stored.fact.case_number in {None, case.number}
        )

    def evidence(self, case: Case, at: datetime) -> Evidence:
        """What is known to a case at an instant."""
        waits = tuple(
            Wait(other.number, other.reference.region, other.cooldown)
            for other in self.cases.values()
            if other.cooldown is not None
        )
        ledger = SummedLedger(self.session, self.file, at)
        return Evidence(Facts(partial(self.facts, at), case.number), ledger, waits, self.file.partner.country)

    def question(self, case: Case, at: datetime, day: date | None = None) -> Question:
        """A question about a case; the facts are those recorded by `at`."""
        return Question(self.programme, case, self.evidence(case, at), day or at.date())

    def as_of(self, case: Case, at: datetime) -> Case:
        """The case as it was at an earlier instant, made again from the journal."""
        if at >= case.last_at:
            return case
        then: Case | None = None
        for sealed in self.session.own_entries(self.pga, case.number):
            draft = sealed.draft
            changed = of_case(draft.changes)
            if not changed:
                continue
            if then is not None and draft.at > at:
                continue  # a refusal may be later than the accepted entry behind it
            blank = replace(case, marks={}, since={}, fired={}, cooldown=None, cooldown_done=False, pinned=None)
            then = restored(then or blank, changed, draft.at)
        return replace(then or case, derived_on=at.date())

    # ---------------------------------------------------------------------------------------- writing

    def append(self, draft: Draft, *, counts: bool = True) -> int:
        """Put an entry at the end of the journal; its number. A refusal does not count for the revision."""
        return self.journal.append(draft, counts=counts)

    def put(self, case: Case, deadlines: tuple[Deadline, ...], at: datetime) -> None:
        """Keep a case as it now is, with its deadlines."""
        number = case.number
        kept = CaseKept(self._stirs_on(case, at), turn_of(self.programme, case, case.last_at.date()))
        if set(deadlines) != set(self.deadlines.get(number, ())):
            known = self.journal.beside(at).setdefault("deadlines", {})
            known[str(number)] = sorted(plain(tuple(item)) for item in deadlines)
        self.cases[number] = case
        self.deadlines[number] = deadlines
        self.changes.cases[number] = (self._stored.get(number), case, kept)
        self.changes.deadlines[number] = deadlines
        if not self.is_open(case):
            self.changes.closed.add(number)

    def settle(self, case: Case, deadlines: tuple[Deadline, ...], at: datetime) -> None:
        """Keep a case after an act, with deadlines by all that is known, also since an act of an earlier time."""
        now = self._known_until(case, at)
        if now > at:
            case = replace(case, derived_on=max(now.date(), case.derived_on))
            stored = self.deadlines.get(case.number, ())
            deadlines = self.consequences.derive(case, self.evidence(case, now), case.derived_on, stored)
        self.put(case, deadlines, now)

    def _known_until(self, case: Case, at: datetime) -> datetime:
        """The instant by which all is known that the deadlines of a case hang on: later than `at` where it is."""
        if not self._reads_facts(case):
            return at
        self.facts(at)
        learned = (time for stored in self._facts or () for time in (stored.fact.recorded_at, stored.retracted_at))
        return max([at, *(time for time in (*learned, self.file.ledger[0]) if time is not None)])

    def _reads_facts(self, case: Case) -> bool:
        """Whether a deadline of the state of a case reads facts."""
        kinds = self.programme.lifecycles[case.reference.lifecycle].states[case.state].deadlines
        return any(self.judge.registry.deadlines[kind].reads for kind in kinds)

    def _stirs_on(self, case: Case, at: datetime) -> date | None:
        """The next day on which a fact that the case sees takes effect, where a deadline of its state reads facts."""
        if not self._reads_facts(case):
            return None
        return min(
            (
                fact.effective_on
                for fact in self.facts(at)
                if fact.effective_on > case.derived_on and fact.case_number in {None, case.number}
            ),
            default=None,
        )

    def add_facts(self, facts: Iterable[Fact]) -> None:
        """Keep new facts."""
        for fact in facts:
            self.changes.facts.append(fact)
            if self._facts is None:
                self._facts = self.session.facts(self.pga)
            self._facts.append(StoredFact(fact, None))
            if self._repeats:
                self._repeats.add(fact)

    def command(self, key: str) -> Command | None:
        """What an idempotency key was used for, in this transaction or before."""
        return self._answers.get(key) or self.session.command(self.pga, key)

    def keep_answer(self, command: Command, at: datetime) -> None:
        """Keep the answer that an idempotency key got."""
        self.changes.commands.append(command)
        self._answers[command.key] = command
        self.journal.beside(at).setdefault("commands", []).append(digest(list(command)))

    def add_line(self, line: Line) -> None:
        """Keep a new row of the ledger."""
        self.changes.lines.append(line)
        self.lines.add(line)

    def retract(self, seqs: Iterable[int], at: datetime) -> None:
        """Take back what entries have recorded."""
        gone, self._repeats = set(seqs), None
        self.changes.retracted.update(dict.fromkeys(sorted(gone), at))
        if self._facts is None:
            self._facts = self.session.facts(self.pga)
        self._facts = [
            stored._replace(retracted_at=at) if stored.fact.seq in gone else stored for stored in self._facts
        ]

    def wait_with_deadlines(self) -> None:
        """Have the deadlines of cases that facts concern derived together, when all of the facts are there."""
        self._stirred = {}

    def derive_waiting(self, at: datetime) -> None:
        """Derive what waits."""
        waiting, self._stirred = self._stirred or {}, None
        for number in waiting:
            self.rederive(self.cases[number], at)

    def stir(self, case: Case, at: datetime) -> None:
        """Derive the deadlines of a case that a fact concerns, now or with the others."""
        if self._stirred is None:
            self.rederive(case, at)
        else:
            self.cases[case.number] = case
            self._stirred[case.number] = None

    def rederive(self, case: Case, at: datetime) -> None:
        """Derive the deadlines of a case anew; nothing is written where nothing changes."""
        now = self._known_until(case, max(at, case.last_at))
        today = max(now.date(), case.derived_on)
        evidence = self.evidence(case, now)
        stored = self.deadlines.get(case.number, ())
        derived = self.consequences.derive(replace(case, derived_on=today), evidence, today, stored)
        written = self.changes.cases[case.number][1] if case.number in self.changes.cases else None
        same = case == (written or self._stored.get(case.number)) and set(derived) == set(stored)
        if not same or evidence.facts.days_after(case.derived_on):
            self.put(replace(case, derived_on=today), derived, now)

    def masked(self, form: Form, payload: Mapping[str, Any]) -> dict[str, Any]:
        """A payload as it may be stored: sensitive fields keep their last characters and a keyed hash."""
        values: dict[str, Any] = plain(payload)
        for name in form.sensitive:
            if isinstance(values.get(name), str):
                text = values[name]
                digest = hmac.new(self.session.secret(), text.encode(), hashlib.sha256).hexdigest()
                values[name] = {"ends": text[-_SHOWN:] if len(text) >= _LONG_ENOUGH else "", "hash": digest}
        return values

    def save(self) -> None:
        """Write all that was put here."""
        if changes := self.plan():
            self.session.write(changes)

    def plan(self) -> Changes | None:
        """All that was put here, to be written; None where it is nothing."""
        changes = self.changes
        self.journal.close()
        changes.entries, changes.partner = self.journal.entries, changes.partner.grown(self.journal.counted)
        return changes if changes.entries or changes.cases or changes.commands else None
