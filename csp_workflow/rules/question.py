"""What a rule is asked: a case, a day, an act and the evidence; everything is given, nothing is looked up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from csp_workflow.model.case import Case, Cooldown
from csp_workflow.model.fact import Facts, Window
from csp_workflow.model.fields import NOTHING
from csp_workflow.model.lifecycle import State
from csp_workflow.model.policy import Policy
from csp_workflow.model.programme import Programme

if TYPE_CHECKING:
    from csp_workflow.model.verdict import Judged


class Ledger(Protocol):
    """The partner's revenue, already summed."""

    def total(self, window: Window) -> int:
        """The cents that count in a window."""

    def days_after(self, day: date) -> list[date]:
        """The days after `day` on which a line takes effect, in order."""


class Wait(NamedTuple):
    """A cooldown of one of the partner's cases, this one's own included."""

    case_number: int
    region: str
    cooldown: Cooldown


class Evidence(NamedTuple):
    """What is known of the case's partner, as recorded by one instant: facts, revenue, running waits, its country."""

    facts: Facts
    ledger: Ledger
    waits: tuple[Wait, ...] = ()
    country: str = ""


class Question:
    """One judgement in the making; also the carrier on which the machine moves.

    `day` is the business date judged; `policy` judges what follows the pinned policy, `policy_of_day` the rest;
    `proposed` is the evidence as it would be once what is asked about is recorded. Rules read it and never change it.
    """

    __slots__ = (
        "_policy",
        "argument",
        "case",
        "day",
        "evidence",
        "failed",
        "payload",
        "programme",
        "proposed",
        "state",
        "verified",
    )

    def __init__(self, programme: Programme, case: Case, evidence: Evidence, day: date) -> None:
        self.programme = programme
        self.case = case
        self.evidence = evidence
        self.day = day
        self.state = case.state
        self.payload: Mapping[str, Any] = NOTHING
        self.argument = ""
        self.verified = False
        self.failed: list[Judged] = []
        self.proposed: Evidence | None = None
        self._policy: Policy | None = None

    @property
    def facts(self) -> Facts:
        """The facts that the case can see."""
        return self.evidence.facts

    @property
    def policy(self) -> Policy:
        """The policy that judges: the pinned one, else that of the day.

        Raises:
            NoPolicy: nothing is pinned and the day is before the first policy.
        """
        if self._policy is None:
            policies, pinned = self.programme.policies, self.case.pinned
            self._policy = policies.named(pinned) if pinned else policies.on(self.day)
        return self._policy

    @property
    def policy_of_day(self) -> Policy:
        """The policy in force on the day.

        Raises:
            NoPolicy: there is none.
        """
        return self.programme.policies.on(self.day)

    def known_policy(self) -> Policy | None:
        """The policy that judges, or None where there is none."""
        if self._policy or self.case.pinned:
            return self.policy
        return self.programme.policies.known_on(self.day)

    def on(self, day: date) -> Question:
        """The same question asked for another day."""
        return self._again(day, self._policy)

    def under(self, policy: Policy) -> Question:
        """The same question judged by another policy."""
        return self._again(self.day, policy)

    def supposed(self) -> Question:
        """The same question asked of the evidence as it would be."""
        other = self._again(self.day, self._policy)
        other.evidence = self.proposed or self.evidence
        return other

    def _again(self, day: date, policy: Policy | None) -> Question:
        other = Question(self.programme, self.case, self.evidence, day)
        other.payload, other.argument, other.verified = self.payload, self.argument, self.verified
        other._policy = policy
        return other

    def state_of(self, lifecycle: str) -> State:
        """The definition of the state that the case is in."""
        return self.programme.lifecycles[lifecycle].states[self.case.state]
