"""`definition list|diff|migrate`: what a database was used with, what a changed one means, and the way on."""

from collections.abc import Callable, Generator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from csp_workflow.console import views
from csp_workflow.console.answer import BROKEN_OFF, Answer, Work
from csp_workflow.console.commands.parameters import settings_of
from csp_workflow.errors import Misuse

if TYPE_CHECKING:
    from csp_workflow.model.migration import Migration

K = TypeVar("K")
_Older = Annotated[
    str | None,
    typer.Argument(metavar="[OLD]", help="Its fingerprint, or the beginning of it; else the last other one."),
]
_Newer = Annotated[
    str | None, typer.Argument(metavar="[NEW]", help="The one to compare it with; else the one that judges now.")
]
_States = Annotated[
    list[str] | None,
    typer.Option("--state", metavar="LIFECYCLE/OLD=NEW", help="A state that is gone, and the one for its cases."),
]
_Policies = Annotated[
    list[str] | None,
    typer.Option("--policy", metavar="OLD=NEW", help="A policy that is gone, and the one that its cases get."),
]
_Yes = Annotated[bool, typer.Option("--yes", help="Do it; without this nothing is written.")]


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


def migrate(context: typer.Context, *, state: _States = None, policy: _Policies = None, yes: _Yes = False) -> Work:
    """Move cases whose state, or the policy that is pinned to them, the definition no longer knows.

    Without --yes nothing is written: it says how many cases would move, and what the deadlines of the first become.
    Each case that is moved gets an entry and deadlines by the definition of now. It is done in batches, and what was
    broken off goes on where it ended. Stop the programs that use the older definition before.
    """
    settings = settings_of(context)
    actor = settings.acting if yes else settings.actor
    with ExitStack() as opened:
        workflow = opened.enter_context(settings.open() if yes else settings.look())
        usual = workflow.programme.default_lifecycle
        migrating = workflow.migrating(
            states=_pairs("--state", state, "LIFECYCLE/OLD", lambda text: _state(text, usual)),
            policies=_pairs("--policy", policy, "OLD", str),
            actor=actor or workflow.back_office,
            dry_run=not yes,
            at=settings.at,
        )
        total, until_the_end = migrating.total, opened.pop_all()

    def steps() -> Generator[int]:
        with until_the_end:
            yield from migrating.steps()

    return Work(title="Migrating", total=total, steps=steps(), answer=lambda: _told(migrating.migration))


def _told(done: "Migration") -> Answer:
    return Answer(
        data=done.to_dict(),
        view=lambda: views.definitions.migrated(done),
        exit_code=0 if done.finished else BROKEN_OFF,
    )


def _pairs(option: str, texts: list[str] | None, form: str, read: Callable[[str], K]) -> dict[K, str]:
    """What is given as OLD=NEW, each OLD as it is read.

    Raises:
        Misuse: one is not of that form, or OLD is given twice.
    """
    found: dict[K, str] = {}
    for text in texts or []:
        old, _, new = text.partition("=")
        if not old or not new:
            raise Misuse(f"{option} {text!r} is not understood: write {form}=NEW.")
        if read(old) in found:
            raise Misuse(f"{option} gives {old!r} twice: cases go to one place.")
        found[read(old)] = new
    return found


def _state(text: str, usual: str) -> tuple[str, str]:
    """A state with its lifecycle, the usual one where none is named."""
    lifecycle, slash, state = text.partition("/")
    return (lifecycle, state) if slash else (usual, text)
