"""Bad input gets one sentence of ours, whatever it is, and leaves every table as it was."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from csp_workflow import Actor, TransitionRefused, WorkflowError, open_workflow
from csp_workflow.errors import BadInput, NotFound, UnknownName
from tests.integration.hands import ANNA, OTTO, PGA, REF, RITA, SCORES, dump, raised, ready, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from csp_workflow import Workflow
    from csp_workflow.bootstrap import HostWorkflow
    from tests.databases import Database

    Call = Callable[[Any], object]

STRANGE: tuple[Any, ...] = (
    None,
    "",
    " ",
    7,
    -1,
    10**400,
    1.5,
    float("nan"),
    True,
    b"bytes",
    "\x00",
    "\ud800",
    "x" * 20_000,
    "%s'; DROP TABLE csp_case; --",
    "/",
    "PGA-1001/",
    "/europe",
    "PGA-1001/europe/direct_bill/T/x",
    "PGA-1001#",
    "#7",
    "PGA-1001#99999999999999999999999999",
    "PGA-1001#²",
    "PGA-1001#-1",
    [],
    ["x"],
    {},
    {"x": 1},
    {1: 2},
    (),
    set(),
    object,
    date(2025, 10, 6),
    Decimal("NaN"),
    ANNA,
)


def name_of(value: Any) -> str:
    """A short name of a strange value."""
    text = repr(value)
    return text if len(text) < 40 else f"{text[:30]}…"


@pytest.fixture
def book(stored: HostWorkflow) -> HostWorkflow:
    """A workflow with a partner that is ready, and a case of it in application."""
    ready(stored)
    stored.fire(REF, "apply", actor=ANNA)
    return stored


@pytest.mark.parametrize(
    ("code", "exit_code", "call"),
    [
        ("unknown_trigger", 2, lambda workflow: workflow.fire(REF, "aply", actor=ANNA)),
        ("unknown_trigger", 2, lambda workflow: workflow.decide(REF, "aply", actor=ANNA)),
        ("unknown_trigger", 2, lambda workflow: workflow.explain(REF, "aply")),
        ("unknown_fact", 2, lambda workflow: workflow.record(PGA, "menbership", {}, actor=ANNA)),
        ("unknown_role", 2, lambda workflow: workflow.fire(REF, "apply", actor=Actor("x", "boss"))),
        ("unknown_role", 2, lambda workflow: workflow.decide(REF, "apply", actor=Actor("x", "boss"))),
        ("unknown_role", 2, lambda workflow: workflow.record(PGA, "membership", {}, actor=Actor("x", "boss"))),
        ("unknown_role", 2, lambda workflow: workflow.retract(f"{PGA}#3", reason="x", actor=Actor("x", "boss"))),
        ("unknown_role", 2, lambda workflow: workflow.note(REF, "x", actor=Actor("x", "boss"))),
        ("unknown_role", 2, lambda workflow: workflow.edit_partner(PGA, actor=Actor("x", "boss"), name="N")),
        (
            "unknown_role",
            2,
            lambda workflow: workflow.register_partner("P", name="N", country="DE", actor=Actor("x", "boss")),
        ),
        ("unknown_role", 2, lambda workflow: workflow.open_case(PGA, region="japan", actor=Actor("x", "boss"))),
        ("unknown_region", 2, lambda workflow: workflow.open_case(PGA, region="atlantis")),
        ("unknown_lifecycle", 2, lambda workflow: workflow.open_case(PGA, region="japan", lifecycle="library")),
        (
            "unknown_policy",
            2,
            lambda workflow: workflow.fire(REF, "migrate_policy", actor=RITA, payload={"to": "2031-01", "reason": "x"}),
        ),
        (
            "bad_payload",
            2,
            lambda workflow: workflow.fire(REF, "migrate_policy", actor=RITA, payload={"to": "2025-10", "reason": "x"}),
        ),
        ("unknown_entitlement", 2, lambda workflow: workflow.may(REF, "transact")),
        ("unknown_partner", 4, lambda workflow: workflow.partner("PGA-9")),
        ("unknown_partner", 4, lambda workflow: workflow.case("PGA-9/europe")),
        ("unknown_partner", 4, lambda workflow: workflow.history("PGA-9")),
        ("unknown_partner", 4, lambda workflow: workflow.record("PGA-9", "membership", {}, actor=ANNA)),
        ("unknown_partner", 4, lambda workflow: workflow.retract("PGA-9#1", reason="x", actor=ANNA)),
        ("unknown_partner", 4, lambda workflow: workflow.edit_partner("PGA-9", actor=OTTO, name="N")),
        ("unknown_case", 4, lambda workflow: workflow.case(f"{PGA}/japan")),
        ("unknown_case", 4, lambda workflow: workflow.case(f"{PGA}/europe/direct_bill/T")),
        ("unknown_case", 4, lambda workflow: workflow.fire(f"{PGA}/atlantis", "apply", actor=ANNA)),
        ("unknown_case", 4, lambda workflow: workflow.history(f"{PGA}/japan")),
        ("unknown_country", 4, lambda workflow: workflow.market("Atlantis")),
        ("ambiguous_country", 2, lambda workflow: workflow.market("Luxemburg/Belgien")),
        ("unknown_entry", 4, lambda workflow: workflow.retract(f"{PGA}#999", reason="x", actor=ANNA)),
    ],
)
def test_what_is_unknown_is_said_by_its_code(
    book: HostWorkflow, database: Database, code: str, exit_code: int, call: Call
) -> None:
    before = dump(database)
    problem = raised(lambda: call(book), WorkflowError)
    assert (problem.code, problem.exit_code) == (code, exit_code)
    assert problem.message.endswith((".", "?"))
    assert "\n" not in problem.message
    assert problem.to_dict()["code"] == code
    assert dump(database) == before


@pytest.mark.parametrize(
    ("call", "suggested"),
    [
        (lambda workflow: workflow.fire(REF, "purchase_suport_plan", actor=ANNA), "purchase_support_plan"),
        (lambda workflow: workflow.record(PGA, "menbership", {}, actor=ANNA), "membership"),
        (lambda workflow: workflow.open_case(PGA, region="eruope"), "europe"),
        (lambda workflow: workflow.fire(REF, "apply", actor=Actor("x", "global_adnim")), "global_admin"),
        (lambda workflow: workflow.record(PGA, "membership", {"statsu": "active"}, actor=ANNA), "status"),
        (lambda workflow: workflow.may(REF, "transact_directt"), "transact_direct"),
    ],
)
def test_a_close_match_is_suggested(book: HostWorkflow, call: Call, suggested: str) -> None:
    assert f"did you mean {suggested!r}?" in raised(lambda: call(book), BadInput).message


@pytest.mark.parametrize(
    ("trigger", "actor", "payload"),
    [
        ("request_information", RITA, {}),
        ("request_information", RITA, {"question": ""}),
        ("request_information", RITA, {"question": "  "}),
        ("request_information", RITA, {"question": 7}),
        ("request_information", RITA, {"question": "a\x00b"}),
        ("request_information", RITA, {"question": "\ud800"}),
        ("request_information", RITA, {"question": "x" * 10_001}),
        ("request_information", RITA, {"question": "How many?", "urgent": True}),
        ("request_information", RITA, {"question": None}),
        ("request_information", RITA, ["question"]),
        ("request_information", RITA, "question"),
        ("request_information", RITA, {1: "question"}),
        ("withdraw", ANNA, {"reason": ""}),
        ("decline", RITA, {}),
        ("decline", RITA, {"reason": ["no"]}),
        ("migrate_policy", RITA, {"to": 7, "reason": "x"}),
        ("migrate_policy", RITA, {"to": ["2025-10"], "reason": "x"}),
        ("migrate_policy", RITA, {"to": {}, "reason": "x"}),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_payload_that_is_not_understood_is_not_written(
    book: HostWorkflow, database: Database, trigger: str, actor: Actor, payload: Any
) -> None:
    before = dump(database)
    problem = raised(lambda: book.fire(REF, trigger, actor=actor, payload=payload), BadInput)
    assert (problem.code, problem.exit_code) == ("bad_payload", 2)
    assert dump(database) == before


@pytest.mark.parametrize(
    "scores",
    [
        None,
        {},
        [],
        80,
        {**SCORES, "sell.charm": 5},
        {name: points for name, points in SCORES.items() if name != "sell.sales_force"},
        {**SCORES, "sell.sales_force": 101},
        {**SCORES, "sell.sales_force": -1},
        {**SCORES, "sell.sales_force": 80.0},
        {**SCORES, "sell.sales_force": True},
        {**SCORES, "sell.sales_force": "80"},
        {**SCORES, "sell": {"sales_force": 80}},
        {1: 80},
    ],
    ids=lambda value: repr(value)[-40:],
)
def test_scores_that_are_not_understood_are_not_written(book: HostWorkflow, database: Database, scores: Any) -> None:
    book.fire(REF, "invite_to_assessment", actor=RITA)
    before = dump(database)
    problem = raised(lambda: book.fire(REF, "complete_assessment", actor=ANNA, payload={"scores": scores}), BadInput)
    assert problem.code == "bad_payload"
    assert dump(database) == before


@pytest.mark.parametrize("name", ["", "  ", "a\x00b", "\ud800", "x" * 10_001, None, 7])
def test_an_actor_that_no_journal_could_name_is_not_made(name: Any) -> None:
    for parts in ((name, "global_admin"), ("anna", name)):
        with pytest.raises(BadInput):
            Actor(*parts)


def named(name: Any) -> dict[Any, str]:
    """A payload with one field, whatever its name; what cannot be a name is left out."""
    return {name: "y"} if name.__hash__ else {}


CALLS: dict[str, Callable[[Workflow, Any], object]] = {
    "register": lambda workflow, x: workflow.register_partner(x, name="N", country="DE"),
    "register name": lambda workflow, x: workflow.register_partner("P", name=x, country="DE"),
    "register country": lambda workflow, x: workflow.register_partner("P", name="N", country=x),
    "register email": lambda workflow, x: workflow.register_partner("P", name="N", country="DE", email=x),
    "register language": lambda workflow, x: workflow.register_partner("P", name="N", country="DE", language=x),
    "register manager": lambda workflow, x: workflow.register_partner("P", name="N", country="DE", manager=x),
    "register actor": lambda workflow, x: workflow.register_partner("P", name="N", country="DE", actor=x),
    "edit": lambda workflow, x: workflow.edit_partner(x, actor=OTTO, name="N"),
    "edit value": lambda workflow, x: workflow.edit_partner(PGA, actor=OTTO, country=x),
    "edit actor": lambda workflow, x: workflow.edit_partner(PGA, actor=x, name="N"),
    "partner": lambda workflow, x: workflow.partner(x),
    "partners after": lambda workflow, x: workflow.partners(after=x),
    "partners limit": lambda workflow, x: workflow.partners(limit=x),
    "open": lambda workflow, x: workflow.open_case(x, region="japan"),
    "open region": lambda workflow, x: workflow.open_case(PGA, region=x),
    "open lifecycle": lambda workflow, x: workflow.open_case(PGA, region="japan", lifecycle=x),
    "open tenant": lambda workflow, x: workflow.open_case(PGA, region="japan", tenant=x),
    "open actor": lambda workflow, x: workflow.open_case(PGA, region="japan", actor=x),
    "open key": lambda workflow, x: workflow.open_case(PGA, region="japan", key=x),
    "fire": lambda workflow, x: workflow.fire(x, "apply", actor=ANNA),
    "fire trigger": lambda workflow, x: workflow.fire(REF, x, actor=ANNA),
    "fire actor": lambda workflow, x: workflow.fire(REF, "apply", actor=x),
    "fire payload": lambda workflow, x: workflow.fire(REF, "answer_information", actor=ANNA, payload=x),
    "fire value": lambda workflow, x: workflow.fire(REF, "answer_information", actor=ANNA, payload={"answer": x}),
    "fire field": lambda workflow, x: workflow.fire(REF, "answer_information", actor=ANNA, payload=named(x)),
    "fire key": lambda workflow, x: workflow.fire(REF, "withdraw", actor=ANNA, key=x),
    "fire key and payload": lambda workflow, x: workflow.fire(
        REF, "answer_information", actor=ANNA, payload={"answer": x}, key="k"
    ),
    "fire version": lambda workflow, x: workflow.fire(REF, "withdraw", actor=ANNA, expected_version=x),
    "fire at": lambda workflow, x: workflow.fire(REF, "withdraw", actor=ANNA, at=x),
    "record": lambda workflow, x: workflow.record(x, "membership", {"status": "active"}, actor=ANNA),
    "record fact": lambda workflow, x: workflow.record(PGA, x, {}, actor=ANNA),
    "record fields": lambda workflow, x: workflow.record(PGA, "membership", x, actor=ANNA),
    "record choice": lambda workflow, x: workflow.record(PGA, "membership", {"status": x}, actor=ANNA),
    "record date": lambda workflow, x: workflow.record(PGA, "csp_onboarding", {"onboarded_on": x}, actor=ANNA),
    "record text": lambda workflow, x: workflow.record(PGA, "designation", {"area": x}, actor=ANNA),
    "record bool": lambda workflow, x: workflow.record(PGA, "billing_infrastructure", {"ready": x}, actor=ANNA),
    "record int": lambda workflow, x: workflow.record(
        PGA, "security", {"admins_total": x, "admins_with_mfa": x, "alerts_responsive": True}, actor=ANNA
    ),
    "record country": lambda workflow, x: workflow.record(PGA, "location", {"pla": "P", "country": x}, actor=ANNA),
    "record currency": lambda workflow, x: workflow.record(
        PGA, "billing_currency", {"currency": x, "reason": "x"}, actor=ANNA
    ),
    "record amount": lambda workflow, x: workflow.record(
        PGA, "revenue", {"booked_on": date(2025, 9, 1), "amount": x}, actor=ANNA
    ),
    "record line": lambda workflow, x: workflow.record(
        PGA, "revenue", {"booked_on": date(2025, 9, 1), "amount": 1, "line": x}, actor=ANNA
    ),
    "record effective_on": lambda workflow, x: workflow.record(
        PGA, "membership", {"status": "active"}, actor=ANNA, effective_on=x
    ),
    "record document": lambda workflow, x: workflow.record(
        PGA, "membership", {"status": "active"}, actor=ANNA, document=x
    ),
    "record key": lambda workflow, x: workflow.record(PGA, "membership", {"status": "active"}, actor=ANNA, key=x),
    "record actor": lambda workflow, x: workflow.record(PGA, "membership", {"status": "active"}, actor=x),
    "retract": lambda workflow, x: workflow.retract(x, reason="x", actor=ANNA),
    "retract reason": lambda workflow, x: workflow.retract(f"{PGA}#3", reason=x, actor=ANNA),
    "note": lambda workflow, x: workflow.note(x, "x", actor=OTTO),
    "note text": lambda workflow, x: workflow.note(REF, x, actor=OTTO),
    "case": lambda workflow, x: workflow.case(x),
    "cases state": lambda workflow, x: workflow.cases(state=x),
    "cases lifecycle": lambda workflow, x: workflow.cases(lifecycle=x),
    "cases region": lambda workflow, x: workflow.cases(region=x),
    "cases partner": lambda workflow, x: workflow.cases(partner=x),
    "cases after": lambda workflow, x: workflow.cases(after=x),
    "cases limit": lambda workflow, x: workflow.cases(limit=x),
    "decide": lambda workflow, x: workflow.decide(x, "apply", actor=ANNA),
    "decide trigger": lambda workflow, x: workflow.decide(REF, x, actor=ANNA),
    "decide actor": lambda workflow, x: workflow.decide(REF, "apply", actor=x),
    "decide payload": lambda workflow, x: workflow.decide(REF, "answer_information", actor=ANNA, payload=x),
    "explain trigger": lambda workflow, x: workflow.explain(REF, x),
    "explain language": lambda workflow, x: workflow.explain(REF, "apply", language=x),
    "requirements": lambda workflow, x: workflow.requirements(x),
    "requirements language": lambda workflow, x: workflow.requirements(REF, language=x),
    "history": lambda workflow, x: workflow.history(x),
    "may": lambda workflow, x: workflow.may(REF, x),
    "may language": lambda workflow, x: workflow.may(REF, "transact_direct", language=x),
    "market": lambda workflow, x: workflow.market(x),
    "market language": lambda workflow, x: workflow.market("FJ", language=x),
    "sweep": lambda workflow, x: workflow.sweep(at=x),
}


@pytest.mark.parametrize("call", CALLS)
def test_no_foreign_exception_crosses_whatever_is_given(book: HostWorkflow, database: Database, call: str) -> None:
    with database.witness() as witness:
        strangers = list(complaints(witness, CALLS[call], book))
    assert not strangers, ascii(strangers)


def complaints(witness: Callable[[], Any], act: Callable[[Workflow, Any], object], book: Workflow) -> Iterator[str]:
    """What is wrong about the ends of a call with one strange value after the other."""
    before = witness()
    for value in STRANGE:
        problem = ending(act, book, value)
        after = witness()
        if wrong := about(problem, wrote=after != before):
            yield f"{name_of(value)}: {wrong}"
        before = after


def ending(act: Callable[[Workflow, Any], object], book: Workflow, value: Any) -> Exception | None:
    """How a call ends, if not well."""
    try:
        act(book, value)
    except Exception as problem:  # noqa: BLE001 - the point of the test
        return problem
    return None


def about(problem: Exception | None, *, wrote: bool) -> str:
    """What is wrong about the end of a call, if anything is; a refusal is written down too."""
    if problem is None or isinstance(problem, TransitionRefused):
        return ""
    if not isinstance(problem, WorkflowError):
        return f"{type(problem).__name__}: {str(problem)[:90]}"
    if wrote:
        return f"{problem} and yet something was written"
    if problem.exit_code not in {2, 4, 5} or "\n" in problem.message:
        return f"{problem.code} ({problem.exit_code}): {problem.message[:90]}"
    return ""


@pytest.mark.parametrize("target", [None, 7, "", "no address", "nosuch://x", "memory", b"memory:", object])
def test_a_target_that_is_none_is_bad_input(target: Any) -> None:
    problem = raised(lambda: open_workflow(target), WorkflowError)
    assert (problem.code, problem.exit_code) == ("bad_target", 2)


@pytest.mark.parametrize("states", ["/no/such/folder", "/dev/null", "\x00"])
def test_definitions_that_are_not_there_are_bad_input(states: Any) -> None:
    problem = raised(lambda: open_workflow("memory:", states=states), WorkflowError)
    assert (problem.code, problem.exit_code) == ("bad_definition", 2)


@pytest.mark.parametrize("rules", [[None], ["x"], [lambda _question: True]])
def test_rules_that_are_none_are_bad_input(rules: Any) -> None:
    assert raised(lambda: open_workflow("memory:", rules=rules), WorkflowError).exit_code == 2


def test_a_day_before_the_first_policy_has_no_rules_but_still_acts(book: HostWorkflow, database: Database) -> None:
    at = datetime(2017, 12, 31, tzinfo=UTC)
    book.open_case(PGA, region="japan", at=at)
    before = dump(database)
    problem = raised(lambda: book.fire(f"{PGA}/japan", "apply", actor=ANNA, at=at), BadInput)
    assert (problem.code, problem.exit_code) == ("no_policy", 2)
    assert raised(lambda: book.requirements(f"{PGA}/japan", at=at), BadInput).code == "no_policy"
    assert dump(database) == before
    assert book.case(f"{PGA}/japan", at=at).policy is None
    closed = book.fire(f"{PGA}/japan", "close", actor=RITA, payload={"reason": "too early"}, at=at)
    assert (closed.case.state, closed.case.policy) == ("closed", None)


def test_what_goes_wrong_has_a_message_for_people_and_a_table_for_machines(book: HostWorkflow) -> None:
    unknown = raised(lambda: book.fire(REF, "aply", actor=ANNA), UnknownName)
    assert unknown.to_dict() == {"code": "unknown_trigger", "message": unknown.message, "name": "aply"}
    missing = raised(lambda: book.case(f"{PGA}/japan"), NotFound)
    assert missing.to_dict() == {"code": "unknown_case", "message": str(missing), "name": f"{PGA}/japan"}


def test_bad_input_in_every_state_leaves_every_table_as_it_was(stored: HostWorkflow, database: Database) -> None:
    ref = ready(stored)
    walk(stored, ref)
    before = dump(database)
    triggers = stored.programme.lifecycles["direct_bill"].triggers
    for trigger in triggers:
        with pytest.raises((BadInput, TransitionRefused)) as caught:
            stored.fire(ref, trigger, actor=ANNA, payload={"no such field": 1})
        if isinstance(caught.value, BadInput):
            assert caught.value.code == "bad_payload"
    after = dump(database)
    assert {name for name in before if before[name] != after[name]} <= {"csp_journal", "csp_partner", "csp_refusal"}
    assert stored.case(ref).version == 10
