"""Every partner's journal covers the rows that entries of the first release said nothing of.

Since then an entry covers all that comes with it: deadlines, notices, facts that acts record, verifications, answers
of idempotency keys. What was written before is covered, as it stands now, by one more entry of the kind `upgraded`.
Nobody has done anything: no revision rises.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_SYSTEM = "system"
_BY_ACTS = {"transition", "deadline"}
_NONE: tuple[str, dict[str, Any]] = ("", {})  # what made a row that belongs to no entry


def upgrade() -> None:
    """Add the entry to each journal."""
    run = op.get_bind()
    for partner in list(run.execute(sa.text("SELECT pga, last_seq, head FROM csp_partner ORDER BY pga"))):
        entries = list(_of("csp_journal", partner.pga, "seq, kind, at, changes", "seq"))
        changes = _changes(partner.pga, {row.seq: (row.kind, json.loads(row.changes)) for row in entries})
        last = max((_instant(row.at) for row in entries), default=datetime.now(UTC))
        _append(partner, changes, max(last, datetime.now(UTC)))


def _changes(pga: str, entries: dict[int, tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    cases = _of("csp_case", pga, "number, region, lifecycle, tenant", "number")
    deadlines: dict[str, list[list[Any]]] = {}
    for row in _of("csp_deadline", pga, "case_number, kind, due_on, about", "case_number, kind"):
        told = [row.kind, str(row.due_on), str(row.about) if row.about else None]
        deadlines.setdefault(str(row.case_number), []).append(told)
    keys = _of("csp_command", pga, "key, fingerprint, outcome", "key")
    return {
        "references": {str(row.number): [row.region, row.lifecycle, row.tenant] for row in cases},
        "deadlines": {number: sorted(found) for number, found in deadlines.items()},
        "commands": [_digest([row.key, row.fingerprint, row.outcome]) for row in keys],
        "rows": {"facts": _facts(pga, entries), "lines": _lines(pga, entries), "notices": _notices(pga, entries)},
    }


def _facts(pga: str, entries: dict[int, tuple[str, dict[str, Any]]]) -> dict[str, str]:
    """What acts and firings have recorded."""
    found: dict[int, list[Any]] = {}
    for row in _of("csp_fact", pga, "seq, kind, fields, effective_on", "seq, part"):
        kind, changes = entries.get(row.seq, _NONE)
        if kind in _BY_ACTS and "facts" not in changes:
            found.setdefault(row.seq, []).append([row.kind, json.loads(row.fields), str(row.effective_on)])
    return _digests(found)


def _lines(pga: str, entries: dict[int, tuple[str, dict[str, Any]]]) -> dict[str, str]:
    """The two rows of a verification: what it takes back, and what it adds."""
    columns = "seq, part, line, booked_on, cents, product, channel, tenant, verified, effective_on, recorded_at"
    found: dict[int, list[Any]] = {}
    for row in _of("csp_revenue_line", pga, columns, "seq, part"):
        told: list[Any] = list(row)
        told[3], told[8], told[9], told[10] = str(row[3]), bool(row[8]), str(row[9]), _instant(row[10]).isoformat()
        found.setdefault(row.seq, []).append(told)
    two = {seq: rows for seq, rows in found.items() if len(rows) > 1 and "verifies" not in entries.get(seq, _NONE)[1]}
    return _digests(two)


def _notices(pga: str, entries: dict[int, tuple[str, dict[str, Any]]]) -> dict[str, str]:
    columns = "seq, part, case_number, kind, language, recipient, key, created_at, data"
    found: dict[int, list[Any]] = {}
    for row in _of("csp_notice", pga, columns, "seq, part"):
        if "notices" not in entries.get(row.seq, _NONE)[1]:
            told = [*row[:7], _instant(row.created_at).isoformat(), json.loads(row.data)]
            found.setdefault(row.seq, []).append(_digest(told))
    return _digests(found)


def _append(partner: Any, changes: dict[str, Any], at: datetime) -> None:
    seq, text = partner.last_seq + 1, _canonical(changes)
    instant = at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    absent = [None] * 4  # trigger, source, target, policy
    told = [partner.head, partner.pga, seq, None, instant, _SYSTEM, _SYSTEM, "upgraded", *absent, ""]
    hashed = _digest([*told, None, None, None, None, "{}", "[]", text])
    is_text = op.get_bind().dialect.name == "sqlite"
    op.get_bind().execute(
        sa.text(
            "INSERT INTO csp_journal (pga, seq, at, actor, role, kind, definition, payload, findings, changes, hash)"
            " VALUES (:pga, :seq, :at, 'system', 'system', 'upgraded', '', '{}', '[]', :changes, :hash)"
        ),
        {
            "pga": partner.pga,
            "seq": seq,
            "at": instant if is_text else at,
            "changes": text,
            "hash": hashed,
        },
    )
    op.get_bind().execute(
        sa.text("UPDATE csp_partner SET last_seq = :seq, head = :hash WHERE pga = :pga"),
        {"pga": partner.pga, "seq": seq, "hash": hashed},
    )


def _of(table: str, pga: str, columns: str, order: str) -> Iterator[Any]:
    statement = f"SELECT {columns} FROM {table} WHERE pga = :pga ORDER BY {order}"  # noqa: S608 - names of our own
    return iter(op.get_bind().execute(sa.text(statement), {"pga": pga}).all())


def _digests(found: dict[int, list[Any]]) -> dict[str, str]:
    return {str(seq): _digest(rows) for seq, rows in found.items()}


def _digest(value: Any) -> str:
    return hashlib.sha256(_canonical(value).encode("utf-8", "surrogatepass")).hexdigest()


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _instant(value: Any) -> datetime:
    """An instant, which is text on SQLite."""
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)
