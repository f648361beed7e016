"""The public interface as the contract promises it; a type checker reads it, and a test runs it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, assert_type

from sqlalchemy import Connection, Engine

from csp_workflow import (
    Actor,
    BadInput,
    Conflict,
    Finding,
    NotFound,
    Partner,
    Question,
    Record,
    Rule,
    StorageError,
    Terms,
    TransitionRefused,
    Verdict,
    Workflow,
    WorkflowError,
    open_workflow,
    rule,
)
from csp_workflow.bootstrap import HostWorkflow
from csp_workflow.model.board import Due
from csp_workflow.model.case import CaseView, Cooldown, Deadline
from csp_workflow.model.concern import DefinitionChanges
from csp_workflow.model.decision import (
    Decision,
    Entry,
    FiredDeadline,
    Notice,
    Outcome,
    Recorded,
    Requirements,
    Swept,
    Transition,
)
from csp_workflow.model.definition import KnownDefinition
from csp_workflow.model.market import Listing, Market
from csp_workflow.model.migration import Migration
from csp_workflow.model.notice import Letter
from csp_workflow.model.record import Filed, Registered
from csp_workflow.testing import SettableClock, ready_partner

ANNA = Actor("anna", "global_admin")
NOON = datetime(2025, 10, 6, 12, tzinfo=UTC)


def use_the_workflow(workflow: Workflow, clock: SettableClock) -> list[str]:
    """Act and ask as the contract's example does; gives the rules that refused."""
    partner = workflow.register_partner("PGA-1001", name="Fabrikam GmbH", country="DE", email=None, language="de")
    assert_type(partner, Partner)
    case = workflow.open_case("PGA-1001", region="europe", lifecycle=None, tenant="", actor=None, at=NOON)
    assert_type(case, CaseView)
    assert_type(case.ref, str)
    assert_type(case.version, int)
    assert_type(case.policy, str | None)
    assert_type(case.cooldown, Cooldown | None)
    assert_type(case.entitlements, tuple[str, ...])
    assert_type(case.deadlines, tuple[Deadline, ...])
    assert_type(case.opened_at, datetime)
    recorded = workflow.record(
        "PGA-1001",
        "reseller_tenure",
        {"first_transaction_on": date(2024, 6, 1)},
        actor=ANNA,
        effective_on=date(2024, 6, 1),
        document="contract.pdf",
    )
    assert_type(recorded, Recorded)
    onboarded = Record(subject="PGA-1001", fact="csp_onboarding", fields={"onboarded_on": date(2024, 6, 1)})
    many = workflow.record_all([onboarded], actor=ANNA)
    assert_type(many, list[Recorded | WorkflowError])
    assert_type(workflow.register_all([workflow.partner("PGA-1001")], dry_run=True), list[Registered | WorkflowError])
    refused: list[str] = []
    try:
        outcome = workflow.fire(case.ref, "apply", actor=ANNA, payload={}, key="req-17", expected_version=1)
        use_an_outcome(outcome)
    except TransitionRefused as refusal:
        assert_type(refusal.findings, tuple[Finding, ...])
        assert_type(refusal.earliest, date | None)
        refused = [finding.rule for finding in refusal.findings]
    use_questions(workflow, case.ref)
    use_definitions(workflow)
    clock.advance(days=1)
    use_a_sweep(workflow.sweep())
    return refused


def use_an_outcome(outcome: Outcome) -> dict[str, Any]:
    """What an accepted act gives."""
    assert_type(outcome.case, CaseView)
    assert_type(outcome.transition, Transition)
    assert_type(outcome.transition.at, datetime)
    assert_type(outcome.notices, tuple[Notice, ...])
    assert_type([notice.kind for notice in outcome.notices], list[str])
    return outcome.to_dict()


def use_questions(workflow: Workflow, ref: str) -> None:
    """What questions give."""
    decision = workflow.decide(ref, "apply", actor=ANNA)
    assert_type(decision, Decision)
    assert_type(decision.accepted, bool)
    assert_type(decision.findings, tuple[Finding, ...])
    assert_type(decision.earliest, date | None)
    assert_type(workflow.case(ref).state, str)
    assert_type(workflow.cases(state="active", after=None, limit=100), list[CaseView])
    required = workflow.requirements(ref)
    assert_type(required, Requirements)
    assert_type(required.due_now, tuple[Finding, ...])
    assert_type(workflow.history(ref), list[Entry])
    assert_type([entry.kind for entry in workflow.history(ref)], list[str])
    assert_type(workflow.notices(ref, after=None, limit=100, at=NOON), list[Letter])
    assert_type([workflow.notice(letter.key) for letter in workflow.notices(ref)], list[Letter])
    assert_type(workflow.entitlements(ref), tuple[str, ...])
    assert_type(workflow.may(ref, "transact_direct"), Finding)
    assert_type(workflow.may_sell(ref, "PGA-1001", "own_use"), Finding)
    assert_type(workflow.records("PGA-1001", after=None, limit=10), list[Filed])
    assert_type(workflow.explain(ref, "apply"), list[Finding])
    assert_type(workflow.trailing_revenue(ref), Decimal)
    assert_type(workflow.score(ref), Decimal | None)
    assert_type(workflow.board(at=NOON).states, Mapping[str, int])
    assert_type(workflow.due(by=NOON.date(), after=None, limit=10), list[Due])
    assert_type(workflow.refusals(), dict[str, int])
    assert_type(workflow.partner("PGA-1001"), Partner)
    assert_type(workflow.partners(after=None, limit=10), list[Partner])
    market = workflow.market("Fiji", language="de")
    assert_type(market, Market)
    assert_type(market.regions, Mapping[str, str])
    assert_type(market.currencies, tuple[str, ...])
    assert_type(market.listings, tuple[Listing, ...])
    assert_type(market.contradictions, Mapping[str, str])


def use_definitions(workflow: Workflow) -> None:
    """What is known of definitions, and what a change of them means."""
    assert_type(workflow.definitions(), list[KnownDefinition])
    found = workflow.definition_changes(None, workflow.programme.sha256[:12])
    assert_type(found, DefinitionChanges)
    assert_type([item.cases for item in found.stranded], list[int])
    assert_type([item.cases for item in found.changes], list[int | None])
    try:
        assert_type(
            workflow.migrate(states={("direct_bill", "old"): "new"}, policies={}, actor=ANNA, dry_run=True), Migration
        )
    except BadInput as problem:
        assert_type(problem.code, str)


def use_a_sweep(swept: Swept) -> None:
    """What a sweep gives."""
    assert_type(swept.notices, tuple[Notice, ...])
    assert_type(swept.fired, tuple[FiredDeadline, ...])
    assert_type(
        [(fired.ref, fired.kind, fired.due_on, fired.late_days) for fired in swept.fired],
        list[tuple[str, str, date, int]],
    )


def use_a_finding(finding: Finding) -> Mapping[str, Any]:
    """What a finding holds."""
    assert_type(finding.rule, str)
    assert_type(finding.met, bool)
    assert_type(finding.statement, str)
    assert_type(finding.fix, str)
    assert_type(finding.earliest, date | None)
    assert_type(finding.sources, tuple[str, ...])
    assert_type(finding.policy, str | None)
    assert_type(finding.assumed, bool)
    return finding.to_dict()


def use_a_host(engine: Engine, connection: Connection) -> None:
    """Act on an engine of the host's, and inside its own transaction."""
    with open_workflow(engine) as workflow:
        assert_type(workflow, HostWorkflow)
        inside = workflow.within(connection)
        held: AbstractContextManager[Workflow] = inside
        with held as within:
            assert_type(within, Workflow)


@rule("tea.hot", reads=["pot"])
def tea_hot(question: Question, terms: Terms) -> Verdict:
    """The tea is hot."""
    pot = question.facts.latest("pot", question.day)
    return Verdict(pot is not None, have=terms.get("heat"), need=90)


assert_type(tea_hot, Rule)


def errors_of_ours() -> list[type[WorkflowError]]:
    """The errors that a caller may tell apart."""
    return [BadInput, Conflict, NotFound, StorageError, TransitionRefused]


def a_code(error: WorkflowError) -> str:
    """Every error has a code and an exit code."""
    assert_type(error.code, str)
    assert_type(error.exit_code, int)
    return error.code


def run() -> list[str]:
    """Everything above in memory, as far as it needs no engine."""
    clock = SettableClock(date(2025, 10, 6))
    clock.advance(hours=12)
    with open_workflow("memory:", states=None, rules=(), clock=clock) as workflow:
        refused = use_the_workflow(workflow, clock)
        ref = ready_partner(workflow, "PGA-2", on=date(2025, 10, 7))
        use_an_outcome(workflow.fire(ref, "apply", actor=ANNA))
        for finding in workflow.explain("PGA-1001/europe", "apply"):
            use_a_finding(finding)
    return refused
