"""What a dry run answers to facts: by what stands in the database, and by what the file itself has brought before."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from csp_workflow.bulk.seen import Seen, mark_of
from csp_workflow.errors import Duplicate, WorkflowError
from csp_workflow.model.decision import Recorded
from csp_workflow.model.record import Record

LINE, _VERIFIED = "line", "verified"

Answer = Recorded | WorkflowError
Ask = Callable[[Sequence[Record]], Sequence[Answer]]


def each_by_itself(answers: Sequence[Answer]) -> list[Answer]:
    """The answers of one call as if no row had found what another of them says: that is not kept."""
    new = {answer.entry for answer in answers if isinstance(answer, Recorded) and not answer.repeated}
    return [
        replace(answer, repeated=False) if isinstance(answer, Recorded) and answer.entry in new else answer
        for answer in answers
    ]


def line_again(kept: Recorded, value: Record, seen: Seen) -> Answer:
    """The answer to a line of revenue, once more by what the file has said of that line."""
    if kept.repeated:
        return kept
    line = kept.fields[LINE]
    mark = mark_of(value.subject, line)
    content = mark_of({name: item for name, item in kept.fields.items() if name != _VERIFIED})
    before = seen.first(mark, content)
    if before not in {None, content}:
        return Duplicate(LINE, f"line: {line!r} stands in this file before, with other content.")
    verifies = kept.fields.get(_VERIFIED) is True and seen.first(mark_of(_VERIFIED, mark.hex())) is None
    return kept if before is None or verifies else replace(kept, repeated=True)


def fact_again(kept: Recorded, value: Record, about: str, counts_for: Any, seen: Seen, ask: Ask) -> Answer:
    """The answer to another fact, once more by what the file has said from the same day on, or what of it counts.

    `about` is its subject in one spelling only; of several facts one counts for `counts_for`.
    """
    if (day := kept.effective_on) is None:
        return kept  # it stands there under the key of its row
    said, counting = mark_of(about, value.fact, day.isoformat(), kept.fields), mark_of(about, value.fact, counts_for)
    if value.effective_on is not None:
        answer: Answer = kept if seen.kept(said) is None else replace(kept, repeated=True)
    elif (before := seen.latest(counting, day.isoformat())) is not None:
        answer = ask([_read(*before, value, today=day), value])[1]
    else:
        answer = kept
    if isinstance(answer, Recorded) and not answer.repeated:
        seen.keep(said, b"")
        seen.keep_from(counting, day.isoformat(), json.dumps(dict(value.fields), default=str).encode())
    return answer


def _read(since: str, fields: bytes, value: Record, *, today: date) -> Record:
    """What counts of the file, as a record of the same kind: whether it also counts in the database is asked there."""
    day = date.fromisoformat(since)
    return Record(
        subject=value.subject, fact=value.fact, fields=json.loads(fields), effective_on=None if day == today else day
    )
