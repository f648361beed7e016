"""A case says whether it is the latest of its reference and whose turn it is; rules that refuse are counted.

Whose turn it is depends on the definitions, which a revision does not know: it stands open until the next sweep, which
derives every open case anew.
"""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_MANY = 1_000
_REFUSAL = sa.table(
    "csp_refusal", *(sa.column(name) for name in ("pga", "seq", "rule", "trigger")), sa.column("refused_on", sa.Date)
)
_REFUSED = sa.text(
    'SELECT pga, seq, at, "trigger", findings FROM csp_journal '
    "WHERE kind = 'refused' AND (pga > :pga OR pga = :pga AND seq > :seq) ORDER BY pga, seq LIMIT :many"
)
_LATEST = (
    "UPDATE csp_case SET turn = '', is_latest = NOT EXISTS (SELECT 1 FROM csp_case AS newer WHERE "
    "newer.pga = csp_case.pga AND newer.region = csp_case.region AND newer.lifecycle = csp_case.lifecycle "
    "AND newer.tenant = csp_case.tenant AND newer.number > csp_case.number)"
)


def upgrade() -> None:
    """Add the columns and fill them, make the table and count what was refused so far."""
    op.add_column("csp_case", sa.Column("is_latest", sa.Boolean))
    op.add_column("csp_case", sa.Column("turn", sa.String(16)))
    op.execute(_LATEST)
    with op.batch_alter_table("csp_case") as case:
        case.alter_column("is_latest", existing_type=sa.Boolean(), nullable=False)
        case.alter_column("turn", existing_type=sa.String(16), nullable=False)
    op.create_index("csp_case_turn", "csp_case", ["is_latest", "lifecycle", "state", "turn"])
    op.create_table(
        "csp_refusal",
        sa.Column("pga", sa.String(64), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("trigger", sa.String(64), nullable=False),
        sa.Column("refused_on", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("pga", "seq", "rule"),
        sa.ForeignKeyConstraint(["pga", "seq"], ["csp_journal.pga", "csp_journal.seq"]),
    )
    op.create_index("csp_refusal_on", "csp_refusal", ["refused_on", "rule", "trigger"])
    for found in _refusals():
        op.bulk_insert(_REFUSAL, found)
    op.execute("UPDATE csp_installation SET definition = ''")  # the next sweep takes every case in hand


def _refusals() -> Iterator[list[dict[str, Any]]]:
    last = {"pga": "", "seq": 0}
    while entries := op.get_bind().execute(_REFUSED, {**last, "many": _MANY}).all():
        last = {"pga": entries[-1].pga, "seq": entries[-1].seq}
        yield [
            {"pga": one.pga, "seq": one.seq, "rule": rule, "trigger": one.trigger or "", "refused_on": _day(one.at)}
            for one in entries
            for rule in dict.fromkeys(finding["rule"] for finding in json.loads(one.findings))
        ]


def _day(at: Any) -> date:
    """The day of an instant, which is text on SQLite."""
    return (datetime.fromisoformat(at) if isinstance(at, str) else at).astimezone(UTC).date()
