"""The journal of a partner: what happened, in order, each entry chained to the one before by its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from csp_workflow.finding import Finding
from csp_workflow.model.calendar import write_instant
from csp_workflow.model.decision import Entry

_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, check_circular=False, separators=(",", ":"))
BEGINNING = "0" * 64  # what the first entry of a partner is chained to


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry before it has its place: `changes` holds what it changes in its case, as plain values."""

    at: datetime
    actor: str
    role: str
    kind: str
    case_number: int | None = None
    trigger: str | None = None
    source: str | None = None
    target: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    policy: str | None = None
    findings: tuple[Finding, ...] = ()
    changes: Mapping[str, Any] = field(default_factory=dict)
    effective_on: date | None = None
    document: str | None = None
    due_on: date | None = None
    concerns: int | None = None


class Sealed(NamedTuple):
    """An entry in its place: number, hash, and its tables as the text that was hashed."""

    draft: Draft
    seq: int
    definition: str
    payload: str
    findings: str
    changes: str
    hash: str


def canonical(value: Any) -> str:
    """Plain values as text: one text for one value."""
    return _ENCODER.encode(value)


def seal(draft: Draft, pga: str, seq: int, previous: str, definition: str) -> Sealed:
    """Give an entry its place after the one with the hash `previous`."""
    payload = canonical(draft.payload) if draft.payload else "{}"
    findings = canonical([finding.to_dict() for finding in draft.findings]) if draft.findings else "[]"
    changed = canonical(draft.changes) if draft.changes else "{}"
    return Sealed(
        draft,
        seq,
        definition,
        payload,
        findings,
        changed,
        _hash(draft, pga, seq, previous, definition, payload, findings, changed),
    )


def _hash(
    draft: Draft, pga: str, seq: int, previous: str, definition: str, payload: str, findings: str, changed: str
) -> str:
    text = canonical(
        [
            previous,
            pga,
            seq,
            draft.case_number,
            write_instant(draft.at),
            draft.actor,
            draft.role,
            draft.kind,
            draft.trigger,
            draft.source,
            draft.target,
            draft.policy,
            definition,
            draft.effective_on.isoformat() if draft.effective_on else None,
            draft.document,
            draft.due_on.isoformat() if draft.due_on else None,
            draft.concerns,
            payload,
            findings,
            changed,
        ]
    )
    return hashlib.sha256(text.encode()).hexdigest()


def as_entry(sealed: Sealed, pga: str, ref: str | None) -> Entry:
    """The entry as its readers see it."""
    draft = sealed.draft
    return Entry(
        partner=pga,
        seq=sealed.seq,
        at=draft.at,
        actor=draft.actor,
        role=draft.role,
        kind=draft.kind,
        ref=ref,
        trigger=draft.trigger,
        source=draft.source,
        target=draft.target,
        payload=json.loads(sealed.payload),
        policy=draft.policy,
        findings=tuple(Finding.from_dict(item) for item in json.loads(sealed.findings)),
        hash=sealed.hash,
        effective_on=draft.effective_on,
        document=draft.document,
        due_on=draft.due_on,
    )
