"""`db upgrade|check`."""

from typing import Annotated

import typer

from csp_workflow.console import views
from csp_workflow.console.answer import Answer
from csp_workflow.console.commands.parameters import settings_of

_NoCopy = Annotated[bool, typer.Option("--no-copy", help="Make no copy of an SQLite file beside it.")]
_DIFFERS = 1


def upgrade(context: typer.Context, *, no_copy: _NoCopy = False) -> Answer:
    """Bring a database of an earlier release to the schema of this one.

    It is done whole or not at all, and an SQLite file is copied beside itself before. Stop the programs that use the
    database; where there is nothing to do, nothing is done.
    """
    from csp_workflow.bootstrap import upgrade_database

    done = upgrade_database(settings_of(context).target, copy=not no_copy)
    return Answer(data=done.to_dict(), view=lambda: views.schema.upgraded(done))


def check(context: typer.Context) -> Answer:
    """Compare the tables of a database with those of this program.

    The exit code is 0 if they agree and 1 if they do not; nothing is changed.
    """
    from csp_workflow.bootstrap import check_database

    report = check_database(settings_of(context).target)
    return Answer(
        data=report.to_dict(),
        view=lambda: views.schema.report(report),
        exit_code=0 if report.agrees else _DIFFERS,
    )
