"""What Alembic runs around the revisions: on a connection that is in its transaction already."""

from alembic import context

from csp_workflow.storage.migrations import VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=VERSION_TABLE)
context.run_migrations()
