"""The schema of release 0.1.0.

No database is made by this: release 0.1.0 made its own, and later ones begin with the newest revision. It is where
upgrades start from.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_INSTANT = sa.String(27).with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Make all tables, each after those that it refers to."""
    _partners()
    _cases()
    _journal()
    _evidence()
    _messages()
    op.create_table(
        "csp_installation",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("schema_version", sa.Integer, nullable=False),
        sa.Column("secret", sa.String(64), nullable=False),
        sa.Column("definition", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _partners() -> None:
    op.create_table(
        "csp_partner",
        sa.Column("pga", sa.String(64), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("email", sa.Text),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("manager", sa.Text),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("last_seq", sa.Integer, nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
        sa.Column("ledger_changed_at", _INSTANT),
        sa.Column("ledger_effective_on", sa.Date),
        sa.PrimaryKeyConstraint("pga"),
    )
    op.create_table(
        "csp_command",
        sa.Column("pga", sa.String(64), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("pga", "key"),
        sa.ForeignKeyConstraint(["pga"], ["csp_partner.pga"]),
    )
    op.create_table(
        "csp_revenue_day",
        sa.Column("pga", sa.String(64), nullable=False),
        sa.Column("booked_on", sa.Date, nullable=False),
        sa.Column("product", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("verified", sa.Boolean, nullable=False),
        sa.Column("cents", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("pga", "booked_on", "product", "channel", "verified"),
        sa.ForeignKeyConstraint(["pga"], ["csp_partner.pga"]),
    )


def _cases() -> None:
    op.create_table(
        "csp_case",
        sa.Column("pga", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("lifecycle", sa.String(64), nullable=False),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("entered_on", sa.Date, nullable=False),
        sa.Column("last_at", _INSTANT, nullable=False),
        sa.Column("derived_on", sa.Date, nullable=False),
        sa.Column("stirs_on", sa.Date),
        sa.Column("pinned", sa.String(64)),
        sa.Column("cooldown_case", sa.String(64)),
        sa.Column("cooldown_started_on", sa.Date),
        sa.Column("cooldown_ends_on", sa.Date),
        sa.Column("cooldown_done", sa.Boolean, nullable=False),
        sa.Column("memory", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("pga", "number"),
        sa.ForeignKeyConstraint(["pga"], ["csp_partner.pga"]),
        sa.CheckConstraint("version >= 1", name="case_version"),
    )
    is_open = sa.text("is_open")
    op.create_index(
        "csp_case_open",
        "csp_case",
        ["pga", "region", "lifecycle", "tenant"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index("csp_case_state", "csp_case", ["lifecycle", "state", "pga", "number"])
    op.create_index("csp_case_stirs", "csp_case", ["stirs_on", "pga", "number"])
    op.create_table(
        "csp_deadline",
        sa.Column("pga", sa.String(64), nullable=False),
        sa.Column("case_number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("about", sa.Date),
        sa.PrimaryKeyConstraint("pga", "case_number", "kind"),
        sa.ForeignKeyConstraint(["pga", "case_number"], ["csp_case.pga", "csp_case.number"]),
    )
    op.create_index("csp_deadline_due", "csp_deadline", ["due_on", "pga", "case_number"])


def _journal() -> None:
    op.create_table(
        "csp_journal",
        sa.Column("pga", sa.String(64), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("case_number", sa.Integer),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("role", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("trigger", sa.String(64)),
        sa.Column("source", sa.String(64)),
        sa.Column("target", sa.String(64)),
        sa.Column("policy", sa.String(64)),
        sa.Column("definition", sa.String(64), nullable=False),
        sa.Column("effective_on", sa.Date),
        sa.Column("document", sa.Text),
        sa.Column("due_on", sa.Date),
        sa.Column("concerns", sa.Integer),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("findings", sa.Text, nullable=False),
        sa.Column("changes", sa.Text, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("pga", "seq"),
        sa.ForeignKeyConstraint(["pga"], ["csp_partner.pga"]),
    )
    op.create_index("csp_journal_case", "csp_journal", ["pga", "case_number", "seq"])


def _evidence() -> None:
    op.create_table(
        "csp_fact",
        sa.Column("pga", sa.String(64), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("part", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("case_number", sa.Integer),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sa.Column("effective_on", sa.Date, nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("retracted_at", _INSTANT),
        sa.PrimaryKeyConstraint("pga", "seq", "part"),
        sa.ForeignKeyConstraint(["pga", "seq"], ["csp_journal.pga", "csp_journal.seq"]),
    )
    op.create_table(
        "csp_revenue_line",
        sa.Column("pga", sa.String(64), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("part", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("line", sa.Text),
        sa.Column("booked_on", sa.Date, nullable=False),
        sa.Column("cents", sa.BigInteger, nullable=False),
        sa.Column("product", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("tenant", sa.Text),
        sa.Column("verified", sa.Boolean, nullable=False),
        sa.Column("effective_on", sa.Date, nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("retracted_at", _INSTANT),
        sa.PrimaryKeyConstraint("pga", "seq", "part"),
        sa.ForeignKeyConstraint(["pga", "seq"], ["csp_journal.pga", "csp_journal.seq"]),
    )
    for name, column in (("booked", "booked_on"), ("line", "line"), ("effective", "effective_on")):
        op.create_index(f"csp_revenue_line_{name}", "csp_revenue_line", ["pga", column])


def _messages() -> None:
    op.create_table(
        "csp_notice",
        sa.Column("pga", sa.String(64), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("part", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("case_number", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("recipient", sa.Text),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("pga", "seq", "part"),
        sa.ForeignKeyConstraint(["pga", "seq"], ["csp_journal.pga", "csp_journal.seq"]),
        sa.UniqueConstraint("key"),
    )
    op.create_index("csp_notice_status", "csp_notice", ["status", "pga", "case_number", "seq"])
