"""`scenario`: stories with expectations, run against the real engine."""

from typing import Annotated

import typer

from csp_workflow.console import views
from csp_workflow.console.answer import Answer
from csp_workflow.console.commands.parameters import settings_of

_Paths = Annotated[list[str], typer.Argument(metavar="PATH...", help="Files or folders.", show_default=False)]
_DOES_NOT_HOLD = 1


def scenario(context: typer.Context, paths: _Paths) -> Answer:
    """Run scenario files against the rules.

    In memory, or on --db if one is given; the exit code is 0 if all hold, 1 if one does not.
    """
    from csp_workflow.bootstrap import judge_of
    from csp_workflow.scenarios.files import find, read
    from csp_workflow.scenarios.runner import run_all, summary

    settings = settings_of(context)
    stories = [read(path) for path in find(paths)]
    reports = run_all(stories, judge_of(settings.states), settings.db or "memory:")
    return Answer(
        data=summary(reports),
        view=lambda: views.scenarios.reports(reports),
        exit_code=0 if all(report.holds for report in reports) else _DOES_NOT_HOLD,
    )
