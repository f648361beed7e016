"""A server that is stopped as if its plug was pulled, while processes act on it: what was answered is there after."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from csp_workflow import open_workflow
from tests import postgres
from tests.databases import Database
from tests.integration.journals import check_chain
from tests.promises.lives import Lives
from tests.promises.twin import Twin, problems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from csp_workflow.rules.engine import Judge
    from tests.postgres import Server

ROOT = Path(__file__).parents[2]
PROCESSES, OUTAGES = 3, 5
BETWEEN = 40  # acts of each process between two outages; no two of them are at the same point then


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that may be stopped."""
    with postgres.start() as server:
        yield server


class Outlasting:
    """A process that acts, with what it was answered."""

    def __init__(self, process: subprocess.Popen[str], lives: Lives) -> None:
        self._process, self.lives = process, lives
        self.answers: list[str] = []
        self.repeated: list[int] = []  # the acts that were done once more after nothing was answered

    def act(self, times: int) -> None:
        """See it act for a while."""
        for _ in range(times):
            self._take(self._said())

    def lose(self) -> None:
        """See it lose the server: one error of ours, in one sentence."""
        while (said := self._said()).startswith("done "):
            self._take(said)
        word, number, exit_code, code, sentence = said.split(" ", 4)
        assert (word, number) == ("lost", str(len(self.answers)))
        assert (exit_code, code) == ("6", "storage_unavailable")
        assert sentence.endswith(".")
        assert "psycopg." not in sentence

    def again(self) -> None:
        """Have it do the same act once more."""
        self.repeated.append(len(self.answers))
        self._tell("again")

    def end(self) -> None:
        """Have it do no more; all that it has said was read."""
        self._tell("end")
        assert self._process.wait() == 0

    def _said(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().rstrip("\n")

    def _take(self, said: str) -> None:
        word, number, mark = said.split(" ", 2)
        assert (word, number) == ("done", str(len(self.answers))), said
        self.answers.append(mark)

    def _tell(self, word: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()


def outlasting(url: str, number: int) -> subprocess.Popen[str]:
    """A process that begins to act."""
    return subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, str(Path(__file__).with_name("outlasted.py")), url, f"PGA-{number}"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def outlive(server: Server, processes: list[Outlasting]) -> None:
    """Let the processes act, and the server go down under them and come back, time and again."""
    for outage in range(1, OUTAGES + 1):
        for number, process in enumerate(processes):
            process.act(BETWEEN + 7 * number)
        server.stop(immediate=True)
        for process in processes:
            process.lose()
        server.start()
        for process in processes:
            process.again() if outage < OUTAGES else process.end()


def hold_beside(twin: Twin, process: Outlasting, database: Database, judge: Judge) -> None:
    """All that was answered is there whole, what was tried again acted once, and the act that was lost may be there."""
    for number, answer in enumerate(process.answers):
        said = twin.do(number)
        if said != answer and number in process.repeated:
            said = twin.do(number)  # it was done, and the one who asked again was told that it was there
        assert said == answer, number
    lost = len(process.answers)
    known = sorted({pga for number in range(lost + 1) for pga in process.lives.partners(number)})
    if not twin.is_same(known):
        twin.do(lost)
        assert twin.is_same(known), twin.difference()
    assert problems(database, judge, known) == []


def test_a_server_that_crashes_under_those_who_act_has_lost_nothing_that_it_answered(
    server: Server, judge: Judge, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    database = Database(server.create("partners"))
    with open_workflow(database.url) as workflow:
        workflow.sweep()
    with ExitStack() as running:
        processes = [
            Outlasting(
                running.enter_context(outlasting(database.url, number)), Lives(prefix=f"PGA-{number}", keyed=True)
            )
            for number in range(PROCESSES)
        ]
        outlive(server, processes)
    answered = ", ".join(str(len(process.answers)) for process in processes)
    record_property(f"answered to {PROCESSES} processes under which PostgreSQL crashed {OUTAGES} times", answered)
    for process in processes:
        with closing(Twin(tmp_path / f"{process.lives.prefix}.db", database, judge, process.lives)) as twin:
            hold_beside(twin, process, database, judge)
    with open_workflow(database.url) as workflow:
        audit = workflow.verify()
    assert audit.holds, audit
    assert audit.partners > PROCESSES
    check_chain(database)
