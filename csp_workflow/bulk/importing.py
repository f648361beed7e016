"""Bringing a file in: ten thousand rows at a time, each chunk one transaction, memory the same however long it is."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

from csp_workflow.bulk.columns import read_header
from csp_workflow.bulk.partners import PartnerSheet
from csp_workflow.bulk.pause import paused_collector
from csp_workflow.bulk.problems import BAD_CELL, BAD_ROW, BadCell, Problem, reason_of, sentence
from csp_workflow.bulk.records import RecordSheet
from csp_workflow.bulk.rejects import Rejects
from csp_workflow.bulk.rows import Row, Rows
from csp_workflow.bulk.seen import Seen
from csp_workflow.bulk.sheet import Kept, Sheet
from csp_workflow.bulk.source import Source
from csp_workflow.errors import WorkflowError
from csp_workflow.model.actor import Actor
from csp_workflow.workflow import Workflow

AT_ONCE = 10_000  # rows of one transaction: with fewer, many partners are opened for few rows of each
_CHARACTERS = 4 << 20  # of one transaction, where rows are long
_MOST_PROBLEMS = 1_000  # that a report tells

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of an import: every row was added, stood there already, or was rejected.

    `problems` are those of the first thousand rejected rows; `finished` is False where it was broken off, and what
    was counted until then is kept, unless in a dry run; `changed` says that this was because the file changed while it
    was read.
    """

    file: str
    rows: int
    added: int
    already_there: int
    rejected: int
    reject_file: str | None
    dry_run: bool
    finished: bool
    changed: bool
    problems: tuple[Problem, ...]

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON shows it."""
        return {
            "file": self.file,
            "rows": self.rows,
            "added": self.added,
            "already_there": self.already_there,
            "rejected": self.rejected,
            "reject_file": self.reject_file,
            "dry_run": self.dry_run,
            "finished": self.finished,
            "changed": self.changed,
            "problems": [problem.to_dict() for problem in self.problems],
            "problems_left_off": self.rejected - len(self.problems),
        }


class Import(Generic[T]):
    """An import that is ready to begin: the file is there, its header is understood, rejected rows have a place.

    `at_once` is how many rows are one transaction.

    Raises:
        BadFile: the file cannot be read, its header is not understood, or rejected rows have no place.
    """

    def __init__(
        self,
        path: str | Path,
        sheet: Sheet[T],
        *,
        rejects: str | None = None,
        dry_run: bool = False,
        at_once: int = AT_ONCE,
    ) -> None:
        self._sheet, self._dry_run, self._at_once = sheet, dry_run, at_once
        with ExitStack() as opened:
            self._source = opened.enter_context(Source(path))
            fingerprint, lines = self._source.fingerprint(*sheet.options), self._source.lines()
            self._columns = read_header(lines, self._source.name, sheet.known)
            sheet.use(self._columns, self._source.name, fingerprint)
            wanted = rejects is not None or not dry_run
            self._rejects = Rejects(self._source, self._columns, rejects, wanted=wanted)
            self._writes_rejects = wanted
            opened.pop_all()
        self._rows = Rows(lines, self._columns.delimiter, self._columns.width)
        self._added = self._already_there = self._rejected = 0
        self._problems: list[Problem] = []
        self._finished = self._changed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._source.close()
        self._rejects.close()

    @property
    def name(self) -> str:
        """What the file is called, without its folder."""
        return Path(self._source.name).name

    @property
    def size(self) -> int:
        """How many bytes the file has."""
        return self._source.size

    @property
    def report(self) -> Report:
        """What has come of it so far."""
        return Report(
            file=self._source.name,
            rows=self._added + self._already_there + self._rejected,
            added=self._added,
            already_there=self._already_there,
            rejected=self._rejected,
            reject_file=self._rejects.name,
            dry_run=self._dry_run,
            finished=self._finished,
            changed=self._changed,
            problems=tuple(self._problems),
        )

    def run(self, workflow: Workflow) -> Report:
        """Do all of it."""
        with self:
            for _position in self.steps(workflow):
                pass
        return self.report

    def steps(self, workflow: Workflow) -> Generator[int]:
        """Do it chunk by chunk, and say after each how many bytes of the file are done.

        Raises:
            StorageError: the database cannot be used; the chunks that were done are kept.
        """
        try:
            with Seen() as seen:
                for chunk in self._unchanged():
                    with paused_collector():
                        self._take(workflow, chunk, seen)
                    yield self._source.position
            self._finished = not self._changed
        except WorkflowError as problem:
            if self._added and not self._dry_run:
                problem.message += f" {self._added:,} rows of {self._source.name} were kept before; import it again."
                problem.args = (problem.message,)
            raise

    def _unchanged(self) -> Iterator[list[Row]]:
        """The chunks, as long as the file is the one whose fingerprint was taken."""
        for chunk in self._chunks():
            if self._source.has_changed():
                break
            yield chunk
        self._changed = self._source.has_changed()

    def _chunks(self) -> Iterator[list[Row]]:
        chunk: list[Row] = []
        size = 0
        for row in self._rows:
            chunk.append(row)
            size += row.size
            if len(chunk) == self._at_once or size > _CHARACTERS:
                yield chunk
                chunk, size = [], 0
        if chunk:
            yield chunk

    def _take(self, workflow: Workflow, chunk: list[Row], seen: Seen) -> None:
        """Keep what is good of some rows in one transaction, and reject the rest in its place."""
        read = [self._read(row, seen) for row in chunk]
        values = [value for value in read if not isinstance(value, Problem)]
        answers = iter(self._rehearse(workflow, values) if self._dry_run else self._sheet.keep(workflow, values))
        rejected: list[tuple[Row, Problem]] = []
        for row, value in zip(chunk, read, strict=True):
            if isinstance(value, Problem):
                rejected.append((row, value))
                continue
            answer = next(answers)
            if self._dry_run and not isinstance(answer, WorkflowError):
                answer = self._sheet.rehearsed(workflow, answer, value, seen)
            if isinstance(answer, WorkflowError):
                rejected.append((row, self._problem(row, answer, value)))
            elif answer.repeated:
                self._already_there += 1
            else:
                self._added += 1
        self._reject(rejected)

    def _rehearse(self, workflow: Workflow, values: list[T]) -> list[Kept | WorkflowError]:
        """The answers of a dry run to some rows, as if each were the first to say what it says.

        In one call a row would find what another has said just before, even where that is not to be kept.
        """
        answers: list[Kept | WorkflowError] = []
        marks: set[tuple[str, ...] | None] = set()
        part: list[T] = []
        for value in values:
            mark = self._sheet.mark(value)
            if mark in marks:
                answers += self._sheet.keep(workflow, part, dry_run=True)
                marks, part = set(), []
            part.append(value)
            marks |= {mark} - {None}
        return answers + self._sheet.keep(workflow, part, dry_run=True)

    def _read(self, row: Row, seen: Seen) -> T | Problem:
        if row.wrong:
            column = None if row.at is None else self._columns.called(row.at)
            return Problem(line=row.line, column=column, code=BAD_ROW, reason=sentence(row.wrong))
        try:
            return self._sheet.read(row, seen)
        except BadCell as problem:
            column = self._columns.written(problem.column)
            return Problem(line=row.line, column=column, code=BAD_CELL, reason=sentence(problem.reason))
        except WorkflowError as problem:
            return self._problem(row, problem, None)

    def _problem(self, row: Row, error: WorkflowError, value: T | None) -> Problem:
        column, reason = self._sheet.column_of(error, value), reason_of(error)
        field = reason.partition(":")[0]
        reason = reason.removeprefix(f"{field}: ") if column is not None and column.endswith(field) else reason
        column = None if column is None else self._columns.written(column)
        return Problem(line=row.line, column=column, code=error.code, reason=sentence(reason))

    def _reject(self, rejected: list[tuple[Row, Problem]]) -> None:
        """Count all rows that were rejected, and only then write them: where that fails, what is kept was counted."""
        self._rejected += len(rejected)
        self._problems += [problem for _row, problem in rejected[: _MOST_PROBLEMS - len(self._problems)]]
        if self._writes_rejects:
            for row, problem in rejected:
                self._rejects.write(row, problem)
            self._rejects.flush()


def import_partners(
    workflow: Workflow,
    path: str | Path,
    *,
    actor: Actor | None = None,
    at: datetime | None = None,
    rejects: str | None = None,
    dry_run: bool = False,
) -> Report:
    """Register the partners of a CSV file.

    Raises:
        BadFile: the file cannot be understood at all; nothing is done.
    """
    sheet = PartnerSheet(actor=actor, at=at)
    return Import(path, sheet, rejects=rejects, dry_run=dry_run).run(workflow)


def import_records(
    workflow: Workflow,
    path: str | Path,
    *,
    actor: Actor,
    at: datetime | None = None,
    fact: str | None = None,
    decimal: str = ".",
    rejects: str | None = None,
    dry_run: bool = False,
) -> Report:
    """Record the facts of a CSV file.

    Raises:
        BadFile: the file cannot be understood at all; nothing is done.
    """
    sheet = RecordSheet(workflow.programme, actor=actor, at=at, fact=fact, decimal=decimal)
    return Import(path, sheet, rejects=rejects, dry_run=dry_run).run(workflow)
