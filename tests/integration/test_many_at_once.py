"""Many facts and partners in one call: each judged for itself, what is good kept, the same again adding nothing."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from csp_workflow import Actor, BadInput, NotFound, TransitionRefused
from csp_workflow.errors import BadPayload, BadReference, Duplicate, KeyReused
from csp_workflow.model.decision import Recorded
from csp_workflow.model.partner import Partner
from csp_workflow.model.record import Record, Registered
from tests.integration.hands import ANNA, OTTO, PGA, REF, TODAY, dump, ready, start, walk

if TYPE_CHECKING:
    from csp_workflow import Workflow, WorkflowError
    from csp_workflow.bootstrap import HostWorkflow
    from csp_workflow.testing import SettableClock
    from tests.databases import Database

BOOKED = TODAY - timedelta(days=9)
MEMBER = {"status": "active"}


def line(name: str | None, amount: Any = "10.00", subject: str = PGA, **fields: Any) -> Record:
    """A line of revenue that is to be recorded."""
    given = {"booked_on": BOOKED, "amount": Decimal(amount), **fields}
    return Record(subject=subject, fact="revenue", fields=given if name is None else {**given, "line": name})


def partner(pga: str, **values: Any) -> Partner:
    """A partner that is to be known."""
    return Partner(**{"pga": pga, "name": "Tailspin", "country": "DE", **values})


def said(answers: list[Recorded | WorkflowError]) -> list[str]:
    """What came of each record, in a word."""
    return [
        answer.code if not isinstance(answer, Recorded) else "repeated" if answer.repeated else "added"
        for answer in answers
    ]


@pytest.fixture
def active(workflow: HostWorkflow) -> HostWorkflow:
    """A case that has just become active."""
    walk(workflow, ready(workflow))
    return workflow


def test_the_answers_stand_in_the_order_of_the_records_of_several_partners(workflow: HostWorkflow) -> None:
    for pga in ("PGA-1", "PGA-2"):
        workflow.register_partner(pga, name="Tailspin", country="DE")
    records = [line("A", subject="PGA-2"), line("B", subject="PGA-1"), line("C", subject="PGA-2")]
    answers = workflow.record_all(records, actor=OTTO)
    assert [answer.entry for answer in answers if isinstance(answer, Recorded)] == ["PGA-2#2", "PGA-1#2", "PGA-2#3"]
    assert [item.fields["line"] for item in workflow.records("PGA-2")] == ["A", "C"]


def test_what_is_wrong_with_one_record_leaves_the_others_alone(workflow: HostWorkflow) -> None:
    start(workflow)
    records = [
        line("A"),
        line("B", "0.001"),
        line("C", subject="PGA-9"),
        Record(subject=PGA, fact="fame"),
        Record(subject=f"{PGA}/mars", fact="account_setup", fields={"done_on": BOOKED}),
        Record(subject=f"{PGA}/", fact="membership", fields=MEMBER),
        line("D"),
    ]
    answers = workflow.record_all(records, actor=OTTO)
    assert said(answers) == [
        "added",
        "bad_payload",
        "unknown_partner",
        "unknown_fact",
        "unknown_case",
        "bad_reference",
        "added",
    ]
    assert [item.fields["line"] for item in workflow.records(PGA)] == ["A", "D"]


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("name", [["a"], {"a": 1}, "\ud800", "x\x00", "", 7, "x" * 10_001], ids=ascii)
def test_a_line_whose_name_cannot_be_kept_leaves_those_beside_it_alone(
    stored: HostWorkflow, name: Any, dry_run: bool
) -> None:
    start(stored)
    records = [line("A"), line("B"), line(None, line=name), line("C")]
    answers = stored.record_all(records, actor=OTTO, dry_run=dry_run)
    assert said(answers) == ["added", "added", "bad_payload", "added"]
    assert isinstance(answers[2], BadPayload)
    assert answers[2].field == "line"


@pytest.mark.parametrize("fact", ["revenue", "membership"])
@pytest.mark.parametrize("fields", [None, ["line"], "line", 7, {1: 2}, {"line": None}], ids=repr)
def test_a_record_without_usable_fields_leaves_those_beside_it_alone(
    stored: HostWorkflow, fact: str, fields: Any
) -> None:
    start(stored)
    records = [line("A"), Record(subject=PGA, fact=fact, fields=fields), line("B")]
    records += [Record(subject=PGA, fact=fact, fields=fields, key="row-4"), line("C")]
    answers = stored.record_all(records, actor=OTTO)
    assert said(answers) == ["added", "bad_payload", "added", "bad_payload", "added"]
    assert [item.fields["line"] for item in stored.records(PGA)] == ["A", "B", "C"]


@pytest.mark.parametrize(
    "values",
    [
        {"subject": None},
        {"subject": "\ud800"},
        {"subject": f"{PGA}/\ud800"},
        {"subject": f"{PGA}/\x00"},
        {"fact": ["a"]},
        {"fact": "\x00"},
        {"document": "\ud800"},
        {"document": 7},
        {"key": "\ud800"},
        {"key": ["a"]},
        {"effective_on": "tomorrow"},
        {"effective_on": ["a"]},
    ],
    ids=ascii,
)
def test_a_record_of_which_anything_else_is_no_use_leaves_those_beside_it_alone(
    stored: HostWorkflow, values: dict[str, Any]
) -> None:
    start(stored)
    broken = Record(**{"subject": PGA, "fact": "membership", "fields": MEMBER, **values})
    answers = stored.record_all([line("A"), broken, line("B")], actor=OTTO)
    assert isinstance(answers[1], BadInput | NotFound)
    assert [item.fields["line"] for item in stored.records(PGA)] == ["A", "B"]


def test_a_refusal_is_one_of_the_answers_and_stands_in_the_journal(workflow: HostWorkflow) -> None:
    start(workflow)
    timer = Actor("system", "system")
    answers = workflow.record_all([Record(subject=PGA, fact="membership", fields=MEMBER)], actor=timer)
    assert isinstance(answers[0], TransitionRefused)
    assert [finding.rule for finding in answers[0].findings] == ["actor.role"]
    assert workflow.history(PGA)[-1].kind == "refused"


def test_the_same_lines_again_add_nothing(stored: HostWorkflow, database: Database) -> None:
    start(stored)
    records = [line(f"L{number}", number + 1) for number in range(600)]
    assert set(said(stored.record_all(records, actor=OTTO))) == {"added"}
    before = dump(database)
    assert set(said(stored.record_all(records, actor=OTTO))) == {"repeated"}
    assert dump(database) == before
    assert stored.trailing_revenue(REF) == Decimal(600 * 601 // 2)


def test_a_line_may_come_twice_in_one_call_and_be_verified_in_it(workflow: HostWorkflow) -> None:
    start(workflow)
    unverified = line("A", verified=False)
    answers = workflow.record_all(
        [unverified, unverified, line("A", "11.00"), line("A", verified=True), line("A", verified=True)], actor=OTTO
    )
    assert said(answers) == ["added", "repeated", "duplicate_line", "added", "repeated"]
    assert workflow.trailing_revenue(REF) == Decimal("10.00")
    assert [item.fields["verified"] for item in workflow.records(PGA)] == [False, True]


def test_a_fact_that_stands_so_from_its_day_or_counts_anyway_is_not_recorded_twice(workflow: HostWorkflow) -> None:
    start(workflow)
    dated = Record(subject=PGA, fact="membership", fields=MEMBER, effective_on=date(2025, 1, 1))
    undated = Record(subject=PGA, fact="membership", fields=MEMBER)
    lapsed = Record(subject=PGA, fact="membership", fields={"status": "lapsed"})
    assert said(workflow.record_all([dated, dated, undated], actor=OTTO)) == ["added", "repeated", "repeated"]
    assert said(workflow.record_all([lapsed, undated, undated], actor=OTTO)) == ["added", "added", "repeated"]
    later = Record(subject=PGA, fact="membership", fields=MEMBER, effective_on=date(2025, 1, 2))
    other = Record(subject=PGA, fact="membership", fields={"status": "lapsed"}, effective_on=date(2025, 1, 1))
    assert said(workflow.record_all([dated, later, other], actor=OTTO)) == ["repeated", "added", "added"]


def test_of_what_accumulates_each_counts_by_itself(workflow: HostWorkflow) -> None:
    start(workflow)
    areas = [Record(subject=PGA, fact="designation", fields={"area": area}) for area in ("data", "security", "data")]
    assert said(workflow.record_all(areas, actor=OTTO)) == ["added", "added", "repeated"]
    changed = Record(subject=PGA, fact="designation", fields={"area": "data", "expires_on": date(2027, 1, 1)})
    assert said(workflow.record_all([changed, areas[0]], actor=OTTO)) == ["added", "added"]


def test_the_same_fact_of_a_partner_and_of_its_case_are_two(workflow: HostWorkflow) -> None:
    ref = start(workflow)
    plan = {"kind": "ASfP", "started_on": date(2025, 1, 1)}
    records = [Record(subject=subject, fact="support_plan", fields=plan, effective_on=BOOKED) for subject in (PGA, ref)]
    assert said(workflow.record_all(records, actor=OTTO)) == ["added", "added"]
    assert said(workflow.record_all(records, actor=OTTO)) == ["repeated", "repeated"]
    assert [item.subject for item in workflow.records(PGA)] == [PGA, ref]
    assert workflow.case(ref).version == 2


def test_a_key_that_was_used_adds_nothing_and_another_record_under_it_is_a_conflict(workflow: HostWorkflow) -> None:
    start(workflow)
    keyed = Record(subject=PGA, fact="membership", fields=MEMBER, key="row-1")
    other = Record(subject=PGA, fact="membership", fields={"status": "lapsed"}, key="row-1")
    assert said(workflow.record_all([keyed], actor=OTTO)) == ["added"]
    answers = workflow.record_all([keyed, other], actor=OTTO)
    assert said(answers) == ["repeated", "key_reused"]
    assert isinstance(answers[1], KeyReused)
    recorded = workflow.record(PGA, "membership", MEMBER, actor=OTTO, key="row-1")
    assert recorded.entry == f"{PGA}#3", "the same command by itself gets the same answer"


def test_a_key_that_comes_twice_among_many_acts_once(stored: HostWorkflow, database: Database) -> None:
    start(stored)
    keyed = Record(subject=PGA, fact="membership", fields=MEMBER, key="row-1")
    lapsed = Record(subject=PGA, fact="membership", fields={"status": "lapsed"}, key="row-1")
    revenue = Record(subject=PGA, fact="revenue", fields={"booked_on": BOOKED, "amount": "5.00"}, key="row-2")
    many = [keyed, revenue, keyed, lapsed, revenue]
    before = dump(database)
    assert said(stored.record_all(many, actor=OTTO, dry_run=True)) == [
        "added",
        "added",
        "repeated",
        "key_reused",
        "repeated",
    ]
    assert dump(database) == before
    answers = stored.record_all(many, actor=OTTO)
    assert said(answers) == ["added", "added", "repeated", "key_reused", "repeated"]
    assert [item.entry for item in answers if isinstance(item, Recorded)] == [f"{PGA}#{seq}" for seq in (3, 4, 3, 4)]
    assert said(stored.record_all([keyed, revenue], actor=OTTO)) == ["repeated", "repeated"]
    assert stored.verify().holds


def test_a_dry_run_says_the_same_and_writes_nothing(stored: HostWorkflow, database: Database) -> None:
    start(stored)
    records = [line("A"), line("A", "11.00"), line("B", subject="PGA-9"), Record(subject=PGA, fact="fame")]
    before = dump(database)
    rehearsed = said(stored.record_all(records, actor=OTTO, dry_run=True))
    assert dump(database) == before
    assert rehearsed == said(stored.record_all(records, actor=OTTO))


def test_a_partner_may_not_verify_its_own_revenue_in_a_batch_either(workflow: HostWorkflow) -> None:
    start(workflow)
    answers = workflow.record_all([line("A", verified=True), line("B")], actor=ANNA)
    assert isinstance(answers[0], BadPayload)
    assert isinstance(answers[1], Recorded)
    assert answers[1].fields["verified"] is False


def test_deadlines_follow_facts_that_come_in_a_batch(active: HostWorkflow) -> None:
    plan = {"kind": "ASfP", "started_on": TODAY, "renews_on": date(2027, 3, 1)}
    active.record_all([Record(subject=REF, fact="support_plan", fields=plan)], actor=OTTO)
    due = {item.kind: item.due_on for item in active.case(REF).deadlines}
    assert due["support_plan_ends"] == date(2027, 3, 1)


def test_the_last_of_many_facts_decides_about_the_deadlines_of_every_case(active: HostWorkflow) -> None:
    other = active.open_case(PGA, region="japan").ref
    plans = [
        Record(
            subject=subject,
            fact="support_plan",
            fields={"kind": "ASfP", "started_on": TODAY, "renews_on": date(2027, month, 1)},
        )
        for subject, month in ((PGA, 1), (REF, 2), (other, 3), (REF, 4))
    ]
    version = active.case(REF).version
    assert said(active.record_all(plans, actor=OTTO)) == ["added"] * 4
    case = active.case(REF)
    assert {item.kind: item.due_on for item in case.deadlines}["support_plan_ends"] == date(2027, 4, 1)
    assert (case.version, active.case(other).version) == (version + 2, 2)
    assert active.verify().holds


def test_a_fact_about_a_case_may_not_go_back_in_time(workflow: HostWorkflow, clock: SettableClock) -> None:
    ref = start(workflow)
    clock.advance(days=1)
    workflow.note(ref, "later", actor=OTTO)
    clock.set(TODAY)
    assert said(
        workflow.record_all([Record(subject=ref, fact="account_setup", fields={"done_on": BOOKED})], actor=OTTO)
    ) == ["time_goes_back"]


def test_partners_are_made_known_once(stored: HostWorkflow, database: Database) -> None:
    known = [
        partner("PGA-2"),
        partner("PGA-1", email="a@tailspin.example"),
        partner("PGA-2"),
        partner("PGA-2", name="Other"),
    ]
    known.append(partner("PGA-3", country="ZZ"))
    answers = stored.register_all(known)
    assert [isinstance(answer, Registered) and answer.repeated for answer in answers] == [
        False,
        False,
        True,
        False,
        False,
    ]
    assert isinstance(answers[3], Duplicate)
    assert isinstance(answers[4], BadInput)
    assert [item.pga for item in stored.partners()] == ["PGA-1", "PGA-2"]
    before = dump(database)
    again = stored.register_all(known)
    assert [type(answer) for answer in again] == [type(answer) for answer in answers]
    assert dump(database) == before


def test_a_dry_run_makes_no_partner_known(stored: HostWorkflow, database: Database) -> None:
    before = dump(database)
    answers = stored.register_all(
        [partner("PGA-1"), partner("PGA-1", name="Other"), partner("PGA-3", country="ZZ")], dry_run=True
    )
    assert [type(answer).__name__ for answer in answers] == ["Registered", "Duplicate", "BadPartner"]
    assert dump(database) == before


def test_what_was_retracted_no_longer_stands_recorded(workflow: HostWorkflow) -> None:
    start(workflow)
    answers = workflow.record_all(
        [
            line("A", verified=False),
            line("B"),
            line("A", verified=True),
            Record(subject=PGA, fact="membership", fields=MEMBER),
        ],
        actor=OTTO,
    )
    first, _second, verification, membership = (answer.entry for answer in answers if isinstance(answer, Recorded))
    workflow.retract(verification, reason="not seen", actor=OTTO)
    assert [item.fields.get("line") for item in workflow.records(PGA)] == ["A", "B", None]
    workflow.retract(first, reason="booked twice", actor=OTTO)
    workflow.retract(membership, reason="a mistake", actor=OTTO)
    assert [item.fields.get("line") for item in workflow.records(PGA)] == ["B"]


def test_facts_that_acts_record_stand_recorded_about_their_case(active: Workflow) -> None:
    plans = [item for item in active.records(PGA) if item.fact == "support_plan"]
    assert [(item.subject, item.actor, item.fields["kind"]) for item in plans] == [(REF, "anna", "ASfP")]


def test_a_line_without_an_id_has_that_of_its_entry_and_is_known_by_it(workflow: HostWorkflow) -> None:
    start(workflow)
    assert said(workflow.record_all([line(None), line(None)], actor=OTTO)) == ["added", "added"]
    names = [item.fields["line"] for item in workflow.records(PGA)]
    assert names == [f"{PGA}#3", f"{PGA}#4"]
    again = [line(name) for name in names]
    assert said(workflow.record_all(again, actor=OTTO)) == ["repeated", "repeated"]
    assert workflow.trailing_revenue(REF) == Decimal("20.00")
    assert said(workflow.record_all([line(names[0], "11.00")], actor=OTTO)) == ["added"], "it comes from elsewhere"
    assert said(workflow.record_all([line(f"{PGA}#99"), line("PGA-9#3")], actor=OTTO)) == ["added", "added"]


def test_a_line_without_an_id_is_verified_by_that_of_its_entry_and_goes_with_it(workflow: HostWorkflow) -> None:
    start(workflow)
    workflow.record_all([line(None, verified=False)], actor=OTTO)
    name = f"{PGA}#3"
    answers = workflow.record_all([line(name, verified=False), line(name, verified=True), line(name)], actor=OTTO)
    assert said(answers) == ["repeated", "added", "repeated"]
    assert workflow.trailing_revenue(REF) == Decimal("10.00")
    assert workflow.verify().holds
    workflow.retract(name, reason="never booked", actor=OTTO)
    assert workflow.trailing_revenue(REF) == Decimal("0.00")
    assert workflow.verify().holds


def test_a_line_from_elsewhere_with_the_name_of_an_own_entry_counts_once_and_stays_when_that_entry_goes(
    workflow: HostWorkflow,
) -> None:
    start(workflow)
    workflow.record_all([line(None, "100.00")], actor=OTTO)
    own = f"{PGA}#3"
    foreign = line(own, "77.00")
    answers = [said(workflow.record_all([foreign], actor=OTTO)) for _ in range(3)]
    assert answers == [["added"], ["repeated"], ["repeated"]]
    assert workflow.trailing_revenue(REF) == Decimal("177.00")
    workflow.retract(own, reason="never booked", actor=OTTO)
    assert workflow.trailing_revenue(REF) == Decimal("77.00")
    assert workflow.verify().holds


def test_a_line_from_elsewhere_is_retracted_without_the_own_entry_that_has_its_name(workflow: HostWorkflow) -> None:
    start(workflow)
    workflow.record_all([line(None, "100.00"), line(None, "5.00")], actor=OTTO)
    own = f"{PGA}#3"
    (foreign,) = workflow.record_all([line(own, "77.00")], actor=OTTO)
    assert isinstance(foreign, Recorded)
    workflow.retract(foreign.entry, reason="never booked", actor=OTTO)
    assert workflow.trailing_revenue(REF) == Decimal("105.00")


def test_each_of_two_lines_of_one_name_is_verified_by_what_it_says(workflow: HostWorkflow) -> None:
    start(workflow)
    workflow.record_all([line(None, "100.00", verified=False)], actor=OTTO)
    own = f"{PGA}#3"
    both = [line(own, "77.00", verified=True), line(own, "100.00", verified=True)]
    assert said(workflow.record_all(both, actor=OTTO)) == ["added", "added"]
    assert said(workflow.record_all(both, actor=OTTO)) == ["repeated", "repeated"]
    assert workflow.trailing_revenue(REF) == Decimal("177.00")
    workflow.retract(own, reason="never booked", actor=OTTO)
    assert workflow.trailing_revenue(REF) == Decimal("77.00")
    assert workflow.verify().holds


def test_records_come_in_pages(workflow: HostWorkflow) -> None:
    start(workflow)
    facts = [Record(subject=PGA, fact="designation", fields={"area": f"Area {number}"}) for number in range(3)]
    workflow.record_all([line("A"), facts[0], line("B"), facts[1], facts[2], line("C")], actor=OTTO)
    whole = workflow.records(PGA)
    assert [item.entry for item in whole] == [f"{PGA}#{seq}" for seq in range(3, 9)]
    paged = []
    after = None
    while page := workflow.records(PGA, after=after, limit=2):
        paged += page
        after = page[-1].entry
    assert paged == whole


def test_what_belongs_to_a_closed_case_is_history_once_it_is_opened_again(workflow: HostWorkflow) -> None:
    ref = start(workflow)
    setup = Record(subject=ref, fact="account_setup", fields={"done_on": BOOKED})
    workflow.record_all([setup, line("A")], actor=OTTO)
    workflow.fire(ref, "close", actor=OTTO, payload={"reason": "the test"})
    assert [item.subject for item in workflow.records(PGA)] == [ref, PGA]
    workflow.open_case(PGA, region="europe")
    assert [item.subject for item in workflow.records(PGA, limit=1)] == [PGA]


@pytest.mark.parametrize("after", ["", "7", "PGA-1001", "PGA-1001#x", "PGA-9#1"])
def test_a_page_begins_after_an_entry_of_the_partner(workflow: HostWorkflow, after: str) -> None:
    start(workflow)
    with pytest.raises(BadReference):
        workflow.records(PGA, after=after)


def test_the_records_of_a_partner_that_nobody_knows_are_not_found(workflow: HostWorkflow) -> None:
    with pytest.raises(NotFound):
        workflow.records("PGA-9")
