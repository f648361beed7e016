"""`market`."""

from typing import Annotated

import typer

from csp_workflow.console import views
from csp_workflow.console.answer import Answer
from csp_workflow.console.commands.parameters import settings_of

_Country = Annotated[
    list[str], typer.Argument(metavar="COUNTRY...", help="Its code or a name: FJ, Fiji, fidschi.", show_default=False)
]


def market(context: typer.Context, country: _Country) -> Answer:
    """Show in which region a country lies and in which currency it is billed.

    It may be named in English, in German or as a table prints it; capitals, accents and punctuation do not count.
    Every row is quoted with its document, and where the tables contradict themselves, that is said.
    """
    settings = settings_of(context)
    programme = settings.programme()
    names = settings.names(programme)
    found = programme.market(" ".join(country), names.language)
    return Answer(data=found.to_dict(), view=lambda: views.markets.market(found, names))
