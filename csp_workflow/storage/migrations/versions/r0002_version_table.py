"""A table of revisions takes the place of the number that release 0.1.0 wrote."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Drop the number; the table of revisions is there already, for Alembic needs it to come here."""
    with op.batch_alter_table("csp_installation") as installation:
        installation.drop_column("schema_version")
