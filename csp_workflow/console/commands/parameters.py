"""Arguments and options that several commands take."""

from typing import Annotated

import typer

from csp_workflow.console.settings import Settings

Case = Annotated[
    str, typer.Argument(metavar="REF", help="The case: PGA/region, as in PGA-1001/europe.", show_default=False)
]
Subject = Annotated[
    str, typer.Argument(metavar="PGA|REF", help="The partner, or one of its cases.", show_default=False)
]
Pga = Annotated[str, typer.Argument(metavar="PGA", help="The partner's key, as in PGA-1001.", show_default=False)]
Trigger = Annotated[str, typer.Argument(metavar="TRIGGER", help="The act, as in apply.", show_default=False)]
Pairs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[KEY=VALUE]...", help="Its fields: key=value, a.b=value, key=@file.json.", show_default=False
    ),
]
Key = Annotated[str | None, typer.Option(metavar="TEXT", help="Idempotency key: the same again is done once.")]
Version = Annotated[int | None, typer.Option(metavar="N", help="Act only if the case is at this version.")]
After = Annotated[str | None, typer.Option(metavar="KEY", help="Begin after this one, the last one seen.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, metavar="N", help="How many at most.")]


def settings_of(context: typer.Context) -> Settings:
    """The options that stood before the command."""
    settings: Settings = context.obj
    return settings
