"""Runs scenarios: every step against the real engine, every expectation compared, every difference named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from csp_workflow.bootstrap import join, with_programme
from csp_workflow.errors import (
    BadInput,
    DefinitionError,
    Duplicate,
    ScenarioError,
    TransitionRefused,
    UnknownName,
    WorkflowError,
)
from csp_workflow.model.actor import Actor
from csp_workflow.model.case import Reference
from csp_workflow.model.decision import Notice
from csp_workflow.model.fields import plain
from csp_workflow.rules.engine import Judge
from csp_workflow.scenarios.files import LISTS, Scenario, Step
from csp_workflow.scenarios.names import check_names
from csp_workflow.storage.store import MEMORY, open_store
from csp_workflow.testing import SettableClock
from csp_workflow.workflow import Workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where a scenario does not hold: the step, the key of the expectation, what was expected and what came."""

    step: int
    key: str
    expected: Any
    got: Any

    def to_dict(self) -> dict[str, Any]:
        """The difference as JSON shows it."""
        return {"step": self.step, "key": self.key, "expected": plain(self.expected), "got": plain(self.got)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of one scenario."""

    file: str
    name: str
    steps: int
    differences: tuple[Difference, ...]

    @property
    def holds(self) -> bool:
        """Whether everything was as expected."""
        return not self.differences

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON shows it."""
        return {
            "file": self.file,
            "name": self.name,
            "steps": self.steps,
            "holds": self.holds,
            "differences": [difference.to_dict() for difference in self.differences],
        }


def run(scenario: Scenario, judge: Judge, target: str = MEMORY) -> Report:
    """Run a scenario in memory, or on a database that does not hold its partner yet.

    Raises:
        ScenarioError: the file names something that does not exist.
        Duplicate: the database holds the partner.
        StorageError: the database cannot be used.
    """
    try:
        trial = with_programme(judge, judge.programme.with_values(scenario.policy))
    except UnknownName as problem:
        raise ScenarioError(scenario.file, f"policy.{problem.details['name']}", "no policy has this value") from None
    except DefinitionError as problem:
        raise ScenarioError(scenario.file, "policy", problem.message.rstrip(".")) from None
    check_names(scenario, trial.programme)
    clock = SettableClock(scenario.steps[0].at)
    with join(open_store(target), trial, clock) as workflow:
        return _Run(scenario, workflow, clock).report()


class _Run:
    def __init__(self, scenario: Scenario, workflow: Workflow, clock: SettableClock) -> None:
        self.scenario, self.workflow, self.clock = scenario, workflow, clock
        self.pga = scenario.partner["pga"]
        self.default = workflow.programme.default_lifecycle
        self.differences: list[Difference] = []

    def report(self) -> Report:
        self._set_up()
        for step in self.scenario.steps:
            self.clock.set(step.at)
            self._step(step)
        return Report(
            file=self.scenario.file,
            name=self.scenario.name,
            steps=len(self.scenario.steps),
            differences=tuple(self.differences),
        )

    def _set_up(self) -> None:
        try:
            values = {name: value for name, value in self.scenario.partner.items() if name != "pga"}
            self.workflow.register_partner(self.pga, **values)
        except BadInput as problem:
            raise ScenarioError(self.scenario.file, "partner", problem.message) from None
        for number, case in enumerate(self.scenario.cases, 1):
            region, lifecycle, tenant = case["region"], case.get("lifecycle"), case.get("tenant", "")
            try:
                self.workflow.open_case(self.pga, region=region, lifecycle=lifecycle, tenant=tenant)
            except (BadInput, Duplicate) as problem:
                raise ScenarioError(self.scenario.file, f"case {number}", problem.message) from None

    def _step(self, step: Step) -> None:
        ref = self._ref(step)
        notices: tuple[Notice, ...] = ()
        refusal: TransitionRefused | None = None
        error: WorkflowError | None = None
        try:
            notices = self._do(step, ref)
        except ScenarioError:
            raise
        except TransitionRefused as refused:
            refusal = refused
        except WorkflowError as problem:
            error = problem
        self._compare_end(step, refusal, error)
        kinds = {notice.kind for notice in notices if notice.ref == ref}
        for key, expected in step.expect.items():
            if key not in {"refused_by", "earliest", "error"}:
                self._compare(step, ref, key, expected, kinds)

    def _do(self, step: Step, ref: str | None) -> tuple[Notice, ...]:
        workflow, actor = self.workflow, self._actor(step)
        if step.action == "sweep":
            return workflow.sweep().notices
        if step.action == "check":
            return ()
        if step.action == "open":
            reference = self._reference(step.name)
            workflow.open_case(
                self.pga, region=reference.region, lifecycle=reference.lifecycle, tenant=reference.tenant, actor=actor
            )
            return ()
        if step.action == "record":
            subject = self._named(step.case) if step.case else self.pga
            workflow.record(
                subject,
                step.name,
                step.values,
                actor=actor or workflow.back_office,
                effective_on=step.effective_on,
                document=step.document,
            )
            return ()
        if actor is None or ref is None:
            missing = "as" if actor is None else "case"
            raise ScenarioError(self.scenario.file, f"step {step.number}.{missing}", "is missing")
        return workflow.fire(ref, step.name, actor=actor, payload=step.values).notices

    def _actor(self, step: Step) -> Actor | None:
        return Actor.parse(step.actor) if step.actor else None

    def _ref(self, step: Step) -> str | None:
        if step.action == "open":
            return self._named(step.name)
        if step.case:
            return self._named(step.case)
        if not self.scenario.cases:
            return None
        first = self.scenario.cases[0]
        parts = (first["region"], first.get("lifecycle", self.default), first.get("tenant", ""))
        return Reference(self.pga, *parts).write(self.default)

    def _reference(self, text: str) -> Reference:
        return Reference.parse(f"{self.pga}/{text}", self.default)

    def _named(self, text: str) -> str:
        return self._reference(text).write(self.default)

    def _differs(self, step: Step, key: str, expected: Any, got: Any) -> None:
        self.differences.append(Difference(step=step.number, key=key, expected=expected, got=got))

    def _compare_end(self, step: Step, refusal: TransitionRefused | None, error: WorkflowError | None) -> None:
        expect = step.expect
        refused = sorted(finding.rule for finding in refusal.findings) if refusal else []
        if (error.code if error else None) != expect.get("error"):
            self._differs(step, "error", expect.get("error"), f"{error.code}: {error.message}" if error else None)
        if refused != sorted(expect.get("refused_by", [])):
            self._differs(step, "refused_by", sorted(expect.get("refused_by", [])), refused)
        if "earliest" in expect:
            got = refusal.earliest if refusal else None
            if got != (expect["earliest"] or None):
                self._differs(step, "earliest", expect["earliest"], got or False)

    def _compare(self, step: Step, ref: str | None, key: str, expected: Any, kinds: set[str]) -> None:
        if key == "notices":
            if kinds != set(expected):
                self._differs(step, key, sorted(expected), sorted(kinds))
            return
        if ref is None:
            raise ScenarioError(self.scenario.file, f"step {step.number}.expect.{key}", "the scenario has no case")
        try:
            holds, got = self._look(ref, key, expected)
        except WorkflowError as problem:
            holds, got = False, problem.code
        if not holds:
            self._differs(step, key, expected, got)

    def _look(self, ref: str, key: str, expected: Any) -> tuple[bool, Any]:
        """Whether an expectation holds of the case as it now is, on the day that the clock shows; and what there is."""
        if key in LISTS:
            found = self.workflow.requirements(ref)
            got = [finding.rule for finding in getattr(found, key)]
            return set(expected) <= set(got), got
        if key in {"score", "ttm"}:
            amount = self.workflow.score(ref) if key == "score" else self.workflow.trailing_revenue(ref)
            return amount is not None and amount == _decimal(expected), amount
        case = self.workflow.case(ref)
        if key in {"entitled", "not_entitled"}:
            held = set(expected) & set(case.entitlements)
            return held == (set(expected) if key == "entitled" else set()), list(case.entitlements)
        if key == "deadlines":
            due = {deadline.kind: deadline.due_on for deadline in case.deadlines}
            return all(due.get(kind) == day for kind, day in expected.items()), due
        if key == "cooldown":
            waiting = case.cooldown.to_dict() if case.cooldown else False
            return _agrees(expected, waiting), waiting
        value = getattr(case, key)
        return value == expected, value


def _agrees(expected: Any, got: Any) -> bool:
    if expected is False or got is False:
        return expected is got
    return all(got.get(name) == _text(value) for name, value in expected.items())


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _decimal(value: Any) -> Decimal | None:
    try:
        return Decimal(value)
    except InvalidOperation:
        return None


def run_all(scenarios: list[Scenario], judge: Judge, target: str = MEMORY) -> list[Report]:
    """Run scenarios one after the other."""
    return [run(scenario, judge, target) for scenario in scenarios]


def summary(reports: list[Report]) -> Mapping[str, Any]:
    """All reports as JSON shows them."""
    return {"holds": all(report.holds for report in reports), "scenarios": [report.to_dict() for report in reports]}
