"""Random walks over years: the program and the reference model must say the same after every act."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from csp_workflow import open_workflow
from tests.acceptance.reference_facts import add_months
from tests.acceptance.reference_lockstep import Lockstep
from tests.acceptance.reference_tables import ACTIVE, CLOSED, FACTS, MOVES, MPA, OF_A_CASE, PLAN, ROLES, TRIGGERS
from tests.acceptance.reference_walks import (
    AMOUNTS,
    ASIDE,
    EFFECTIVE,
    HOME,
    STARTS,
    days,
    edges,
    lines_to_the_floor,
    missing,
    natural,
    payload_for,
    variant,
    verified_since,
)

if TYPE_CHECKING:
    from tests.acceptance.reference_rules import Case

HAMMER = 20 if os.environ.get("CSP_WORKFLOW_HAMMER") == "1" else 1
EXAMPLES, STEPS = 500, 50
MINUTE = timedelta(minutes=1)
small = st.integers(0, 30)
nearly = st.sampled_from([0, 0, 0, -1, 1])


class AgainstReference(RuleBasedStateMachine):
    """A partner and its cases, moved through the years at random, always with both answers compared."""

    opened_with: ClassVar[dict[str, Any]] = {}

    def __init__(self) -> None:
        super().__init__()
        self.workflow: Any = None
        self.both: Any = None

    def teardown(self) -> None:
        """Let go of the database."""
        if self.workflow is not None:
            self.workflow.close()

    @initialize(
        start=st.sampled_from(STARTS),
        first=st.sampled_from(
            (None, "accept_mpa", "validate_security", "deauthorize", "transition_to_indirect", "restrict")
        ),
        tick=st.sampled_from((days(0), MINUTE)),
    )
    def begin(self, *, start: date, first: str | None, tick: timedelta) -> None:
        """Register the partner, open its first case, and perhaps let it become active and go on from there."""
        now = datetime(start.year, start.month, start.day, tzinfo=UTC)
        self.workflow = open_workflow("memory:", clock=lambda: self.both.now, **self.opened_with)
        self.both = Lockstep(self.workflow, now, tick)
        self.both.open_case("europe")
        if first:
            self.advance(self.case(0), 10, 1)
            self.both.move_to(start + days(20))
            self.leave(pick=0, trigger=first, twist=1)
        self.both.compare_cases()

    def case(self, pick: int) -> Case:
        """One of the partner's cases."""
        cases: list[Case] = self.both.reference.newest()
        return cases[pick % len(cases)]

    def fire(self, case: Case, trigger: str, role: str, payload: dict[str, Any]) -> bool:
        """One act on a case, and a look at all cases after it."""
        verdict = self.both.fire(case.ref, trigger, role, payload)
        self.both.compare_cases()
        return bool(verdict.accepted)

    def equip(self, case: Case, twist: int) -> None:
        """Record what is still missing, so that no rule about the company speaks against the case (mostly)."""
        both = self.both
        for kind, fields in missing(both.reference, case, both.now):
            both.record(kind, fields, ref=case.ref if kind == "location" else None)
        for role, fields in lines_to_the_floor(both.reference, case, both.now, twist):
            both.record("revenue", fields, role=role)
        if case.state == MPA and twist % 3:
            both.record("csp_onboarding", {"onboarded_on": add_months(both.today, -(twist % 12))})
        if case.state == PLAN and twist % 3 == 2:
            both.record("support_plan", variant("support_plan", both.today, twist), ref=case.ref if twist % 2 else None)

    def advance(self, case: Case, steps: int, twist: int) -> None:
        """Up to so many natural steps, each with the evidence that it needs, until the case is active or refused."""
        for _ in range(steps):
            self.equip(case, twist)
            self.ask(case, twist)
            trigger = natural(case, self.both.today)
            if trigger in ASIDE and twist % 3 == 2:
                trigger = ASIDE[trigger]
            if trigger is None:
                return
            payload = payload_for(trigger, case, self.both.today, twist)
            if not self.fire(case, trigger, TRIGGERS[trigger].roles[0], payload) or case.state == ACTIVE:
                return

    def ask(self, case: Case, twist: int, *, ahead: int = 0) -> None:
        """What every act that the case's state knows would be answered, now or some days ahead."""
        day = self.both.today + days(ahead)
        for trigger, state in MOVES:
            if state == case.state:
                payload = payload_for(trigger, case, day, twist)
                self.both.ask(case.ref, trigger, TRIGGERS[trigger].roles[0], payload, ahead=days(ahead))

    # Time

    @rule(number=st.integers(0, 200), second=st.sampled_from([0, 43_200, 86_399]), east=st.sampled_from([0, 0, 9, -7]))
    def days_go_by(self, number: int, second: int, east: int) -> None:
        """Some time passes."""
        self.both.move_to(self.both.today + days(number), second=second, hours_east=east)
        self.both.compare_cases()

    @rule(pick=small, off=nearly)
    def an_edge_comes(self, pick: int, off: int) -> None:
        """Time passes until a day on which something may change, or the day before or after."""
        found = edges(self.both.reference, self.both.today)
        self.both.move_to(found[pick % len(found)] + days(off))
        self.both.compare_cases()

    @rule(pick=small, off=nearly, case_pick=small, twist=small)
    def ask_ahead(self, pick: int, off: int, case_pick: int, twist: int) -> None:
        """What would be answered near a day to come on which something may change."""
        found = edges(self.both.reference, self.both.today)
        day = max(found[pick % len(found)] + days(off), self.both.today)
        self.ask(self.case(case_pick), twist, ahead=(day - self.both.today).days)

    @rule()
    def sweep(self) -> None:
        """What is due fires."""
        self.both.sweep()
        self.both.compare_cases()

    @rule(
        pick=small,
        kind=st.sampled_from(("review_opens", "security_check", "security_check_closes", "cooldown_ends", "any")),
        late=st.sampled_from((-1, 0, 0, 0, 1, 27, 45)),
        swept=st.booleans(),
        steps=st.integers(0, 4),
        twist=small,
    )
    def a_deadline_comes(self, pick: int, kind: str, *, late: int, swept: bool, steps: int, twist: int) -> None:
        """A case comes to one of its deadlines, is swept or not, and goes on."""
        case = self.case(pick)
        if case.deadlines:
            due = case.deadlines.get(kind, max(case.deadlines.values()))
            self.both.move_to(due + days(late))
            if swept:
                self.sweep()
            self.advance(case, steps, twist)

    # Acts

    @rule(pick=small, steps=st.integers(1, 4), twist=small)
    def go_on(self, pick: int, steps: int, twist: int) -> None:
        """A case goes its natural way, with all the evidence that it needs."""
        self.advance(self.case(pick), steps, twist)

    @rule(pick=small, twist=small)
    def go_all_the_way(self, pick: int, twist: int) -> None:
        """A case goes on until it is active or refused."""
        self.advance(self.case(pick), 10, twist)

    @rule(pick=small, which=small, twist=small)
    def turn_aside(self, pick: int, which: int, twist: int) -> None:
        """Something else that is known in the case's state, by a role that may do it."""
        case = self.case(pick)
        known = [trigger for trigger, state in MOVES if state == case.state != CLOSED]
        others = [trigger for trigger in known if trigger not in (natural(case, self.both.today), "close")]
        if others:
            trigger = others[which % len(others)]
            roles = TRIGGERS[trigger].roles
            payload = payload_for(trigger, case, self.both.today, twist)
            self.fire(case, trigger, roles[twist % len(roles)], payload)

    @rule(
        pick=small,
        trigger=st.sampled_from(("deauthorize", "transition_to_indirect", "restrict", "decline", "withdraw")),
        twist=small,
    )
    def leave(self, pick: int, trigger: str, twist: int) -> None:
        """An act that leaves the natural way, by one who may do it."""
        case = self.case(pick)
        self.fire(case, trigger, TRIGGERS[trigger].roles[0], payload_for(trigger, case, self.both.today, twist))

    @rule(pick=small, trigger=st.sampled_from(("close", *sorted(TRIGGERS))), role=st.sampled_from(ROLES), twist=small)
    def try_anything(self, pick: int, trigger: str, role: str, twist: int) -> None:
        """Any trigger in any state, half of the time by a role that may do it."""
        case = self.case(pick)
        payload = payload_for(trigger, case, self.both.today, twist)
        self.fire(case, trigger, role if twist % 2 else TRIGGERS[trigger].roles[0], payload)

    @rule(region=st.sampled_from(sorted(HOME)))
    def open_another_case(self, region: str) -> None:
        """A case in another region, or again in one whose case is closed; else a conflict."""
        self.both.open_case(region)
        self.both.compare_cases()

    # Evidence

    @rule(
        kind=st.sampled_from(sorted(FACTS)),
        which=small,
        effective=st.sampled_from(EFFECTIVE),
        role=st.sampled_from(ROLES[:-1]),
    )
    def record(self, kind: str, which: int, effective: int, role: str) -> None:
        """A fact about the partner that may or may not suffice, effective before, now or later."""
        self.both.record(kind, variant(kind, self.both.today, which, effective), effective=effective, role=role)
        self.both.compare_cases()

    @rule(pick=small, kind=st.sampled_from(OF_A_CASE), which=small, effective=st.sampled_from(EFFECTIVE))
    def record_about_a_case(self, pick: int, kind: str, which: int, effective: int) -> None:
        """A fact about one case."""
        case = self.case(pick)
        if case.state != CLOSED:
            fields = variant(kind, self.both.today, which, effective)
            self.both.record(kind, fields, effective=effective, ref=case.ref)
            self.both.compare_cases()

    @rule(
        ago=st.sampled_from((0, 1, 364, 365, 366, 30)),
        role=st.sampled_from(("operator", "global_admin", "reviewer")),
        fields=st.fixed_dictionaries(
            {"amount": st.sampled_from(AMOUNTS)},
            optional={
                "product": st.sampled_from(("cloud", "perpetual_software")),
                "channel": st.sampled_from(("indirect", "direct")),
                "line": st.sampled_from(("INV-1", "INV-2")),
                "verified": st.booleans(),
            },
        ),
    )
    def revenue(self, ago: int, role: str, fields: dict[str, Any]) -> None:
        """A line of revenue on one side or the other of a floor or of a year."""
        self.both.record("revenue", fields | {"booked_on": self.both.today - days(ago)}, role=role)
        self.both.compare_cases()

    @precondition(lambda self: self.both is not None and self.both.entries)
    @rule(pick=small)
    def retract(self, pick: int) -> None:
        """One of the facts is taken back."""
        numbers = sorted(self.both.entries)
        number = numbers[-1 - pick % len(numbers)]
        if not verified_since(self.both.reference, number):
            self.both.retract(number)
            self.both.compare_cases()

    # Mistakes

    @rule(
        pick=small, twist=small, mistake=st.sampled_from(("role", "trigger", "unknown", "missing", "future", "early"))
    )
    def ask_for_the_impossible(self, pick: int, twist: int, mistake: str) -> None:
        """An act that is not understood, or comes before the last one: an error, and nothing changes."""
        case = self.case(pick)
        trigger = natural(case, self.both.today) or "apply"
        role, payload = TRIGGERS[trigger].roles[0], payload_for(trigger, case, self.both.today, twist)
        spoilt = {
            "unknown": payload | {"colour": "blue"},
            "missing": dict(list(payload.items())[1:]),
            "future": payload | {"purchased_on": self.both.today + days(1)},
        }
        back = self.both.now - case.entries[-1].at + MINUTE if mistake == "early" else days(0)
        self.both.fire(
            case.ref,
            "aply" if mistake == "trigger" else trigger,
            "chief" if mistake == "role" else role,
            spoilt.get(mistake, payload),
            back=back,
        )
        self.both.compare_cases()

    @rule(kind=st.sampled_from(("membership", "shoe_size")), role=st.sampled_from((*ROLES, "chief")))
    def do_nothing(self, kind: str, role: str) -> None:
        """A fact without its field, of no kind or by nobody is an error; a sweep before everything fires nothing."""
        self.both.record(kind, {}, role=role)
        self.both.record("membership", {"status": "active"}, role="system")
        first = min(case.entries[-1].at for case in self.both.reference.newest())
        self.both.sweep(back=self.both.now - first + MINUTE)
        self.both.compare_cases()


AgainstReference.TestCase.settings = settings(
    max_examples=EXAMPLES * HAMMER,
    stateful_step_count=STEPS,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink],
)
TestAgainstReference = pytest.mark.no_cover(AgainstReference.TestCase)  # to watch each line would double its time
