"""Security: every administrator, a contact, alerts, and the yearly check."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from csp_workflow.model.fact import Fact
from tests.unit.evidence import answer, ask, case_in, fact

ON = date(2026, 3, 1)


def security(**more: Any) -> Fact:
    """A record that meets everything."""
    fields = {"admins_total": 4, "admins_with_mfa": 4, "contact": "soc@example.com", "alerts_responsive": True}
    return fact("security", **{**fields, **more})


@pytest.mark.parametrize("rule", ["security.mfa", "security.contact", "security.alerts"])
def test_without_a_record_nothing_about_security_is_met(rule: str) -> None:
    assert answer(rule, ask(ON)).met is False
    assert answer(rule, ask(ON, security())).met is True


@pytest.mark.parametrize(("with_mfa", "met"), [(0, False), (3, False), (4, True)])
def test_every_administrator_is_counted(with_mfa: int, met: bool) -> None:
    assert answer("security.mfa", ask(ON, security(admins_with_mfa=with_mfa)))[:3] == (met, with_mfa, 4)


@pytest.mark.parametrize(("contact", "met"), [("soc@example.com", True), ("", False), (None, False)])
def test_an_empty_contact_is_none(contact: str | None, met: bool) -> None:
    verdict = answer("security.contact", ask(ON, security(contact=contact)))
    assert (verdict.met, verdict.have) == (met, contact or None)


@pytest.mark.parametrize("responsive", [True, False])
def test_alerts_are_answered_or_not(responsive: bool) -> None:
    assert answer("security.alerts", ask(ON, security(alerts_responsive=responsive))).met is responsive


def test_the_yearly_check_is_met_unless_one_is_open() -> None:
    assert answer("security.validated", ask(ON, case=case_in("active"))).met is True
    assert answer("security.validated", ask(ON, case=case_in("active", check_on=ON)))[:2] == (False, ON)
