"""A database knows every definition that it was used with: from the first entry by it on, and none without one."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine

from csp_workflow import open_workflow, upgrade_database
from csp_workflow.bootstrap import judge_of
from csp_workflow.errors import BadPayload, NotFound
from tests.integration.definitions import by
from tests.integration.hands import OTTO, PGA, REF, raised, ready, rows
from tests.integration.kept import a_day_after, kept_file
from tests.integration.test_new_definitions import with_a_policy_more
from tests.integration.test_statements import of, statements

if TYPE_CHECKING:
    from pathlib import Path

    from csp_workflow.bootstrap import HostWorkflow
    from csp_workflow.rules.engine import Judge
    from tests.databases import Database

__all__ = ["statements"]
KNOWN = "SELECT sha256, first_used_at FROM csp_definition ORDER BY first_used_at"


@pytest.fixture
def newer(tmp_path: Path) -> Judge:
    """The judge of a definition with a policy more."""
    return judge_of(with_a_policy_more(tmp_path))


def test_the_first_entry_by_a_definition_makes_it_known(stored: HostWorkflow, database: Database) -> None:
    assert rows(database, KNOWN) == []
    stored.register_partner(PGA, name="Fabrikam GmbH", country="DE")
    stored.open_case(PGA, region="europe")
    assert rows(database, KNOWN) == [(stored.programme.sha256, "2025-10-06T09:00:00.000000Z")]
    ((content,),) = rows(database, "SELECT content FROM csp_definition")
    assert content == stored.programme.text
    assert "direct_bill/lifecycle.toml" in json.loads(content)


def test_every_definition_stays_known_in_the_order_of_its_first_use(
    database: Database, judge: Judge, newer: Judge
) -> None:
    used = [(judge, date(2026, 1, 1)), (newer, date(2026, 2, 1)), (judge, date(2026, 3, 1))]
    with by(judge, database, date(2025, 10, 6)) as workflow:
        ready(workflow)
    for one, on in used:
        with by(one, database, on) as workflow:
            workflow.note(REF, "x", actor=OTTO)
    found = rows(database, KNOWN)
    assert [(sha256, at[:10]) for sha256, at in found] == [
        (judge.programme.sha256, "2025-10-06"),
        (newer.programme.sha256, "2026-02-01"),
    ]
    with by(newer, database, date(2026, 4, 1)) as workflow:
        known = workflow.definitions()
        assert workflow.verify().holds
    assert [(item.sha256, item.is_kept, item.is_current) for item in known] == [
        (judge.programme.sha256, True, False),
        (newer.programme.sha256, True, True),
    ]


def test_who_only_reads_makes_nothing_known(database: Database, judge: Judge, newer: Judge) -> None:
    with by(judge, database, date(2025, 10, 6)) as workflow:
        ready(workflow)
    with by(newer, database, date(2025, 10, 6)) as workflow:
        assert workflow.case(REF).state == "indirect_tenure"
        workflow.record_all([], actor=OTTO)
        raised(lambda: workflow.note(REF, " ", actor=OTTO), BadPayload)
        raised(lambda: workflow.note("PGA-9/europe", "x", actor=OTTO), NotFound)
    assert [sha256 for sha256, _at in rows(database, KNOWN)] == [judge.programme.sha256]


def test_it_is_asked_once_and_costs_later_acts_nothing(
    statements: list[str],
    stored: HostWorkflow,
) -> None:
    def asked(text: str) -> list[str]:
        done = of(statements, lambda: stored.note(REF, text, actor=OTTO))
        return [one for one in done if "csp_definition" in one]

    ready(stored)
    assert asked("once") == []


def test_what_was_rolled_back_is_learned_with_the_next_act(stored: HostWorkflow, database: Database) -> None:
    database.break_on("csp_journal")
    with pytest.raises(Exception, match="broken"):
        stored.register_partner(PGA, name="Fabrikam GmbH", country="DE")
    assert rows(database, KNOWN) == []
    database.mend("csp_journal")
    stored.register_partner(PGA, name="Fabrikam GmbH", country="DE")
    assert len(rows(database, KNOWN)) == 1


def test_what_a_host_rolls_back_is_learned_with_its_next_act(stored: HostWorkflow, database: Database) -> None:
    engine = create_engine(database.url)
    for commits in (False, True):
        with engine.connect() as connection:
            with stored.within(connection) as inside:
                inside.register_partner(PGA, name="Fabrikam GmbH", country="DE")
                inside.edit_partner(PGA, name="Fabrikam SE", actor=OTTO)
            if commits:
                connection.commit()
            else:
                connection.rollback()
        assert len(rows(database, KNOWN)) == commits
    assert stored.verify().holds
    engine.dispose()


def test_of_a_definition_of_an_earlier_release_only_the_fingerprint_is_known_until_it_is_used_again(
    tmp_path: Path,
) -> None:
    file = kept_file(tmp_path)
    upgrade_database(f"sqlite:///{file}", copy=False)
    ((of_then, first, content),) = rows(file, "SELECT sha256, first_used_at, content FROM csp_definition")
    assert content is None
    assert [(first,)] == rows(file, "SELECT min(at) FROM csp_journal WHERE definition <> ''")
    assert {(of_then,)} == set(rows(file, "SELECT definition FROM csp_journal WHERE definition <> ''"))
    with open_workflow(f"sqlite:///{file}", clock=a_day_after()) as workflow:
        assert [(item.sha256, item.is_kept) for item in workflow.definitions()] == [(of_then, False)]
        workflow.note("PGA-1001/europe", "x", actor=OTTO)
        assert workflow.verify().holds
        database_knows = rows(file, "SELECT content FROM csp_definition WHERE sha256 <> ?", of_then)
        assert database_knows == [(workflow.programme.text,)]


def test_a_text_that_is_missing_is_filled_in_when_its_definition_is_used(
    stored: HostWorkflow, database: Database, judge: Judge
) -> None:
    ready(stored)
    database.change("UPDATE csp_definition SET content = NULL")
    with by(judge, database, date(2025, 10, 7)) as workflow:
        assert [item.is_kept for item in workflow.definitions()] == [False]
        workflow.note(REF, "x", actor=OTTO)
        assert [item.is_kept for item in workflow.definitions()] == [True]
        assert workflow.verify().holds


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("UPDATE csp_definition SET content = '{}'", "the definition {sha256} is not what its fingerprint says"),
        ("DELETE FROM csp_definition", "the definition that it names is not known to the database"),
        (
            "UPDATE csp_definition SET first_used_at = '2024-01-01 00:00:00.000000+00'",
            "no entry was judged by the definition {sha256} when it is said to have been used first",
        ),
    ],
)
def test_who_changes_what_is_known_is_found(
    stored: HostWorkflow, database: Database, change: str, problem: str
) -> None:
    ready(stored)
    database.change(change)
    ((item),) = stored.verify().misfits
    assert item.problem == problem.format(sha256=stored.programme.sha256)
    assert (item.partner, item.entry) == ((PGA, f"{PGA}#1") if "DELETE" in change else (None, None))


def test_a_definition_that_is_first_used_while_an_audit_runs_is_no_misfit(
    database: Database, judge: Judge, newer: Judge
) -> None:
    with by(judge, database, date(2025, 10, 6)) as workflow:
        ready(workflow)
        ready(workflow, "PGA-1002")
        auditing = workflow.auditing()
        steps = auditing.steps()
        next(steps)
        with by(newer, database, date(2025, 10, 7)) as other:
            other.note("PGA-1002/europe", "x", actor=OTTO)
        assert list(steps) == [2]
        assert auditing.audit.holds, auditing.audit.misfits
