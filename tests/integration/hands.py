"""What the integration tests do by hand: people, evidence, the usual walk, and a look at the tables from outside."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from sqlalchemy.exc import DataError

from csp_workflow import Actor
from csp_workflow.testing import ready_partner
from tests.databases import Database

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from csp_workflow import Workflow
    from csp_workflow.model.case import CaseView
    from tests.databases import Rows

PGA, REF = "PGA-1001", "PGA-1001/europe"
TODAY = date(2025, 10, 6)
ANNA = Actor("anna", "global_admin")
PAUL = Actor("paul", "partner_user")
RITA = Actor("rita", "reviewer")
CARL = Actor("carl", "credit_officer")
OTTO = Actor("otto", "operator")
TIMER = Actor("system", "system")
CRITERIA = {
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
SCORES = {f"{category}.{name}": 80 for category, names in CRITERIA.items() for name in names}
ENROLLMENT = {"legal_name": "Fabrikam GmbH", "address": "Unter den Linden 1", "admin_email": "admin@fabrikam.example"}
WALK: tuple[tuple[str, Actor, Mapping[str, Any]], ...] = (
    ("apply", ANNA, {}),
    ("invite_to_assessment", RITA, {}),
    ("complete_assessment", ANNA, {"scores": SCORES}),
    ("approve_application", RITA, {}),
    ("submit_enrollment", ANNA, ENROLLMENT),
    ("pass_verification", RITA, {}),
    ("approve_credit", CARL, {}),
    ("purchase_support_plan", ANNA, {"kind": "ASfP"}),
    ("accept_mpa", ANNA, {}),
)

_CHECKED = ("entered_on =", "last_at =", "country =", "effective_on =", "created_at =")  # by PostgreSQL itself

E = TypeVar("E", bound=BaseException)


def start(workflow: Workflow, pga: str = PGA) -> str:
    """A partner and its case in Europe, with no evidence at all."""
    workflow.register_partner(pga, name="Fabrikam GmbH", country="DE", email="partner@fabrikam.example")
    return workflow.open_case(pga, region="europe").ref


def ready(workflow: Workflow, pga: str = PGA) -> str:
    """A partner and its case with everything that an application needs on 2025-10-06."""
    return ready_partner(workflow, pga, on=TODAY)


def walk(workflow: Workflow, ref: str, until: str = "accept_mpa") -> CaseView:
    """The usual acts of a ready case, up to and with one of them, all at the instant that the clock shows."""
    names = [trigger for trigger, _actor, _payload in WALK]
    for trigger, actor, payload in WALK[: names.index(until) + 1]:
        workflow.fire(ref, trigger, actor=actor, payload=payload)
    return workflow.case(ref)


def _of(database: Database | Path | str) -> Database:
    """A database from itself, from its file, or from its address."""
    if isinstance(database, Database):
        return database
    return Database(f"sqlite:///{database}" if isinstance(database, Path) else database)


def rows(database: Database | Path | str, statement: str, *values: Any) -> Rows:
    """What a statement finds in a database, asked from outside of the product."""
    return _of(database).rows(statement, *values)


def change(database: Database | Path | str, *statements: str, checked: bool = True) -> None:
    """Do something to a database, from outside of the product; unchecked even what references forbid."""
    _of(database).change(*statements, checked=checked)


def takes(database: Database, damage: str) -> bool:
    """Do some damage to a database, if it takes it: PostgreSQL itself refuses a day that is none, and a long code."""
    if database.kind == "sqlite" or not any(name in damage for name in _CHECKED):
        database.change(damage)
        return True
    with pytest.raises(DataError):
        database.change(damage)
    return False


def tables(database: Database | Path | str) -> list[str]:
    """The names of all tables of a database."""
    return _of(database).tables()


def dump(database: Database | Path | str) -> dict[str, Rows]:
    """All rows of all tables."""
    return _of(database).dump()


def raised(call: Callable[[], object], error: type[E]) -> E:
    """The error of this class that a call ends with."""
    with pytest.raises(error) as caught:
        call()
    return caught.value


def kinds(workflow: Workflow, ref: str) -> list[str]:
    """The kinds of the entries of a history, in order."""
    return [entry.kind for entry in workflow.history(ref)]
