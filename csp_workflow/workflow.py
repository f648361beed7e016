"""The workflow: what a host program calls; one may be shared by threads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from csp_workflow.audit.anchor import read as read_anchor
from csp_workflow.audit.anchor import write as write_anchor
from csp_workflow.audit.findings import Audit
from csp_workflow.audit.verify import Auditing, ends
from csp_workflow.errors import (
    BadPayload,
    BadReference,
    Duplicate,
    StaleRevision,
    TransitionRefused,
    WorkflowError,
)
from csp_workflow.model.actor import Actor
from csp_workflow.model.case import CaseView, Reference
from csp_workflow.model.decision import Outcome, Recorded, Swept
from csp_workflow.model.partner import KEY, Partner
from csp_workflow.model.record import Record, Registered
from csp_workflow.model.replies import read_case, read_outcome, read_recorded
from csp_workflow.shell import acts, batch, evidence, partners, sweeps
from csp_workflow.shell.definitions import Definitions
from csp_workflow.shell.dossier import Dossier
from csp_workflow.shell.overview import Overview
from csp_workflow.shell.questions import Questions


class Workflow(Questions, Overview, Definitions):
    """Partners, their cases and facts, on one store; made by `open_workflow`.

    Every call takes `at`, an aware datetime; without it the clock is asked once. Every act takes an actor.
    Values that come back are frozen and have `to_dict()`. Errors are those of `csp_workflow.errors`.
    """

    # --------------------------------------------------------------------------------------- partners

    def register_partner(
        self,
        pga: str,
        *,
        name: str,
        country: str,
        email: str | None = None,
        language: str = "en",
        manager: str | None = None,
        actor: Actor | None = None,
        at: datetime | None = None,
    ) -> Partner:
        """Make a partner known.

        Raises:
            BadPartner: a value is not usable.
            Duplicate: the key is taken.
        """
        when, who = self._desk.instant(at, is_act=True), self._desk.who(actor or self._desk.back_office())
        partner = Partner(pga=pga, name=name, country=country, email=email, language=language, manager=manager)
        try:
            return self._desk.write(lambda session: partners.register(self._desk, session, partner, who, when), tries=1)
        except StaleRevision:
            raise Duplicate("partner", f"{pga} is registered already.") from None

    def edit_partner(self, pga: str, *, actor: Actor, at: datetime | None = None, **values: str | None) -> Partner:
        """Change a partner's name, country, email, language or manager; None takes email or manager away.

        Raises:
            NotFound: there is no such partner.
            BadPartner: a value is not usable.
        """
        when, who = self._desk.instant(at, is_act=True), self._desk.who(actor)
        return self._desk.write(lambda session: partners.edit(self._desk, session, pga, values, who, when))

    # ------------------------------------------------------------------------------------------- acts

    def open_case(
        self,
        pga: str,
        *,
        region: str,
        lifecycle: str | None = None,
        tenant: str = "",
        actor: Actor | None = None,
        key: str | None = None,
        at: datetime | None = None,
    ) -> CaseView:
        """Open a case of a partner.

        Raises:
            NotFound: there is no such partner.
            UnknownName: no such region or lifecycle.
            Duplicate: the same case is open already.
        """
        who = self._desk.who(actor or self._desk.back_office())
        region, tenant = self._desk.word("region", region), self._desk.word("tenant", tenant)
        lifecycle = self._desk.word("lifecycle", lifecycle or self.programme.default_lifecycle)
        if tenant and not KEY.fullmatch(tenant):
            raise BadReference(f"tenant: {tenant!r} is not usable; use letters, digits, dots, dashes or underlines.")
        reference = Reference(pga, region, lifecycle, tenant)
        command = {"open": reference.write(""), "actor": str(who)}
        return self._desk.act(
            pga, key, command, read_case, lambda dossier, when: acts.open_case(dossier, reference, who, when), at
        )

    def fire(
        self,
        ref: str,
        trigger: str,
        *,
        actor: Actor,
        payload: Mapping[str, Any] | None = None,
        key: str | None = None,
        expected_version: int | None = None,
        at: datetime | None = None,
    ) -> Outcome:
        """Do an act on a case, or be refused.

        Raises:
            TransitionRefused: rules say no; the refusal is in the journal.
            BadInput: the act cannot be judged; nothing is written.
            Conflict: the version or the key is stale; nothing is written.
        """
        who, reference = self._desk.who(actor), self._desk.reference(ref)
        trigger = self._desk.word("trigger", trigger)

        def work(dossier: Dossier, when: datetime) -> Outcome | TransitionRefused:
            case = self._desk.ready(dossier, reference, when, expected_version)
            return acts.fire(dossier, case, trigger, who, payload, when)

        command = {
            "case": reference.write(""),
            "trigger": trigger,
            "actor": str(who),
            "payload": {} if payload is None else payload,
        }
        return self._desk.act(reference.pga, key, command, read_outcome, work, at)

    def record(
        self,
        subject: str,
        fact: str,
        fields: Mapping[str, Any],
        *,
        actor: Actor,
        effective_on: date | None = None,
        document: str | None = None,
        key: str | None = None,
        expected_version: int | None = None,
        at: datetime | None = None,
    ) -> Recorded:
        """Record a fact about a partner (`PGA-1001`) or a case (`PGA-1001/europe`).

        Raises:
            TransitionRefused: the role may not record it, or a rule guards it in the state that a case is in.
            BadInput: the fact is not understood; nothing is written.
            Duplicate: the revenue line stands there with other content.
        """
        who, fact = self._desk.who(actor), self._desk.word("fact", fact)
        reference = batch.reference_of(self._desk, subject)
        if reference is None and expected_version is not None:
            raise BadPayload("expected_version", "guards a case: a fact about a partner has none")
        pga = reference.pga if reference else subject

        def work(dossier: Dossier, when: datetime) -> Recorded | TransitionRefused:
            case = self._desk.ready(dossier, reference, when, expected_version) if reference else None
            return evidence.record(dossier, case, fact, fields, who, when, effective_on, document)

        said = Record(subject=subject, fact=fact, fields=fields, effective_on=effective_on, document=document)
        return self._desk.act(pga, key, batch.command_of(self._desk, said, who), read_recorded, work, at)

    def record_all(
        self, records: Sequence[Record], *, actor: Actor, at: datetime | None = None, dry_run: bool = False
    ) -> list[Recorded | WorkflowError]:
        """Record many facts in one transaction; the answers stand in the order of the records.

        One that cannot be recorded gives its error in its place, and the others are kept. What stands there already
        is not added again (`repeated`): the same revenue line, the same idempotency key, and otherwise the same
        fields with the same `effective_on`, or where the record gives none, what counts anyway on the day. With
        `dry_run` nothing is written.
        """
        who, given = self._desk.who(actor), None if at is None else self._desk.instant(at, is_act=True)
        work = partial(batch.record_all, self._desk, records=records, actor=who, at=given, dry_run=dry_run)
        return self._desk.rehearse(work) if dry_run else self._desk.write(work)

    def register_all(
        self, known: Sequence[Partner], *, actor: Actor | None = None, at: datetime | None = None, dry_run: bool = False
    ) -> list[Registered | WorkflowError]:
        """Make many partners known in one transaction; the answers stand in their order.

        One that cannot be registered gives its error in its place, and the others are kept. One that is known with
        the same values stays as it is (`repeated`). With `dry_run` nothing is written.
        """
        when, who = self._desk.instant(at, is_act=True), self._desk.who(actor or self._desk.back_office())
        work = partial(batch.register_all, self._desk, known=known, actor=who, at=when, dry_run=dry_run)
        return self._desk.rehearse(work) if dry_run else self._desk.write(work)

    def retract(
        self, entry: str, *, reason: str, actor: Actor, key: str | None = None, at: datetime | None = None
    ) -> Recorded:
        """Take back what an entry (`PGA-1001#7`) has recorded.

        Raises:
            NotFound: the entry recorded nothing.
            Conflict: it was retracted before.
        """
        who = self._desk.who(actor)
        pga = str(entry).rpartition("#")[0]
        seq = self._desk.entry(entry, pga)

        def work(dossier: Dossier, when: datetime) -> Recorded | TransitionRefused:
            return evidence.retract(dossier, seq, reason, who, when)

        command = {"retract": entry, "actor": str(who), "reason": reason}
        return self._desk.act(pga, key, command, read_recorded, work, at)

    def note(
        self, ref: str, text: str, *, actor: Actor, key: str | None = None, at: datetime | None = None
    ) -> CaseView:
        """Leave a note in the history of a case."""
        who, reference = self._desk.who(actor), self._desk.reference(ref)

        def work(dossier: Dossier, when: datetime) -> CaseView:
            return acts.note(dossier, self._desk.ready(dossier, reference, when, None), text, who, when)

        command = {"case": reference.write(""), "note": text, "actor": str(who)}
        return self._desk.act(reference.pga, key, command, read_case, work, at)

    def verify(self, *, anchor: str | Path | None = None) -> Audit:
        """Compute every journal's chain anew, replay it, and compare with all that is stored.

        With an `anchor`, a file that was written earlier, a journal that was cut off is found too. It takes no lock.

        Raises:
            BadAnchor: the anchor is not one, or not whole.
        """
        auditing = self.auditing(anchor=anchor)
        for _done in auditing.steps():
            pass
        return auditing.audit

    def auditing(self, *, anchor: str | Path | None = None) -> Auditing:
        """The same, step by step, for whoever wants to see how far it is."""
        return Auditing(self._desk.store, self.programme, read_anchor(Path(anchor)) if anchor is not None else ())

    def anchor(self, path: str | Path) -> int:
        """Write the ends of all journals to a file that is kept elsewhere; how many partners it holds.

        Raises:
            BadAnchor: the file exists already, or cannot be written.
        """
        return write_anchor(Path(path), ends(self._desk.store), self._desk.instant(None))

    def sweep(self, *, at: datetime | None = None) -> Swept:
        """Fire everything that is due, each once, however late, in order of due date per case.

        Raises:
            CaseStranded: the definition does not know a case; all others were swept.
            StorageDamaged: a case cannot be read; all others were swept.
        """
        return sweeps.sweep(self._desk, self._desk.instant(at, is_act=True))
