"""A small reference model of the direct-bill lifecycle: slow, plain, and written without a look at the package.

One partner, several cases. Every judgement goes through the lists of facts, entries and waits anew. What it answers is
compared with the program's answers: accepted or refused, by which rules, not before which day, how the cases stand.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime

from tests.acceptance.reference_answers import Verdict, View, first_that_holds
from tests.acceptance.reference_deadlines import check_security, derive, next_window, sweep_case
from tests.acceptance.reference_facts import (
    Fact,
    Fields,
    add_months,
    complete,
    day_of,
    differs,
    fact_is_sound,
    same_line,
    seen,
    with_defaults,
)
from tests.acceptance.reference_rules import RULES, Case, Entry, Question, Wait, earliest, guards_of
from tests.acceptance.reference_tables import (
    CLOSED,
    DEADLINES_HANG_ON,
    DEAUTHORIZED,
    ENTITLEMENTS,
    FACTS,
    INDIRECT,
    MOVES,
    OF_A_CASE,
    POLICIES,
    ROLES,
    TRIGGERS,
    VERIFIED_ONLY,
    WAIT_AFTER,
    Policy,
    policy_named,
    policy_on,
)


@dataclass
class Reference:
    """One partner of the programme."""

    pga: str
    facts: list[Fact] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)

    def open_case(self, region: str, at: datetime) -> Verdict:
        """Open a case in the region, unless one is open there."""
        ref = f"{self.pga}/{region}"
        if any(case.ref == ref and case.state != CLOSED for case in self.cases):
            return Verdict(error="duplicate_case")
        self.cases.append(Case(len(self.cases), ref, region, [Entry(at, "opened", "", INDIRECT)]))
        return Verdict()

    def newest(self) -> list[Case]:
        """The cases that their references mean: of each the newest."""
        return list({case.ref: case for case in self.cases}.values())

    def case(self, ref: str) -> Case:
        """The case that a reference means."""
        return next(case for case in self.newest() if case.ref == ref)

    @property
    def revision(self) -> int:
        """One for the partner, and one more for each entry of its journal but refusals."""
        about_partner = [fact for fact in self.facts if fact.case is None]
        retracted = [fact for fact in about_partner if fact.retracted_at]
        return 1 + sum(case.version for case in self.cases) + len(about_partner) + len(retracted)

    def record(
        self,
        kind: str,
        given: Fields,
        *,
        role: str,
        at: datetime,
        effective_on: date | None = None,
        ref: str | None = None,
    ) -> Verdict:
        """Record a fact about the partner, or about the case named."""
        case = self.case(ref) if ref else None
        stopped = first_that_holds(
            (case is not None and at < case.entries[-1].at, Verdict(error="time_goes_back")),
            (role not in ROLES, Verdict(error="unknown_role")),
            (kind not in FACTS, Verdict(error="unknown_fact")),
            (role == "system", Verdict(refused_by=frozenset({"actor.role"}))),
            (case is not None and kind not in OF_A_CASE, Verdict(error="bad_payload")),
        )
        if stopped:
            return stopped
        if not fact_is_sound(kind, given, role=role, day=day_of(at)):
            return Verdict(error="bad_payload")
        fields = with_defaults(kind, given, role)
        known = [fact.fields for fact in same_line(self.facts, fields, at)]
        if any(differs(each, fields) for each in known):
            return Verdict(error="duplicate_line")
        if known and (not fields["verified"] or any(each["verified"] for each in known)):
            return Verdict()
        self.facts.append(Fact(kind, fields, effective_on or day_of(at), at, case.number if case else None))
        self._facts_changed(self.facts[-1], "recorded", at)
        return Verdict()

    def retract(self, number: int, at: datetime) -> None:
        """Take back the fact of this number in `facts`."""
        fact = self.facts[number]
        fact.retracted_at = at
        self._facts_changed(fact, "retracted", at)

    def _facts_changed(self, fact: Fact, name: str, at: datetime) -> None:
        """A fact about a case is an act on it; one about the partner moves the deadlines that hang on its kind."""
        about = [self.cases[fact.case]] if fact.case is not None else []
        for case in about:
            case.entries.append(Entry(at, name, case.state, case.state))
        for case in about or (self.newest() if fact.kind in DEADLINES_HANG_ON else []):
            derive(case, self.facts, self.waits, at=at, as_of=day_of(at))

    def policy_of(self, case: Case, day: date) -> Policy | None:
        """The policy that judges the case on a day: the pinned one, else that of the day."""
        return case.judging_policy or policy_on(day)

    def judge(self, ref: str, trigger: str, *, role: str, payload: Fields, at: datetime) -> Verdict:
        """What the program must answer to an act, in the order in which it must ask."""
        case, day = self.case(ref), day_of(at)
        allowed = TRIGGERS[trigger].roles if trigger in TRIGGERS else ()
        stopped = first_that_holds(
            (at < case.entries[-1].at, Verdict(error="time_goes_back")),
            (role not in ROLES, Verdict(error="unknown_role")),
            (trigger not in TRIGGERS, Verdict(error="unknown_trigger")),
            (role not in allowed, Verdict(refused_by=frozenset({"actor.role"}))),
            ((trigger, case.state) not in MOVES, Verdict(refused_by=frozenset({f"order.{trigger}"}))),
        )
        if stopped:
            return stopped
        policy = self.policy_of(case, day)
        error = self._error_in(payload, case=case, trigger=trigger, policy=policy, at=at)
        guards = guards_of(trigger, case.state, policy)
        if error or (guards and policy is None):
            return Verdict(error=error or "no_policy")
        question = self.question(case, trigger, payload=payload, policy=policy, at=at)
        failing = [rule for rule in guards if not RULES[rule](question)]
        days = [earliest(rule, question) for rule in failing]
        known = [on for on in days if on]
        return Verdict(
            refused_by=frozenset(rule.removeprefix("own.") for rule in failing),
            earliest=max(known) if known and len(known) == len(days) else None,
        )

    def question(self, case: Case, trigger: str, *, payload: Fields, policy: Policy | None, at: datetime) -> Question:
        """What the rules are asked about an act on the case."""
        return Question(
            case=case,
            facts=self.facts,
            waits=self.waits,
            policy=policy or POLICIES[0],
            day=day_of(at),
            known_at=at,
            trigger=trigger,
            payload=payload,
            verified_only=trigger in VERIFIED_ONLY,
        )

    def _error_in(
        self, payload: Fields, *, case: Case, trigger: str, policy: Policy | None, at: datetime
    ) -> str | None:
        """The error of a payload that is not understood."""
        day, forms = day_of(at), dict(TRIGGERS[trigger].payload)
        if trigger == "submit_enrollment" and policy and policy.bank_account:
            forms["bank_account"] = "text!"
        if trigger == "complete_assessment" and policy and policy.third_party:
            forms |= {"assessor": "text!", "interviews": "dates!"}
        if not complete(forms, payload, day=day, entered_on=day_of(case.entered().at)):
            return "bad_payload"
        if (
            trigger == "complete_assessment"
            and policy
            and policy.criteria
            and set(payload["scores"]) != {*policy.criteria}
        ):
            return "bad_payload"
        if trigger == "migrate_policy" and policy_named(payload["to"]) is None:
            return "unknown_policy"
        if trigger == "migrate_policy" and (payload["to"] == named(policy) or payload["to"] != named(policy_on(day))):
            return "bad_payload"
        if "renews_on" in payload and payload["renews_on"] <= self._renewed(payload, case=case, trigger=trigger, at=at):
            return "bad_payload"
        return None

    def _renewed(self, payload: Fields, *, case: Case, trigger: str, at: datetime) -> date:
        """The day after which the end of a plan must lie."""
        if trigger == "purchase_support_plan":
            return date_in(payload, "purchased_on", day_of(at))
        plans = seen(self.facts, "support_plan", day=day_of(at), at=at, case=case.number)
        renewed: list[date] = [plan.fields["renews_on"] for plan in plans[-1:]]
        return max([date_in(payload, "renewed_on", day_of(at)), *renewed])

    def fire(self, ref: str, trigger: str, *, role: str, payload: Fields, at: datetime) -> Verdict:
        """Judge an act, and do it if nothing speaks against it."""
        verdict, case, day = self.judge(ref, trigger, role=role, payload=payload, at=at), self.case(ref), day_of(at)
        if not verdict.accepted:
            if trigger == "apply" and "window.open" in verdict.refused_by:
                case.window_opens = next_window(day) or case.window_opens
                case.deadlines |= {"window_opens": case.window_opens} if case.window_opens else {}
            return verdict
        notice = TRIGGERS[trigger].notice
        policy = self.policy_of(case, day)
        if trigger == "invite_to_assessment" and policy and not policy.criteria:
            notice = None
        self._effects(case, trigger, payload, at)
        derive(case, self.facts, self.waits, at=at, as_of=day)
        return Verdict(notices=(notice,) if notice else ())

    def _effects(self, case: Case, trigger: str, payload: Fields, at: datetime) -> None:
        """What an accepted act brings with it, and its entry."""
        day, source, policy, review_on = day_of(at), case.state, None, None
        plans = seen(self.facts, "support_plan", day=day, at=at, case=case.number)
        if trigger in ("apply", "migrate_policy"):
            policy = payload.get("to") or named(policy_on(day))
        if trigger in ("approve_credit", "pass_reassessment"):
            payload = {"notified_on": day, **payload}
        if trigger == "purchase_support_plan":
            bought = date_in(payload, "purchased_on", day)
            self._plan(case, payload["kind"], bought, date_in(payload, "renews_on", add_months(bought, 12)), at)
        if trigger == "renew_support_plan":
            old, renewed = plans[-1].fields, date_in(payload, "renewed_on", day)
            years = (add_months(old["renews_on"], 12 * year) for year in range(1, 100))
            following = next(on for on in years if on > renewed)
            self._plan(case, old["kind"], renewed, date_in(payload, "renews_on", following), at)
        if trigger == "open_review":
            review_on = case.review_date(plans[-1])
            case.fired.pop("review_closes", None)
        self._waits(case, trigger, payload, day)
        check_security(case, trigger, day)
        case.entries.append(Entry(at, trigger, source, MOVES[trigger, source], payload, policy, review_on))

    def _waits(self, case: Case, trigger: str, payload: Fields, day: date) -> None:
        """The wait that an act begins, or whose end need not be told any more after it."""
        if trigger in ("apply", "end_cooldown"):
            for wait in self.waits:
                wait.done = wait.done or wait.by == case.number
        policy = policy_on(day)
        if trigger in WAIT_AFTER and case.state != DEAUTHORIZED and policy and policy.wait:
            started = date_in(payload, "completed_on", day)
            self.waits.append(Wait(case.number, WAIT_AFTER[trigger], started, add_months(started, 12)))

    def _plan(self, case: Case, kind: str, started_on: date, renews_on: date, at: datetime) -> None:
        fields = {"kind": kind, "started_on": started_on, "renews_on": renews_on, "paid": True}
        self.facts.append(Fact("support_plan", fields, day_of(at), at, case.number))

    def sweep(self, at: datetime) -> tuple[dict[str, list[str]], Counter[str]]:
        """Fire everything that is due by the instant: the kinds by case, in order, and the notices."""
        fired: dict[str, list[str]] = {}
        notices: Counter[str] = Counter()
        for case in self.newest():
            if at >= case.entries[-1].at:
                kinds, told = sweep_case(case, self.facts, self.waits, at)
                fired |= {case.ref: kinds} if kinds else {}
                notices.update(told)
        return fired, notices

    def catch_up(self, ref: str, at: datetime) -> View:
        """The case once its deadlines know what became effective since: any fact may be the occasion."""
        derive(self.case(ref), self.facts, self.waits, at=at, as_of=day_of(at))
        return self.view(ref, at)

    def view(self, ref: str, at: datetime) -> View:
        """How the case that a reference means stands."""
        case, day = self.case(ref), day_of(at)
        running = [wait for wait in self.waits if wait.ends_on > day]
        last = max((wait.ends_on for wait in running), default=None)
        shown = [(w.case, w.started_on, w.ends_on) for w in running if w.ends_on == last]
        return View(
            state=case.state,
            version=case.version,
            policy=named(self.policy_of(case, day)),
            cooldowns=tuple(shown) if case.state in (INDIRECT, DEAUTHORIZED) else (),
            entitlements=frozenset(name for name, states in ENTITLEMENTS.items() if case.state in states),
            deadlines=dict(case.deadlines),
        )


def date_in(payload: Fields, name: str, default: date) -> date:
    """A date of a payload, or what holds without it."""
    value = payload.get(name, default)
    assert isinstance(value, date)
    return value


def named(policy: Policy | None) -> str | None:
    """A policy's id, if there is one."""
    return policy.name if policy else None
