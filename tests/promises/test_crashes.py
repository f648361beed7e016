"""An acknowledged act survives, and no other leaves a part of itself: processes that act are killed at every moment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from itertools import count
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from csp_workflow import open_workflow
from tests.databases import Database
from tests.integration.journals import check_chain
from tests.promises.crashed import AFTER_COMMIT, BEFORE_COMMIT, IN_ACT, Phase, Plan
from tests.promises.lives import Lives, one_life
from tests.promises.twin import Twin, problems, wait_until_alone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from csp_workflow.rules.engine import Judge

ROOT = Path(__file__).parents[2]
LONG = (Phase.READING, Phase.JUDGING, Phase.WRITING, Phase.COMMITTING)  # phases that can be seen from outside
TIMES = {Phase.OPENING: 2, Phase.WRITING: 40}  # at most that often until a child has entered a phase for the last time
SEED = 2025


class Parent:
    """A process whose children act on a database, and are killed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def kill(self, plan: Plan) -> tuple[Phase, list[str]]:
        """Have a child act and be killed; how far it came, and what it had acknowledged."""
        assert self._process.stdin
        self._process.stdin.write(f"{json.dumps(asdict(plan))}\n")
        self._process.stdin.flush()
        return self.said()

    def said(self) -> tuple[Phase, list[str]]:
        """What came of the last child; at first, what was done before any was killed."""
        assert self._process.stdout
        said = json.loads(self._process.stdout.readline())
        return Phase(said["phase"]), said["answers"]


@contextmanager
def parent(database: Database) -> Iterator[Parent]:
    """Such a process, until nobody needs it any more."""
    with subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, str(Path(__file__).with_name("crashed.py")), database.url],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Parent(process)
        process.communicate()


def plans(chance: Random) -> Iterator[Plan]:
    """How one child after the other is killed: two by the clock, one on sight, one by itself, and so on."""
    for turn in count():
        yield Plan(by="clock", after=chance.randint(2, 6), share=chance.random())
        yield Plan(by="clock", after=chance.randint(0, 6), share=3 * chance.random())
        yield Plan(by="sight", after=chance.randint(0, 6), phase=LONG[turn % len(LONG)])
        phase = Phase(turn % len(Phase))
        yield Plan(by="itself", phase=phase, times=chance.randint(1, TIMES.get(phase, 5)))


class Survived:
    """A database beside its twin: what killed children have left, act by act."""

    def __init__(self, database: Database, twin: Twin, judge: Judge) -> None:
        self._database, self._twin, self._judge = database, twin, judge
        self._again = False  # the next act was done already, and is done once more
        self.next = 0

    def check(self, phase: Phase, answers: list[str], at: str) -> None:
        """All that was acknowledged is there whole, and of the act that came next either all or nothing."""
        known = sorted({pga for ahead in range(len(answers) + 1) for pga in Lives().partners(self.next + ahead)})
        for answer in answers:
            assert self._twin.do(self.next) == answer, f"{at}: act {self.next} was answered otherwise"
            self.next, self._again = self.next + 1, False
        if not self._twin.is_same(known):
            self._twin.do(self.next)
            assert self._twin.is_same(known), f"{at}: act {self.next} is there in part: {self._twin.difference()}"
            assert phase not in BEFORE_COMMIT, f"{at}: act {self.next} was written before it was committed"
            self._go_on()
        else:
            assert phase not in AFTER_COMMIT or self._again, f"{at}: act {self.next} was lost"
        assert problems(self._database, self._judge, known) == [], at

    def check_all(self) -> None:
        """The whole database is that of the twin, and holds."""
        assert self._twin.difference() == {}
        with open_workflow(self._database.url) as workflow:
            assert workflow.verify().misfits == ()

    def _go_on(self) -> None:
        """What is done at most once goes on behind it; what acts once however often it is done is done again."""
        self._again = Lives().act(self.next).may_be_repeated
        self.next += not self._again


@contextmanager
def somebody_else(database: Database, *, there: bool) -> Iterator[None]:
    """Another one who uses a file and does nothing: who dies is not the last one then, and others clear up."""
    if not there or database.kind != "sqlite":
        yield
        return
    with database.another() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM csp_partner").scalar_one()
        yield


def test_whoever_is_killed_has_done_each_act_whole_or_not_at_all(
    new_database: Database,
    judge: Judge,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
) -> None:
    database, kills, counts = new_database, request.config.getoption("kills") // 2, Counter[Phase]()
    with parent(database) as crashing:
        said = crashing.said()
        with closing(Twin(tmp_path / "twin.db", database, judge)) as twin:
            survived = Survived(database, twin, judge)
            survived.check(*said, "before anybody was killed")
            assert survived.next == one_life()
            for number, plan in zip(range(1, kills + 1), plans(Random(SEED)), strict=False):  # noqa: S311 - no secret
                with somebody_else(database, there=number % 8 < 4):
                    phase, answers = crashing.kill(replace(plan, start=survived.next))
                    wait_until_alone(database)
                    survived.check(phase, answers, f"kill {number}, {phase.name}")
                counts[phase] += 1
                if number % max(100, kills // 5) == 0:
                    survived.check_all()
            survived.check_all()
    check_chain(database)
    record_property(f"killed on {database.kind}", ", ".join(f"{phase.name} {counts[phase]}" for phase in Phase))
    assert sum(counts.values()) == kills
    assert sum(counts[phase] for phase in IN_ACT) >= kills / 2
    assert all(counts[phase] for phase in Phase), counts
    if database.kind == "sqlite":
        assert database.rows("PRAGMA integrity_check") == [("ok",)]
