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
from csp_workflow.model.fields import NOTHING

_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, check_circular=False, separators=(",", ":"))
BEGINNING = "0" * 64  # what the first entry of a partner is chained to
KEPT = "kept"  # the kind of an entry for what is kept without an act
UPGRADED = "upgraded"  # the kind of an entry that covers the rows of a release that did not say of all of them
MIGRATED = "migrated"  # the kind of an entry for a case that got another state or policy, as its own was gone
BESIDE = frozenset(
    ("reference", "deadlines", "facts", "notices", "commands", "verifies", "retracted", "references", "rows")
)

_LONGEST_NUMBER = 18  # digits of an entry's number
_LAST_NUMBER = 2**31 - 1  # no journal reaches it, and every database can compare with it


def number_of(entry: str, pga: str) -> int | None:
    """The number in the id of an entry, `PGA#NUMBER`; None where it is no id of this partner's."""
    of, _, seq = entry.rpartition("#")
    if not pga or of != pga or not seq.isascii() or not seq.isdecimal() or len(seq) > _LONGEST_NUMBER:
        return None
    return min(int(seq), _LAST_NUMBER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry before it has its place.

    `changes` holds what it changes in its case, as plain values, and under the names of `BESIDE` what comes with it:
    which case is opened, the deadlines of each case that has others now, facts that an act records, digests of its
    notices and of the answers that idempotency keys keep, the day from which a verification holds, what it retracts.
    """

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


def digest(value: Any) -> str:
    """What tells one plain value from another: a SHA-256 of its text."""
    return hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()


def of_case(changes: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry changes in its case, without what comes with it."""
    return {name: value for name, value in changes.items() if name not in BESIDE}


class Refused(NamedTuple):
    """That a rule has refused something: which rule, what was tried, and when."""

    rule: str
    trigger: str
    on: date


def refused_by(draft: Draft) -> list[Refused]:
    """The rules that an entry names as refusing, each once."""
    if draft.kind != "refused":
        return []
    rules = dict.fromkeys(finding.rule for finding in draft.findings)
    return [Refused(rule, draft.trigger or "", draft.at.date()) for rule in rules]


def seal(
    draft: Draft, pga: str, seq: int, previous: str, definition: str, beside: Mapping[str, Any] = NOTHING
) -> Sealed:
    """Give an entry its place after the one with the hash `previous`, with what comes `beside` its own changes."""
    payload = canonical(draft.payload) if draft.payload else "{}"
    findings = canonical([finding.to_dict() for finding in draft.findings]) if draft.findings else "[]"
    changed = canonical({**draft.changes, **beside}) if draft.changes or beside else "{}"
    return Sealed(
        draft,
        seq,
        definition,
        payload,
        findings,
        changed,
        _hash(draft, pga, seq, previous, definition, payload, findings, changed),
    )


def reseal(entry: Sealed, pga: str, previous: str) -> str:
    """The hash that an entry has to have after the one with the hash `previous`."""
    texts = (entry.payload, entry.findings, entry.changes)
    return _hash(entry.draft, pga, entry.seq, previous, entry.definition, *texts)


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
