"""Acts without end: partner after partner lives the same life, a few of them side by side, act by numbered act.

The number of an act says all about it: whose it is, what is done, at which instant, and whether it may be done again.
So a process that goes on where another one was killed needs no more than a number, and whoever does the same acts
somewhere else comes to the same rows.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from csp_workflow import Actor, TransitionRefused
from csp_workflow.model.partner import Partner
from csp_workflow.model.record import Record
from csp_workflow.testing import evidence_2025
from tests.integration.hands import ANNA, CARL, ENROLLMENT, OTTO, RITA, SCORES, TODAY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from csp_workflow import Workflow

BEGUN = datetime(2025, 10, 6, 9, 0, tzinfo=UTC)
SIDE_BY_SIDE = 3  # partners
_UNTIL_SWEPT, _BETWEEN = 260, 40  # days; by the third sweep a review has opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """An act: whose, at which instant; `key` None says that who does it again has done it twice."""

    number: int
    pga: str
    step: str
    at: datetime
    key: str | None

    @property
    def may_be_repeated(self) -> bool:
        """Whether it acts once however often it is done."""
        return self.key is not None

    def do(self, workflow: Workflow) -> Any:
        """Do it, and give the answer as plain values."""
        try:
            answer = _did(workflow, self)
        except TransitionRefused as refused:
            answer = refused
        return [item.to_dict() for item in answer] if isinstance(answer, list) else answer.to_dict()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lives:
    """The lives of partners whose keys begin alike; `keyed` gives every act a key, and leaves the sweeps out."""

    prefix: str = "PGA"
    keyed: bool = False

    def act(self, number: int) -> Act:
        """The act of a number; they begin with 0."""
        round_, place = divmod(number, SIDE_BY_SIDE)
        generation, turn = divmod(round_, len(_LIFE))
        step = _LIFE[turn]
        if self.keyed and step == "sweep":
            step = "note"
        key = None if step in _UNKEYED and not self.keyed else f"{self.prefix}-{number}"
        pga = f"{self.prefix}-{generation * SIDE_BY_SIDE + place}"
        return Act(number=number, pga=pga, step=step, at=_instant(turn, place), key=key)

    def partners(self, number: int) -> list[str]:
        """Whom the act of a number may touch: those who live side by side, which a sweep finds."""
        first = number // (SIDE_BY_SIDE * len(_LIFE)) * SIDE_BY_SIDE
        return [f"{self.prefix}-{first + place}" for place in range(SIDE_BY_SIDE)]


def _instant(turn: int, place: int) -> datetime:
    """All are swept at their own sweep and at those of the others; what comes then comes after the last of them."""
    swept = turn - _LIFE.index("sweep")
    sweeps = 0 if swept < 0 else 1 + place if swept == 0 else SIDE_BY_SIDE
    late = timedelta(days=_UNTIL_SWEPT + _BETWEEN * sweeps) if sweeps else timedelta()
    return BEGUN + late + timedelta(minutes=turn)


def one_life() -> int:
    """How many acts the lives of those take who live side by side."""
    return SIDE_BY_SIDE * len(_LIFE)


def mark(answer: Any) -> str:
    """An answer in a few letters, which no other answer has."""
    return hashlib.sha256(json.dumps(answer, sort_keys=True).encode()).hexdigest()[:16]


_MOVES: Mapping[str, tuple[Actor, Mapping[str, Any]]] = {
    "apply": (ANNA, {}),
    "invite_to_assessment": (RITA, {}),
    "complete_assessment": (ANNA, {"scores": SCORES}),
    "approve_application": (RITA, {}),
    "submit_enrollment": (ANNA, {**ENROLLMENT, "bank_account": "DE02120300000000202051"}),
    "pass_verification": (RITA, {}),
    "approve_credit": (CARL, {}),
    "purchase_support_plan": (ANNA, {"kind": "ASfP"}),
    "accept_mpa": (ANNA, {}),
    "open_review": (RITA, {}),  # refused while nothing is due
}
_FACTS: Mapping[str, Mapping[str, Any]] = {
    "membership": {"status": "active", "partner_id": "4711"},
    "csp_onboarding": {"onboarded_on": TODAY.replace(year=2024, month=3)},
    "designation": {"area": "Modern Work"},
}
_LIFE = (
    "register",
    "open",
    "evidence",
    "note",
    "revenue",
    "apply",
    "membership",
    "invite_to_assessment",
    "complete_assessment",
    "designation",
    "retract",
    "approve_application",
    "submit_enrollment",
    "pass_verification",
    "approve_credit",
    "purchase_support_plan",
    "accept_mpa",
    "open_review",
    "csp_onboarding",
    "edit",
    "account_setup",
    "sweep",
    "revenues",
    "note",
)
_UNKEYED = {"note", "membership", "invite_to_assessment", "approve_credit", "edit"}


def _did(workflow: Workflow, act: Act) -> Any:  # noqa: PLR0911 - one for each kind of act
    """What comes of an act."""
    ref, key = f"{act.pga}/europe", act.key
    match act.step:
        case "register":
            return workflow.register_all([Partner(pga=act.pga, name="Fabrikam", country="DE", email="f@f.example")])
        case "open":
            return workflow.open_case(act.pga, region="europe", key=key)
        case "note":
            return workflow.note(ref, f"This is act {act.number}.", actor=OTTO, key=key)
        case "edit":
            return workflow.edit_partner(act.pga, actor=OTTO, manager=f"Number {act.number}")
        case "sweep":
            return workflow.sweep()
    if act.step in _MOVES:
        actor, payload = _MOVES[act.step]
        return workflow.fire(ref, act.step, actor=actor, payload=payload, key=key)
    return _recorded(workflow, act)


def _recorded(workflow: Workflow, act: Act) -> Any:
    """What comes of an act about facts."""
    match act.step:
        case "evidence" | "revenues":
            return workflow.record_all(_records(act), actor=OTTO)
        case "retract":
            return workflow.retract(_newest(workflow, act), reason="The wrong partner.", actor=OTTO, key=act.key)
        case "revenue":
            return workflow.record(act.pga, "revenue", _line(act, 0), actor=OTTO, key=act.key)
        case "account_setup":
            fields = {"done_on": TODAY}
            return workflow.record(f"{act.pga}/europe", "account_setup", fields, actor=OTTO, key=act.key)
    return workflow.record(act.pga, act.step, _FACTS[act.step], actor=OTTO, key=act.key)


def _records(act: Act) -> list[Record]:
    if act.step == "revenues":
        fields: list[tuple[str, Mapping[str, Any]]] = [("revenue", _line(act, count)) for count in range(4)]
    else:
        fields = list(evidence_2025(TODAY).items())
    return [
        Record(subject=act.pga, fact=fact, fields=values, key=f"{act.key}.{count}")
        for count, (fact, values) in enumerate(fields)
    ]


def _line(act: Act, count: int) -> Mapping[str, Any]:
    return {
        "booked_on": TODAY - timedelta(days=count + 2),
        "amount": f"{act.number + 1}.00",
        "line": f"L{count}-{act.key}",
    }


def _newest(workflow: Workflow, act: Act) -> str:
    """The entry of the fact that was recorded in the step before."""
    found = [entry for entry in workflow.history(act.pga) if (entry.kind, entry.trigger) == ("recorded", "designation")]
    return found[-1].id
