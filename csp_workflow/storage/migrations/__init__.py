"""The history of the schema, one revision a file; Alembic carries a database from one to the next.

A new revision is a file `versions/rNNNN_what_it_does.py`, with the first sentence of its docstring as its title, and
its number at the end of `REVISIONS`. It says everything itself and imports nothing of this program, which goes on to
change while the revision stays as it was on the day of its release. The whole upgrade is one transaction. On SQLite
a table is changed by making it anew (`op.batch_alter_table`), and that forgets CHECK constraints without a name:
`csp-workflow db check` and the tests find what a revision makes otherwise than the models do.

This module is imported at every start, and therefore without Alembic.
"""

from __future__ import annotations

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007")  # all there are, oldest first
HEAD = REVISIONS[-1]

PREFIX = "csp_"  # what every table of ours begins with; all others are a host's
VERSION_TABLE = "csp_alembic_version"  # a host may have an `alembic_version` of its own

FIRST_REVISION = "0001"
FIRST_TABLES = frozenset(
    PREFIX + name
    for name in (
        "case",
        "command",
        "deadline",
        "fact",
        "installation",
        "journal",
        "notice",
        "partner",
        "revenue_day",
        "revenue_line",
    )
)  # those of release 0.1.0, which wrote a number into `csp_installation` and had no version table
FIRST_VERSION = 1
