"""What goes out comes in again as it was, is no formula, and is written page by page."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
import tracemalloc
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csp_workflow import NotFound
from csp_workflow.bootstrap import join
from csp_workflow.bulk.export import Listing, as_csv, as_json, cases, facts, histories, partners, write_file
from csp_workflow.bulk.importing import import_partners, import_records
from csp_workflow.errors import BadFile, UnknownName
from csp_workflow.model.partner import LANGUAGES, Partner
from csp_workflow.model.record import Filed, Record
from csp_workflow.storage.store import MEMORY, open_store
from csp_workflow.testing import SettableClock
from tests.integration.hands import OTTO, PGA, REF, RITA, TODAY, ready, start, walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from csp_workflow.bootstrap import HostWorkflow
    from csp_workflow.rules.engine import Judge

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12) | st.text(
    st.sampled_from("'=+-@\t\r\n \",;#x"), min_size=1, max_size=8
)
NAMES = TEXT.filter(str.strip)
DAYS = st.dates(TODAY - timedelta(days=900), TODAY)
AMOUNTS = st.decimals("0.01", "9999999999999.99", places=2)
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def maybe(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of these fields."""
    return st.fixed_dictionaries({}, optional=fields)


FACTS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "reseller_tenure": st.tuples(st.fixed_dictionaries({"first_transaction_on": DAYS}), maybe(provider=NAMES)).map(
        lambda both: both[0] | both[1]
    ),
    "revenue": st.tuples(
        st.fixed_dictionaries({"booked_on": DAYS, "amount": AMOUNTS, "line": NAMES}),
        maybe(tenant=NAMES, verified=st.booleans(), product=st.sampled_from(["cloud", "perpetual_software"])),
    ).map(lambda both: both[0] | both[1]),
    "membership": st.fixed_dictionaries({"status": st.sampled_from(["active", "lapsed"])}),
    "location": st.fixed_dictionaries({"pla": NAMES, "country": st.sampled_from(["DE", "IT"])}),
    "security": st.tuples(
        st.fixed_dictionaries(
            {
                "admins_total": st.integers(3, 9),
                "admins_with_mfa": st.integers(0, 3),
                "alerts_responsive": st.booleans(),
            }
        ),
        maybe(contact=st.just("") | NAMES),
    ).map(lambda both: both[0] | both[1]),
    "managed_service": st.fixed_dictionaries({"name": NAMES}),
    "support_plan": st.fixed_dictionaries({"kind": NAMES, "started_on": DAYS, "paid": st.booleans()}),
}


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Any fact about the partner, or where it may be about a case about that."""
    name = draw(st.sampled_from(sorted(FACTS)))
    subject = draw(st.sampled_from([PGA, REF])) if name in {"location", "support_plan"} else PGA
    return Record(
        subject=subject,
        fact=name,
        fields=draw(FACTS[name]),
        effective_on=draw(st.none() | DAYS),
        document=draw(st.none() | TEXT | st.just("")),
    )


KNOWN = st.builds(
    Partner,
    pga=st.from_regex(r"[A-Za-z0-9._-]{1,12}", fullmatch=True),
    name=NAMES,
    country=st.sampled_from(["DE", "IT", "CZ"]),
    email=st.none() | st.sampled_from(["a@b.example", "=x@b.example", "'@b"]),
    language=st.sampled_from(LANGUAGES),
    manager=st.none() | NAMES,
)


def fresh(judge: Judge) -> HostWorkflow:
    """A workflow in memory, on a day on which applications are taken."""
    return join(open_store(MEMORY), judge, SettableClock(TODAY))


def said(filed: list[Filed]) -> list[tuple[Any, ...]]:
    """What stands recorded, apart from when, by whom and under which number."""
    return [(item.subject, item.fact, item.fields, item.effective_on, item.document) for item in filed]


def table(pieces: Iterator[str], delimiter: str = ",") -> list[dict[str, str]]:
    """CSV, as another program reads it."""
    return list(csv.DictReader(io.StringIO("".join(pieces), newline=""), delimiter=delimiter, strict=True))


# --------------------------------------------------------------------------------------------------- round trips


@FEW
@given(known=st.lists(KNOWN, max_size=5, unique_by=lambda item: item.pga), mark=st.sampled_from(",;\t"))
def test_partners_that_went_out_come_in_as_they_were(
    judge: Judge, tmp_path_factory: pytest.TempPathFactory, known: list[Partner], mark: str
) -> None:
    path = tmp_path_factory.mktemp("trip") / "p.csv"
    with fresh(judge) as ours, fresh(judge) as theirs:
        ours.register_all(known)
        write_file(str(path), as_csv(partners(ours, None), mark, marked=mark == ";"), overwrite=False)
        report = import_partners(theirs, path)
        assert (report.added, report.rejected) == (len(known), 0), report.problems
        assert theirs.partners() == ours.partners()
        assert import_partners(ours, path).already_there == len(known)


@FEW
@given(known=st.lists(records(), max_size=8), mark=st.sampled_from(",;\t"))
def test_facts_that_went_out_come_in_as_they_were(
    judge: Judge, tmp_path_factory: pytest.TempPathFactory, known: list[Record], mark: str
) -> None:
    path = tmp_path_factory.mktemp("trip") / "f.csv"
    with fresh(judge) as ours, fresh(judge) as theirs:
        for workflow in (ours, theirs):
            start(workflow)
        ours.record_all(known, actor=OTTO)
        write_file(str(path), as_csv(facts(ours, None, None), mark), overwrite=False)
        report = import_records(theirs, path, actor=RITA)
        assert report.rejected == 0, report.problems
        once: list[tuple[Any, ...]] = []
        for item in said(ours.records(PGA)):  # what says the same from the same day on comes in once
            once += [] if any(item[:4] == other[:4] for other in once) else [item]
        assert said(theirs.records(PGA)) == once
        before = said(ours.records(PGA))
        assert import_records(ours, path, actor=OTTO).added == 0
        assert said(ours.records(PGA)) == before


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("reason", ["A line.\n" * 60 + "The end.", "x" + "\n" * 9_999, 'x"' * 5_000, ",=" * 5_000])
def test_a_text_of_many_lines_comes_in_as_it_went_out(judge: Judge, tmp_path: Path, reason: str, mark: str) -> None:
    path = tmp_path / "f.csv"
    with fresh(judge) as ours, fresh(judge) as theirs:
        for workflow in (ours, theirs):
            start(workflow)
        ours.record(PGA, "billing_currency", {"currency": "EUR", "reason": reason}, actor=OTTO)
        write_file(str(path), as_csv(facts(ours, None, None), mark), overwrite=False)
        report = import_records(theirs, path, actor=OTTO)
        assert (report.added, report.rejected) == (1, 0), report.problems
        assert said(theirs.records(PGA)) == said(ours.records(PGA))


def test_a_line_without_an_id_gets_one_that_stays_the_same(judge: Judge, tmp_path: Path) -> None:
    path, again = tmp_path / "f.csv", tmp_path / "g.csv"
    with fresh(judge) as ours, fresh(judge) as theirs:
        for workflow in (ours, theirs):
            start(workflow)
        line = Record(subject=PGA, fact="revenue", fields={"booked_on": TODAY, "amount": "5.00"})
        ours.record_all([line, line], actor=OTTO)
        write_file(str(path), as_csv(facts(ours, None, None, "revenue")), overwrite=False)
        assert import_records(theirs, path, actor=OTTO).added == 2
        write_file(str(again), as_csv(facts(theirs, None, None, "revenue")), overwrite=False)
        assert import_records(theirs, again, actor=OTTO).already_there == 2
        assert import_records(theirs, path, actor=OTTO).already_there == 2


# ------------------------------------------------------------------------------------------------- what is in it


@pytest.fixture
def active(stored: HostWorkflow) -> HostWorkflow:
    """A case that has just become active."""
    walk(stored, ready(stored))
    return stored


def test_no_cell_of_any_export_is_a_formula(active: HostWorkflow) -> None:
    evil = "=cmd|' /C calc'!A0"
    active.edit_partner(PGA, actor=OTTO, name=evil, manager="+49 30 1234")
    active.record(PGA, "managed_service", {"name": "@SUM(A1)"}, actor=OTTO, document="-1")
    active.note(REF, evil, actor=OTTO)
    listings: list[Listing[Any]] = [
        partners(active, None),
        cases(active, None, None),
        facts(active, None, None),
        histories(active, None, None),
    ]
    for listing in listings:
        rows = table(as_csv(listing))
        cells = [cell for row in rows for cell in row.values()]
        assert not [cell for cell in cells if cell.lstrip(" ")[:1] in {"=", "+", "-", "@", "\t", "\r"} and cell]
        assert rows
    (row,) = table(as_csv(partners(active, PGA)))
    assert (row["name"], row["manager"]) == (f"'{evil}", "'+49 30 1234")
    assert evil in "".join(as_json(partners(active, PGA)))


def test_cases_have_what_their_table_shows(active: HostWorkflow) -> None:
    active.open_case(PGA, region="japan", tenant="T-1")
    rows = table(as_csv(cases(active, None, None), ";"), ";")
    assert [(row["ref"], row["state"], row["tenant"]) for row in rows] == [
        (REF, "active", ""),
        (f"{PGA}/japan/direct_bill/T-1", "indirect_tenure", "T-1"),
    ]
    assert "transact_direct" in rows[0]["entitlements"]
    assert "review_opens 2026-10-01" in rows[0]["deadlines"]
    document = json.loads("".join(as_json(cases(active, REF, None))))
    assert document == {"cases": [active.case(REF).to_dict()]}


def test_a_history_has_every_entry(active: HostWorkflow) -> None:
    rows = table(as_csv(histories(active, PGA, None)))
    entries = active.history(PGA)
    assert [row["entry"] for row in rows] == [entry.id for entry in entries]
    assert json.loads(rows[1]["payload"] or "{}") == entries[1].payload
    document = json.loads("".join(as_json(histories(active, REF, None))))
    assert document == {"entries": [entry.to_dict() for entry in active.history(REF)]}


def test_facts_are_those_of_a_partner_of_a_case_or_of_a_kind(active: HostWorkflow) -> None:
    start(active, "PGA-2")
    active.record("PGA-2", "membership", {"status": "lapsed"}, actor=OTTO)
    every = table(as_csv(facts(active, None, None)))
    assert {row["subject"] for row in every} == {PGA, REF, "PGA-2"}
    assert {row["subject"] for row in table(as_csv(facts(active, PGA, None)))} == {PGA, REF}
    assert [(row["subject"], row["fact"]) for row in table(as_csv(facts(active, REF, None)))] == [(REF, "support_plan")]
    (member, lapsed) = table(as_csv(facts(active, None, None, "membership")))
    assert list(member) == [
        *("subject", "fact", "effective_on", "document", "status", "partner_id"),
        *("#recorded_at", "#actor", "#entry"),
    ]
    assert (lapsed["status"], lapsed["#actor"], lapsed["#entry"]) == ("lapsed", "otto:operator", "PGA-2#3")
    document = json.loads("".join(as_json(facts(active, "PGA-2", None))))
    assert document == {"facts": [item.to_dict() for item in active.records("PGA-2")]}


def test_facts_of_an_earlier_day_are_those_that_were_recorded_by_then(
    stored: HostWorkflow, clock: SettableClock
) -> None:
    start(stored)
    stored.record(PGA, "membership", {"status": "active"}, actor=OTTO)
    then = clock()
    clock.advance(days=1)
    stored.record(PGA, "membership", {"status": "lapsed"}, actor=OTTO)
    assert [row["status"] for row in table(as_csv(facts(stored, None, then)))] == ["active"]


def test_what_is_not_there_is_said_before_anything_is_written(active: HostWorkflow) -> None:
    for listing in (
        lambda: partners(active, "PGA-9"),
        lambda: cases(active, "PGA-9", None),
        lambda: cases(active, f"{PGA}/japan", None),
        lambda: facts(active, "PGA-9", None),
        lambda: facts(active, f"{PGA}/japan", None),
        lambda: histories(active, "PGA-9", None),
    ):
        for written in (as_csv, as_json):
            with pytest.raises(NotFound):
                next(written(listing()))
    with pytest.raises(UnknownName):
        facts(active, None, None, "fame")


def test_nothing_is_a_document_too(stored: HostWorkflow) -> None:
    assert json.loads("".join(as_json(partners(stored, None)))) == {"partners": []}
    assert "".join(as_csv(partners(stored, None))) == "pga,name,country,email,language,manager,#revision\n"


def test_pages_of_a_history_hold_each_entry_once(active: HostWorkflow) -> None:
    for ref in (PGA, REF):
        whole, paged = active.history(ref), []
        after = None
        while page := active.history(ref, after=after, limit=3):
            assert len(page) <= 3
            paged += page
            after = page[-1].id
        assert paged == whole


# ------------------------------------------------------------------------------------------------- files and memory


def test_a_file_is_written_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    place = tmp_path / "p.csv"

    def broken() -> Iterator[str]:
        yield "begun\n"
        raise NotFound("partner", "PGA-9")

    with pytest.raises(NotFound):
        write_file(str(place), broken(), overwrite=False)
    assert list(tmp_path.iterdir()) == []
    write_file(str(place), iter(["whole\n"]), overwrite=False)
    for pieces in (iter(["other\n"]), broken()):
        with pytest.raises(BadFile, match="is there already: take another name, or --force"):
            write_file(str(place), pieces, overwrite=False)
    with pytest.raises(NotFound):
        write_file(str(place), broken(), overwrite=True)
    assert place.read_text() == "whole\n"
    write_file(str(place), iter(["new\n"]), overwrite=True)
    assert (place.read_text(), len(list(tmp_path.iterdir()))) == ("new\n", 1)


@pytest.mark.skipif(sys.platform == "win32", reason="modes are for POSIX")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o444])
def test_a_file_that_is_written_over_keeps_who_may_read_it(tmp_path: Path, mode: int) -> None:
    place = tmp_path / "p.csv"
    place.write_text("old\n")
    place.chmod(mode)

    def pieces() -> Iterator[str]:
        yield "new\n"
        modes.update(path.stat().st_mode & 0o777 for path in tmp_path.iterdir())

    modes: set[int] = set()
    write_file(str(place), pieces(), overwrite=True)
    assert (place.read_text(), place.stat().st_mode & 0o777) == ("new\n", mode)
    assert modes == {mode}, "from the beginning on"


def test_a_link_is_followed_and_what_is_no_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "p.csv")
    write_file(str(tmp_path / "link"), iter(["a\n"]), overwrite=False)
    assert (tmp_path / "p.csv").read_text() == "a\n"
    os.mkfifo(tmp_path / "pipe")
    for place in (str(tmp_path), str(tmp_path / "none" / "p.csv"), str(tmp_path / "pipe"), "a\0b"):
        with pytest.raises(BadFile):
            write_file(place, iter(["a\n"]), overwrite=True)


@pytest.mark.parametrize("what", ["partners", "facts", "history"])
def test_memory_does_not_grow_with_what_goes_out(judge: Judge, what: str) -> None:
    def peak(number: int) -> int:
        with fresh(judge) as workflow:
            start(workflow)
            if what == "partners":
                known = [Partner(pga=f"P{n}", name="Tailspin", country="DE") for n in range(number)]
                workflow.register_all(known)
            else:
                line = {"booked_on": date(2025, 1, 1), "amount": "5.00"}
                workflow.record_all([Record(subject=PGA, fact="revenue", fields=line)] * number, actor=OTTO)
            listings: dict[str, Listing[Any]] = {
                "partners": partners(workflow, None),
                "facts": facts(workflow, None, None),
                "history": histories(workflow, None, None),
            }
            listing = listings[what]
            tracemalloc.start()
            written = sum(1 for _line in as_csv(listing))
            _now, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert written > number
            return most

    peak(600)
    assert peak(3_000) < peak(1_000) * 1.3 + 100_000


def test_a_partner_that_came_meanwhile_is_no_surprise(active: HostWorkflow) -> None:
    listing = partners(active, None)
    pieces = as_csv(listing)
    next(pieces)
    active.register_partner("PGA-0", name="N", country="DE")
    assert [row.split(",")[0] for row in pieces] == [PGA]
