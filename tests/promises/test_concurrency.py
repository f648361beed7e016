"""Many processes at once: no act is lost, none is done twice, and none slips through between two others."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from csp_workflow import Actor, open_workflow
from csp_workflow.testing import SettableClock
from tests.conftest import START
from tests.integration.hands import OTTO
from tests.promises.crew import send
from tests.promises.hammer import SIZE
from tests.promises.partners import STATES, named, settle
from tests.promises.reckoning import Journals, differences

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pytest

    from csp_workflow import Workflow
    from tests.databases import Database
    from tests.promises.said import Said

PARTNERS = 50
ROUNDS = 300
LEAST = {  # the share of acts that at least are of a kind and get an answer: the mixture is there
    "walk: accepted": 0.08,
    "walk: refused": 0.03,
    "wrong: refused": 0.04,
    "note: accepted": 0.08,
    "fact: accepted": 0.04,
    "evidence: accepted": 0.03,
    "retract: accepted": 0.02,
    "edit: accepted": 0.015,
    "sweep: accepted": 0.004,
    "batch: accepted": 0.015,
    "stale: StaleVersion": 0.04,
    "again: accepted": 0.02,
    "again: refused": 0.005,
    "reuse: KeyReused": 0.015,
    "both: accepted": 0.015,
    "both: refused": 0.01,
    "odds: KeyReused": 0.005,
    "row: accepted": 0.005,
    "fired": 0.003,
}


def raced(
    database: Database, folder: Path, *races: str, before: Callable[[Workflow, str], object] = lambda *_: None
) -> tuple[list[Said], Journals]:
    """Let two processes race for each of some partners: what they said, and what stands then, which fits it."""
    pgas = named(ROUNDS)
    with open_workflow(database.url, clock=SettableClock(START)) as workflow:
        settle(workflow, pgas, START.date())
        for pga in pgas:
            before(workflow, pga)
        order = {"url": database.url, "pgas": pgas, "races": races, "start": START.isoformat()}
        said = send("races", order, folder / "said")
        journals = Journals(workflow, pgas)
        check(said, journals, workflow)
    assert len(said) == 2 * ROUNDS * len(races)
    return said, journals


def check(said: Sequence[Said], journals: Journals, workflow: Workflow) -> None:
    """What was said is what stands, entry by entry, and so is all that is stored."""
    found = differences(said, journals, workflow)
    assert not found, "\n".join(found[:10])
    assert workflow.verify().holds


def endings(journals: Journals) -> Counter[tuple[str, ...]]:
    """How often which acts of a race were done, and in which order."""
    by_partner = ([one for one in entries if one.actor.startswith(one.partner)] for entries in journals.of.values())
    return Counter(tuple(one.trigger or "" for one in own if one.kind != "refused") for own in by_partner)


def test_of_eight_processes_at_a_hundred_cases_every_act_is_done_once_and_as_it_was_acknowledged(
    database: Database, tmp_path: Path, pytestconfig: pytest.Config, record_property: Callable[[str, object], None]
) -> None:
    pgas, each = named(PARTNERS), -(-pytestconfig.getoption("acts") // SIZE)
    with open_workflow(database.url, clock=SettableClock(START)) as workflow:
        assert len(settle(workflow, pgas, START.date())) == 100
        order = {"url": database.url, "pgas": pgas, "each": each, "seed": 4, "start": START.isoformat()}
        said = send("hammer", order, tmp_path / "said", patience=300 + each)
        check(said, Journals(workflow, pgas), workflow)
    assert len(said) == SIZE * each
    mixture = Counter(f"{one.what}: {one.answer}" for one in said) + Counter(fired=sum(len(one.fired) for one in said))
    counted = ", ".join(f"{name} {times}" for name, times in sorted(mixture.items()))
    record_property(f"{SIZE * each} acts of eight processes on {database.kind}", counted)
    assert {name: mixture[name] for name, least in LEAST.items() if mixture[name] < least * SIZE * each} == {}


def test_one_key_that_arrives_twice_at_once_acts_once(database: Database, tmp_path: Path) -> None:
    said, journals = raced(database, tmp_path, "same", "other", "row")
    answers = Counter((one.what, one.answer) for one in said)
    assert answers == {
        ("both", "accepted"): 2 * ROUNDS,
        ("odds", "accepted"): ROUNDS,
        ("odds", "KeyReused"): ROUNDS,
        ("row", "accepted"): 2 * ROUNDS,
    }
    assert set(map(len, journals.signed.values())) == {1}
    winners = Counter(text for text in (one.payload.get("text") for one in journals.entries()) if text)
    assert len(winners) == 2, "each of them was first at times"


def test_of_two_who_have_read_the_same_version_one_acts_and_the_other_is_told(
    database: Database, tmp_path: Path
) -> None:
    said, _journals = raced(database, tmp_path, "version")
    assert Counter(one.answer for one in said) == {"accepted": ROUNDS, "StaleVersion": ROUNDS}


def test_nobody_applies_where_a_decline_came_before(database: Database, tmp_path: Path) -> None:
    def applied(workflow: Workflow, pga: str) -> None:
        workflow.fire(f"{pga}/{STATES}", "apply", actor=Actor(OTTO.name, "global_admin"))

    said, journals = raced(database, tmp_path, "decline", before=applied)
    assert endings(journals).keys() == {("apply", "decline"), ("decline",)}
    assert sum(one.answer == "refused" for one in said) == endings(journals)["decline",]


def test_nobody_applies_where_a_lapsed_membership_came_before(database: Database, tmp_path: Path) -> None:
    said, journals = raced(database, tmp_path, "lapse")
    assert endings(journals).keys() == {("apply", "membership"), ("membership",)}
    assert sum(one.answer == "refused" for one in said) == endings(journals)["membership",]
