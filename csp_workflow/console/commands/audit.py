"""Whether the history is the one that was written: `verify`, `anchor`."""

from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from csp_workflow.console import views
from csp_workflow.console.answer import BROKEN_OFF, Answer, Work
from csp_workflow.console.commands.parameters import settings_of

if TYPE_CHECKING:
    from csp_workflow.audit.verify import Auditing
    from csp_workflow.console.settings import Settings

_DOES_NOT_HOLD = 1
_Anchor = Annotated[str | None, typer.Option(metavar="FILE", help="Ends of journals that were kept elsewhere.")]
_File = Annotated[str, typer.Argument(metavar="FILE", help="Where to keep them: a file that is not there yet.")]


def verify(context: typer.Context, *, anchor: _Anchor = None) -> Work:
    """Find out whether any history was edited.

    Every journal's chain is computed anew and replayed, and every row is held against the entry that made it. With
    --anchor a journal that was cut off is found too. The exit code is 0 if all holds, 1 if not.
    """
    settings = settings_of(context)
    with ExitStack() as opened:
        auditing = opened.enter_context(settings.look()).auditing(anchor=anchor)
        total, until_the_end = auditing.total, opened.pop_all()

    def steps() -> Generator[int]:
        with until_the_end:
            yield from auditing.steps()

    return Work(title="Verifying", total=total, steps=steps(), answer=lambda: _told(auditing))


def _told(auditing: "Auditing") -> Answer:
    audit = auditing.audit
    code = _DOES_NOT_HOLD if audit.misfits else 0
    return Answer(
        data=audit.to_dict(),
        view=lambda: views.audit.audit(audit),
        exit_code=code if audit.finished else BROKEN_OFF,
    )


def anchor(context: typer.Context, file: _File) -> Answer:
    """Write the ends of all journals to a file.

    Keep it elsewhere: whoever cuts a journal off cannot cut the file, and verify --anchor finds it.
    """
    settings: Settings = settings_of(context)
    with settings.look() as workflow:
        partners = workflow.anchor(Path(file))
    return Answer(data={"file": file, "partners": partners}, view=lambda: views.audit.anchored(file, partners))
