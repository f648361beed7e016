"""Files that come in: what is good is kept, what is not is told and set aside, and the same again adds nothing."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from csp_workflow.bulk.importing import Import, Report, import_partners, import_records
from csp_workflow.bulk.partners import PartnerSheet
from csp_workflow.bulk.records import RecordSheet
from csp_workflow.errors import BadFile, UnknownName
from tests.integration.hands import ANNA, OTTO, PGA, REF, RITA, TIMER, TODAY, dump, start

if TYPE_CHECKING:
    from csp_workflow.bootstrap import HostWorkflow
    from tests.databases import Database

BOM = b"\xef\xbb\xbf"
HEADER = "pga,booked_on,amount,line\n"
PLAN = {"kind": "ASfP", "started_on": "2025-10-01"}


@pytest.fixture
def ready(stored: HostWorkflow) -> HostWorkflow:
    """A partner with a case, and nothing recorded."""
    start(stored)
    return stored


def saved(folder: Path, content: str | bytes, name: str = "facts.csv") -> Path:
    """A file with some content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def brought(workflow: HostWorkflow, path: Path, **options: Any) -> Report:
    """What comes of a file of facts."""
    return import_records(workflow, path, **{"actor": OTTO, **options})


def counts(report: Report) -> tuple[int, int, int]:
    """How many rows were added, stood there already, and were rejected."""
    return report.added, report.already_there, report.rejected


def told(report: Report) -> list[tuple[int, str | None, str, str]]:
    """What was wrong, row by row."""
    return [(item.line, item.column, item.code, item.reason) for item in report.problems]


def fields(workflow: HostWorkflow, pga: str = PGA) -> list[Any]:
    """What stands recorded about a partner."""
    return [dict(item.fields) for item in workflow.records(pga, limit=1000)]


# ------------------------------------------------------------------------------------------------ how files are written


@pytest.mark.parametrize("mark", [b"", BOM])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("between", [b",", b";", b"\t"])
def test_files_of_all_common_kinds_say_the_same(
    ready: HostWorkflow, tmp_path: Path, mark: bytes, end: bytes, between: bytes
) -> None:
    lines = [b"PGA,Fact,Booked_On,Amount,Tenant", b"PGA-1001,revenue,2025-10-01,1000.00,s\xc3\xb6hne", b""]
    content = mark + end.join(lines).replace(b",", between)
    assert counts(brought(ready, saved(tmp_path, content))) == (1, 0, 0)
    (line,) = fields(ready)
    assert (line["amount"], line["tenant"]) == ("1000.00", "söhne")


def test_a_first_line_of_excel_says_what_stands_between_cells(ready: HostWorkflow, tmp_path: Path) -> None:
    path = saved(tmp_path, f"sep=;\r\nref;fact;name\r\n{PGA};managed_service;a,b\r\n")
    assert counts(brought(ready, path)) == (1, 0, 0)
    assert fields(ready) == [{"name": "a,b"}]


def test_amounts_with_a_decimal_comma_are_read_when_told(ready: HostWorkflow, tmp_path: Path) -> None:
    path = saved(tmp_path, f"pga;booked_on;amount\n{PGA};2025-10-01;1.234,56\n{PGA};2025-10-01;7\n")
    refused = brought(ready, path, fact="revenue")
    assert counts(refused) == (1, 0, 1)
    assert "or say --decimal , for amounts" in refused.problems[0].reason
    assert counts(brought(ready, path, fact="revenue", decimal=",")) == (1, 1, 0)
    assert sorted(line["amount"] for line in fields(ready)) == ["1234.56", "7.00"]


def test_every_fact_has_its_columns_and_a_field_that_it_does_not_have_is_rejected(
    ready: HostWorkflow, tmp_path: Path
) -> None:
    path = saved(
        tmp_path,
        "subject,fact,effective_on,document,status,available,fields.kind,started_on\n"
        f"{PGA},membership,2025-10-01,ticket 1,active,,,\n"
        f"{PGA},first_line_support,,,,Yes,,\n"
        f"{PGA},first_line_support,,,active,yes,,\n"
        f"{REF},support_plan,,,,,ASfP,2025-10-01\n",
    )
    report = brought(ready, path)
    assert told(report) == [
        (4, "status", "bad_cell", "is no field of first_line_support, and has to be empty."),
    ]
    found = ready.records(PGA)
    assert [(item.subject, item.fact) for item in found] == [
        (PGA, "membership"),
        (PGA, "first_line_support"),
        (REF, "support_plan"),
    ]
    assert (found[0].effective_on, found[0].document) == (date(2025, 10, 1), "ticket 1")
    assert (found[1].effective_on, found[1].document) == (TODAY, None)


def test_a_cell_that_was_made_safe_for_a_spreadsheet_is_read_as_it_was(stored: HostWorkflow, tmp_path: Path) -> None:
    path = saved(tmp_path, "pga,name,country,manager\nPGA-1,'=1+1,DE,'''\nPGA-2,'s Heeren,DE,\n", "p.csv")
    assert counts(import_partners(stored, path)) == (2, 0, 0)
    assert [(item.name, item.manager) for item in stored.partners()] == [("=1+1", "''"), ("'s Heeren", None)]


# -------------------------------------------------------------------------------------------------- what is wrong where


def test_every_bad_row_is_told_with_line_column_and_reason_and_the_good_ones_are_kept(
    ready: HostWorkflow, tmp_path: Path
) -> None:
    path = saved(
        tmp_path,
        "pga,booked_on,amount,line,channel\n"
        f"{PGA},2025-10-01,5.00,A,\n"
        f"{PGA},31.01.2025,5.00,B,\n"
        f"{PGA},2025-10-01,five,C,\n"
        f"{PGA},2025-10-07,5.00,D,\n"
        f"{PGA},2025-10-01,0,E,\n"
        f"{PGA},2025-10-01,5.00,F,post\n"
        f"{PGA},2025-10-01,6.00,A,\n"
        f"PGA-9,2025-10-01,5.00,G,\n"
        f"PGA 9,2025-10-01,5.00,G,\n"
        f",2025-10-01,5.00,G,\n"
        f"{PGA},,5.00,H,\n"
        f"{PGA}/mars,2025-10-01,5.00,I,\n"
        f"{REF},2025-10-01,5.00,J,\n"
        f"{PGA}/a/b/c/d,2025-10-01,5.00,J,\n"
        f"{PGA},2025-10-01,5.00,K,\n",
    )
    report = brought(ready, path, fact="revenue")
    assert [(line, column, code) for line, column, code, _reason in told(report)] == [
        (3, "booked_on", "bad_cell"),
        (4, "amount", "bad_cell"),
        (5, "booked_on", "bad_payload"),
        (6, "amount", "bad_payload"),
        (7, "channel", "bad_payload"),
        (8, "line", "duplicate_line"),
        (9, "pga", "unknown_partner"),
        (10, "pga", "unknown_partner"),
        (11, "pga", "bad_cell"),
        (12, "booked_on", "bad_payload"),
        (13, "pga", "unknown_case"),
        (14, "pga", "bad_payload"),
        (15, "pga", "bad_reference"),
    ]
    reasons = [reason for _line, _column, _code, reason in told(report)]
    assert reasons[2] == "2025-10-07 is later than the day, 2025-10-06."
    assert reasons[5].startswith("'A' of PGA-1001 stands there with other content")
    assert reasons[6] == "There is no partner 'PGA-9'; register it with: partner add."
    assert reasons[9] == "is missing; revenue needs a date not later than the day."
    assert [line["line"] for line in fields(ready)] == ["A", "K"]


def test_a_column_that_the_header_does_not_have_is_told_by_its_name(ready: HostWorkflow, tmp_path: Path) -> None:
    report = brought(ready, saved(tmp_path, f"pga,fact\n{PGA},membership\n{PGA},fame\n"))
    assert [(column, code) for _line, column, code, _reason in told(report)] == [
        ("status", "bad_payload"),
        ("fact", "unknown_fact"),
    ]


def test_what_a_role_may_not_record_is_rejected_with_the_rule_and_its_fix(ready: HostWorkflow, tmp_path: Path) -> None:
    path = saved(tmp_path, f"pga,fact,status\n{PGA},membership,active\n")
    refused = brought(ready, path, actor=TIMER)
    ((_line, column, code, reason),) = told(refused)
    assert (column, code) == (None, "refused")
    assert reason.startswith("refused by actor.role: ")
    assert counts(brought(ready, path)) == (1, 0, 0), "somebody who may brings the same file"
    assert counts(brought(ready, path, actor=RITA)) == (0, 1, 0), "and then it stands there, whoever brings it"


def test_a_partner_may_not_verify_its_own_revenue(ready: HostWorkflow, tmp_path: Path) -> None:
    path = saved(tmp_path, f"pga,booked_on,amount,line,verified\n{PGA},2025-10-01,5,A,true\n{PGA},2025-10-01,5,B,\n")
    report = brought(ready, path, fact="revenue", actor=ANNA)
    assert [(item.line, item.column) for item in report.problems] == [(2, "verified")]
    assert [line["verified"] for line in fields(ready)] == [False]


def test_bytes_that_are_no_utf8_reject_their_row_and_stay_in_the_reject_file(
    stored: HostWorkflow, tmp_path: Path
) -> None:
    path = saved(tmp_path, b"pga,name,country\nPGA-1,Caf\xe9,DE\nPGA-2,Caf\xc3\xa9,DE\n", "p.csv")
    report = import_partners(stored, path)
    assert told(report) == [(2, "name", "bad_row", "holds bytes that are no UTF-8: save the file as UTF-8.")]
    assert b"PGA-1,Caf\xe9,DE" in (tmp_path / "p.rejected.csv").read_bytes()


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("a\0b", "holds a character that cannot be stored."),
        ("x" * 20_000, "is longer than 10000 characters."),
        ("x" * 200_000, "is longer than 10000 characters."),
    ],
)
def test_a_cell_that_cannot_be_kept_rejects_its_row(
    stored: HostWorkflow, tmp_path: Path, cell: str, reason: str
) -> None:
    path = saved(tmp_path, f"pga,name,country\nPGA-1,{cell},DE\nPGA-2,Tailspin,DE\n", "p.csv")
    report = import_partners(stored, path)
    assert told(report) == [(2, "name", "bad_partner", reason)]
    assert report.added == 1


def test_a_reason_that_quotes_a_long_cell_is_of_bearable_length(ready: HostWorkflow, tmp_path: Path) -> None:
    report = brought(ready, saved(tmp_path, f"{HEADER}{PGA},{'x' * 9000},5,A\n"), fact="revenue")
    assert len(report.problems[0].reason) < 400
    assert report.problems[0].reason.endswith("is not a date; write it as 2026-01-31.")


def test_only_the_first_thousand_problems_are_told_and_all_are_written(stored: HostWorkflow, tmp_path: Path) -> None:
    path = saved(tmp_path, "pga,name,country\n" + "PGA 1,N,DE\n" * 1203, "p.csv")
    report = import_partners(stored, path).to_dict()
    assert (report["rejected"], len(report["problems"]), report["problems_left_off"]) == (1203, 1000, 203)
    assert len((tmp_path / "p.rejected.csv").read_text().splitlines()) == 1204


# -------------------------------------------------------------------------------------------------- files that are none


def test_a_header_alone_brings_nothing_and_is_no_error(stored: HostWorkflow, tmp_path: Path) -> None:
    report = import_partners(stored, saved(tmp_path, "pga,name,country\n", "p.csv"))
    assert (report.rows, report.finished, report.reject_file) == (0, True, None)
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".csv"] == ["p.csv"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        ("pga,name\n".encode("utf-16"), "is UTF-16 text: save it as 'CSV UTF-8'"),
        (b"PK\x03\x04rest", "is a workbook and no CSV: save it as 'CSV UTF-8'"),
        (b"\xd0\xcf\x11\xe0rest", "is a workbook and no CSV: save it as 'CSV UTF-8'"),
        (b"pga,name\nPGA-1,N\n", "the column country is missing; partners have pga, name, country"),
        (b"\xff,name\nPGA-1,N\n", "its first line is no text in UTF-8: save it as 'CSV UTF-8'"),
        (b"pga,name\0\nPGA-1,N\n", "its first line is no text in UTF-8: save it as 'CSV UTF-8'"),
    ],
)
def test_a_file_that_holds_no_partners_is_refused_as_a_whole(
    stored: HostWorkflow, tmp_path: Path, content: bytes, problem: str
) -> None:
    with pytest.raises(BadFile) as refused:
        import_partners(stored, saved(tmp_path, content, "p.csv"))
    assert f"p.csv: {problem}" in refused.value.message


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("fact,status", "the column subject is missing: one column names the partner or case of each row"),
        ("pga,ref,fact", "pga and ref mean the same: one column names the partner or case of each row"),
        ("pga,status", "the column fact is missing: add it, or say --fact for the whole file"),
        ("pga,fact,status,fields.status", "status and fields.status mean the same"),
        ("pga,fact,fields.fame", "there is no column 'fields.fame'"),
        ("pga,fact,fame", "there is no column 'fame'"),
    ],
)
def test_a_file_that_holds_no_facts_is_refused_as_a_whole(
    ready: HostWorkflow, tmp_path: Path, header: str, problem: str
) -> None:
    with pytest.raises(BadFile) as refused:
        brought(ready, saved(tmp_path, f"{header}\n{PGA},membership,active\n"))
    assert f"facts.csv: {problem}" in refused.value.message


def test_a_fact_of_another_kind_than_the_whole_file_is_rejected(ready: HostWorkflow, tmp_path: Path) -> None:
    path = saved(tmp_path, f"pga,fact,status\n{PGA},membership,active\n{PGA},,active\n{PGA},security,active\n")
    report = brought(ready, path, fact="membership")
    assert told(report) == [
        (4, "fact", "bad_cell", "'security' is not 'membership', which --fact says of the whole file.")
    ]
    with pytest.raises(UnknownName):
        brought(ready, path, fact="fame")
    with pytest.raises(BadFile, match="there is no column 'status'"):
        brought(ready, path, fact="security")


# ------------------------------------------------------------------------------------------------------ again and again


def test_the_same_file_again_adds_nothing(ready: HostWorkflow, tmp_path: Path, database: Database) -> None:
    path = saved(
        tmp_path,
        "subject,fact,booked_on,amount,line,status,fields.kind,started_on\n"
        f"{PGA},revenue,2025-10-01,5.00,A,,,\n"
        f"{PGA},revenue,2025-10-01,5.00,,,,\n"
        f"{PGA},revenue,2025-10-01,5.00,,,,\n"
        f"{PGA},membership,,,,active,,\n"
        f"{PGA},membership,,,,active,,\n"
        f"{REF},support_plan,,,,,ASfP,2025-10-01\n",
    )
    assert counts(brought(ready, path)) == (5, 1, 0)  # who is a member anyway is no news
    before = dump(database)
    assert counts(brought(ready, path)) == (0, 6, 0)
    assert dump(database) == before
    assert ready.trailing_revenue(REF) == Decimal("15.00")


def test_lines_without_an_id_are_told_apart_by_what_they_say_and_how_often(ready: HostWorkflow, tmp_path: Path) -> None:
    first = "pga,fact,booked_on,amount,product,verified\n" + f"{PGA},revenue,2025-10-01,5.00,,\n" * 2
    assert counts(brought(ready, saved(tmp_path, first))) == (2, 0, 0)
    more = (
        first
        + f"{PGA},revenue,2025-10-01,5,cloud,\n"  # the default, written out, and another way to write five: a third one
        + f"{PGA},revenue,2025-10-01,5.00,perpetual_software,\n"
        + f"{PGA},revenue,2025-10-02,5.00,,\n"
    )
    assert counts(brought(ready, saved(tmp_path, more))) == (3, 2, 0)
    assert len({line["line"] for line in fields(ready)}) == 5


def test_a_line_is_the_same_with_a_default_written_out_and_its_amount_in_another_way(
    ready: HostWorkflow, tmp_path: Path
) -> None:
    header = "pga,fact,booked_on,amount,product,channel\n"
    assert counts(brought(ready, saved(tmp_path, f"{header}{PGA},revenue,2025-10-01,5.00,,\n"))) == (1, 0, 0)
    again = saved(tmp_path, f"{header}{PGA},revenue,2025-10-01,5,cloud,indirect\n")
    assert counts(brought(ready, again)) == (0, 1, 0)


def test_the_same_rows_as_another_fact_are_other_facts(ready: HostWorkflow, tmp_path: Path) -> None:
    path = saved(tmp_path, f"ref,done_on\n{REF},2025-10-01\n")
    for fact in ("account_setup", "customer_association"):
        assert counts(brought(ready, path, fact=fact)) == (1, 0, 0)
        assert counts(brought(ready, path, fact=fact)) == (0, 1, 0)


def test_a_line_that_is_verified_later_is_the_same_line(ready: HostWorkflow, tmp_path: Path) -> None:
    path = saved(tmp_path, f"pga,fact,booked_on,amount,verified\n{PGA},revenue,2025-10-01,5.00,no\n")
    assert counts(brought(ready, path)) == (1, 0, 0)
    path = saved(tmp_path, f"pga,fact,booked_on,amount,verified\n{PGA},revenue,2025-10-01,5.00,yes\n")
    assert counts(brought(ready, path)) == (1, 0, 0)
    assert ready.trailing_revenue(REF) == Decimal("5.00")


def test_a_line_with_an_id_that_says_something_else_is_rejected(ready: HostWorkflow, tmp_path: Path) -> None:
    brought(ready, saved(tmp_path, f"{HEADER}{PGA},2025-10-01,5.00,A\n"), fact="revenue")
    report = brought(ready, saved(tmp_path, f"{HEADER}{PGA},2025-10-01,6.00,A\n"), fact="revenue")
    assert [(item.column, item.code) for item in report.problems] == [("line", "duplicate_line")]


def test_partners_that_are_known_stay_and_other_values_are_rejected(stored: HostWorkflow, tmp_path: Path) -> None:
    path = saved(tmp_path, "pga,name,country\nPGA-1,Tailspin,DE\n", "p.csv")
    assert counts(import_partners(stored, path)) == (1, 0, 0)
    assert counts(import_partners(stored, path)) == (0, 1, 0)
    report = import_partners(stored, saved(tmp_path, "pga,name,country\nPGA-1,Tailspin,IT\n", "p.csv"))
    assert [(item.column, item.code) for item in report.problems] == [("pga", "duplicate_partner")]
    assert stored.partner("PGA-1").country == "DE"


def test_what_was_rejected_is_mended_and_fed_again(ready: HostWorkflow, tmp_path: Path) -> None:
    content = (
        f"{HEADER}{PGA},2025-10-01,5.00,A\n{PGA},01.10.2025,6.00,B\n"
        f'{PGA},2025-10-01\n{PGA},2025-10-01,"7.00,C\n{PGA},2025-10-01,8.00,D,,x\n{PGA},2025-10-01,9.00,E\n'
    )
    report = brought(ready, saved(tmp_path, BOM + content.encode()), fact="revenue")
    assert counts(report) == (2, 0, 4)
    rejected = tmp_path / "facts.rejected.csv"
    assert report.reject_file == str(rejected)
    assert rejected.read_bytes().startswith(BOM + b"#line,#column,#reason,pga,booked_on,amount,line\n")
    again = brought(ready, rejected, fact="revenue")
    assert counts(again) == (0, 0, 4), "what was not mended is rejected again"
    assert again.reject_file == str(tmp_path / "facts.rejected-2.csv")
    first, second = (Path(name).read_bytes().splitlines()[0] for name in (report.reject_file, again.reject_file))
    assert first == second, "the reasons of before are not kept"
    mended = (
        rejected.read_text("utf-8-sig")
        .replace("01.10.2025", "2025-10-01")
        .replace('"7.00,C"', "7.00,C")
        .replace("8.00,D,,x", "8.00,D")
        .replace(f"{PGA},2025-10-01\n", f"{PGA},2025-10-01,5.50,A2\n")
    )
    assert counts(brought(ready, saved(tmp_path, mended), fact="revenue")) == (4, 0, 0)
    assert sorted(line["line"] for line in fields(ready)) == ["A", "A2", "B", "C", "D", "E"]


def test_a_reject_file_writes_over_nothing(stored: HostWorkflow, tmp_path: Path, database: Database) -> None:
    path = saved(tmp_path, "pga,name,country\nPGA 1,N,DE\n", "p.csv")
    for name in ("p.rejected.csv", "p.rejected-2.csv", "mine.csv"):
        saved(tmp_path, "mine", name)
    assert import_partners(stored, path).reject_file == str(tmp_path / "p.rejected-3.csv")
    assert (tmp_path / "p.rejected.csv").read_text() == "mine"
    good = saved(tmp_path, "pga,name,country\nPGA-1,N,DE\n", "p.csv")
    before = dump(database)
    for name in ("mine.csv", "p.csv", "nowhere/r.csv", "a\0b"):
        with pytest.raises(BadFile):
            import_partners(stored, good, rejects=str(tmp_path / name))
    assert dump(database) == before


def test_a_reject_file_holds_no_formula_and_says_what_came_in(stored: HostWorkflow, tmp_path: Path) -> None:
    header, evil = "pga,name,country,language,#a;=1,manager\n", "=cmd|' /C calc'!A0"
    path = saved(tmp_path, f'{header}PGA-1,{evil},DE,=1,+2,"a;=1\t-2"\nPGA-2,\'=N,XX,,"  ",\'s\nPGA-3,-5,XX\n', "p.csv")
    assert import_partners(stored, path).rejected == 3
    rejected = tmp_path / "p.rejected.csv"
    names, first, second, third = csv.reader(rejected.read_text("utf-8").splitlines())
    assert names[3:] == ["pga", "name", "country", "language", "#a;'=1", "manager"]
    assert first[2].startswith("''=1' is not known")
    assert first[3:] == ["PGA-1", f"'{evil}", "DE", "'=1", "'+2", "a;'=1\t'-2"]
    assert second[3:] == ["PGA-2", "'=N", "XX", "", "  ", "'s"], "what was safe or empty stays as it was"
    assert third[3:] == ["PGA-3", "'-5", "XX"]
    mended = (
        rejected.read_text("utf-8").replace("DE,'=1", "DE,de").replace("XX,,", "DE,,").replace("'-5,XX", "'-5,DE,,,")
    )
    assert counts(import_partners(stored, saved(tmp_path, mended, "p.csv"))) == (3, 0, 0)
    assert [(item.name, item.manager) for item in stored.partners()] == [
        (evil, "a;=1\t-2"),
        ("=N", "'s"),
        ("-5", None),
    ]


def test_bytes_that_are_no_text_stay_in_a_reject_file_beside_an_apostrophe(
    stored: HostWorkflow, tmp_path: Path
) -> None:
    path = saved(tmp_path, b"pga,name,country\nPGA-1,=Caf\xe9;-1,DE\n", "p.csv")
    assert import_partners(stored, path).rejected == 1
    assert b"PGA-1,'=Caf\xe9;'-1,DE" in (tmp_path / "p.rejected.csv").read_bytes()


# ------------------------------------------------------------------------------------------------------------- dry runs


def test_a_dry_run_says_what_would_come_of_it_and_writes_nothing(
    ready: HostWorkflow, tmp_path: Path, database: Database
) -> None:
    path = saved(
        tmp_path,
        "subject,fact,effective_on,booked_on,amount,line,status,verified\n"
        f"{PGA},revenue,,2025-10-01,5.00,A,,no\n"
        f"{PGA},revenue,,2025-10-01,five,B,,\n"
        f"{PGA},revenue,,2025-10-01,6.00,A,,\n"
        f"{PGA},revenue,,2025-10-01,5.00,A,,no\n"
        f"{PGA},revenue,,2025-10-01,5.00,A,,yes\n"
        f"{PGA},revenue,,2025-10-01,5.00,A,,yes\n"
        f"{PGA},membership,2025-10-01,,,,active,\n"
        f"{PGA},revenue,,2025-10-01,5.00,,,\n"
        f"{PGA},membership,2025-10-01,,,,active,\n"
        f"{PGA},membership,,,,,active,\n"
        f"PGA-9,membership,,,,,active,\n",
    )
    before, files = dump(database), sorted(tmp_path.iterdir())
    sheet = RecordSheet(ready.programme, actor=OTTO)
    rehearsed = Import(path, sheet, dry_run=True, at_once=2).run(ready)  # what comes twice stands in several chunks
    assert (dump(database), sorted(tmp_path.iterdir())) == (before, files)
    assert counts(brought(ready, path, dry_run=True)) == counts(rehearsed)
    assert rehearsed.dry_run
    done = brought(ready, path)
    assert counts(rehearsed) == counts(done) == (4, 4, 3)
    assert [item[:3] for item in told(rehearsed)] == [item[:3] for item in told(done)]


@pytest.mark.parametrize("at_once", [1, 2, 3, 100])
def test_a_dry_run_knows_what_counts_wherever_chunks_end(ready: HostWorkflow, tmp_path: Path, at_once: int) -> None:
    ready.record(PGA, "membership", {"status": "active"}, actor=OTTO)
    said = ["active,", "lapsed,", "lapsed,", "active,2025-10-01", "active,2025-10-01"]
    said += ["lapsed,", "active,", "active,", "active,2025-09-01", "active,"]
    rows = [f"{PGA},membership,{one},\n" for one in said]
    names = [f"{PGA},managed_service,,,{name}\n" for name in ("A", "B", "A", "C", "B")]
    path = saved(tmp_path, "pga,fact,status,effective_on,name\n" + "".join(rows + names))
    rehearsed = Import(path, RecordSheet(ready.programme, actor=OTTO), dry_run=True, at_once=at_once).run(ready)
    done = Import(path, RecordSheet(ready.programme, actor=OTTO), at_once=at_once).run(ready)
    assert counts(rehearsed) == counts(done) == (7, 8, 0)


def test_a_dry_run_finds_partners_that_stand_twice_in_the_file(
    stored: HostWorkflow, tmp_path: Path, database: Database
) -> None:
    path = saved(tmp_path, "pga,name,country\nPGA-1,N,DE\nPGA-1,N,DE\nPGA-1,M,DE\n", "p.csv")
    before = dump(database)
    rejects = str(tmp_path / "r.csv")
    rehearsed = Import(path, PartnerSheet(), dry_run=True, rejects=rejects, at_once=1).run(stored)
    assert dump(database) == before
    assert "PGA-1,M,DE" in (tmp_path / "r.csv").read_text()
    done = import_partners(stored, path)
    assert counts(rehearsed) == counts(done) == (1, 1, 1)
    assert [item[:3] for item in told(rehearsed)] == [item[:3] for item in told(done)]


# ------------------------------------------------------------------------------------------------- several transactions


def test_chunks_are_committed_one_by_one_and_end_early_where_rows_are_long(ready: HostWorkflow, tmp_path: Path) -> None:
    long = "t" * 9_999
    rows = [f"{PGA},2025-10-01,5.00,L{number},{long if number > 3 else ''}\n" for number in range(430)]
    path = saved(tmp_path, "pga,booked_on,amount,line,tenant\n" + "".join(rows))
    with Import(path, RecordSheet(ready.programme, actor=OTTO, fact="revenue"), at_once=425) as begun:
        standing = []
        for position in begun.steps(ready):
            assert 0 < position <= begun.size
            standing.append(len(fields(ready)))
    assert standing == [423, 430], "four short rows, and as many long ones as four million characters hold"


def test_what_was_brought_before_the_end_is_kept_and_told(ready: HostWorkflow, tmp_path: Path) -> None:
    rows = "".join(f"{PGA},2025-10-01,5.00,L{number}\n" for number in range(5))
    path = saved(tmp_path, f"{HEADER}{PGA},soon,5.00,X\n{rows}")
    with Import(path, RecordSheet(ready.programme, actor=OTTO, fact="revenue"), at_once=3) as begun:
        next(begun.steps(ready))
        assert "soon" in (tmp_path / "facts.rejected.csv").read_text(), "on disk as soon as the rows are kept"
    assert (begun.report.finished, counts(begun.report)) == (False, (2, 0, 1))
    assert counts(brought(ready, path, fact="revenue")) == (3, 2, 1)
