"""All cases at a glance: `board`, `due`, `refusals`."""

from typing import TYPE_CHECKING, Annotated

import typer

from csp_workflow.console import views
from csp_workflow.console.answer import Answer
from csp_workflow.console.commands.parameters import After, Limit, settings_of

if TYPE_CHECKING:
    from datetime import date

_By = Annotated[str | None, typer.Option(metavar="DATE", help="What is due by this day; today if left out.")]
_Since = Annotated[str | None, typer.Option(metavar="DATE", help="From this day on; from the first if left out.")]
_Until = Annotated[str | None, typer.Option(metavar="DATE", help="Until this day; until the last if left out.")]


def board(context: typer.Context, *, after: After = None, limit: Limit = 20) -> Answer:
    """Count the cases by state and by whose turn it is.

    Below the counts stands a page of the cases. What is counted is as it is now, whatever --at says.
    """
    settings = settings_of(context)
    with settings.look() as workflow:
        found = workflow.board(at=settings.at)
        cases = workflow.cases(after=after, limit=limit, at=settings.at)
        names = settings.names(workflow.programme)
    data = {**found.to_dict(), "cases": [case.to_dict() for case in cases]}
    return Answer(data=data, view=lambda: views.overview.board(found, cases, limit, names))


def due(context: typer.Context, *, by: _By = None, after: After = None, limit: Limit = 100) -> Answer:
    """List what is due, in order of due date.

    What is overdue is there until a sweep has fired it.
    """
    settings, day = settings_of(context), _day("by", by)
    with settings.look() as workflow:
        found = workflow.due(by=day, after=after, limit=limit, at=settings.at)
        names = settings.names(workflow.programme)
    return Answer(data=[item.to_dict() for item in found], view=lambda: views.overview.due(found, limit, names))


def refusals(context: typer.Context, *, since: _Since = None, until: _Until = None) -> Answer:
    """Count what each rule has refused, the most first."""
    settings, first, last = settings_of(context), _day("since", since), _day("until", until)
    with settings.look() as workflow:
        found = workflow.refusals(first, last)
    days = {name: day.isoformat() if day else None for name, day in (("since", first), ("until", last))}
    return Answer(data={**days, "refusals": found}, view=lambda: views.overview.refusals(found))


def _day(option: str, text: str | None) -> "date | None":
    from csp_workflow.console.given import read_day

    return None if text is None else read_day(option, text)
