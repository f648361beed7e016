"""The journal: chained entry by entry, and enough to make every case again."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pytest

from csp_workflow import TransitionRefused
from csp_workflow.model.journal import of_case
from csp_workflow.model.snapshot import restored
from csp_workflow.storage.store import open_store
from tests.integration.hands import ANNA, OTTO, PGA, REF, RITA, change, ready, rows, start, walk
from tests.integration.journals import broken_links, check_chain, check_replay, read

if TYPE_CHECKING:
    from csp_workflow.bootstrap import HostWorkflow
    from csp_workflow.testing import SettableClock
    from tests.databases import Database


@pytest.fixture
def story(stored: HostWorkflow, clock: SettableClock) -> HostWorkflow:
    """Two partners with all that can happen: records, refusals, retractions, firings, a case opened again."""
    for pga in (PGA, "PGA-1002"):
        ref = ready(stored, pga)
        with pytest.raises(TransitionRefused):
            stored.fire(ref, "accept_mpa", actor=ANNA)
        walk(stored, ref)
        recorded = stored.record(pga, "csp_onboarding", {"onboarded_on": date(2020, 3, 1)}, actor=ANNA)
        stored.note(ref, "žluťoučký 🐎 \x1b[31m שלום", actor=OTTO)
        stored.retract(recorded.entry, reason="wrong", actor=ANNA)
        stored.edit_partner(pga, actor=OTTO, manager="Olga")
    clock.set(date(2026, 11, 20))
    stored.sweep()
    stored.fire(REF, "deauthorize", actor=RITA, payload={"reason": "no revenue"})
    stored.fire(REF, "close", actor=RITA, payload={"reason": "they left"})
    stored.open_case(PGA, region="europe")
    return stored


def test_the_chain_holds_entry_by_entry(story: HostWorkflow, database: Database) -> None:
    assert len(story.history(PGA)) > 25
    check_chain(database)


def test_the_history_shows_the_hashes_of_the_chain(story: HostWorkflow, database: Database) -> None:
    hashes = [value for (value,) in rows(database, "SELECT hash FROM csp_journal WHERE pga = ? ORDER BY seq", PGA)]
    assert [entry.hash for entry in story.history(PGA)] == hashes
    assert len(set(hashes)) == len(hashes)


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE csp_journal SET actor = 'eve' WHERE seq = 5",
        "UPDATE csp_journal SET at = '2025-10-06T10:00:00.000000Z' WHERE seq = 12",
        "UPDATE csp_journal SET payload = replace(payload, 'active', 'lapsed')",
        "UPDATE csp_journal SET findings = '[]' WHERE kind = 'refused'",
        "UPDATE csp_journal SET changes = replace(changes, '\"version\":3', '\"version\":4')",
        "UPDATE csp_journal SET policy = '2025-05' WHERE policy = '2025-10'",
        "UPDATE csp_journal SET definition = 'another'",
        "UPDATE csp_journal SET document = 'sha256:0' WHERE seq = 4",
        "UPDATE csp_journal SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE seq = 7",
        "UPDATE csp_partner SET last_seq = last_seq - 1",
        "UPDATE csp_partner SET head = '0'",
        "DELETE FROM csp_journal WHERE seq = (SELECT max(seq) FROM csp_journal) AND pga = 'PGA-1001'",
        "DELETE FROM csp_journal WHERE kind = 'note'",
    ],
)
def test_tampering_with_any_column_breaks_the_chain(story: HostWorkflow, database: Database, tampering: str) -> None:
    del story
    change(database, tampering, checked=False)
    assert broken_links(database)


def test_every_entry_names_the_definition_and_the_policy_that_judged(story: HostWorkflow, database: Database) -> None:
    assert {value for (value,) in rows(database, "SELECT definition FROM csp_journal")} == {story.programme.sha256}
    of_acts = {value for (value,) in rows(database, "SELECT policy FROM csp_journal WHERE kind = 'transition'")}
    assert of_acts == {"2025-10"}


def test_replay_gives_the_stored_cases(story: HostWorkflow, database: Database) -> None:
    del story
    check_replay(database)


def test_replay_by_the_model_gives_the_very_same_cases(story: HostWorkflow, database: Database) -> None:
    store = open_store(database.url)
    seen = 0
    for pga in (PGA, "PGA-1002"):
        with store.reading() as session:
            file = session.file(pga)
            assert file is not None
            for case in file.cases:
                entries = [sealed for sealed in session.entries(pga, case.number) if sealed.draft.case_number]
                again = case
                for sealed in entries:
                    if sealed.draft.kind != "refused":
                        again = restored(again, of_case(sealed.draft.changes), sealed.draft.at)
                assert entries[0].draft.kind == "opened"
                assert set(entries[0].draft.changes) > {"state", "version", "marks", "since", "fired", "pinned"}
                assert again == case
                seen += 1
    store.close()
    assert seen == 3  # one of them closed and opened again
    assert len(story.cases()) == 2


def test_a_note_and_a_recorded_fact_change_the_version_alone(story: HostWorkflow, database: Database) -> None:
    story.record(REF, "location", {"pla": "P", "country": "DE"}, actor=ANNA)
    for entry in read(database, "SELECT * FROM csp_journal WHERE case_number IS NOT NULL"):
        if entry["kind"] in {"note", "recorded"}:
            assert set(json.loads(entry["changes"])) == {"version"}
        if entry["kind"] == "refused":
            assert json.loads(entry["changes"]) == {}


def test_the_journal_is_one_for_every_partner(stored: HostWorkflow, database: Database) -> None:
    start(stored)
    stored.open_case(PGA, region="japan")
    start(stored, "PGA-1002")
    assert rows(database, "SELECT pga, seq FROM csp_journal ORDER BY pga, seq") == [
        *((PGA, seq) for seq in (1, 2, 3)),
        *(("PGA-1002", seq) for seq in (1, 2)),
    ]


def test_a_deadline_that_a_sweep_only_moves_is_an_entry_and_no_revision(
    workflow: HostWorkflow, clock: SettableClock
) -> None:
    ref, known_from = ready(workflow), date(2025, 12, 1)
    walk(workflow, ref)
    plan = {"kind": "PSfP", "started_on": date(2025, 10, 1)}
    workflow.record(ref, "support_plan", plan, actor=OTTO, effective_on=known_from)
    before, ends = workflow.partner(PGA).revision, date(2026, 10, 1)
    clock.set(known_from)
    assert workflow.sweep().fired == ()
    assert ("support_plan_ends", ends) in [(item.kind, item.due_on) for item in workflow.case(ref).deadlines]
    assert [entry.kind for entry in workflow.history(PGA)][-1] == "kept"
    assert workflow.partner(PGA).revision == before
    assert workflow.verify().finished
    assert workflow.verify().misfits == ()
