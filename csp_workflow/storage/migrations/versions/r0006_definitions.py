"""A database knows the definitions that it was used with; of those before this revision only the fingerprint."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_INSTANT = sa.String(27).with_variant(sa.DateTime(timezone=True), "postgresql")
_FINGERPRINT = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table and fill it from the journal, and find cases by the policy that is pinned to them."""
    op.create_table(
        "csp_definition",
        sa.Column("sha256", _FINGERPRINT, nullable=False),
        sa.Column("first_used_at", _INSTANT, nullable=False),
        sa.Column("content", _TEXT),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.execute(
        "INSERT INTO csp_definition (sha256, first_used_at) "
        "SELECT definition, min(at) FROM csp_journal WHERE definition <> '' GROUP BY definition"
    )
    is_pinned = sa.text("pinned IS NOT NULL")
    op.create_index(
        "csp_case_pinned",
        "csp_case",
        ["pinned", "pga", "number"],
        sqlite_where=is_pinned,
        postgresql_where=is_pinned,
    )
