"""A changed definition says what it means for the live cases of a database, and opening it warns where it matters."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from csp_workflow import NotFound, open_workflow
from csp_workflow.bootstrap import judge_of
from csp_workflow.model.concern import Stranded
from csp_workflow.storage.definitions import PLACES
from csp_workflow.testing import SettableClock
from tests.integration.definitions import (
    BEFORE,
    GONE,
    GONE_POLICY,
    NEW,
    SINCE,
    by,
    judge_by,
    with_a_policy_renamed,
    with_a_state_renamed,
)
from tests.integration.hands import ANNA, OTTO, REF, change, raised, ready, rows, walk
from tests.integration.test_new_definitions import with_a_policy_more
from tests.integration.test_statements import of, statements

if TYPE_CHECKING:
    from pathlib import Path

    from csp_workflow.bootstrap import HostWorkflow
    from csp_workflow.model.concern import DefinitionChanges
    from csp_workflow.rules.engine import Judge
    from tests.databases import Database

__all__ = ["statements"]


@pytest.fixture
def used(database: Database, judge: Judge) -> Database:
    """A database with two partners that have applied, one that has not, a reseller, and a case that is closed."""
    with by(judge, database, BEFORE) as workflow:
        for number in range(4):
            ready(workflow, f"PGA-{number}")
        for number in range(2):
            walk(workflow, f"PGA-{number}/europe", "apply")
        workflow.fire("PGA-3/europe", "close", actor=OTTO, payload={"reason": "a mistake"})
        workflow.open_case("PGA-3", region="europe", lifecycle="indirect_reseller")
    return database


def changes_by(change: str, database: Database) -> DefinitionChanges:
    """What a workflow by a changed definition says of it."""
    with by(judge_by(change), database, SINCE) as workflow:
        return workflow.definition_changes()


def concerned(found: DefinitionChanges) -> dict[tuple[str, str, str], int | None]:
    """How many cases each change concerns."""
    return {(one.change.part.kind, one.change.part.name, one.change.what): one.cases for one in found.changes}


def test_a_state_that_is_gone_strands_its_cases_and_concerns_those_of_its_moves(used: Database, judge: Judge) -> None:
    found = changes_by("with_a_state_renamed", used)
    assert (found.before, found.is_kept) == (judge.programme.sha256, True)
    assert found.after == judge_by("with_a_state_renamed").programme.sha256
    assert found.stranded == (Stranded(kind="state", lifecycle="direct_bill", name=GONE, cases=2),)
    told = concerned(found)
    assert told["state", GONE, "removed"] == 2
    assert told["state", NEW, "added"] == 0
    assert told["trigger", "apply", "changed"] == 1
    assert told["trigger", "decline", "changed"] == 2
    assert told["trigger", "withdraw", "changed"] == 2
    assert "closed" not in {name for _kind, name, _what in told}


def test_a_policy_that_is_gone_strands_the_cases_that_it_is_pinned_to(used: Database) -> None:
    found = changes_by("with_a_policy_renamed", used)
    assert found.stranded == (Stranded(kind="policy", lifecycle=None, name=GONE_POLICY, cases=2),)
    assert concerned(found) == {("policy", GONE_POLICY, "removed"): 2, ("policy", "2025-10b", "added"): 0}


def test_a_lifecycle_that_is_gone_strands_all_of_its_cases(used: Database) -> None:
    found = changes_by("with_a_lifecycle_renamed", used)
    lost = Stranded(kind="lifecycle", lifecycle="indirect_reseller", name="indirect_reseller", cases=1)
    assert found.stranded == (lost,)
    assert concerned(found) == {("lifecycle", "indirect_reseller", "removed"): 1, ("lifecycle", "reseller", "added"): 0}


def test_a_deadline_concerns_the_cases_in_whose_states_it_is(used: Database, tmp_path: Path) -> None:
    states = with_a_policy_more(tmp_path)
    file = states / "direct_bill/lifecycle.toml"
    text = file.read_text(encoding="utf-8")
    assert 'notices = ["policy_news"]' in text
    file.write_text(text.replace('notices = ["policy_news"]', 'notices = ["policy_news", "policy_news"]'), "utf-8")
    with by(judge_of(states), used, SINCE) as workflow:
        told = concerned(workflow.definition_changes())
    assert told == {("deadline", "policy_changes", "changed"): 2, ("policy", "2027-01", "added"): 0}


def test_a_closed_case_is_not_live_and_is_stranded_all_the_same(used: Database, tmp_path: Path) -> None:
    with by(judge_of(with_a_state_renamed(tmp_path, "closed", "ended")), used, SINCE) as workflow:
        found = workflow.definition_changes()
    assert found.stranded == (Stranded(kind="state", lifecycle="direct_bill", name="closed", cases=1),)
    told = concerned(found)
    assert told["state", "closed", "removed"] == 0
    assert told["trigger", "close", "changed"] == 1


def test_where_nothing_changed_nothing_is_said(used: Database, judge: Judge) -> None:
    with by(judge, used, SINCE) as workflow:
        found = workflow.definition_changes()
    assert (found.before, found.stranded, found.changes) == (None, (), ())


def test_two_definitions_are_compared_by_the_beginnings_of_their_fingerprints(used: Database, judge: Judge) -> None:
    old, new = judge.programme.sha256, judge_by("with_a_policy_renamed").programme.sha256
    with by(judge_by("with_a_policy_renamed"), used, SINCE) as workflow:
        assert workflow.definition_changes(old[:8].upper(), new[:8]) == workflow.definition_changes()
        back = workflow.definition_changes(new, old)
        assert back.stranded == ()
        assert concerned(back) == {("policy", "2025-10b", "removed"): 0, ("policy", GONE_POLICY, "added"): 2}
        for nonsense in ("", "zz", "f" * 64):
            problem = raised(lambda name=nonsense: workflow.definition_changes(name), NotFound)  # type: ignore[misc]
            assert problem.code == "unknown_definition"
            assert "definition list" in problem.message


def test_it_is_compared_with_the_definition_of_the_last_sweep(used: Database, judge: Judge, tmp_path: Path) -> None:
    newest = judge_of(with_a_policy_more(tmp_path))
    for one in (newest, judge):
        with by(one, used, SINCE) as workflow:
            workflow.note("PGA-2/europe", "x", actor=OTTO)
    with by(judge_by("with_a_policy_renamed"), used, SINCE) as workflow:
        assert workflow.definition_changes().before == newest.programme.sha256, "the newest"
    with by(judge, used, SINCE) as workflow:
        workflow.sweep()
    with by(judge_by("with_a_policy_renamed"), used, SINCE) as workflow:
        assert workflow.definition_changes().before == judge.programme.sha256, "that of the sweep"


def test_of_a_definition_without_a_text_nothing_but_what_is_stranded_can_be_said(used: Database, judge: Judge) -> None:
    used.change("UPDATE csp_definition SET content = NULL")
    found = changes_by("with_a_state_renamed", used)
    assert (found.before, found.is_kept, found.changes) == (judge.programme.sha256, False, ())
    assert [item.cases for item in found.stranded] == [2]
    with by(judge_by("with_a_state_renamed"), used, SINCE) as workflow:
        problem = raised(lambda: workflow.definition_changes(after=judge.programme.sha256), NotFound)
    assert "only its fingerprint is known" in problem.message


# ----------------------------------------------------------------------------------------------- opening


def warned(database: Database, states: Path, caplog: pytest.LogCaptureFixture, then: str = "") -> list[str]:
    """What opening a database by some definition warns of; then perhaps a note is left."""
    caplog.clear()
    with open_workflow(database.url, states=states, clock=SettableClock(SINCE)) as workflow:
        if then:
            workflow.note(then, "x", actor=OTTO)
    assert {(record.name, record.levelno) for record in caplog.records} <= {("csp_workflow", logging.WARNING)}
    return [record.getMessage() for record in caplog.records]


def test_opening_warns_of_a_new_definition_until_it_is_used(
    used: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    states = with_a_policy_more(tmp_path)
    sentence = (
        "This database was not used with this definition before: "
        "csp-workflow definition diff says what it changes for live cases."
    )
    assert warned(used, states, caplog) == [sentence]
    assert warned(used, states, caplog, then="PGA-2/europe") == [sentence]
    assert warned(used, states, caplog) == []


def test_opening_warns_as_long_as_cases_are_stranded(
    used: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    states = with_a_state_renamed(tmp_path)
    sentence = (
        "The definition no longer knows direct_bill/application, and there are cases there: "
        "csp-workflow definition diff says how many."
    )
    assert warned(used, states, caplog, then="PGA-2/europe") == [sentence]
    assert warned(used, states, caplog) == [sentence]


def test_opening_warns_of_a_pinned_policy_that_is_gone(
    used: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (sentence,) = warned(used, with_a_policy_renamed(tmp_path), caplog)
    assert sentence.startswith("The definition no longer knows 2025-10, ")


def test_opening_says_nothing_where_there_is_no_live_case(
    database: Database, judge: Judge, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    states = with_a_policy_more(tmp_path)
    assert warned(database, states, caplog) == []
    with by(judge, database, BEFORE) as workflow:
        ready(workflow)
        workflow.fire(REF, "close", actor=OTTO, payload={"reason": "a mistake"})
    assert warned(database, states, caplog) == []


def test_opening_asks_one_question_more_and_writes_nothing(
    statements: list[str],
    used: Database,
    tmp_path: Path,
) -> None:
    states = with_a_policy_more(tmp_path)
    before = used.dump()
    asked = of(statements, lambda: open_workflow(used.url, states=states).close())
    assert len([one for one in asked if "csp_definition" in one]) == 1
    assert used.dump() == before


def test_a_closed_case_in_a_state_that_is_gone_is_told_when_it_is_opened(
    used: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (sentence,) = warned(used, with_a_state_renamed(tmp_path, "closed", "ended"), caplog)
    assert "direct_bill/closed" in sentence


def test_a_case_that_goes_on_counts_where_it_stands_now(used: Database) -> None:
    with by(judge_by("with_a_state_renamed"), used, SINCE) as workflow:
        workflow.fire("PGA-2/europe", "apply", actor=ANNA)
        assert concerned(workflow.definition_changes())["state", NEW, "added"] == 1


def test_opening_walks_from_state_to_state_however_many_cases_there_are(on_file: HostWorkflow, file: Path) -> None:
    for number in range(2):
        ready(on_file, f"PGA-{number}")
    walk(on_file, "PGA-0/europe", "apply")
    on_file.close()
    few = steps_of(file)
    names = [row[1] for row in rows(file, "PRAGMA table_info(csp_case)")]
    values = ", ".join({"number": "number + i"}.get(name, name) for name in names)
    many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
    change(file, "DROP INDEX csp_case_open", f"{many} INSERT INTO csp_case SELECT {values} FROM csp_case, n WHERE true")
    assert rows(file, "SELECT count(*) FROM csp_case") == [(10_002,)]
    assert steps_of(file) < 2 * few


def steps_of(file: Path) -> int:
    """The steps, in tens, that SQLite takes for the question that opening asks."""
    taken: list[int] = []
    with closing(sqlite3.connect(file)) as connection:
        connection.set_progress_handler(lambda: taken.append(10), 10)
        assert connection.execute(str(PLACES)).fetchall()
    return sum(taken)
