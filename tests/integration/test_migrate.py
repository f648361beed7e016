"""Stranded cases are moved to where the definition knows them: rehearsed first, journalled, whole, and once."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from csp_workflow import Actor
from csp_workflow.bootstrap import judge_of
from csp_workflow.errors import BadInput, BadPayload, CaseStranded, StorageUnavailable, UnknownName
from csp_workflow.model.case import Deadline
from tests.integration.definitions import (
    BEFORE,
    GONE,
    GONE_POLICY,
    NEW,
    NEW_POLICY,
    SINCE,
    by,
    judge_by,
    with_a_state_renamed,
)
from tests.integration.hands import ANNA, OTTO, REF, RITA, TIMER, raised, ready, walk
from tests.states.folders import replaced

if TYPE_CHECKING:
    from pathlib import Path

    from csp_workflow import Workflow
    from csp_workflow.model.migration import Migration
    from csp_workflow.rules.engine import Judge
    from tests.databases import Database

STATES = {("direct_bill", GONE): NEW}
POLICIES = {GONE_POLICY: NEW_POLICY}
OTHER, WAITING = "PGA-1002/europe", "PGA-1003/europe"


@pytest.fixture
def used(database: Database, judge: Judge) -> Database:
    """A database with two partners that have applied, and one that has not."""
    with by(judge, database, BEFORE) as workflow:
        for pga in ("PGA-1001", "PGA-1002"):
            walk(workflow, ready(workflow, pga), "apply")
        ready(workflow, "PGA-1003")
    return database


def migrate(workflow: Workflow, *, dry_run: bool = False, **plan: Any) -> Migration:
    """Move cases as the back office."""
    return workflow.migrate(**(plan or {"states": STATES}), actor=OTTO, dry_run=dry_run)


def told(done: Migration) -> list[tuple[str, str, int, int]]:
    """From where to where, how many cases, and how many were left."""
    return [(one.place.old, one.place.new, one.cases, one.left) for one in done.places]


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(used: Database) -> None:
    with by(judge_by("with_a_state_renamed"), used, SINCE) as workflow:
        before = used.dump()
        rehearsed = workflow.migrate(states=STATES, actor=OTTO)
        assert used.dump() == before
        done = migrate(workflow)
    assert (rehearsed.dry_run, done.dry_run) == (True, False)
    assert rehearsed.places == done.places
    assert (told(done), done.cases) == ([(GONE, NEW, 2, 0)], 2)
    assert [(one.ref, one.source, one.target) for one in done.places[0].first] == [
        (REF, GONE, NEW),
        (OTHER, GONE, NEW),
    ]


def test_a_case_that_was_moved_goes_on_and_its_history_holds(used: Database, judge: Judge) -> None:
    new = judge_by("with_a_state_renamed")
    with by(new, used, SINCE) as workflow:
        migrate(workflow)
        case, entry = workflow.case(REF), workflow.history(REF)[-1]
        assert (case.state, case.version, case.policy) == (NEW, 3, GONE_POLICY)
        assert (entry.kind, entry.source, entry.target, entry.policy) == ("migrated", GONE, NEW, GONE_POLICY)
        assert (entry.actor, entry.role, entry.at.date()) == ("otto", "operator", SINCE)
        assert entry.payload == {"definition": {"from": judge.programme.sha256, "to": new.programme.sha256}}
        assert workflow.case(WAITING).version == 1
        assert workflow.verify().holds
        assert workflow.definition_changes().stranded == ()
        assert workflow.definition_news() == ""
        assert workflow.fire(REF, "invite_to_assessment", actor=RITA).case.state == "assessment"
        workflow.sweep()
        assert workflow.verify().holds


def test_a_second_run_finds_nothing_left_to_do(used: Database) -> None:
    with by(judge_by("with_a_state_renamed"), used, SINCE) as workflow:
        migrate(workflow)
        before = used.dump()
        assert told(migrate(workflow)) == [(GONE, NEW, 0, 0)]
        assert used.dump() == before


def test_before_it_was_moved_it_was_where_it_was(used: Database) -> None:
    then = datetime(2025, 10, 10, tzinfo=UTC)
    with by(judge_by("with_a_state_renamed"), used, SINCE) as workflow:
        migrate(workflow)
        assert workflow.case(REF, at=datetime(2025, 10, 21, tzinfo=UTC)).state == NEW
        assert [view.state for view in workflow.cases(at=then)] == [GONE, GONE, "indirect_tenure"]
        raised(lambda: workflow.case(REF, at=then), CaseStranded)
        assert workflow.may(REF, "transact_indirect").met


def test_deadlines_are_derived_anew_by_the_new_definition(used: Database, tmp_path: Path) -> None:
    states = with_a_state_renamed(tmp_path)
    text = (states / "direct_bill/policies/06_2025-10.toml").read_text(encoding="utf-8")
    later = text.replace('id = "2025-10"', 'id = "2027-01"').replace("2025-10-01", "2027-01-01", 1)
    (states / "direct_bill/policies/07_2027-01.toml").write_text(later, encoding="utf-8")
    with by(judge_of(states), used, SINCE) as workflow:
        (first, _other) = migrate(workflow, dry_run=True, states=STATES).places[0].first
        migrate(workflow)
        assert workflow.case(REF).deadlines == first.deadlines_after
        assert workflow.verify().holds
    assert (first.deadlines_before, first.deadlines_after) == ((), (Deadline("policy_changes", date(2027, 1, 1)),))


def test_deadlines_that_the_new_state_has_too_stay(database: Database, judge: Judge, tmp_path: Path) -> None:
    with by(judge, database, BEFORE) as workflow:
        walk(workflow, ready(workflow))
        assert workflow.case(REF).deadlines
    with by(judge_of(with_a_state_renamed(tmp_path, "active", "running")), database, SINCE) as workflow:
        kept = workflow.cases()[0].deadlines
        (first,) = migrate(workflow, states={("direct_bill", "active"): "running"}).places[0].first
        assert (first.deadlines_before, first.deadlines_after) == (kept, kept)
        assert workflow.case(REF).deadlines == kept
        assert workflow.verify().holds


def test_a_deadline_may_exist_since_the_case_was_moved_or_since_it_could_before(used: Database) -> None:
    with by(judge_by("with_a_state_renamed"), used, SINCE) as workflow:
        migrate(workflow, states={("direct_bill", GONE): "active"})
        kinds = workflow.programme.lifecycles["direct_bill"].states["active"].deadlines
        assert workflow.verify().holds
    ((memory,),) = used.rows("SELECT memory FROM csp_case WHERE pga = 'PGA-1001'")
    since = dict.fromkeys(kinds, SINCE.isoformat()) | {"policy_changes": BEFORE.isoformat()}
    assert json.loads(memory)["since"] == since


def test_a_state_may_end_a_case_and_then_it_has_no_deadlines(database: Database, judge: Judge, tmp_path: Path) -> None:
    with by(judge, database, BEFORE) as workflow:
        walk(workflow, ready(workflow))
    with by(judge_of(with_a_state_renamed(tmp_path, "active", "running")), database, SINCE) as workflow:
        migrate(workflow, states={("direct_bill", "active"): "closed"})
        assert (workflow.case(REF).state, workflow.case(REF).deadlines) == ("closed", ())
        assert workflow.verify().holds
        assert workflow.open_case("PGA-1001", region="europe").version == 1
        assert workflow.verify().holds


def test_a_policy_that_is_gone_is_replaced(used: Database) -> None:
    with by(judge_by("with_a_policy_renamed"), used, SINCE) as workflow:
        done = migrate(workflow, policies=POLICIES)
        assert told(done) == [(GONE_POLICY, NEW_POLICY, 2, 0)]
        entry = workflow.history(REF)[-1]
        assert (entry.source, entry.target, entry.policy) == (GONE, GONE, NEW_POLICY)
        assert entry.payload["policy"] == {"from": GONE_POLICY, "to": NEW_POLICY}
        assert (workflow.case(REF).policy, workflow.case(REF).version) == (NEW_POLICY, 3)
        assert workflow.definition_changes().stranded == ()
        assert workflow.verify().holds


def both(folder: Path) -> Path:
    """The shipped definitions with another name for a state and for the newest policy."""
    states = with_a_state_renamed(folder)
    replaced(states, "direct_bill/policies/06_2025-10.toml", f'id = "{GONE_POLICY}"', f'id = "{NEW_POLICY}"')
    return states


def test_a_case_gets_its_state_and_its_policy_in_one_move(used: Database, tmp_path: Path) -> None:
    with by(judge_of(both(tmp_path)), used, SINCE) as workflow:
        rehearsed = migrate(workflow, dry_run=True, states=STATES, policies=POLICIES)
        done = migrate(workflow, states=STATES, policies=POLICIES)
        assert told(rehearsed) == told(done) == [(GONE, NEW, 2, 0), (GONE_POLICY, NEW_POLICY, 0, 0)]
        assert (workflow.case(REF).state, workflow.case(REF).policy, workflow.case(REF).version) == (NEW, NEW_POLICY, 3)
        assert workflow.verify().holds


@pytest.mark.parametrize("plan", [{"states": STATES}, {"policies": POLICIES}])
def test_what_would_be_stranded_all_the_same_is_left_and_counted(
    used: Database, tmp_path: Path, plan: dict[str, Any]
) -> None:
    with by(judge_of(both(tmp_path)), used, SINCE) as workflow:
        before = used.dump()
        assert [(one.cases, one.left) for one in migrate(workflow, **plan).places] == [(0, 2)]
        assert used.dump() == before


def test_closed_cases_are_moved_to_where_they_stay_closed(used: Database, judge: Judge, tmp_path: Path) -> None:
    with by(judge, used, SINCE) as workflow:
        workflow.fire(WAITING, "close", actor=OTTO, payload={"reason": "a mistake"})
        workflow.open_case("PGA-1003", region="europe")
    with by(judge_of(with_a_state_renamed(tmp_path, "closed", "ended")), used, SINCE) as workflow:
        before = used.dump()
        plan = {("direct_bill", "closed"): "indirect_tenure"}
        assert "open them again" in raised(lambda: migrate(workflow, states=plan), BadPayload).message
        assert used.dump() == before
        assert told(migrate(workflow, states={("direct_bill", "closed"): "ended"})) == [("closed", "ended", 1, 0)]
        assert workflow.case(WAITING).state == "indirect_tenure"
        assert workflow.note(WAITING, "x", actor=OTTO).version == 2
        assert workflow.verify().holds


def test_a_batch_that_fails_leaves_those_before_it_done_and_the_next_run_goes_on(
    database: Database, judge: Judge
) -> None:
    pgas = [f"PGA-{number}" for number in range(1001, 1104)]
    with by(judge, database, BEFORE) as workflow:
        walk(workflow, ready(workflow, pgas[0]), "apply")
        for pga in pgas[1:]:
            workflow.register_partner(pga, name="Fabrikam GmbH", country="DE")
            workflow.open_case(pga, region="europe")
    database.change(f"UPDATE csp_case SET state = '{GONE}'")  # the way there is long, and not what this is about
    with by(judge_by("with_a_state_renamed"), database, SINCE) as workflow:
        database.change("CREATE TABLE stone (pga TEXT PRIMARY KEY)", "INSERT INTO stone VALUES ('PGA-1101')")
        fail_on_a_stone(database)
        raised(lambda: migrate(workflow), StorageUnavailable)
        assert workflow.board().states[NEW] == 100
        assert [view.state for view in workflow.cases(limit=1000)][99:] == [NEW, GONE, GONE, GONE]
        database.change("DELETE FROM stone")
        assert told(migrate(workflow)) == [(GONE, NEW, 3, 0)]
        assert workflow.board().states[NEW] == 103
        versions = {view.version for view in workflow.cases(limit=1000)}
        assert versions == {2, 3}
        migrations = database.rows("SELECT pga, count(*) FROM csp_journal WHERE kind = 'migrated' GROUP BY pga")
        assert sorted(migrations) == [(pga, 1) for pga in pgas]


def fail_on_a_stone(database: Database) -> None:
    """Let no entry be written of a partner whose name is on a stone."""
    begin = "CREATE TRIGGER stumble BEFORE INSERT ON csp_journal"
    if database.kind == "sqlite":
        on = "WHEN EXISTS (SELECT 1 FROM stone WHERE stone.pga = NEW.pga)"
        database.change(f"{begin} {on} BEGIN SELECT RAISE(ABORT, 'stumbled'); END")
        return
    body = "IF EXISTS (SELECT 1 FROM stone WHERE stone.pga = NEW.pga) THEN RAISE EXCEPTION 'stumbled'; END IF;"
    database.change(
        f"CREATE FUNCTION stumble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NEW; END $$",
        f"{begin} FOR EACH ROW EXECUTE FUNCTION stumble()",
    )


def test_a_host_may_move_cases_within_its_own_transaction(used: Database) -> None:
    with by(judge_by("with_a_state_renamed"), used, SINCE) as workflow, used.engine.connect() as connection:
        with workflow.within(connection) as inside:
            assert told(migrate(inside)) == [(GONE, NEW, 2, 0)]
        connection.rollback()
        assert workflow.board().states[GONE] == 2


def test_a_case_whose_last_entry_is_later_is_moved_at_that_instant(used: Database, judge: Judge) -> None:
    with by(judge, used, date(2025, 11, 1)) as workflow:
        workflow.note(REF, "x", actor=OTTO)
    with by(judge_by("with_a_state_renamed"), used, SINCE) as workflow:
        migrate(workflow)
        assert workflow.history(REF)[-1].at.date() == date(2025, 11, 1)
        assert workflow.verify().holds


def test_a_case_whose_last_entry_is_later_has_new_deadlines_since_that_day(used: Database, judge: Judge) -> None:
    later = date(2025, 11, 1)
    with by(judge, used, later) as workflow:
        workflow.note(REF, "x", actor=OTTO)
    with by(judge_by("with_a_state_renamed"), used, SINCE) as workflow:
        migrate(workflow, states={("direct_bill", GONE): "active"})
        assert workflow.verify().holds
    ((memory,),) = used.rows("SELECT memory FROM csp_case WHERE pga = 'PGA-1001'")
    assert set(json.loads(memory)["since"].values()) == {later.isoformat(), BEFORE.isoformat()}


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "nothing": ({}, "bad_payload", "name a state or a policy"),
    "a target that is no state": ({"states": {("direct_bill", GONE): "nowhere"}}, "unknown_state", "nowhere"),
    "a target of another lifecycle": ({"states": {("direct_bill", GONE): "transacting"}}, "unknown_state", "transact"),
    "a state that is there": (
        {"states": {("direct_bill", "active"): NEW}},
        "bad_payload",
        "direct_bill/active is there",
    ),
    "a state that never was": ({"states": {("direct_bill", "aplication"): NEW}}, "unknown_state", "'application'"),
    "a state of another lifecycle": ({"states": {("indirect_reseller", GONE): "closed"}}, "unknown_state", GONE),
    "a lifecycle that never was": ({"states": {("direct_bil", GONE): NEW}}, "unknown_lifecycle", "direct_bill"),
    "a policy that is there": ({"policies": {GONE_POLICY: "2025-05"}}, "bad_payload", "2025-10 is there"),
    "a policy that never was": ({"policies": {"2025-11": "2025-05"}}, "unknown_policy", "2025-11"),
    "a target that is no policy": ({"policies": {"2025-11": "2025-12"}}, "unknown_policy", "2025-12"),
    "one wrong beside one right": ({"states": {**STATES, ("direct_bill", "x"): NEW}}, "unknown_state", "'x'"),
    "a state without its lifecycle": ({"states": {GONE: NEW}}, "bad_payload", "a lifecycle and a state"),
    "a state that is no text": ({"states": {("direct_bill", 1): NEW}}, "bad_payload", "states"),
    "a target that is no text": ({"states": {("direct_bill", GONE): None}}, "bad_payload", "states"),
}


@pytest.mark.parametrize(("plan", "code", "words"), WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("dry_run", [True, False])
def test_a_plan_that_is_wrong_is_refused_as_a_whole(
    used: Database, plan: dict[str, Any], code: str, words: str, *, dry_run: bool
) -> None:
    with by(judge_by("with_a_state_renamed"), used, SINCE) as workflow:
        before = used.dump()
        problem = raised(lambda: workflow.migrate(**plan, actor=OTTO, dry_run=dry_run), BadInput)
        assert (problem.code, words in problem.message) == (code, True), problem.message
        assert used.dump() == before


def test_an_actor_must_be_one(used: Database) -> None:
    with by(judge_by("with_a_state_renamed"), used, SINCE) as workflow:
        raised(lambda: workflow.migrate(states=STATES, actor=Actor("x", "nobody")), UnknownName)


def test_what_an_earlier_release_knew_may_have_been_a_state(used: Database) -> None:
    used.change("UPDATE csp_definition SET content = NULL")
    with by(judge_by("with_a_state_renamed"), used, SINCE) as workflow:
        assert told(migrate(workflow, states={("direct_bill", "long_gone"): NEW})) == [("long_gone", NEW, 0, 0)]


def test_a_lifecycle_that_is_gone_as_a_whole_is_not_moved(database: Database, judge: Judge) -> None:
    with by(judge, database, BEFORE) as workflow:
        workflow.register_partner("PGA-1001", name="Fabrikam GmbH", country="DE")
        workflow.open_case("PGA-1001", region="europe", lifecycle="indirect_reseller")
    with by(judge_by("with_a_lifecycle_renamed"), database, SINCE) as workflow:
        plan = {("indirect_reseller", "registration"): "registration"}
        problem = raised(lambda: migrate(workflow, states=plan), BadPayload)
    assert problem.message == (
        "states: the lifecycle 'indirect_reseller' is gone as a whole: use the definition that knows it."
    )


def test_moved_by_hand_or_by_a_timer_the_journal_names_who_it_was(used: Database) -> None:
    with by(judge_by("with_a_state_renamed"), used, SINCE) as workflow:
        workflow.migrate(states=STATES, actor=TIMER, dry_run=False)
        assert workflow.history(OTHER)[-1].actor == TIMER.name
        workflow.fire(OTHER, "withdraw", actor=ANNA)
