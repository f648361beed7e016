"""The outbox: acts and firings put notices into it, and readers get them as letters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from csp_workflow.errors import NotFound, StorageDamaged
from csp_workflow.model.case import Case
from csp_workflow.model.decision import Notice
from csp_workflow.model.language import ENGLISH
from csp_workflow.model.notice import Letter
from csp_workflow.rules.consequences import Step
from csp_workflow.shell.dossier import Dossier
from csp_workflow.stored import NoticeRow

PENDING, UNDELIVERABLE = "pending", "undeliverable"


def put(dossier: Dossier, seq: int, step: Step, at: datetime, due_on: date) -> list[Notice]:
    """Put the messages of an accepted act or a firing into the outbox; without an address they are undeliverable."""
    partner, case, notices = dossier.changes.partner, step.case, []
    values = _values(dossier, step, at.date(), due_on) if step.messages else {}
    for part, message in enumerate(step.messages, 1):
        to = message.to or partner.email
        row = NoticeRow(
            seq=seq,
            part=part,
            case_number=case.number,
            kind=message.kind,
            language=partner.language,
            recipient=to,
            status=PENDING if to else UNDELIVERABLE,
            key=f"{dossier.pga}#{seq}.{part}",
            created_at=at,
            values=values,
        )
        dossier.changes.notices.append(row)
        dossier.journal.beside(at).setdefault("notices", []).append(row.digest())
        notices.append(Notice(ref=dossier.ref(case), kind=row.kind, to=to, status=row.status))
    return notices


def _values(dossier: Dossier, step: Step, on: date, due_on: date) -> Mapping[str, Any]:
    """What a notice may speak of: what the act was given, sensitive fields apart, and what held on that day."""
    lifecycle = dossier.programme.lifecycles[step.case.reference.lifecycle]
    hidden = lifecycle.triggers[step.trigger].form.sensitive if step.trigger else ()
    given = {name: value for name, value in step.payload.items() if name not in hidden}
    return {
        **given,
        "name": dossier.changes.partner.name,
        "on": on,
        "due_on": due_on,
    }


def letters(
    dossier: Dossier, case: Case | None, after: tuple[int, int], limit: int, at: datetime | None
) -> list[Letter]:
    """A page of a partner's notices, or of one case's, in the order in which they were put there."""
    rows = dossier.session.notices(dossier.pga, case.number if case else None, after, limit, at)
    return [_letter(dossier, row) for row in rows]


def letter(dossier: Dossier, seq: int, part: int) -> Letter:
    """One notice.

    Raises:
        NotFound: there is none of that key.
    """
    row = dossier.session.notice(dossier.pga, seq, part)
    if row is None:
        raise NotFound("notice", f"{dossier.pga}#{seq}.{part}", "list them with: notices list PGA")
    return _letter(dossier, row)


def _letter(dossier: Dossier, row: NoticeRow) -> Letter:
    case = dossier.cases.get(row.case_number)
    if case is None:
        raise StorageDamaged(f"{row.key} belongs to no case of {dossier.pga}.")
    if (row.kind, ENGLISH) not in dossier.programme.notices:
        strange = f"{row.key} has the kind {row.kind!r}, which the definition does not know"
        raise StorageDamaged(f"{strange}: use the one it was made with.")
    fixed = {"pga": dossier.pga, "ref": dossier.ref(case), "region": case.reference.region}
    language, subject, body = dossier.programme.written(row.kind, row.language, {**row.values, **fixed})
    return Letter(
        key=row.key,
        ref=fixed["ref"],
        kind=row.kind,
        language=language,
        to=row.recipient,
        status=row.status,
        created_at=row.created_at,
        subject=subject,
        body=body,
    )
