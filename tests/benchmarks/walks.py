"""The walk of a partner that the durable benchmarks time, act by act, and the database that they start from."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from csp_workflow.bootstrap import HostWorkflow, join
from csp_workflow.model.actor import Actor
from csp_workflow.rules.engine import Judge
from csp_workflow.storage.store import open_store
from csp_workflow.testing import SettableClock, ready_partner

PREPARED_ON, ACTED_ON = date(2025, 10, 6), date(2025, 10, 7)
_ANNA, _RITA, _CARL = Actor("anna", "global_admin"), Actor("rita", "reviewer"), Actor("carl", "credit_officer")
_CRITERIA = {
    "sell": ("technical_resources", "sales_force", "billing_provisioning", "managed_services", "solution_expertise"),
    "secure": (
        "data_security_mfa",
        "incident_monitoring",
        "compliance_function",
        "customer_oversight",
        "deal_management",
    ),
    "support": ("support_function", "support_staff", "support_metrics"),
}
_SCORES = {f"{category}.{name}": 80 for category, names in _CRITERIA.items() for name in names}
_ENROLLMENT = {"legal_name": "Fabrikam GmbH", "address": "Unter den Linden 1", "admin_email": "admin@fabrikam.example"}


class Act(NamedTuple):
    """One act of the walk."""

    trigger: str
    actor: Actor
    payload: Mapping[str, Any]


WALK = (
    Act("apply", _ANNA, {}),
    Act("invite_to_assessment", _RITA, {}),
    Act("complete_assessment", _ANNA, {"scores": _SCORES}),
    Act("approve_application", _RITA, {}),
    Act("submit_enrollment", _ANNA, _ENROLLMENT),
    Act("pass_verification", _RITA, {}),
    Act("approve_credit", _CARL, {}),
    Act("purchase_support_plan", _ANNA, {"kind": "ASfP"}),
    Act("accept_mpa", _ANNA, {}),
)
WITHDRAW = Act("withdraw", _ANNA, {})


def fire(workflow: HostWorkflow, ref: str, act: Act) -> None:
    """Do an act: one durable transition."""
    workflow.fire(ref, act.trigger, actor=act.actor, payload=act.payload)


def prepare(judge: Judge, file: Path, partners: int) -> list[str]:
    """Make a database of partners that have all that an application needs; the references of their cases."""
    with join(open_store(f"sqlite:///{file}"), judge, SettableClock(PREPARED_ON)) as workflow:
        return [ready_partner(workflow, f"PGA-{number}", on=PREPARED_ON) for number in range(partners)]


def copies(file: Path, names: Sequence[str]) -> dict[str, Path]:
    """Copies of a closed database, one for each contestant, beside it."""
    made = {name: file.with_name(f"{name}.db") for name in names}
    for copy in made.values():
        shutil.copy(file, copy)
    return made
