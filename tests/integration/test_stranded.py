"""A case that the definition no longer knows is refused with a way out; what can be read of it can be read."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from io import StringIO
from typing import TYPE_CHECKING

import pytest

from csp_workflow import Record
from csp_workflow.bootstrap import judge_of
from csp_workflow.bulk import export
from csp_workflow.errors import CaseStranded, UnknownName
from tests.integration.definitions import BEFORE, GONE, GONE_POLICY, SINCE, by, judge_by, with_a_state_renamed
from tests.integration.hands import ANNA, OTTO, PGA, REF, kinds, raised, ready, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from csp_workflow import Workflow
    from csp_workflow.bootstrap import HostWorkflow
    from csp_workflow.rules.engine import Judge
    from tests.databases import Database

OTHER = "PGA-1002/europe"


@pytest.fixture
def used(database: Database, judge: Judge) -> Database:
    """A database with a partner that has applied, and one that has not."""
    with by(judge, database, BEFORE) as workflow:
        walk(workflow, ready(workflow), "apply")
        ready(workflow, "PGA-1002")
    return database


@pytest.fixture
def stranded(used: Database) -> Iterator[HostWorkflow]:
    """A workflow by a definition that calls the state of the first one otherwise."""
    with by(judge_by("with_a_state_renamed"), used, SINCE) as workflow:
        yield workflow


ASKED: dict[str, Callable[[Workflow], object]] = {
    "case": lambda workflow: workflow.case(REF),
    "requirements": lambda workflow: workflow.requirements(REF),
    "entitlements": lambda workflow: workflow.entitlements(REF),
    "may": lambda workflow: workflow.may(REF, "transact_indirect"),
    "decide": lambda workflow: workflow.decide(REF, "withdraw"),
    "explain": lambda workflow: workflow.explain(REF, "withdraw"),
    "may_sell": lambda workflow: workflow.may_sell(REF, "PGA-1002"),
    "fire": lambda workflow: workflow.fire(REF, "withdraw", actor=ANNA),
    "record": lambda workflow: workflow.record(PGA, "membership", {"status": "active"}, actor=OTTO),
    "note": lambda workflow: workflow.note(REF, "x", actor=OTTO),
}


@pytest.mark.parametrize("call", ASKED.values(), ids=ASKED)
def test_what_would_judge_it_is_refused_with_the_way_out(
    stranded: HostWorkflow, used: Database, call: Callable[[Workflow], object]
) -> None:
    before = used.dump()
    problem = raised(lambda: call(stranded), CaseStranded)
    assert problem.message == (
        "PGA-1001/europe has the state 'application', which the definition does not know: "
        "move it with csp-workflow definition migrate, or use the one that it was made with."
    )
    assert (problem.code, problem.exit_code) == ("case_stranded", 6)
    assert problem.details == {"ref": REF, "gone": {"state": GONE}}
    assert used.dump() == before


def test_its_history_its_records_its_notices_and_lists_can_be_read(stranded: HostWorkflow) -> None:
    assert kinds(stranded, REF)[-1] == "transition"
    assert stranded.history(PGA)[0].kind == "registered"
    assert stranded.partner(PGA).pga == PGA
    assert stranded.records(PGA)
    assert stranded.notices(PGA) == stranded.notices(REF) == []
    views = stranded.cases()
    assert [(view.ref, view.state) for view in views] == [(REF, GONE), (OTHER, "indirect_tenure")]
    assert (views[0].entitlements, views[0].policy, views[0].version) == ((), GONE_POLICY, 2)
    assert stranded.cases(after=REF) == views[1:]
    assert stranded.board().states[GONE] == 1


def test_a_state_that_is_gone_may_be_asked_for_while_cases_are_in_it(stranded: HostWorkflow) -> None:
    assert [view.ref for view in stranded.cases(state=GONE)] == [REF]
    raised(lambda: stranded.cases(state="applicatio"), UnknownName)
    stranded.migrate(states={("direct_bill", GONE): "submitted"}, actor=OTTO, dry_run=False)
    raised(lambda: stranded.cases(state=GONE), UnknownName)


def test_it_is_listed_as_it_was_on_an_earlier_day_too(stranded: HostWorkflow) -> None:
    then = datetime(2025, 10, 7, tzinfo=UTC)
    assert [view.state for view in stranded.cases(at=then)] == [GONE, "indirect_tenure"]
    assert stranded.cases(at=then)[0].deadlines == ()


def test_it_is_verified_and_exported(stranded: HostWorkflow) -> None:
    assert stranded.verify().holds
    listing = csv.DictReader(StringIO("".join(export.as_csv(export.cases(stranded, None, None)))))
    assert [row["state"] for row in listing] == [GONE, "indirect_tenure"]
    for made in (export.facts, export.histories):
        assert len(list(made(stranded, None, None).items)) > 10


def test_another_partner_goes_on_and_a_file_of_facts_is_rejected_row_by_row(stranded: HostWorkflow) -> None:
    said = [Record(subject=pga, fact="membership", fields={"status": "lapsed"}) for pga in (PGA, "PGA-1002")]
    stopped, kept = stranded.record_all(said, actor=OTTO)
    assert isinstance(stopped, CaseStranded)
    assert not isinstance(kept, Exception)
    assert stranded.note(OTHER, "x", actor=OTTO).version == 2


def test_a_sweep_goes_past_it_and_says_so_at_its_end(stranded: HostWorkflow) -> None:
    stranded.fire(OTHER, "apply", actor=ANNA)
    for _again in range(2):
        assert raised(stranded.sweep, CaseStranded).details["ref"] == REF
    assert stranded.history("PGA-1002")[-1].kind == "transition"


def test_what_is_due_is_listed_in_pages_that_go_past_it(database: Database, judge: Judge, tmp_path: Path) -> None:
    with by(judge, database, BEFORE) as workflow:
        for pga in (PGA, "PGA-1002"):
            walk(workflow, ready(workflow, pga))
    states = with_a_state_renamed(tmp_path, "active", "running")
    with by(judge_of(states), database, BEFORE.replace(year=2026)) as workflow:
        found = workflow.due()
        assert {item.ref for item in found} == {REF, OTHER}
        assert [workflow.due(after=item.key, limit=1) for item in found] == [*([item] for item in found[1:]), []]


def test_a_case_whose_policy_is_gone_is_stranded_too(used: Database) -> None:
    with by(judge_by("with_a_policy_renamed"), used, SINCE) as workflow:
        problem = raised(lambda: workflow.case(REF), CaseStranded)
        assert problem.details["gone"] == {"policy": GONE_POLICY}
        assert "csp-workflow definition migrate" in problem.message
        assert workflow.cases()[0].policy == GONE_POLICY
        assert workflow.verify().holds


def test_a_case_whose_lifecycle_is_gone_needs_the_definition_that_it_was_made_with(
    database: Database, judge: Judge
) -> None:
    with by(judge, database, BEFORE) as workflow:
        workflow.register_partner(PGA, name="Fabrikam GmbH", country="DE")
        ref = workflow.open_case(PGA, region="europe", lifecycle="indirect_reseller").ref
    with by(judge_by("with_a_lifecycle_renamed"), database, SINCE) as workflow:
        problem = raised(lambda: workflow.case(ref), CaseStranded)
        assert problem.message.endswith("does not know: use the one that it was made with.")
        assert [view.state for view in workflow.cases()] == ["registration"]
        assert [entry.kind for entry in workflow.history(ref)] == ["opened"]
        assert workflow.verify().holds


PAST: dict[str, Callable[[Workflow, datetime], object]] = {
    "case": lambda workflow, then: workflow.case(REF, at=then),
    "requirements": lambda workflow, then: workflow.requirements(REF, at=then),
    "may": lambda workflow, then: workflow.may(REF, "transact_indirect", at=then),
}


@pytest.mark.parametrize("call", PAST.values(), ids=PAST)
def test_of_a_day_on_which_it_was_where_nothing_is_any_more_the_definition_of_then_is_needed(
    used: Database, judge: Judge, call: Callable[[Workflow, datetime], object]
) -> None:
    with by(judge, used, SINCE) as workflow:
        workflow.fire(REF, "withdraw", actor=ANNA)
    with by(judge_by("with_a_state_renamed"), used, SINCE) as workflow:
        assert workflow.case(REF).state == "indirect_tenure"
        problem = raised(lambda: call(workflow, datetime(2025, 10, 7, tzinfo=UTC)), CaseStranded)
        assert problem.message == (
            "PGA-1001/europe had the state 'application', which the definition of today does not know: "
            "use the one that it was made with."
        )
