"""Imports under bad conditions: files that are none, any bytes at all, two at once, a kill in the middle, many rows."""

from __future__ import annotations

import codecs
import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csp_workflow import open_workflow
from csp_workflow.bootstrap import join
from csp_workflow.bulk.importing import Import, Report, import_partners, import_records
from csp_workflow.bulk.partners import PartnerSheet
from csp_workflow.bulk.records import RecordSheet
from csp_workflow.console import views
from csp_workflow.errors import BadFile, StorageUnavailable
from csp_workflow.storage.store import MEMORY, open_store
from csp_workflow.testing import SettableClock
from tests.integration.hands import OTTO, PGA, REF, TODAY, start

if sys.platform != "win32":
    import resource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from csp_workflow.bootstrap import HostWorkflow
    from csp_workflow.rules.engine import Judge

ROOT = Path(__file__).parents[2]
LINES = "pga,booked_on,amount,line\n"
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="only POSIX has it")


def lines(folder: Path, number: int) -> Path:
    """A file of so many lines of revenue."""
    path = folder / f"lines-{number}.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write(LINES)
        file.writelines(f"{PGA},2025-{1 + n % 9:02}-0{1 + n % 7},{1 + n % 900}.50,L{n}\n" for n in range(number))
    return path


# ------------------------------------------------------------------------------------------------ files that are none


def test_a_file_that_is_not_there_or_is_a_folder_is_refused(stored: HostWorkflow, tmp_path: Path) -> None:
    for path, problem in (
        (tmp_path / "none.csv", "there is no such file"),
        (tmp_path, "is a folder: name a file"),
        (tmp_path / ("x" * 300), "cannot be read: File name too long"),
        ("a\0b.csv", "is no name that a file can have"),
    ):
        with pytest.raises(BadFile) as refused:
            import_partners(stored, path)
        assert refused.value.message == f"{path}: {problem}."


@POSIX
def test_a_pipe_is_refused_and_not_waited_for(stored: HostWorkflow, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(BadFile, match="is no regular file: save what it gives"):
        import_partners(stored, tmp_path / "pipe.csv")


@POSIX
def test_a_file_that_may_not_be_read_and_a_folder_that_may_not_be_written_are_refused(stored: HostWorkflow) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder, path = Path(made), Path(made) / "p.csv"
        path.write_text("pga,name,country\n")
        path.chmod(0)
        folder.chmod(0o755)
        with nobody(), pytest.raises(BadFile, match="cannot be read: Permission denied"):
            import_partners(stored, path)
        path.chmod(0o644)
        folder.chmod(0o555)
        with nobody(), pytest.raises(BadFile, match="rejected rows cannot be written here"):
            import_partners(stored, path)
        folder.chmod(0o755)


@contextlib.contextmanager
def nobody() -> Iterator[None]:
    """Somebody to whom permissions mean something: an administrator may read and write everything."""
    if os.geteuid() != 0:
        yield
        return
    codecs.lookup("utf-8-sig")  # which nobody may read where Python belongs to the administrator alone
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


# ----------------------------------------------------------------------------------------------------- any bytes at all

CELLS = st.sampled_from(
    f"PGA-1|{PGA}|{REF}|revenue|membership|active|2025-10-01|46053|1.000,00|5.00|yes|A||"
    '"|""|\'|=1|\n|\r\n|\0|DE|de|{|[1]|-1|#'.split("|")
)
LIKELY = st.lists(st.lists(CELLS, max_size=8).map(",".join), max_size=8).map("\n".join).map(str.encode)
CONTENT = st.binary(max_size=200) | LIKELY | st.tuples(LIKELY, st.binary(max_size=8)).map(b"".join)
HEADERS = [
    b"",
    b"pga,name,country,email,language,manager\n",
    b"subject,fact,status,booked_on,amount,line\n",
    b"sep=;\n",
]
FEW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def known(judge: Judge) -> Iterator[HostWorkflow]:
    """A partner with a case in memory, for many files."""
    with join(open_store(MEMORY), judge, SettableClock(TODAY)) as workflow:
        start(workflow)
        yield workflow


@FEW
@given(header=st.sampled_from(HEADERS), content=CONTENT, fact=st.sampled_from([None, "revenue", "membership"]))
def test_whatever_a_file_holds_it_ends_in_a_report_or_in_one_sentence(
    known: HostWorkflow, tmp_path_factory: pytest.TempPathFactory, header: bytes, content: bytes, fact: str | None
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "f.csv"
    path.write_bytes(header + content)
    works: list[Callable[[], Report]] = [
        partial(import_partners, known, path, dry_run=True),
        partial(import_partners, known, path),
        partial(import_records, known, path, actor=OTTO, fact=fact, dry_run=True),
        partial(import_records, known, path, actor=OTTO, fact=fact, decimal=","),
        partial(import_records, known, path, actor=OTTO, fact=fact),
    ]
    for work in works:
        try:
            report = work()
        except BadFile as refused:
            assert refused.message.count("\n") == 0 or "\n" in str(path)  # noqa: PT017 - it may also go well
            continue
        assert report.rows == report.added + report.already_there + report.rejected
        assert len(report.problems) == report.rejected
        assert report.finished


@FEW
@given(header=st.sampled_from(HEADERS[1:3]), content=CONTENT)
def test_a_reject_file_that_nobody_mended_is_rejected_again_and_never_lost(
    known: HostWorkflow, tmp_path_factory: pytest.TempPathFactory, header: bytes, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "f.csv"
    path.write_bytes(header + content)

    def bring(path: Path) -> Report:
        if header.startswith(b"pga"):
            return import_partners(known, path)
        return import_records(known, path, actor=OTTO)

    try:
        report = bring(path)
    except BadFile:
        return
    if report.reject_file is None:
        assert report.rejected == 0
        return
    again = bring(Path(report.reject_file))
    assert again.rows == report.rejected
    assert again.added == 0 or b'"' in content  # a quote that was wrong is mended by being written properly


# ---------------------------------------------------------------------------------------------------- two, and a kill


def test_two_imports_of_the_same_file_at_once_add_every_row_once(stored: HostWorkflow, tmp_path: Path) -> None:
    start(stored)
    path, gate = lines(tmp_path, 900), threading.Barrier(2)

    def bring(_turn: int) -> Report:
        begun = Import(path, RecordSheet(stored.programme, actor=OTTO, fact="revenue"), at_once=100)
        gate.wait()
        return begun.run(stored)

    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(bring, range(2)))
    assert [report.rejected for report in reports] == [0, 0]
    assert sum(report.added for report in reports) == 900
    assert sum(report.already_there for report in reports) == 900
    assert len({item.fields["line"] for item in stored.records(PGA, limit=1000)}) == 900


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from csp_workflow import Actor, open_workflow
from csp_workflow.bulk.importing import Import
from csp_workflow.bulk.records import RecordSheet

asked = 0
def clock():
    global asked
    asked += 1
    if asked == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)  # within the transaction, which asks for the time when it has its lock
    return datetime(2025, 10, 6, tzinfo=UTC)

with open_workflow(sys.argv[1], clock=clock) as workflow:
    sheet = RecordSheet(workflow.programme, actor=Actor("otto", "operator"), fact="revenue")
    Import(sys.argv[2], sheet, at_once=100).run(workflow)
"""


@POSIX
def test_an_import_that_is_killed_in_the_middle_is_finished_by_the_same_file(tmp_path: Path) -> None:
    address, path = f"sqlite:///{tmp_path / 'killed.db'}", lines(tmp_path, 500)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{PGA},31.12.2024,5.00,X\n")
    clock = SettableClock(TODAY)
    with open_workflow(address, clock=clock) as workflow:
        start(workflow)
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", KILLED, address, str(path), "4"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == -9
    with open_workflow(address, clock=clock) as workflow:
        assert len(workflow.records(PGA, limit=1000)) == 300
        report = import_records(workflow, path, actor=OTTO, fact="revenue")
        assert (report.added, report.already_there, report.rejected) == (200, 300, 1)
        assert len({item.fields["line"] for item in workflow.records(PGA, limit=1000)}) == 500


def test_a_database_that_goes_away_is_told_with_what_was_kept(stored: HostWorkflow, tmp_path: Path) -> None:
    start(stored)
    path = lines(tmp_path, 30)
    begun = Import(path, RecordSheet(stored.programme, actor=OTTO, fact="revenue"), at_once=10)
    with begun, closing(begun.steps(stored)) as steps:
        next(steps)
        next(steps)
        for file in tmp_path.glob("partners.db*"):
            file.unlink()
        stored.close()
        (tmp_path / "partners.db").mkdir()
        with pytest.raises(StorageUnavailable, match=r"20 rows of .* were kept before; import it again\.$"):
            next(steps)
    assert not begun.report.finished


def test_a_dry_run_that_ends_early_says_of_no_row_that_it_is_kept(on_file: HostWorkflow, tmp_path: Path) -> None:
    start(on_file)
    path = lines(tmp_path, 30)
    sheet = RecordSheet(on_file.programme, actor=OTTO, fact="revenue")
    with Import(path, sheet, dry_run=True, at_once=10) as begun, closing(begun.steps(on_file)) as steps:
        next(steps)
        on_file.close()
        for file in tmp_path.glob("partners.db*"):
            file.unlink()
        (tmp_path / "partners.db").mkdir()
        with pytest.raises(StorageUnavailable) as told:
            next(steps)
    assert "kept" not in told.value.message
    assert begun.report.added == 10
    said = "".join(str(picture) for picture in views.bulk.report(begun.report))
    assert "Broken off: what is counted here is only the beginning." in said


def test_a_dry_run_of_a_file_that_changes_says_of_no_row_that_it_is_kept(on_file: HostWorkflow, tmp_path: Path) -> None:
    start(on_file)
    path = lines(tmp_path, 30)
    sheet = RecordSheet(on_file.programme, actor=OTTO, fact="revenue")
    with Import(path, sheet, dry_run=True, at_once=10) as begun:
        steps = begun.steps(on_file)
        next(steps)
        lengthen(path)
        assert list(steps) == []
    said = "".join(str(picture) for picture in views.bulk.report(begun.report))
    assert "what is counted here is only the beginning; try it once it is whole." in said
    assert "kept" not in said


def test_rows_are_counted_though_the_folder_of_the_rejected_ones_is_gone(stored: HostWorkflow, tmp_path: Path) -> None:
    path, place = tmp_path / "p.csv", tmp_path / "rest"
    path.write_text("pga,name,country\nPGA-1,N,DE\nPGA 2,N,DE\nPGA-3,N,DE\nPGA-4,N,DE\n")
    place.mkdir()
    with Import(path, PartnerSheet(), rejects=str(place / "r.csv")) as begun:
        place.rmdir()
        with pytest.raises(BadFile, match=r"cannot be written: .* 3 rows of .* were kept before; import it again\.$"):
            list(begun.steps(stored))
    assert (begun.report.added, begun.report.rejected) == (3, 1)
    assert len(stored.partners()) == 3


@POSIX
def test_rows_are_counted_though_the_disk_is_too_small_for_the_rejected_ones(
    known: HostWorkflow, tmp_path: Path
) -> None:
    path = tmp_path / "p.csv"
    bad = "".join(f"PGA {number},N,DE\n" for number in range(200))
    path.write_text(f"pga,name,country\nPGA-1,N,DE\n{bad}PGA-3,N,DE\n")
    limit, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with pytest.raises(BadFile, match=r"rejected\.csv: cannot be written: .* 2 rows of .* were kept before"):  # noqa: PT012 - the limit ends with the import
        try:
            with Import(path, PartnerSheet()) as begun:
                resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
                list(begun.steps(known))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    assert (begun.report.added, begun.report.rejected) == (2, 200)


def cut(path: Path) -> None:
    """Leave only the beginning."""
    os.truncate(path, 10_000)


def lengthen(path: Path) -> None:
    """Add a row."""
    with path.open("a") as file:
        file.write(f"{PGA},2025-10-01,5.00,X\n")


def write_over(path: Path) -> None:
    """Other content of the same length."""
    path.write_bytes(path.read_bytes().replace(b".50", b".75"))


def write_over_unseen(path: Path) -> None:
    """The same, and nothing but the content shows it."""
    before = path.stat()
    write_over(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize(("change", "kept"), [(cut, 100), (lengthen, 100), (write_over, 100), (write_over_unseen, 900)])
def test_a_file_that_changes_while_it_is_read_is_noticed_and_what_was_done_is_kept(
    on_file: HostWorkflow, tmp_path: Path, change: Callable[[Path], None], kept: int
) -> None:
    start(on_file)
    path = lines(tmp_path, 950)
    with Import(path, RecordSheet(on_file.programme, actor=OTTO, fact="revenue"), at_once=100) as begun:
        steps = begun.steps(on_file)
        next(steps)
        change(path)
        assert sum(1 for _step in steps) == kept // 100 - 1
    report = begun.report
    assert (report.finished, report.changed, report.added) == (False, True, kept)
    assert report.to_dict()["changed"]
    assert len(on_file.records(PGA, limit=1000)) == kept


def test_a_file_that_changes_with_its_last_rows_is_noticed_too(on_file: HostWorkflow, tmp_path: Path) -> None:
    start(on_file)
    path = lines(tmp_path, 10)
    with Import(path, RecordSheet(on_file.programme, actor=OTTO, fact="revenue"), at_once=10) as begun:
        steps = begun.steps(on_file)
        next(steps)
        lengthen(path)
        assert list(steps) == []
    assert (begun.report.finished, begun.report.changed, begun.report.added) == (False, True, 10)


def test_a_file_that_is_put_in_its_place_meanwhile_is_another_one(on_file: HostWorkflow, tmp_path: Path) -> None:
    start(on_file)
    path = lines(tmp_path, 300)
    with Import(path, RecordSheet(on_file.programme, actor=OTTO, fact="revenue"), at_once=100) as begun:
        steps = begun.steps(on_file)
        next(steps)
        lines(tmp_path, 5).replace(path)
        assert len(list(steps)) == 2
    assert (begun.report.finished, begun.report.changed, begun.report.added) == (True, False, 300)


# -------------------------------------------------------------------------------------------------------- many rows


@pytest.mark.parametrize("kind", ["lines", "partners", "rejected"])
def test_memory_does_not_grow_with_the_file(known: HostWorkflow, tmp_path: Path, kind: str) -> None:
    def peak(number: int) -> int:
        path = tmp_path / f"{kind}-{number}.csv"
        with path.open("w", encoding="utf-8") as file:
            if kind == "lines":
                file.write("pga,booked_on,amount\n")
                file.writelines(f"{PGA},2025-01-0{1 + n % 7},{n}.50\n" for n in range(1, number))
            else:
                file.write("pga,name,country\n")
                key = "PGA" if kind == "partners" else "PGA "
                file.writelines(f"{key}{n},Tailspin,DE\n" for n in range(number))
        sheet = RecordSheet(known.programme, actor=OTTO, fact="revenue") if kind == "lines" else PartnerSheet()
        begun: Import[object] = Import(path, sheet, dry_run=True, at_once=200)  # type: ignore[arg-type]
        tracemalloc.start()
        report = begun.run(known)
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert report.rows in {number, number - 1}
        return most

    peak(400)
    few, many = peak(1_500), peak(6_000)
    assert many < few * 1.5 + 100_000


def test_a_file_of_nothing_but_quotes_and_one_of_one_endless_line_end_soon(known: HostWorkflow, tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text("pga,name,country\n" + '"\n' * 3_000)
    report = import_partners(known, path)
    assert (report.rejected, report.added) == (report.rows, 0)
    path.write_text("pga,name,country\n" + "x" * 5_000_000)
    assert import_partners(known, path).problems[0].reason.startswith("is longer than 1,048,576 characters")


def test_a_dry_run_leaves_the_file_of_the_database_as_it_is(on_file: HostWorkflow, tmp_path: Path, file: Path) -> None:
    start(on_file)
    path = lines(tmp_path, 300)
    on_file.close()
    content = file.read_bytes()
    with open_workflow(f"sqlite:///{file}", clock=SettableClock(TODAY)) as workflow:
        report = import_records(workflow, path, actor=OTTO, fact="revenue", dry_run=True)
    assert report.added == 300
    assert file.read_bytes() == content
