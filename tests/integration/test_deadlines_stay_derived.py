"""After any history the stored deadlines are those that would be derived anew, and nothing fires twice."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from csp_workflow import NotFound, TransitionRefused, Workflow
from csp_workflow.bootstrap import judge_of
from csp_workflow.errors import BadInput, Conflict, TimeGoesBack
from csp_workflow.model.calendar import add_months, midnight
from csp_workflow.rules.consequences import Consequences
from csp_workflow.shell.desk import Desk
from csp_workflow.storage.store import MEMORY, open_store
from csp_workflow.testing import SettableClock, ready_partner
from tests.integration.hands import ANNA, CARL, ENROLLMENT, OTTO, RITA, SCORES, WALK

if TYPE_CHECKING:
    from csp_workflow.model.case import Case, Deadline
    from csp_workflow.shell.dossier import Dossier

HAMMER = 20 if os.environ.get("CSP_WORKFLOW_HAMMER") == "1" else 1
PHASES = (Phase.generate, Phase.shrink) if HAMMER > 1 else (Phase.generate,)  # making a failure small takes minutes
EXAMPLES, STEPS = 120, 30
PGA, CASES = "PGA-1", ("PGA-1/europe", "PGA-1/mea_cee")
STARTS = (
    date(2018, 9, 1),
    date(2020, 12, 20),
    date(2024, 2, 29),
    date(2025, 4, 20),
    date(2025, 10, 1),
    date(2026, 1, 31),
)
ASIDE = (
    "apply",
    "decline",
    "withdraw",
    "open_review",
    "validate_security",
    "restrict",
    "lift_restriction",
    "transition_to_indirect",
    "deauthorize",
    "end_cooldown",
    "close",
)
AHEAD = st.sampled_from((0, 1, 5, 9, 9, 9))
WORKFLOW_PARTS = Consequences(judge_of())
TRIGGERS = WORKFLOW_PARTS.programme.lifecycles["direct_bill"].triggers
ACTORS = {trigger: actor for trigger, actor, _payload in WALK}
PAYLOADS: dict[str, dict[str, Any]] = {trigger: dict(payload) for trigger, _actor, payload in WALK}
REASON = {"reason": "so it is"}
ACTORS |= dict.fromkeys(("open_review", "pass_reassessment", "validate_security", "restrict", "lift_restriction"), RITA)
ACTORS |= {"deauthorize": RITA, "decline": CARL, "close": RITA, "end_cooldown": WORKFLOW_PARTS.programme.timer}
PAYLOADS |= dict.fromkeys(("restrict", "lift_restriction", "deauthorize", "decline", "close"), REASON)
PAYLOADS |= {"transition_to_indirect": {"provider": "Northwind"}}
NEXT = {
    "indirect_tenure": "apply",
    "application": "invite_to_assessment",
    "assessment": "approve_application",
    "enrollment": "submit_enrollment",
    "credit_check": "approve_credit",
    "support_plan_purchase": "purchase_support_plan",
    "mpa_acceptance": "accept_mpa",
    "annual_review": "renew_support_plan",
    "restricted": "lift_restriction",
    "deauthorized": "end_cooldown",
}
FIRST = {"assessment": "complete_assessment", "credit_check": "pass_verification", "annual_review": "pass_reassessment"}


class StoredDeadlines(RuleBasedStateMachine):
    """A partner with cases in two regions, its evidence and the years, at random."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = SettableClock(STARTS[0])
        self.store = open_store(MEMORY)
        self.desk = Desk(self.store, WORKFLOW_PARTS, self.clock, own_clock=True)
        self.workflow = Workflow(self.desk)
        self.recorded: list[str] = []

    def teardown(self) -> None:
        """Let go of the database."""
        self.workflow.close()

    @property
    def today(self) -> date:
        """The day that the clock shows."""
        return self.clock().date()

    @initialize(start=st.sampled_from(STARTS), ahead=st.tuples(AHEAD, AHEAD))
    def begin(self, start: date, ahead: tuple[int, int]) -> None:
        """A partner that is ready, with two cases that are some steps on their way."""
        self.clock.set(start)
        ready_partner(self.workflow, PGA, on=start)
        self.workflow.record(PGA, "csp_onboarding", {"onboarded_on": add_months(start, -20)}, actor=OTTO)
        self.workflow.record(PGA, "managed_service", {"name": "backup"}, actor=OTTO)
        self.workflow.record(PGA, "billing_infrastructure", {"ready": True}, actor=OTTO)
        self.workflow.open_case(PGA, region="mea_cee")
        self.workflow.record(CASES[1], "location", {"pla": "PLA-2", "country": "MG"}, actor=OTTO)
        for ref, steps in zip(CASES, ahead, strict=True):
            for _ in range(steps):
                self.onward(ref)

    def attempt(self, ref: str, trigger: str, payload: dict[str, Any]) -> bool:
        """Do an act; whether it was accepted."""
        try:
            self.workflow.fire(ref, trigger, actor=ACTORS.get(trigger, ANNA), payload=payload)
        except (TransitionRefused, BadInput):
            return False
        return True

    def payload(self, trigger: str) -> dict[str, Any]:
        """A payload that the policies of most days take."""
        payload = dict(PAYLOADS.get(trigger, {}))
        policy = WORKFLOW_PARTS.programme.policies.known_on(self.today)
        if trigger == "submit_enrollment" and policy and policy.value("enrollment.bank_account"):
            return ENROLLMENT | {"bank_account": "DE02120300000000202051"}
        if trigger == "complete_assessment" and policy and policy.value("assessment.interviews"):
            areas = ("billing", "provisioning", "customer_support", "security")
            return {"scores": dict.fromkeys(areas, 90), "assessor": "Northwind", "interviews": [self.today]}
        if trigger == "complete_assessment":
            return {"scores": SCORES}
        return payload

    @rule(ref=st.sampled_from(CASES))
    def onward(self, ref: str) -> None:
        """What comes next in the usual walk."""
        state = self.workflow.case(ref).state
        for trigger in (FIRST.get(state), NEXT.get(state)):
            if trigger:
                self.attempt(ref, trigger, self.payload(trigger))

    @rule(ref=st.sampled_from(CASES), choice=st.integers(0, 19))
    def aside(self, ref: str, choice: int) -> None:
        """Some other act that the case's state knows, which may be refused."""
        state = self.workflow.case(ref).state
        known = [trigger for trigger in ASIDE if state in TRIGGERS[trigger].moves] or ["accept_mpa"]
        trigger = known[choice % len(known)]
        if self.attempt(ref, trigger, self.payload(trigger)) and trigger == "close":
            self.workflow.open_case(PGA, region=ref.partition("/")[2])

    @rule(
        about=st.sampled_from((PGA, *CASES)),
        started=st.integers(-400, 0),
        length=st.sampled_from((None, 30, 200, 366)),
        effective=st.sampled_from((0, 0, 0, -30, 1, 20, 100)),
    )
    def record_plan(self, about: str, started: int, length: int | None, effective: int) -> None:
        """A support plan, which may become effective later."""
        start = self.today + timedelta(days=started)
        fields: dict[str, Any] = {"kind": "PSfP", "started_on": start}
        if length:
            fields["renews_on"] = start + timedelta(days=length)
        self.record(about, "support_plan", fields, effective)

    @rule(months=st.integers(1, 40), effective=st.sampled_from((0, 0, -10, 1, 15, 60)))
    def record_onboarding(self, months: int, effective: int) -> None:
        """The month of the yearly security check."""
        self.record(PGA, "csp_onboarding", {"onboarded_on": add_months(self.today, -months)}, effective)

    @rule(effective=st.sampled_from((0, 0, 5)))
    def refresh(self, effective: int) -> None:
        """Enough revenue for any floor, and a plan that runs."""
        fields = {"booked_on": self.today - timedelta(days=1), "amount": Decimal(1_000_000)}
        self.record(PGA, "revenue", fields, effective)
        self.record(PGA, "support_plan", {"kind": "ASfP", "started_on": self.today}, effective)

    def record(self, about: str, fact: str, fields: dict[str, Any], effective: int) -> None:
        """Record something."""
        from_day = self.today + timedelta(days=effective)
        try:
            done = self.workflow.record(about, fact, fields, actor=OTTO, effective_on=from_day)
        except BadInput:
            return
        self.recorded.append(done.entry)

    @precondition(lambda self: self.recorded)
    @rule(data=st.data())
    def retract(self, data: st.DataObject) -> None:
        """Take something back."""
        entry = data.draw(st.sampled_from(self.recorded))
        with suppress(Conflict, NotFound, TimeGoesBack):
            self.workflow.retract(entry, reason="a mistake", actor=OTTO)
        self.recorded.remove(entry)

    @rule(days=st.sampled_from((1, 7, 29, 31, 90, 200, 366)))
    def wait(self, days: int) -> None:
        """Let time pass; nobody sweeps."""
        self.clock.advance(days=days)

    @rule(data=st.data(), offset=st.sampled_from((-1, 0, 0, 1)), swept=st.booleans())
    def wait_for_a_deadline(self, data: st.DataObject, offset: int, swept: bool) -> None:
        """Go to a day on which something is due, or to the day beside it."""
        due = sorted({item.due_on for ref in CASES for item in self.workflow.case(ref).deadlines})
        if due:
            day = data.draw(st.sampled_from(due)) + timedelta(days=offset)
            self.clock.set(max(self.clock(), midnight(day)))
        if swept:
            self.sweep()

    @rule()
    def sweep(self) -> None:
        """Fire what is due: once, and then there is nothing left."""
        self.workflow.sweep()
        entries, shown = self.workflow.history(PGA), self.workflow.cases()
        again = self.workflow.sweep()
        assert (again.fired, again.notices) == ((), ())
        assert self.workflow.history(PGA) == entries
        assert self.workflow.cases() == shown
        for case, dossier in self.stored():
            if case.last_at <= self.clock():
                due = [item for item in dossier.deadlines.get(case.number, ()) if item.due_on <= self.today]
                assert due == []
                assert self.derived(dossier, case, self.today) == kept(dossier, case)

    @invariant()
    def stored_ones_are_derived_ones(self) -> None:
        """What is stored is what comes of state and facts, as of the day up to which facts were taken in."""
        for case, dossier in self.stored():
            assert self.derived(dossier, case, case.derived_on) == kept(dossier, case)

    def stored(self) -> list[tuple[Case, Dossier]]:
        """Every case with the dossier that it lies in; its facts are read."""
        with self.store.reading() as session:
            if session.file(PGA) is None:
                return []
            dossier = self.desk.open(session, PGA)
            dossier.facts(self.clock())
            return [(case, dossier) for case in dossier.cases.values()]

    def derived(self, dossier: Dossier, case: Case, day: date) -> set[Deadline]:
        """The deadlines of a case derived anew; reminders alone remember which of them they are."""
        stored = tuple(item for item in kept(dossier, case) if item.kind == "review_reminder")
        evidence = dossier.evidence(case, max(self.clock(), case.last_at))
        return set(WORKFLOW_PARTS.derive(replace(case, derived_on=day), evidence, day, stored))


def kept(dossier: Dossier, case: Case) -> set[Deadline]:
    """The stored deadlines of a case."""
    return set(dossier.deadlines.get(case.number, ()))


TestStoredDeadlines = pytest.mark.no_cover(StoredDeadlines.TestCase)  # to watch each line would double its time
TestStoredDeadlines.settings = settings(
    max_examples=EXAMPLES * HAMMER,
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=HAMMER == 1,
    database=None,
    phases=PHASES,
    suppress_health_check=list(HealthCheck),
)
