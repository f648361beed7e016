"""`demo`."""

import typer

from csp_workflow.console import views
from csp_workflow.console.answer import Answer
from csp_workflow.console.commands.parameters import settings_of


def demo(context: typer.Context) -> Answer:
    """Watch two partners go through the programme.

    It plays on a SQLite file of its own, which is left behind to look around in.
    """
    from csp_workflow.console.story import tell

    settings = settings_of(context)
    told = tell(settings.db, settings.states)
    names = settings.names(told.programme)
    return Answer(data=told.to_dict(), view=lambda: views.demo.told(told, names))
