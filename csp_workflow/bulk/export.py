"""What goes out: partners, cases, facts, histories, page by page, in the shape in which partners and facts come in."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count
from pathlib import Path
from typing import Any, Generic, TypeVar

from csp_workflow.bulk.cells import cell_of
from csp_workflow.bulk.columns import IGNORED
from csp_workflow.bulk.partners import COLUMNS as PARTNER_COLUMNS
from csp_workflow.bulk.places import Place, look_at
from csp_workflow.bulk.records import RESERVED, column_of_field
from csp_workflow.bulk.rows import in_quotes
from csp_workflow.errors import BadFile, StorageDamaged
from csp_workflow.model.case import CaseView
from csp_workflow.model.decision import Entry
from csp_workflow.model.fact import FactKind
from csp_workflow.model.partner import Partner
from csp_workflow.model.record import Filed
from csp_workflow.workflow import Workflow

_PAGE = 500
_BYTE_ORDER_MARK = "\ufeff"
_OF_ENTRIES = ("#recorded_at", "#actor", "#entry")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[T]):
    """Things that go out one after the other: their name, the columns, how each is cells and how it is a document."""

    name: str
    header: tuple[str, ...]
    items: Iterator[T]
    cells: Callable[[T], Iterable[Any]]
    document: Callable[[T], Mapping[str, Any]]


class Counted(Iterator[T]):
    """The same items, and how many of them have come."""

    def __init__(self, items: Iterator[T]) -> None:
        self._items, self.number = items, 0

    def __next__(self) -> T:
        item = next(self._items)
        self.number += 1
        return item


def as_csv(listing: Listing[Any], delimiter: str = ",", *, marked: bool = False) -> Iterator[str]:
    """The listing as CSV, line by line; no cell is a formula. `marked` puts a byte order mark before it."""
    items = _begun(listing.items)
    yield f"{_BYTE_ORDER_MARK if marked else ''}{in_quotes(listing.header, delimiter)}\n"
    for item in items:
        yield f"{in_quotes(map(cell_of, listing.cells(item)), delimiter)}\n"


def as_json(listing: Listing[Any]) -> Iterator[str]:
    """The listing as one JSON document, piece by piece."""
    items = _begun(listing.items)
    yield f'{{\n  "{listing.name}": ['
    before = ""
    for item in items:
        text = json.dumps(listing.document(item), ensure_ascii=False, indent=2, default=str)
        indented = text.replace("\n", "\n    ")
        yield f"{before}\n    {indented}"
        before = ","
    yield "\n  ]\n}\n" if before else "]\n}\n"


def partners(workflow: Workflow, pga: str | None) -> Listing[Partner]:
    """All partners, or one."""
    found = _all_partners(workflow) if pga is None else _lazily(lambda: [workflow.partner(pga)])
    return Listing(
        name="partners",
        header=(*PARTNER_COLUMNS, f"{IGNORED}revision"),
        items=found,
        cells=lambda item: (*(getattr(item, name) for name in PARTNER_COLUMNS), item.revision),
        document=Partner.to_dict,
    )


def cases(workflow: Workflow, subject: str | None, at: datetime | None) -> Listing[CaseView]:
    """All cases, those of a partner, or one; as they are, or as they were at an earlier instant."""
    if subject is not None and "/" in subject:
        found = _lazily(lambda: [workflow.case(subject, at=at)])
    else:
        found = _cases(workflow, subject, at)
    header = ("ref", "partner", "region", "lifecycle", "tenant", "state", "version", "policy")
    more = ("cooldown", "cooldown_ends_on", "entitlements", "deadlines", "opened_at")
    return Listing(name="cases", header=(*header, *more), items=found, cells=_cells_of_case, document=CaseView.to_dict)


def facts(workflow: Workflow, subject: str | None, at: datetime | None, fact: str | None = None) -> Listing[Filed]:
    """What stands recorded about all partners and their cases, about one partner and its cases, or about one case.

    With `at` only what was recorded by then.
    """
    known = workflow.programme.facts
    kinds = [workflow.programme.fact(fact)] if fact is not None else list(known.values())
    columns = _columns_of(kinds)
    found = (
        item
        for item in _filed(workflow, subject)
        if (fact is None or item.fact == fact) and (at is None or item.recorded_at <= at)
    )

    def cells(item: Filed) -> Iterator[Any]:
        if item.fact not in known:
            raise StorageDamaged(f"{item.entry} holds the fact {item.fact!r}, which the definition does not know.")
        yield from (item.subject, item.fact, item.effective_on.isoformat(), item.document)
        own = known[item.fact].form.fields
        yield from (item.fields.get(name) if name in own else None for name in columns)
        yield from (item.recorded_at.isoformat(), f"{item.actor}:{item.role}", item.entry)

    header = (*RESERVED, *columns.values(), *_OF_ENTRIES)
    return Listing(name="facts", header=header, items=found, cells=cells, document=Filed.to_dict)


def histories(workflow: Workflow, subject: str | None, at: datetime | None) -> Listing[Entry]:
    """The journals of all partners, of one, or the history of a case."""
    header = ("entry", "at", "actor", "role", "kind", "ref", "trigger", "from", "to", "policy", "effective_on")
    more = ("document", "due_on", "payload", "findings", "hash")

    def cells(item: Entry) -> Iterator[Any]:
        document = item.to_dict()
        document["payload"] = document["payload"] or None
        document["findings"] = ", ".join(finding.rule for finding in item.findings) or None
        return (document[name] for name in (*header, *more))

    def journal(ref: str) -> Iterator[Entry]:
        return _paged(lambda after: workflow.history(ref, at=at, after=after, limit=_PAGE), lambda item: item.id)

    whose = _all_partners(workflow)
    found = journal(subject) if subject is not None else (item for one in whose for item in journal(one.pga))
    return Listing(name="entries", header=(*header, *more), items=found, cells=cells, document=Entry.to_dict)


def write_file(path: str, pieces: Iterable[str], *, overwrite: bool) -> None:
    """Write a file as a whole or not at all: it is written beside its place, and put there when it is complete.

    Where it takes the place of another, who may read and write that one may read and write it.

    Raises:
        BadFile: it is there already, is no regular file, or cannot be written.
    """
    place = check_free(path, overwrite=overwrite)
    try:
        part = _beside(place.path)
        try:
            with part.open("x", encoding="utf-8", newline="") as file:
                if place.mode is not None:
                    part.chmod(stat.S_IMODE(place.mode))  # before anything is in it that others may not read
                file.writelines(pieces)
                file.flush()
                os.fsync(file.fileno())
            check_free(path, overwrite=overwrite)
            part.replace(place.path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as problem:
        raise BadFile(path, f"cannot be written: {problem.strerror}") from None


def check_free(path: str, *, overwrite: bool) -> Place:
    """Where a file is to be, links followed; refuse a place at which nothing can be written, before anything is done.

    Raises:
        BadFile: there is a file already, something that is no file, or no folder for it.
    """
    place = look_at(path, follow=True)
    if place.mode is not None and not place.is_file:
        raise BadFile(path, "is no regular file")
    if place.is_file and not overwrite:
        raise BadFile(path, "is there already: take another name, or --force")
    if not place.has_folder:
        raise BadFile(path, "there is no such folder")
    return place


def _beside(place: Path) -> Path:
    names = (place.with_name(f".{place.name[:64]}.{os.getpid()}-{number}.part") for number in count())
    return next(name for name in names if not name.exists())


def _begun(items: Iterator[T]) -> Iterator[T]:
    """The same items, with the first one found: what cannot be found is said before anything is written."""
    first = next(items, None)
    return items if first is None else chain([first], items)


def _lazily(find: Callable[[], Iterable[T]]) -> Iterator[T]:
    yield from find()


def _paged(page: Callable[[str | None], list[T]], key: Callable[[T], str]) -> Iterator[T]:
    after: str | None = None
    while found := page(after):
        yield from found
        after = key(found[-1])


def _all_partners(workflow: Workflow) -> Iterator[Partner]:
    return _paged(lambda after: workflow.partners(after=after, limit=_PAGE), lambda item: item.pga)


def _cases(workflow: Workflow, pga: str | None, at: datetime | None) -> Iterator[CaseView]:
    if pga is not None:
        workflow.partner(pga)
    yield from _paged(lambda after: workflow.cases(partner=pga, after=after, limit=_PAGE, at=at), lambda item: item.ref)


def _filed(workflow: Workflow, subject: str | None) -> Iterator[Filed]:
    ref = workflow.case(subject).ref if subject is not None and "/" in subject else None
    pga = None if subject is None else subject.partition("/")[0]
    for one in _all_partners(workflow) if pga is None else [workflow.partner(pga)]:
        items = _paged(
            lambda after, pga=one.pga: workflow.records(pga, after=after, limit=_PAGE),  # type: ignore[misc]
            lambda item: item.entry,
        )
        yield from (item for item in items if ref is None or item.subject == ref)


def _columns_of(kinds: Iterable[FactKind]) -> dict[str, str]:
    """The columns of all fields of some facts; what is stored masked cannot be fed again, and is not read."""
    columns: dict[str, str] = {}
    for kind in kinds:
        for name, field in kind.form.fields.items():
            column = f"{IGNORED}{name}" if field.sensitive else column_of_field(name)
            columns.setdefault(name, column)
    return columns


def _cells_of_case(case: CaseView) -> Iterator[Any]:
    waits = case.cooldown
    yield from (case.ref, case.partner, case.region, case.lifecycle, case.tenant or None, case.state, case.version)
    yield from (case.policy, waits.case if waits else None, waits.ends_on.isoformat() if waits else None)
    yield ", ".join(case.entitlements) or None
    yield ", ".join(f"{item.kind} {item.due_on}" for item in case.deadlines) or None
    yield case.opened_at.isoformat()
