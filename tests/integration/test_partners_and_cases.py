"""Partners are registered once and edited; cases are opened, closed, and opened again."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from csp_workflow.errors import BadInput, BadPartner, BadPayload, BadReference, Duplicate, NotFound, UnknownName
from tests.integration.hands import ANNA, OTTO, PGA, REF, RITA, dump, kinds, raised, ready, rows, start, walk

if TYPE_CHECKING:
    from csp_workflow.bootstrap import HostWorkflow
    from csp_workflow.testing import SettableClock
    from tests.databases import Database


def test_a_partner_is_what_it_was_registered_as(workflow: HostWorkflow) -> None:
    partner = workflow.register_partner(
        PGA, name="Fabrikam GmbH", country="DE", email="a@b.example", language="cs", manager="Olga"
    )
    assert partner == workflow.partner(PGA)
    assert partner.to_dict() == {
        "pga": PGA,
        "name": "Fabrikam GmbH",
        "country": "DE",
        "email": "a@b.example",
        "language": "cs",
        "manager": "Olga",
        "revision": 1,
    }


def test_a_partner_is_registered_once(stored: HostWorkflow, database: Database) -> None:
    start(stored)
    before = dump(database)
    conflict = raised(lambda: stored.register_partner(PGA, name="Other", country="FR"), Duplicate)
    assert (conflict.code, conflict.exit_code) == ("duplicate_partner", 5)
    assert dump(database) == before


def test_a_partner_is_edited_value_by_value(workflow: HostWorkflow) -> None:
    start(workflow)
    edited = workflow.edit_partner(PGA, actor=OTTO, name="Fabrikam SE", manager="Olga")
    assert (edited.name, edited.manager, edited.country) == ("Fabrikam SE", "Olga", "DE")
    assert edited.email == "partner@fabrikam.example"
    assert workflow.edit_partner(PGA, actor=OTTO, email=None, manager=None).email is None
    assert workflow.partner(PGA).manager is None
    assert [entry.kind for entry in workflow.history(PGA)] == ["registered", "opened", "edited", "edited"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"pga": ""},
        {"pga": "PGA 1"},
        {"pga": "PGA/1"},
        {"pga": "x" * 65},
        {"pga": "PGA-1\n"},
        {"pga": 7},
        {"name": ""},
        {"name": "  "},
        {"name": None},
        {"name": "a\x00b"},
        {"name": "\ud800"},
        {"country": "XX"},
        {"country": "de"},
        {"country": "DEU"},
        {"country": None},
        {"email": "nobody"},
        {"email": "a@b.example\nBcc: c@d.example"},
        {"email": ""},
        {"language": "fr"},
        {"language": None},
        {"language": []},
        {"manager": ""},
        {"manager": 5},
    ],
    ids=repr,
)
def test_a_partner_that_cannot_be_kept_is_not_registered(
    stored: HostWorkflow, database: Database, wrong: dict[str, Any]
) -> None:
    before = dump(database)
    given: dict[str, Any] = {"pga": PGA, "name": "Fabrikam", "country": "DE"} | wrong
    problem = raised(lambda: stored.register_partner(given.pop("pga"), **given), BadPartner)
    assert (problem.code, problem.exit_code) == ("bad_partner", 2)
    assert next(iter(wrong)) in problem.message
    assert dump(database) == before


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"name": ""}, BadPartner),
        ({"country": "XX"}, BadPartner),
        ({"language": "fr"}, BadPartner),
        ({"email": "nobody"}, BadPartner),
        ({"colour": "red"}, BadPayload),
        ({"revision": 9}, BadPayload),
    ],
    ids=repr,
)
def test_an_edit_that_cannot_be_kept_is_not_made(
    stored: HostWorkflow, database: Database, wrong: dict[str, Any], error: type[Exception]
) -> None:
    start(stored)
    before = dump(database)
    with pytest.raises(error):
        stored.edit_partner(PGA, actor=OTTO, **wrong)
    assert dump(database) == before


def test_names_in_any_script_come_back_as_they_were_given(workflow: HostWorkflow) -> None:
    name = "Příliš žluťoučký 🐎 שלום [bold]x[/bold] \x1b[31m"
    workflow.register_partner(PGA, name=name, country="CZ")
    assert workflow.partner(PGA).name == name


def test_a_case_is_named_by_what_differs_from_the_usual(workflow: HostWorkflow) -> None:
    start(workflow)
    opened = [
        workflow.open_case(PGA, region="japan", lifecycle="indirect_reseller").ref,
        workflow.open_case(PGA, region="europe", tenant="TENANT").ref,
        workflow.open_case(PGA, region="europe", lifecycle="indirect_reseller", tenant="T.1").ref,
    ]
    assert opened == [
        "PGA-1001/japan/indirect_reseller",
        "PGA-1001/europe/direct_bill/TENANT",
        "PGA-1001/europe/indirect_reseller/T.1",
    ]
    assert [workflow.case(ref).ref for ref in opened] == opened
    assert workflow.case("PGA-1001/europe/direct_bill").ref == REF


def test_one_case_of_a_reference_is_open_at_a_time(stored: HostWorkflow, database: Database) -> None:
    start(stored)
    before = dump(database)
    conflict = raised(lambda: stored.open_case(PGA, region="europe", lifecycle="direct_bill"), Duplicate)
    assert (conflict.code, conflict.exit_code) == ("duplicate_case", 5)
    assert dump(database) == before


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"region": "atlantis"}, UnknownName),
        ({"region": ""}, UnknownName),
        ({"region": None}, BadInput),
        ({"region": "europe", "lifecycle": "library"}, UnknownName),
        ({"region": "europe", "tenant": "a/b"}, BadReference),
        ({"region": "europe", "tenant": "a b"}, BadReference),
        ({"region": "europe", "tenant": "x" * 65}, BadReference),
        ({"region": "europe", "tenant": 7}, BadInput),
    ],
    ids=repr,
)
def test_a_case_of_something_unknown_is_not_opened(
    stored: HostWorkflow, database: Database, wrong: dict[str, Any], error: type[Exception]
) -> None:
    stored.register_partner(PGA, name="Fabrikam", country="DE")
    before = dump(database)
    with pytest.raises(error):
        stored.open_case(PGA, **wrong)
    assert dump(database) == before


def test_a_case_of_an_unknown_partner_is_not_found(workflow: HostWorkflow) -> None:
    missing = raised(lambda: workflow.open_case("PGA-9", region="europe"), NotFound)
    assert (missing.code, missing.exit_code) == ("unknown_partner", 4)


def test_a_case_opened_again_starts_anew(workflow: HostWorkflow, clock: SettableClock) -> None:
    ref = ready(workflow)
    walk(workflow, ref)
    workflow.record(ref, "location", {"pla": "PLA-7", "country": "JP"}, actor=ANNA)
    workflow.fire(ref, "deauthorize", actor=RITA, payload={"reason": "no revenue"})
    workflow.fire(ref, "close", actor=RITA, payload={"reason": "they left"})
    closed = workflow.case(ref)
    assert (closed.state, closed.deadlines, closed.entitlements) == ("closed", (), ())
    clock.advance(days=1)
    again = workflow.open_case(PGA, region="europe")
    assert (again.ref, again.version, again.state, again.deadlines) == (ref, 1, "indirect_tenure", ())
    assert again.opened_at == clock()
    assert workflow.case(ref) == again
    # the wait stays in scope, the case's own facts do not
    assert again.cooldown is not None
    assert (again.cooldown.case, again.cooldown.ends_on) == ("deauthorized", date(2026, 10, 6))
    refused = workflow.decide(ref, "apply", actor=ANNA, payload={}).rules
    assert "cooldown.elapsed" in refused
    assert "location.pla" not in refused


def test_the_history_of_a_case_opened_again_is_its_own_and_its_partner_s_facts(workflow: HostWorkflow) -> None:
    ref = start(workflow)
    workflow.record(PGA, "membership", {"status": "active"}, actor=ANNA)
    workflow.note(ref, "of the first case", actor=OTTO)
    workflow.fire(ref, "close", actor=RITA, payload={"reason": "they left"})
    workflow.open_case(PGA, region="europe")
    assert kinds(workflow, ref) == ["recorded", "opened"]
    assert [entry.kind for entry in workflow.history(PGA)] == [
        "registered",
        "opened",
        "recorded",
        "note",
        "transition",
        "opened",
    ]


def test_a_reference_means_the_newest_case_wherever_cases_are_shown(
    workflow: HostWorkflow, clock: SettableClock
) -> None:
    ref = start(workflow)
    workflow.fire(ref, "close", actor=RITA, payload={"reason": "they left"})
    clock.advance(days=9)
    workflow.open_case(PGA, region="europe")
    assert [case.state for case in workflow.cases(partner=PGA)] == ["indirect_tenure"]
    assert workflow.case(ref).state == "indirect_tenure"


def test_deadlines_of_a_closed_case_are_gone(stored: HostWorkflow, database: Database, clock: SettableClock) -> None:
    ref = ready(stored)
    walk(stored, ref)
    stored.fire(ref, "deauthorize", actor=RITA, payload={"reason": "no revenue"})
    assert rows(database, "SELECT kind FROM csp_deadline") == [("cooldown_ends",)]
    stored.fire(ref, "close", actor=RITA, payload={"reason": "they left"})
    assert rows(database, "SELECT kind FROM csp_deadline") == []
    clock.set(date(2030, 1, 1))
    assert stored.sweep().fired == ()


def test_a_closed_case_takes_no_more_acts(workflow: HostWorkflow) -> None:
    ref = start(workflow)
    workflow.fire(ref, "close", actor=RITA, payload={"reason": "they left"})
    decision = workflow.decide(ref, "close", actor=RITA, payload={"reason": "again"})
    assert decision.rules == ("order.close",)
    assert workflow.requirements(ref).to_dict() | {"ref": "", "as_of": "", "policy": ""} == {
        "ref": "",
        "as_of": "",
        "policy": "",
        "met": [],
        "due_now": [],
        "due_later": [],
        "past_due": [],
        "waiting_on_vendor": [],
    }
