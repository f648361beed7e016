"""Time: acts on a case go forward, not beyond the clock, and every instant has a zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING, Any

import pytest

from csp_workflow import open_workflow
from csp_workflow.errors import BadInstant, InTheFuture, TimeGoesBack
from csp_workflow.testing import SettableClock
from tests.integration.hands import ANNA, OTTO, PGA, REF, RITA, TODAY, dump, kinds, raised, ready, start, walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from csp_workflow.bootstrap import HostWorkflow
    from tests.databases import Database

SECOND = timedelta(seconds=1)
LONG_AGO, FAR = datetime(2019, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


def test_an_act_is_not_earlier_than_the_case_s_last_accepted_entry(
    stored: HostWorkflow, database: Database, clock: SettableClock
) -> None:
    ref = ready(stored)
    stored.fire(ref, "apply", actor=ANNA)
    early = clock() - SECOND
    before = dump(database)
    acts: list[Callable[[], object]] = [
        lambda: stored.fire(ref, "withdraw", actor=ANNA, at=early),
        lambda: stored.fire(ref, "withdraw", actor=RITA, at=early),
        lambda: stored.fire(ref, "no_such_trigger", actor=ANNA, at=early),
        lambda: stored.note(ref, "x", actor=OTTO, at=early),
        lambda: stored.record(ref, "location", {"pla": "P", "country": "DE"}, actor=ANNA, at=early),
    ]
    for act in acts:
        problem = raised(act, TimeGoesBack)
        assert (problem.code, problem.exit_code) == ("time_goes_back", 2)
    assert dump(database) == before


def test_the_same_instant_is_not_earlier(workflow: HostWorkflow, clock: SettableClock) -> None:
    ref = ready(workflow)
    workflow.fire(ref, "apply", actor=ANNA, at=clock())
    assert workflow.note(ref, "at once", actor=OTTO, at=clock()).version == 3


def test_a_fired_deadline_is_an_accepted_entry(workflow: HostWorkflow, clock: SettableClock) -> None:
    ref = ready(workflow)
    walk(workflow, ref)
    clock.set(date(2026, 12, 1))
    workflow.sweep()
    with pytest.raises(TimeGoesBack):
        workflow.note(ref, "x", actor=OTTO, at=clock() - SECOND)


def test_cases_are_not_ordered_against_each_other(workflow: HostWorkflow, clock: SettableClock) -> None:
    ref = ready(workflow)
    clock.advance(days=9)
    workflow.fire(ref, "apply", actor=ANNA)
    opened = workflow.open_case(PGA, region="japan", at=clock() - timedelta(days=5))
    assert opened.opened_at == clock() - timedelta(days=5)


def test_a_sweep_leaves_a_case_alone_whose_last_entry_is_later(workflow: HostWorkflow, clock: SettableClock) -> None:
    ref = ready(workflow)
    walk(workflow, ref)
    workflow.note(ref, "written ahead", actor=OTTO, at=datetime(2027, 1, 1, tzinfo=UTC))
    shown = workflow.case(ref)
    clock.set(date(2026, 12, 1))
    assert workflow.sweep().fired == ()
    assert workflow.case(ref).version == shown.version
    clock.set(date(2027, 1, 1))
    assert "review_opens" in [item.kind for item in workflow.sweep().fired]


LATE_ACTS: dict[str, Callable[[HostWorkflow, str, datetime], object]] = {
    "record": lambda workflow, _ref, at: workflow.record(PGA, "managed_service", {"name": "x"}, actor=OTTO, at=at),
    "record of the case": lambda workflow, ref, at: workflow.record(
        ref, "account_setup", {"done_on": TODAY}, actor=OTTO, at=at
    ),
    "note": lambda workflow, ref, at: workflow.note(ref, "x", actor=OTTO, at=at),
}


@pytest.mark.parametrize("act", LATE_ACTS)
def test_an_act_of_an_earlier_time_leaves_the_deadlines_that_follow_from_what_was_learned_since(
    workflow: HostWorkflow, clock: SettableClock, act: str
) -> None:
    ref = ready(workflow)
    walk(workflow, ref)
    clock.set(datetime(2025, 11, 10, 12, tzinfo=UTC))
    workflow.record(PGA, "csp_onboarding", {"onboarded_on": date(2024, 3, 1)}, actor=OTTO)
    shown = workflow.case(ref).deadlines
    assert "security_check" in [item.kind for item in shown]
    LATE_ACTS[act](workflow, ref, clock() - SECOND)
    assert workflow.case(ref).deadlines == shown
    assert workflow.verify().holds


def test_a_case_that_moves_at_an_earlier_time_gets_the_deadlines_that_follow_from_what_was_learned_since(
    workflow: HostWorkflow, clock: SettableClock
) -> None:
    ref = ready(workflow)
    walk(workflow, ref, until="purchase_support_plan")
    clock.set(datetime(2025, 10, 10, 12, tzinfo=UTC))
    workflow.record(PGA, "csp_onboarding", {"onboarded_on": date(2024, 3, 1)}, actor=OTTO)
    moved = workflow.fire(ref, "accept_mpa", actor=ANNA, at=clock() - SECOND).case
    assert {item.kind: item.due_on for item in moved.deadlines}["security_check"] == date(2026, 3, 1)
    assert workflow.case(ref) == moved
    assert workflow.verify().holds


@pytest.mark.parametrize("learned", ["a fact", "revenue", "a retraction"])
def test_a_sweep_leaves_a_case_alone_of_which_something_was_learned_since_it_began(
    workflow: HostWorkflow, clock: SettableClock, learned: str
) -> None:
    ref = ready(workflow)
    walk(workflow, ref)
    clock.set(datetime(2026, 10, 1, 12, tzinfo=UTC))
    entry = workflow.record(PGA, "managed_service", {"name": "x"}, actor=OTTO).entry
    began = clock()
    clock.advance(minutes=5)
    if learned == "a fact":
        plan = {"kind": "PSfP", "started_on": TODAY, "renews_on": date(2027, 10, 1)}
        workflow.record(PGA, "support_plan", plan, actor=OTTO)
    elif learned == "revenue":
        workflow.record(PGA, "revenue", {"booked_on": TODAY, "amount": "1.00"}, actor=OTTO)
    else:
        workflow.retract(entry, reason="a mistake", actor=OTTO)
    shown = workflow.case(ref)
    assert workflow.sweep(at=began).fired == ()
    assert workflow.case(ref) == shown
    assert bool(workflow.sweep().fired)


def test_a_question_about_an_earlier_day_is_answered(workflow: HostWorkflow, clock: SettableClock) -> None:
    ref = ready(workflow)
    opened_at = clock()
    shown = workflow.case(ref)
    clock.advance(days=10)
    walk(workflow, ref)
    clock.advance(days=10)
    then = workflow.case(ref, at=opened_at)
    assert (then.state, then.version, then.deadlines) == (shown.state, shown.version, shown.deadlines)
    assert workflow.entitlements(ref, at=opened_at) == ("transact_indirect",)
    assert workflow.decide(ref, "apply", actor=ANNA, payload={}, at=opened_at).accepted
    assert not workflow.decide(ref, "apply", actor=ANNA, payload={}).accepted
    assert len(workflow.history(ref, at=opened_at)) < len(workflow.history(ref))


def test_a_case_as_it_was_is_the_case_that_was_shown_then(workflow: HostWorkflow, clock: SettableClock) -> None:
    ref = ready(workflow)
    shown = {clock(): workflow.case(ref)}
    for trigger, actor, payload in (
        ("apply", ANNA, {}),
        ("request_information", RITA, {"question": "How many?"}),
        ("answer_information", ANNA, {"answer": "Three"}),
        ("decline", RITA, {"reason": "three is too few"}),
    ):
        clock.advance(days=7)
        workflow.fire(ref, trigger, actor=actor, payload=payload)
        shown[clock()] = workflow.case(ref)
    clock.set(date(2026, 10, 27))
    workflow.sweep()
    for at, case in shown.items():
        assert workflow.case(ref, at=at) == case


def test_an_act_is_not_later_than_the_clock(database: Database) -> None:
    with open_workflow(database.url) as workflow:
        workflow.register_partner(PGA, name="Fabrikam", country="DE", at=LONG_AGO)
        workflow.open_case(PGA, region="europe", at=LONG_AGO)
        before = dump(database)
        acts: list[Callable[[], object]] = [
            lambda: workflow.open_case(PGA, region="japan", at=FAR),
            lambda: workflow.fire(REF, "apply", actor=ANNA, at=FAR),
            lambda: workflow.note(REF, "x", actor=OTTO, at=FAR),
            lambda: workflow.record(REF, "location", {"pla": "P", "country": "DE"}, actor=ANNA, at=FAR),
            lambda: workflow.sweep(at=FAR),
        ]
        for act in acts:
            problem = raised(act, InTheFuture)
            assert (problem.code, problem.exit_code) == ("in_the_future", 2)
        assert dump(database) == before
        assert workflow.case(REF, at=FAR).state == "indirect_tenure"
        assert workflow.requirements(REF, at=FAR).as_of == FAR.date()
        assert not workflow.decide(REF, "apply", actor=ANNA, at=FAR).accepted
        workflow.note(REF, "of the past", actor=OTTO, at=LONG_AGO)


def test_with_a_clock_of_its_own_acts_may_lie_in_the_future() -> None:
    with open_workflow("memory:", clock=SettableClock(TODAY)) as workflow:
        start(workflow)
        assert workflow.note(REF, "x", actor=OTTO, at=FAR).version == 2
        assert kinds(workflow, REF) == ["opened", "note"]


def _naive() -> datetime:
    return datetime(2025, 10, 6, 9)  # noqa: DTZ001 - the point of the test


class _NoOffset(tzinfo):
    def utcoffset(self, _when: datetime | None, /) -> None:
        return None

    def dst(self, _when: datetime | None, /) -> None:
        return None

    def tzname(self, _when: datetime | None, /) -> None:
        return None


CALLS: dict[str, Callable[[HostWorkflow, Any], object]] = {
    "register_partner": lambda workflow, at: workflow.register_partner("PGA-2", name="N", country="DE", at=at),
    "edit_partner": lambda workflow, at: workflow.edit_partner(PGA, actor=OTTO, name="N", at=at),
    "open_case": lambda workflow, at: workflow.open_case(PGA, region="japan", at=at),
    "fire": lambda workflow, at: workflow.fire(REF, "apply", actor=ANNA, at=at),
    "record": lambda workflow, at: workflow.record(PGA, "membership", {"status": "active"}, actor=ANNA, at=at),
    "record_case": lambda workflow, at: workflow.record(REF, "location", {"pla": "P"}, actor=ANNA, at=at),
    "retract": lambda workflow, at: workflow.retract(f"{PGA}#3", reason="wrong", actor=ANNA, at=at),
    "note": lambda workflow, at: workflow.note(REF, "x", actor=OTTO, at=at),
    "sweep": lambda workflow, at: workflow.sweep(at=at),
    "case": lambda workflow, at: workflow.case(REF, at=at),
    "cases": lambda workflow, at: workflow.cases(at=at),
    "decide": lambda workflow, at: workflow.decide(REF, "apply", actor=ANNA, at=at),
    "explain": lambda workflow, at: workflow.explain(REF, "apply", at=at),
    "requirements": lambda workflow, at: workflow.requirements(REF, at=at),
    "history": lambda workflow, at: workflow.history(REF, at=at),
    "history_partner": lambda workflow, at: workflow.history(PGA, at=at),
    "entitlements": lambda workflow, at: workflow.entitlements(REF, at=at),
    "may": lambda workflow, at: workflow.may(REF, "transact_direct", at=at),
    "trailing_revenue": lambda workflow, at: workflow.trailing_revenue(REF, at=at),
    "score": lambda workflow, at: workflow.score(REF, at=at),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "at",
    [_naive(), _naive().replace(tzinfo=_NoOffset()), TODAY, "2025-10-06T09:00:00Z", 1759741200],
    ids=["naive", "no offset", "a date", "a text", "a number"],
)
def test_an_instant_without_a_zone_is_refused(stored: HostWorkflow, database: Database, call: str, at: Any) -> None:
    ready(stored)
    before = dump(database)
    problem = raised(lambda: CALLS[call](stored, at), BadInstant)
    assert (problem.code, problem.exit_code) == ("bad_instant", 2)
    assert dump(database) == before


def test_a_clock_without_a_zone_is_refused() -> None:
    with open_workflow("memory:", clock=_naive) as workflow, pytest.raises(BadInstant):
        start(workflow)


def test_instants_of_any_zone_are_kept_in_utc(workflow: HostWorkflow) -> None:
    start(workflow)
    seattle = datetime(2025, 10, 6, 20, 30, tzinfo=timezone(timedelta(hours=-7)))
    recorded = workflow.record(PGA, "membership", {"status": "active"}, actor=ANNA, at=seattle)
    assert recorded.effective_on == date(2025, 10, 7)
    entry = workflow.history(PGA)[-1]
    assert (entry.at, entry.at.tzinfo) == (seattle, UTC)


@pytest.mark.parametrize("year", [1, 9999])
def test_the_ends_of_the_calendar_are_no_surprise(workflow: HostWorkflow, year: int) -> None:
    at = datetime(year, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    workflow.register_partner(PGA, name="Fabrikam", country="DE", at=at)
    workflow.open_case(PGA, region="europe", at=at)
    workflow.note(REF, "x", actor=OTTO, at=at)
    assert workflow.history(REF)[-1].at == at
    assert workflow.case(REF, at=at).opened_at == at
