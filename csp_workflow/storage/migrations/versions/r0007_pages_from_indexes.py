"""The latest cases are listed by state, region or lifecycle, and counted, from indexes that hold no others."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_COLUMNS = {
    "csp_case_state": ["state", "pga", "number", "region", "lifecycle"],
    "csp_case_region": ["region", "pga", "number", "lifecycle"],
    "csp_case_lifecycle": ["lifecycle", "pga", "number"],
    "csp_case_turn": ["lifecycle", "state", "turn"],
}


def upgrade() -> None:
    """Make them, in place of the two that were there."""
    for name in ("csp_case_state", "csp_case_turn"):
        op.drop_index(name, "csp_case")
    for name, columns in _COLUMNS.items():
        op.create_index(
            name, "csp_case", columns, sqlite_where=sa.text("is_latest = 1"), postgresql_where=sa.text("is_latest")
        )
