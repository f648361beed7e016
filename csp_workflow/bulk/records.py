"""A file of facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from csp_workflow.bulk.cells import Reader, day, reader_of
from csp_workflow.bulk.columns import Columns
from csp_workflow.bulk.problems import BadCell
from csp_workflow.bulk.rehearsal import each_by_itself, fact_again, line_again
from csp_workflow.bulk.rows import Row
from csp_workflow.bulk.seen import Seen, mark_of
from csp_workflow.bulk.sheet import Kept
from csp_workflow.bulk.spreadsheet import unescape
from csp_workflow.errors import BadFile, BadPayload, KeyReused, TransitionRefused, UnknownName, WorkflowError
from csp_workflow.model.actor import Actor
from csp_workflow.model.case import Reference
from csp_workflow.model.decision import Recorded
from csp_workflow.model.fact import FactKind
from csp_workflow.model.language import ENGLISH
from csp_workflow.model.programme import Programme
from csp_workflow.model.record import Record
from csp_workflow.workflow import Workflow

SUBJECT, FACT, EFFECTIVE_ON, DOCUMENT = "subject", "fact", "effective_on", "document"
RESERVED = (SUBJECT, FACT, EFFECTIVE_ON, DOCUMENT)
_SUBJECTS = (SUBJECT, "partner", "pga", "ref")
_NO_FIELDS = {*RESERVED, *_SUBJECTS}
_LEDGER, _LINE, _VERIFIED = "ledger", "line", "verified"
_COLUMN_OF = {
    "unknown_fact": FACT,
    "unknown_partner": SUBJECT,
    "unknown_case": SUBJECT,
    "unknown_region": SUBJECT,
    "unknown_lifecycle": SUBJECT,
    "bad_reference": SUBJECT,
    "time_goes_back": SUBJECT,
    "duplicate_line": _LINE,
}


_FIELDS = "fields."


def column_of_field(name: str) -> str:
    """The column of a field: its name, or `fields.NAME` where a column of that name means something else."""
    return f"{_FIELDS}{name}" if name in _NO_FIELDS else name


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """How the rows of one kind of fact are read: the places of its fields, and those of what is no field of it."""

    readers: tuple[tuple[int, str, Reader], ...]
    others: tuple[int, ...]
    is_ledger: bool
    defaults: Mapping[str, str]


class RecordSheet:
    """Rows of a `subject` (PGA or case), a `fact`, `effective_on`, `document`, and one column for each field.

    With `fact` all rows are of that kind; `decimal` is the mark before the cents; rules speak `language`.
    """

    def __init__(
        self,
        programme: Programme,
        *,
        actor: Actor,
        at: datetime | None = None,
        fact: str | None = None,
        decimal: str = ".",
        language: str = ENGLISH,
    ) -> None:
        kinds = [programme.fact(fact)] if fact is not None else list(programme.facts.values())
        self._kinds: Mapping[str, FactKind] = {kind.name: kind for kind in kinds}
        self._programme, self._actor, self._at, self._fact, self._decimal = programme, actor, at, fact, decimal
        self._language = language
        self.options: tuple[str, ...] = (fact or "", decimal)
        self._places: Mapping[str, int] = {}
        self._subject = SUBJECT
        self._plans: dict[str, _Plan] = {}
        self._key = ""

    @property
    def known(self) -> frozenset[str]:
        """The names that columns may have."""
        fields = {name for kind in self._kinds.values() for name in kind.form.fields}
        return frozenset({*_NO_FIELDS, *(fields - _NO_FIELDS), *(f"{_FIELDS}{name}" for name in fields)})

    def use(self, columns: Columns, file: str, fingerprint: str) -> None:
        """Take in which columns there are.

        Raises:
            BadFile: one is missing, or two mean the same.
        """
        subjects = [name for name in _SUBJECTS if name in columns.places]
        if len(subjects) != 1:
            which = f"{' and '.join(subjects)} mean the same" if subjects else f"the column {SUBJECT} is missing"
            raise BadFile(file, f"{which}: one column names the partner or case of each row")
        for column in columns.places:
            if (
                column.startswith(_FIELDS)
                and (name := column.removeprefix(_FIELDS)) in columns.places.keys() - _NO_FIELDS
            ):
                raise BadFile(file, f"{name} and {column} mean the same")
        if FACT not in columns.places and self._fact is None:
            raise BadFile(file, f"the column {FACT} is missing: add it, or say --fact for the whole file")
        self._places, self._subject = columns.places, subjects[0]
        self._key = f"csv:{fingerprint}:"

    def read(self, row: Row, seen: Seen) -> Record:
        """The fact that a row says.

        Raises:
            BadCell: a cell is not what its column takes.
            UnknownName: there is no such fact.
        """
        cells = row.cells
        subject = unescape(cells[self._places[self._subject]]).strip()
        if not subject:
            raise BadCell(self._subject, "is empty: name a partner or a case")
        fact = self._fact_of(cells)
        plan = self._plans.get(fact) or self._plan(fact)
        fields = self._fields(cells, plan, fact)
        record = Record(
            subject=subject,
            fact=fact,
            fields=fields,
            effective_on=self._day(cells),
            document=self._document(cells),
            key=None if plan.is_ledger else f"{self._key}{row.number}",
        )
        if plan.is_ledger and _LINE not in fields:
            fields[_LINE] = _line_of(record, plan, seen)
        return record

    def keep(
        self, workflow: Workflow, values: Sequence[Record], *, dry_run: bool = False
    ) -> list[Kept | WorkflowError]:
        """Record them all, each for itself; a row that somebody else has brought in this very file stands there."""
        answers = self._answers(workflow, values, dry_run=dry_run)
        return list(each_by_itself(answers) if dry_run else answers)

    def _answers(
        self, workflow: Workflow, values: Sequence[Record], *, dry_run: bool
    ) -> list[Recorded | WorkflowError]:
        answers = workflow.record_all(values, actor=self._actor, at=self._at, dry_run=dry_run)
        return [self._told(value, answer) for value, answer in zip(values, answers, strict=True)]

    def _told(self, value: Record, answer: Recorded | WorkflowError) -> Recorded | WorkflowError:
        if isinstance(answer, KeyReused):
            return _known(value)
        if not isinstance(answer, TransitionRefused):
            return answer
        findings = tuple(self._programme.reworded(item, value.subject, self._language) for item in answer.findings)
        return TransitionRefused(answer.trigger, answer.source, findings, answer.earliest)

    def mark(self, value: Record) -> tuple[str, ...] | None:
        """The line, in a ledger: recorded again, it stands there already."""
        if _LINE in value.fields and self._plans[value.fact].is_ledger:
            return value.subject, str(value.fields[_LINE])
        return None

    def rehearsed(self, workflow: Workflow, kept: Kept, value: Record, seen: Seen) -> Kept | WorkflowError:
        """The answer of a dry run, once more by what the file itself has brought before."""
        if not isinstance(kept, Recorded):
            return kept
        if self._plans[value.fact].is_ledger:
            return line_again(kept, value, seen)
        about, usual = value.subject, self._programme.default_lifecycle
        if "/" in about:
            about = Reference.parse(about, usual).write(usual)
        counts_for = kept.fields.get(self._kinds[value.fact].accumulates)
        return fact_again(kept, value, about, counts_for, seen, partial(self._answers, workflow, dry_run=True))

    def column_of(self, error: WorkflowError, value: Record | None) -> str | None:
        """Which column an error speaks of."""
        column = _COLUMN_OF.get(error.code)
        if isinstance(error, BadPayload):
            about_subject = value is not None and error.field == value.fact
            column = SUBJECT if about_subject else self._column_of_field(error.field)
        return self._subject if column == SUBJECT else column

    def _column_of_field(self, field: str) -> str:
        """The column that a field of an error was read from."""
        if field in {EFFECTIVE_ON, DOCUMENT} or f"{_FIELDS}{field}" not in self._places:
            return field
        return f"{_FIELDS}{field}"

    def _fields(self, cells: list[str], plan: _Plan, fact: str) -> dict[str, Any]:
        fields, place = {}, 0
        try:
            for place, name, read in plan.readers:
                if (cell := cells[place]) and not cell.isspace():
                    fields[name] = read(cell)
        except ValueError as problem:
            raise BadCell(self._column_at(place), str(problem)) from None
        for place in plan.others:
            if cells[place] and not cells[place].isspace():
                raise BadCell(self._column_at(place), f"is no field of {fact}, and has to be empty")
        return fields

    def _column_at(self, place: int) -> str:
        return next(column for column, there in self._places.items() if there == place)

    def _fact_of(self, cells: list[str]) -> str:
        place = self._places.get(FACT)
        fact = "" if place is None else unescape(cells[place]).strip()
        if self._fact is None:
            if not fact:
                raise BadCell(FACT, "is empty: name a fact, or say --fact for the whole file")
            return fact
        if fact and fact != self._fact:
            raise BadCell(FACT, f"{fact!r} is not {self._fact!r}, which --fact says of the whole file")
        return self._fact

    def _plan(self, fact: str) -> _Plan:
        if fact not in self._kinds:
            raise UnknownName("fact", fact, self._kinds)
        kind = self._kinds[fact]
        readers: list[tuple[int, str, Reader]] = []
        others: list[int] = []
        for column, place in self._places.items():
            if column in _NO_FIELDS:
                continue
            name = column.removeprefix(_FIELDS)
            if name in kind.form.fields:
                readers.append((place, name, reader_of(kind.form.fields[name], self._decimal)))
            else:
                others.append(place)
        plan = _Plan(
            readers=tuple(readers),
            others=tuple(others),
            is_ledger=kind.accumulates == _LEDGER,
            defaults={name: field.default for name, field in kind.form.fields.items()},
        )
        self._plans[fact] = plan
        return plan

    def _day(self, cells: list[str]) -> date | None:
        place = self._places.get(EFFECTIVE_ON)
        if place is None or not cells[place].strip():
            return None
        try:
            return day(cells[place])
        except ValueError as problem:
            raise BadCell(EFFECTIVE_ON, str(problem)) from None

    def _document(self, cells: list[str]) -> str | None:
        place = self._places.get(DOCUMENT)
        return unescape(cells[place]) if place is not None and cells[place].strip() else None


def _known(record: Record) -> Recorded:
    """What stands there already under the key of this row."""
    return Recorded(entry="", kind="recorded", name=record.fact, fields=record.fields, repeated=True)


def _line_of(record: Record, plan: _Plan, seen: Seen) -> str:
    """The id of a line that brings none: what it says, and how often the file has said so already.

    What is verified later is the same line, and what is left out says the same as its default.
    """
    said = {name: _plain(value) for name, value in record.fields.items() if name != _VERIFIED}
    mark = mark_of(record.subject, {name: text for name, text in said.items() if text != plan.defaults[name]})
    return f"csv-{mark.hex()}-{seen.count(mark)}"


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.isoformat() if isinstance(value, date) else str(value)
