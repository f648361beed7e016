"""Many facts or partners in one transaction: each is judged for itself, and what is good is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from csp_workflow.errors import (
    BadInput,
    CaseStranded,
    Conflict,
    Duplicate,
    NotFound,
    StaleRevision,
    TransitionRefused,
    WorkflowError,
)
from csp_workflow.model.actor import Actor
from csp_workflow.model.case import Reference
from csp_workflow.model.decision import Recorded
from csp_workflow.model.partner import Partner
from csp_workflow.model.record import Record, Registered
from csp_workflow.model.replies import read_recorded
from csp_workflow.ports import Session
from csp_workflow.shell import commands, evidence, partners
from csp_workflow.shell.desk import Desk
from csp_workflow.shell.dossier import Dossier

_OF_ONE = (BadInput, NotFound, Conflict, CaseStranded)  # what is wrong with one record and leaves the others alone

T = TypeVar("T")


def command_of(desk: Desk, record: Record, actor: Actor) -> dict[str, Any]:
    """What an idempotency key of a record stands for."""
    reference = reference_of(desk, record.subject)
    return {
        "about": reference.write("") if reference else record.subject,
        "fact": record.fact,
        "actor": str(actor),
        "payload": record.fields,
        "effective_on": record.effective_on,
        "document": record.document,
    }


def reference_of(desk: Desk, subject: str) -> Reference | None:
    """The case that a record is about, or None where it is about the partner as a whole.

    Raises:
        BadReference: it is neither.
    """
    return desk.reference(subject) if "/" in str(subject) else None


def record_all(
    desk: Desk, session: Session, records: Sequence[Record], actor: Actor, at: datetime | None, *, dry_run: bool
) -> list[Recorded | WorkflowError]:
    """Record each of some facts; partners are taken in order of their keys, so that two who do so never block."""
    places: dict[str, list[int]] = {}
    for place, record in enumerate(records):
        places.setdefault(str(record.subject).partition("/")[0], []).append(place)
    answers: dict[int, Recorded | WorkflowError] = {}
    for pga in sorted(places):
        dossier = _or_error(partial(desk.open, session, pga))
        if isinstance(dossier, WorkflowError):
            answers.update(dict.fromkeys(places[pga], dossier))
            continue
        when = at or desk.instant(None)
        dossier.wait_with_deadlines()
        dossier.lines.expect(_lines(records[place] for place in places[pga]))
        for place in places[pga]:
            answers[place] = _or_error(partial(_record, desk, dossier, records[place], actor, when))
        if not dry_run:
            dossier.derive_waiting(when)
            dossier.save()
    return [answers[place] for place in range(len(records))]


def _lines(records: Iterable[Record]) -> Iterator[Any]:
    """What the records say that their lines are called; whether it is a name at all is told where each is judged."""
    return (record.fields.get("line") for record in records if isinstance(record.fields, Mapping))


def _record(desk: Desk, dossier: Dossier, record: Record, actor: Actor, at: datetime) -> Recorded | TransitionRefused:
    mark = ""
    if record.key is not None:
        commands.check_key(record.key)
        mark = commands.fingerprint(dossier.session, command_of(desk, record, actor))
        if first := commands.first_answer(dossier, record.key, mark, read_recorded):
            return first if isinstance(first, TransitionRefused) else replace(first, repeated=True)
    reference = reference_of(desk, record.subject)
    case = desk.ready(dossier, reference, at, None) if reference else None
    answer = evidence.record(
        dossier,
        case,
        desk.word("fact", record.fact),
        record.fields,
        actor,
        at,
        record.effective_on,
        record.document,
        once=True,
    )
    if record.key is not None and isinstance(answer, Recorded):
        # a refusal is no answer to a row of a file: somebody who may record it brings the same file again
        dossier.keep_answer(commands.kept(record.key, mark, answer), at)
    return answer


def register_all(
    desk: Desk, session: Session, known: Sequence[Partner], actor: Actor, at: datetime, *, dry_run: bool
) -> list[Registered | WorkflowError]:
    """Register each of some partners, in order of their keys; one that is known with the same values stays as it is."""
    order = sorted(range(len(known)), key=lambda place: known[place].pga)
    answers: dict[int, Registered | WorkflowError] = {}
    seen: dict[str, Partner] = {}  # those of this very call, which a dry run does not find again
    for place in order:
        partner = known[place]
        before = seen.get(partner.pga) or _known(session, partner.pga)
        if before is not None:
            answers[place] = _same(before, partner)
            continue
        wrong = _or_error(partial(partners.check, desk.programme, partner))
        if wrong is not None:
            answers[place] = wrong
            continue
        seen[partner.pga] = partner if dry_run else partners.add(desk, session, partner, actor, at)
        answers[place] = Registered(partner=seen[partner.pga])
    return [answers[place] for place in range(len(known))]


def _known(session: Session, pga: str) -> Partner | None:
    file = session.file(pga)
    return file.partner if file else None


def _same(before: Partner, partner: Partner) -> Registered | WorkflowError:
    if replace(before, revision=0) == replace(partner, revision=0):
        return Registered(partner=before, repeated=True)
    return Duplicate("partner", f"{partner.pga} is registered already with other values: edit it, or leave it out.")


def _or_error(work: Callable[[], T]) -> T | WorkflowError:
    try:
        return work()
    except StaleRevision:
        raise  # the whole transaction is judged anew
    except _OF_ONE as problem:
        return problem
