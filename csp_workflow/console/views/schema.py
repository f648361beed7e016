"""The schema of a database: what an upgrade did, and what differs from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csp_workflow.console.views.base import BAD, GOOD, STRONG, indented, table, text, unbroken, words

if TYPE_CHECKING:
    from rich.console import RenderableType

    from csp_workflow.storage.drift import SchemaReport
    from csp_workflow.storage.upgrade import Upgrade


def upgraded(done: Upgrade) -> list[RenderableType]:
    """From which revision to which, by which steps, and where the copy is."""
    name = (done.database, STRONG)
    if done.before == done.after:
        return [words(name, f" is at schema revision {done.after}: there is nothing to do.")]
    if done.before is None:
        return [words(name, f" held nothing yet; its tables are made, at schema revision {done.after}.")]
    pictures: list[RenderableType] = [words(name, f" was at schema revision {done.before}.")]
    if done.copy:
        pictures += [text("A copy of it as it was is in"), unbroken(f"  {done.copy}")]
    steps = (words((step.revision, STRONG), f"  {step.title}") for step in done.steps)
    return [*pictures, *map(indented, steps), text(f"It is at schema revision {done.after} now.", GOOD)]


def report(found: SchemaReport) -> list[RenderableType]:
    """How the database stands to this program, and every difference."""
    at = f" is at schema revision {found.revision}"
    told = {
        "empty": " holds nothing of this product yet: its tables are made when it is first used.",
        "outdated": f"{at} and this program needs {found.needed}: run csp-workflow db upgrade.",
        "newer": f"{at}, made by a later release than this one, which needs {found.needed}: upgrade the program.",
        "current": f"{at}, and its tables {'are those' if found.agrees else 'differ from those'} of this program.",
    }
    sentence = words((found.database, STRONG), (told[found.standing], GOOD if found.agrees else BAD))
    rows = [(item.table, item.kind, item.name, item.models, item.database) for item in found.differences]
    return [sentence, table("table", "part", "name", "models", "database", rows=rows, keep=3)] if rows else [sentence]
