"""What came of an import or an export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csp_workflow.console.views.base import BAD, GOOD, QUIET, SOON, STRONG, table, text, words

if TYPE_CHECKING:
    from rich.console import RenderableType

    from csp_workflow.bulk.importing import Report

_SHOWN = 20
_KEPT, _BEGINNING = "what is counted here is kept", "what is counted here is only the beginning"


def report(done: Report) -> list[RenderableType]:
    """How many rows were added, stood there already and were rejected, and the first rejected ones with the reason."""
    pictures: list[RenderableType] = []
    if done.problems:
        rows = [(problem.line, problem.column, problem.reason) for problem in done.problems[:_SHOWN]]
        pictures.append(table("line", "column", "reason", rows=rows, keep=2))
    if done.rejected > _SHOWN:
        where = f" in {done.reject_file}" if done.reject_file else ""
        pictures.append(text(f"And {done.rejected - _SHOWN:,} more{where}.", QUIET))
    if not done.finished:
        pictures.append(words((_unfinished(done), SOON)))
    pictures.append(_counts(done))
    if done.reject_file:
        pictures.append(text(f"The rejected rows are in {done.reject_file}: mend them there, and import that file."))
    return pictures


def _unfinished(done: Report) -> str:
    if done.changed:
        counted, again = (_BEGINNING, "try") if done.dry_run else (_KEPT, "import")
        return f"Not finished, for the file changed while it was read: {counted}; {again} it once it is whole."
    if done.dry_run:
        return f"Broken off: {_BEGINNING}."
    return f"Broken off: {_KEPT}, and the same file again adds the rest."


def _counts(done: Report) -> RenderableType:
    style = f"{STRONG} {BAD}" if done.rejected else f"{STRONG} {GOOD}"
    added, written = ("would be added", "; a dry run: nothing was written") if done.dry_run else ("added", "")
    counted = f"{done.added:,} {added}, {done.already_there:,} there already, {done.rejected:,} rejected"
    rows = "1 row" if done.rows == 1 else f"{done.rows:,} rows"
    return words((f"{done.file}: {rows}", STRONG), ": ", (counted, style), f"{written}.")


def written(name: str, items: int, file: str) -> list[RenderableType]:
    """A file that was written."""
    return [words((f"{items:,} {name}", f"{STRONG} {GOOD}"), f" written to {file}.")]
