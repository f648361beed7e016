"""For tests of programs that embed the workflow: a clock that is set, and partners that are ready."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from csp_workflow.model.actor import Actor
from csp_workflow.model.calendar import as_utc, midnight
from csp_workflow.workflow import Workflow


class SettableClock:
    """A clock that stands still until it is set.

    Example:
        clock = SettableClock(date(2025, 10, 6))
        workflow = open_workflow("memory:", clock=clock)
        clock.advance(days=30)
    """

    def __init__(self, start: datetime | date) -> None:
        self._now = _instant(start)

    def __call__(self) -> datetime:
        """The time that it shows, in UTC."""
        return self._now

    def set(self, to: datetime | date) -> None:
        """Show another time; a date means its UTC midnight."""
        self._now = _instant(to)

    def advance(self, **span: float) -> None:
        """Show a later time: `advance(days=1)`, with the arguments of `timedelta`."""
        self._now += timedelta(**span)


def evidence_2025(on: date) -> dict[str, Mapping[str, Any]]:
    """Facts that meet every requirement of an application in Germany on `on`, each exactly as far as needed."""
    return {
        "reseller_tenure": {"first_transaction_on": on.replace(year=on.year - 2, day=1)},
        "membership": {"status": "active"},
        "location": {"pla": "PLA-1", "country": "DE"},
        "signing_authority": {"signatory": "A. Example"},
        "first_line_support": {"available": True},
        "revenue": {"booked_on": on - timedelta(days=1), "amount": Decimal("1000000.00")},
        "security": {
            "admins_total": 2,
            "admins_with_mfa": 2,
            "contact": "security@example.com",
            "alerts_responsive": True,
        },
        "designation": {"area": "Infrastructure"},
    }


def ready_partner(workflow: Workflow, pga: str = "PGA-1001", *, region: str = "europe", on: date) -> str:
    """Register a partner with everything that an application needs, open its case, and give the case's reference."""
    at, operator = midnight(on), Actor("operator", "operator")
    workflow.register_partner(pga, name="Fabrikam GmbH", country="DE", email="partner@example.com", at=at)
    ref = workflow.open_case(pga, region=region, at=at).ref
    for fact, fields in evidence_2025(on).items():
        workflow.record(pga, fact, fields, actor=operator, at=at)
    return ref


def _instant(value: datetime | date) -> datetime:
    return as_utc(value.astimezone(UTC)) if isinstance(value, datetime) else midnight(value)
