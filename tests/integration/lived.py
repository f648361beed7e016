"""A database in which everything has happened once: what audits, upgrades and copies are tried on."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from csp_workflow import Actor, TransitionRefused
from csp_workflow.testing import evidence_2025, ready_partner
from tests.integration.hands import ANNA, ENROLLMENT, OTTO, RITA, WALK

if TYPE_CHECKING:
    from csp_workflow.bootstrap import HostWorkflow
    from csp_workflow.testing import SettableClock

BEGUN, LAST = date(2025, 10, 6), date(2026, 3, 20)
BANKED = {**ENROLLMENT, "bank_account": "DE02120300000000202051"}


def live(workflow: HostWorkflow, clock: SettableClock) -> None:
    """Let five partners live from October 2025 to March 2026."""
    clock.set(BEGUN)
    _active(workflow, clock)
    clock.set(date(2025, 11, 20))
    _declined(workflow)
    clock.set(date(2025, 11, 25))
    _indirect(workflow)
    _opened_again(workflow)
    _applying(workflow)
    clock.set(LAST)
    workflow.sweep()
    _refused(workflow, "PGA-1001/europe", "open_review", RITA)


def _active(workflow: HostWorkflow, clock: SettableClock) -> None:
    ref = ready_partner(workflow, "PGA-1001", on=BEGUN)
    workflow.record(
        "PGA-1001", "csp_onboarding", {"onboarded_on": date(2024, 3, 15)}, actor=OTTO, document="contract 7"
    )
    line: dict[str, Any] = {
        "booked_on": BEGUN - timedelta(days=3),
        "amount": "2500.00",
        "line": "INV-1",
        "tenant": "T-1",
    }
    workflow.record("PGA-1001", "revenue", {**line, "verified": False}, actor=OTTO)
    workflow.record("PGA-1001", "revenue", {**line, "verified": True}, actor=RITA)
    workflow.record("PGA-1001", "revenue", {**line, "verified": True}, actor=RITA, key="the same once more")
    workflow.fire(ref, "apply", actor=ANNA, key="req-17")
    for trigger, actor, payload in WALK[1:]:
        clock.advance(days=3)
        workflow.fire(ref, trigger, actor=actor, payload=BANKED if payload == ENROLLMENT else payload)


def _declined(workflow: HostWorkflow) -> None:
    workflow.register_partner(
        "PGA-1002", name="Contoso S.p.A.", country="IT", email="c@contoso.example", language="it", manager="Rosa"
    )
    ref = workflow.open_case("PGA-1002", region="europe").ref
    _refused(workflow, ref, "apply", ANNA, key="first try")
    for fact, fields in evidence_2025(date(2025, 11, 20)).items():
        workflow.record("PGA-1002", fact, fields, actor=OTTO)
    wrong = workflow.record("PGA-1002", "membership", {"status": "lapsed"}, actor=OTTO)
    workflow.retract(wrong.entry, reason="the wrong partner", actor=OTTO)
    booked = workflow.record("PGA-1002", "revenue", {"booked_on": BEGUN, "amount": "9.00", "line": "X"}, actor=OTTO)
    workflow.retract(booked.entry, reason="booked twice", actor=OTTO)
    workflow.fire(ref, "apply", actor=ANNA)
    workflow.fire(ref, "decline", actor=RITA, payload={"reason": "The figures could not be confirmed."})
    workflow.note(ref, "Called Rosa.", actor=OTTO)


def _indirect(workflow: HostWorkflow) -> None:
    workflow.register_partner("PGA-1003", name="Tailspin Žižkov", country="CZ", language="cs")
    ref = workflow.open_case("PGA-1003", region="europe", lifecycle="indirect_reseller").ref
    form = {"mpn": "4711", "address": "Praha 3", "bank_account": "CZ65080000001920001453", "admin_email": "a@t.example"}
    workflow.fire(ref, "submit_registration", actor=ANNA, payload=form)
    workflow.fire(ref, "pass_verification", actor=RITA)
    workflow.edit_partner("PGA-1003", name="Tailspin Toys Žižkov", actor=OTTO)
    workflow.record("PGA-1003", "membership", {"status": "active"}, actor=OTTO, effective_on=date(2026, 2, 1))
    plan = {"kind": "PSfP", "started_on": date(2025, 11, 1)}
    workflow.record(ref, "support_plan", plan, actor=OTTO, effective_on=date(2026, 1, 15))


def _opened_again(workflow: HostWorkflow) -> None:
    workflow.register_partner("PGA-1004", name="Wingtip", country="FJ", email="w@wingtip.example")
    ref = workflow.open_case("PGA-1004", region="australia").ref
    workflow.fire(ref, "close", actor=OTTO, payload={"reason": "opened too early"})
    workflow.open_case("PGA-1004", region="australia", key="again")


def _applying(workflow: HostWorkflow) -> None:
    """A case that is judged by the policy of the day on which it applied."""
    workflow.fire(ready_partner(workflow, "PGA-1005", on=date(2025, 11, 25)), "apply", actor=ANNA)


def _refused(workflow: HostWorkflow, ref: str, trigger: str, actor: Actor, **more: Any) -> None:
    try:
        workflow.fire(ref, trigger, actor=actor, **more)
    except TransitionRefused:
        return
    raise AssertionError(f"{trigger} was not refused")
