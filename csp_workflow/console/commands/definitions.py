"""`definition list|diff|migrate`: what a database was used with, what a changed one means, and the way on."""

from typing import Annotated

import typer

from csp_workflow.console import views
from csp_workflow.console.answer import Answer
from csp_workflow.console.commands.parameters import settings_of

_Older = Annotated[
    str | None,
    typer.Argument(metavar="[OLD]", help="Its fingerprint, or the beginning of it; else the last other one."),
]
_Newer = Annotated[
    str | None, typer.Argument(metavar="[NEW]", help="The one to compare it with; else the one that judges now.")
]


def page(context: typer.Context) -> Answer:
    """List every definition that the database was used with, the first one first."""
    with settings_of(context).look() as workflow:
        found, current = workflow.definitions(), workflow.programme.sha256
    data = {"definitions": [item.to_dict() for item in found], "current": current}
    return Answer(data=data, view=lambda: views.definitions.listed(found, current))


def diff(context: typer.Context, older: _Older = None, newer: _Newer = None) -> Answer:
    """Show what differs between two definitions, and how many live cases each difference concerns.

    The cases that the newer one cannot judge come first. Nothing is changed.
    """
    with settings_of(context).look() as workflow:
        found = workflow.definition_changes(older, newer)
    return Answer(data=found.to_dict(), view=lambda: views.definitions.compared(found))
