"""Texts are compared letter by letter on PostgreSQL too, whatever the language of its database."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_TEXTS = """
    SELECT c.relname, string_agg(
        format('ALTER COLUMN %I TYPE %s COLLATE "C"', a.attname, format_type(a.atttypid, a.atttypmod)), ', '
    )
    FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
    WHERE c.relname BETWEEN 'csp_' AND 'csp_~' AND c.relname <> 'csp_alembic_version' AND c.relkind = 'r'
        AND pg_catalog.pg_table_is_visible(c.oid) AND a.attnum > 0 AND NOT a.attisdropped
        AND a.attcollation <> 0
    GROUP BY c.relname
"""


def upgrade() -> None:
    """Change the collation of every text; on SQLite that is what it has always been."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    for table, changes in connection.execute(sa.text(_TEXTS)).all():
        connection.exec_driver_sql(f"ALTER TABLE {table} {changes}")
