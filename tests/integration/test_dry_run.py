"""A dry run of facts tells what the import would tell, however its rows hang together and wherever chunks end."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csp_workflow.bootstrap import join
from csp_workflow.bulk.importing import Import, Report
from csp_workflow.bulk.records import RecordSheet
from csp_workflow.storage.store import MEMORY, open_store
from csp_workflow.testing import SettableClock
from tests.integration.hands import OTTO, PGA, REF, TODAY, dump, start

if TYPE_CHECKING:
    from pathlib import Path

    from csp_workflow.bootstrap import HostWorkflow
    from csp_workflow.rules.engine import Judge
    from tests.databases import Database

COLUMNS = "subject,fact,effective_on,status,name,pla,country,booked_on,amount,line,verified"
DAYS = ["", "", "2025-09-01", "2025-09-02", TODAY.isoformat(), "2026-04-01"]
ROWS = st.one_of(
    st.builds(
        "{},membership,{},{},,,,,,,".format, st.just(PGA), st.sampled_from(DAYS), st.sampled_from(["active", "lapsed"])
    ),
    st.builds("{},managed_service,{},,{},,,,,,".format, st.just(PGA), st.sampled_from(DAYS), st.sampled_from("AB")),
    st.builds(
        "{},location,{},,,1,{},,,,".format,
        st.sampled_from([PGA, REF, f"{REF}/direct_bill"]),
        st.sampled_from(DAYS),
        st.sampled_from(["DE", "FJ", "nowhere"]),
    ),
    st.builds(
        "{},revenue,,,,,,2025-09-01,{},{},{}".format,
        st.just(PGA),
        st.sampled_from(["5", "5.00", "6"]),
        st.sampled_from(["", "a", "b"]),
        st.sampled_from(["", "yes", "no"]),
    ),
)


def brought(workflow: HostWorkflow, path: Path, rows: list[str], at_once: int, *, dry_run: bool) -> Report:
    """What comes of a file of facts."""
    path.write_text("\n".join([COLUMNS, *rows, ""]))
    sheet = RecordSheet(workflow.programme, actor=OTTO)
    return Import(path, sheet, dry_run=dry_run, at_once=at_once).run(workflow)


def told(report: Report) -> tuple[int, int, list[tuple[int, str | None, str]]]:
    """How many rows were added and stood there already, and what was wrong with the others."""
    return report.added, report.already_there, [(item.line, item.column, item.code) for item in report.problems]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.lists(ROWS, max_size=4),
    rows=st.lists(ROWS, min_size=1, max_size=8),
    at_once=st.integers(1, 4),
    taken_back=st.booleans(),
)
def test_a_dry_run_counts_as_the_import_does(
    judge: Judge, tmp_path: Path, before: list[str], rows: list[str], at_once: int, *, taken_back: bool
) -> None:
    with join(open_store(MEMORY), judge, SettableClock(TODAY)) as workflow:
        start(workflow)
        brought(workflow, tmp_path / "before.csv", before, at_once, dry_run=False)
        if taken_back and (found := workflow.records(PGA)):
            workflow.retract(found[-1].entry, reason="wrong", actor=OTTO)
        rehearsed = brought(workflow, tmp_path / "f.csv", rows, at_once, dry_run=True)
        assert told(rehearsed) == told(brought(workflow, tmp_path / "f.csv", rows, at_once, dry_run=False))


@pytest.mark.parametrize("at_once", [1, 2, 100])
@pytest.mark.parametrize(
    ("standing", "said", "added"),
    [
        pytest.param([], ["lapsed,2026-04-01", "lapsed,"], 2, id="what holds from a later day does not count today"),
        pytest.param([], ["lapsed,2025-10-07", "lapsed,"], 2, id="nor what holds from tomorrow"),
        pytest.param([], ["lapsed,2025-10-06", "lapsed,"], 1, id="what holds from today counts"),
        pytest.param([], ["active,", "lapsed,2025-09-01", "active,2025-10-06"], 2, id="without a day is from today"),
        pytest.param(
            [("lapsed", 2)], ["active,2025-09-01", "lapsed,"], 1, id="what stands there from a later day counts"
        ),
        pytest.param([("lapsed", 2)], ["active,2025-09-02", "lapsed,"], 2, id="of two from one day the one said last"),
        pytest.param(
            [("active", 1), ("lapsed", 1)], ["active,2025-09-01", "lapsed,"], 0, id="repeated is not said anew"
        ),
        pytest.param([], ["active,2025-09-01", "active,", "active,2025-10-06"], 2, id="what counted is not said again"),
    ],
)
def test_what_counts_is_the_latest_of_the_file_and_the_database(
    stored: HostWorkflow,
    tmp_path: Path,
    database: Database,
    at_once: int,
    standing: list[tuple[str, int]],
    said: list[str],
    added: int,
) -> None:
    start(stored)
    for status, day in standing:
        stored.record(PGA, "membership", {"status": status}, actor=OTTO, effective_on=date(2025, 9, day))
    before = dump(database)
    rows = [f"{PGA},membership,{day},{status}{',' * 7}" for status, day in (one.split(",") for one in said)]
    rehearsed = brought(stored, tmp_path / "f.csv", rows, at_once, dry_run=True)
    assert dump(database) == before
    done = brought(stored, tmp_path / "f.csv", rows, at_once, dry_run=False)
    assert told(rehearsed) == told(done) == (added, len(said) - added, [])
