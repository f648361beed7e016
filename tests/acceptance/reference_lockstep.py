"""The program and the reference model side by side: each act is done to both, and what both answer is compared."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from csp_workflow import Actor, TransitionRefused, WorkflowError
from tests.acceptance.reference import Reference
from tests.acceptance.reference_answers import Verdict, View
from tests.acceptance.reference_facts import day_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from csp_workflow import Workflow

PGA = "PGA-1001"


class DifferenceError(AssertionError):
    """The program and the reference model do not agree."""


class Lockstep:
    """One partner in both; `now` is the instant of the next act, in whatever zone, and moves by `tick` with each."""

    def __init__(self, workflow: Workflow, now: datetime, tick: timedelta) -> None:
        self.workflow = workflow
        self.reference = Reference(PGA)
        self.now = now
        self.tick = tick
        self.entries: dict[int, str] = {}
        workflow.register_partner(PGA, name="Fabrikam GmbH", country="DE", at=now)

    @property
    def today(self) -> date:
        """The business date of now."""
        return day_of(self.now)

    def move_to(self, day: date, *, second: int = 0, hours_east: int = 0) -> None:
        """Let time pass until a second of a day (never back), told in some zone."""
        then = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=second)
        self.now = max(self.now, then)
        self.now = self.now.astimezone(timezone(timedelta(hours=hours_east)))

    def answer(self, act: Callable[[], Any]) -> tuple[Verdict, Any]:
        """What the program says to an act, in the reference's words, and what it returned."""
        try:
            outcome = act()
        except TransitionRefused as refusal:
            rules = frozenset(finding.rule for finding in refusal.findings)
            return Verdict(refused_by=rules, earliest=refusal.earliest), None
        except WorkflowError as error:
            return Verdict(error=error.code), None
        notices = tuple(sorted(notice.kind for notice in getattr(outcome, "notices", ())))
        return Verdict(notices=notices), outcome

    def agree(self, what: str, expected: object, got: object) -> None:
        """Fail with what differs, unless both say the same."""
        if expected != got:
            raise DifferenceError(
                f"{self.now.isoformat()} {what}: the reference says {expected!r}, the program {got!r}"
            )

    def agree_on_verdict(self, what: str, expected: Verdict, got: Verdict) -> None:
        """Compare two answers, part by part."""
        self.agree(f"{what}: error", expected.error, got.error)
        self.agree(f"{what}: refused by", sorted(expected.refused_by), sorted(got.refused_by))
        self.agree(f"{what}: earliest", expected.earliest, got.earliest)
        self.agree(f"{what}: notices", sorted(expected.notices), sorted(got.notices))

    def open_case(self, region: str) -> None:
        """Open a case in a region."""
        got, _ = self.answer(lambda: self.workflow.open_case(PGA, region=region, at=self.now))
        self.agree_on_verdict(f"open {region}", self.reference.open_case(region, self.now), got)

    def record(
        self, kind: str, fields: dict[str, Any], *, role: str = "operator", effective: int = 0, ref: str | None = None
    ) -> None:
        """Record a fact, effective so many days from today."""
        effective_on, before = self.today + timedelta(days=effective), len(self.reference.facts)
        got, outcome = self.answer(
            lambda: self.workflow.record(
                ref or PGA, kind, dict(fields), actor=Actor("rob", role), effective_on=effective_on, at=self.now
            )
        )
        expected = self.reference.record(kind, fields, role=role, at=self.now, effective_on=effective_on, ref=ref)
        self.agree_on_verdict(f"record {kind} {fields} by {role}", expected, got)
        self.now += self.tick
        if len(self.reference.facts) > before:
            self.entries[len(self.reference.facts) - 1] = outcome.entry

    def retract(self, number: int) -> None:
        """Take a recorded fact back."""
        entry = self.entries.pop(number)
        got, _ = self.answer(
            lambda: self.workflow.retract(entry, reason="wrong", actor=Actor("rob", "operator"), at=self.now)
        )
        self.reference.retract(number, self.now)
        self.agree_on_verdict(f"retract {self.reference.facts[number]}", Verdict(), got)

    def ask(self, ref: str, trigger: str, role: str, payload: dict[str, Any], *, ahead: timedelta) -> None:
        """What would be answered to an act, now or later; nothing is written."""
        at = self.now + ahead
        got, decision = self.answer(
            lambda: self.workflow.decide(ref, trigger, actor=Actor("rob", role), payload=dict(payload), at=at)
        )
        expected = self.reference.judge(ref, trigger, role=role, payload=payload, at=at)
        failing = sorted(finding.rule for finding in decision.findings if not finding.met) if decision else []
        what = f"{ref} asked for {at.isoformat()} {trigger} by {role} with {payload}"
        self.agree(f"{what}: error", expected.error, got.error)
        self.agree(f"{what}: refused by", sorted(expected.refused_by), failing)

    def fire(
        self, ref: str, trigger: str, role: str, payload: dict[str, Any], *, back: timedelta = timedelta(0)
    ) -> Verdict:
        """Do it in both; `back` sets the act before now."""
        at = self.now - back
        got, _ = self.answer(
            lambda: self.workflow.fire(ref, trigger, actor=Actor("rob", role), payload=dict(payload), at=at)
        )
        expected = self.reference.fire(ref, trigger, role=role, payload=payload, at=at)
        self.agree_on_verdict(f"{ref} {trigger} by {role} with {payload}", expected, got)
        self.now += self.tick
        return expected

    def sweep(self, *, back: timedelta = timedelta(0)) -> None:
        """Let everything fire that is due."""
        at = self.now - back
        outcome = self.workflow.sweep(at=at)
        fired, notices = self.reference.sweep(at)
        got: dict[str, list[str]] = {}
        for firing in outcome.fired:
            got.setdefault(firing.ref, []).append(firing.kind)
        self.agree("sweep: fired", fired, got)
        self.agree("sweep: notices", notices, Counter(notice.kind for notice in outcome.notices))

    def compare_cases(self) -> None:
        """Look at every case through both, and at the partner."""
        self.agree("revision", self.reference.revision, self.workflow.partner(PGA).revision)
        for case in self.reference.newest():
            expected, got = self.reference.view(case.ref, self.now), self.workflow.case(case.ref, at=self.now)
            for name in ("state", "version", "policy"):
                self.agree(f"{case.ref}: {name}", getattr(expected, name), getattr(got, name))
            self.agree(f"{case.ref}: entitlements", sorted(expected.entitlements), sorted(got.entitlements))
            deadlines = {deadline.kind: deadline.due_on for deadline in got.deadlines}
            if expected.deadlines != deadlines:
                expected = self.reference.catch_up(case.ref, self.now)
            self.agree(f"{case.ref}: deadlines", expected.deadlines, deadlines)
            self._compare_cooldown(case.ref, expected, got.cooldown)

    def _compare_cooldown(self, ref: str, expected: View, shown: Any) -> None:
        got = (shown.case, shown.started_on, shown.ends_on) if shown else None
        if got not in (expected.cooldowns or (None,)):
            self.agree(f"{ref}: cooldown", expected.cooldowns, got)
