"""Pages and counts come from indexes alone: of the latest cases, and of what is due."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_OF_LATEST = {
    "csp_case_state": ["state", "pga", "number", "region", "lifecycle"],
    "csp_case_region": ["region", "pga", "number", "lifecycle"],
    "csp_case_lifecycle": ["lifecycle", "pga", "number"],
}
_DUE = ("csp_deadline_due", "csp_deadline")


def upgrade() -> None:
    """Make them, in place of the three that were there."""
    for name, table in (("csp_case_state", "csp_case"), ("csp_case_turn", "csp_case"), _DUE):
        op.drop_index(name, table)
    op.create_index(*_DUE, ["due_on", "pga", "case_number", "kind"])
    op.create_index("csp_case_turn", "csp_case", ["lifecycle", "state", "turn", "is_latest"])
    for name, columns in _OF_LATEST.items():
        op.create_index(
            name, "csp_case", columns, sqlite_where=sa.text("is_latest = 1"), postgresql_where=sa.text("is_latest")
        )
