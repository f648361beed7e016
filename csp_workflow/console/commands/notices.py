"""`notices list|show`."""

from typing import Annotated

import typer

from csp_workflow.console import views
from csp_workflow.console.answer import Answer
from csp_workflow.console.commands.parameters import After, Limit, Subject, settings_of

_Key = Annotated[str, typer.Argument(metavar="KEY", help="As the list shows it: PGA-1001#7.1.", show_default=False)]


def page(context: typer.Context, ref: Subject, *, after: After = None, limit: Limit = 100) -> Answer:
    """List what a partner was written to, oldest first."""
    settings = settings_of(context)
    with settings.look() as workflow:
        letters = workflow.notices(ref, after=after, limit=limit, at=settings.at)
    data = {"ref": ref, "notices": [letter.to_dict() for letter in letters]}
    return Answer(data=data, view=lambda: views.letters.listed(letters, limit))


def show(context: typer.Context, key: _Key) -> Answer:
    """Show one notice as the partner reads it."""
    settings = settings_of(context)
    with settings.look() as workflow:
        letter = workflow.notice(key)
    return Answer(data=letter.to_dict(), view=lambda: views.letters.whole(letter))
