"""Acts in children that are killed: `crashed.py ADDRESS` reads plans, a line each, and says what came of each.

A process that has imported and compiled everything, and holds no connection, forks a child for each plan. The child
opens the database, does act after act, and says of each that was answered so in a pipe; where it is, and in the how
manieth act, stands in two bytes that both can see. Then it is killed: by the clock, when it is seen in a phase, or by
itself as it enters one.
"""

from __future__ import annotations

import json
import mmap
import os
import signal
import sys
import time
import traceback
from dataclasses import dataclass
from enum import IntEnum
from typing import IO, TYPE_CHECKING, Any

from csp_workflow.bootstrap import join, judge_of
from csp_workflow.storage.store import SqlStore, engine_of
from tests.promises.lives import BEGUN, Lives, mark, one_life
from tests.promises.told import What, When, tells

if TYPE_CHECKING:
    from datetime import datetime

    from csp_workflow.bootstrap import HostWorkflow
    from csp_workflow.rules.engine import Judge

_MOST = 60  # acts of a child that nobody kills
_USUAL = 0.005  # seconds, until it is known how long an act takes here


class Phase(IntEnum):
    """Where a child is."""

    OPENING = 0
    IDLE = 1
    CALLED = 2  # an act, and no transaction yet
    READING = 3  # in a transaction
    JUDGING = 4  # its partner is locked, and the clock was asked
    WRITING = 5
    COMMITTING = 6
    COMMITTED = 7
    ANSWERED = 8  # to the caller, who has told nobody yet


BEFORE_COMMIT = frozenset(phase for phase in Phase if phase < Phase.COMMITTING)
AFTER_COMMIT = frozenset(phase for phase in Phase if phase > Phase.COMMITTING)
IN_ACT = frozenset(phase for phase in Phase if Phase.CALLED < phase < Phase.ANSWERED)  # begun, and not acknowledged


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a child is killed that begins with an act.

    By the `clock`: a share of the time of an act after it has acknowledged so many; on `sight`: as soon as it is then
    seen in a phase; by `itself`: as it enters a phase for the so manieth time, whatever it has acknowledged.
    """

    by: str
    start: int = 0
    phase: int = Phase.IDLE
    after: int = 0
    share: float = 0.0
    times: int = 1


class Child:
    """The process that is to be killed: it acts, and shows where it is."""

    def __init__(self, url: str, judge: Judge, plan: Plan, shown: mmap.mmap) -> None:
        self._plan, self._shown, self._now = plan, shown, BEGUN
        self._left = plan.times if plan.by == "itself" else 0
        self._url, self._judge = url, judge

    def live(self, acknowledged: int) -> None:
        """Act until it is killed; at last, if nobody does it, by itself."""
        with self._open() as workflow:
            for number in range(self._plan.start, self._plan.start + _MOST):
                self._enter(Phase.IDLE)
                act = Lives().act(number)
                self._now = act.at
                self._enter(Phase.CALLED)
                self._shown[1] += 1
                answer = act.do(workflow)
                self._enter(Phase.ANSWERED)
                os.write(acknowledged, f"{mark(answer)}\n".encode())
            self._enter(Phase.IDLE)
            os.kill(os.getpid(), signal.SIGKILL)

    def _open(self) -> HostWorkflow:
        self._enter(Phase.OPENING)
        store = SqlStore(tells(engine_of(self._url), self._tell), owned=True)
        return join(store, self._judge, self._clock)

    @property
    def _phase(self) -> int:
        return self._shown[0]

    def _enter(self, phase: Phase) -> None:
        self._shown[0] = phase
        if self._left and phase == self._plan.phase:
            self._left -= 1
            if not self._left:
                os.kill(os.getpid(), signal.SIGKILL)

    def _clock(self) -> datetime:
        if self._phase == Phase.READING:
            self._enter(Phase.JUDGING)
        return self._now

    def _tell(self, what: What, when: When) -> None:
        if self._phase == Phase.OPENING:
            self._enter(Phase.OPENING)
        elif what in {"begin", "read"} and when == "after" and self._phase == Phase.CALLED:
            self._enter(Phase.READING)
        elif what == "write":
            self._enter(Phase.WRITING)
        elif what == "commit":
            self._enter(Phase.COMMITTED if when == "after" else Phase.COMMITTING)
        elif what == "rollback" and when == "after" and self._phase == Phase.READING:
            self._enter(Phase.CALLED)  # a look is over; a sweep begins with some


def lived(url: str, judge: Judge) -> dict[str, Any]:
    """One life without any harm, in this very process: it has compiled everything then."""
    now = BEGUN
    with join(SqlStore(tells(engine_of(url), lambda _what, _when: None), owned=True), judge, lambda: now) as workflow:
        workflow.sweep()
        answers = []
        for number in range(one_life()):
            act = Lives().act(number)
            now = act.at
            answers.append(mark(act.do(workflow)))
    return {"phase": Phase.IDLE, "answers": answers}


def killed(url: str, judge: Judge, plan: Plan) -> dict[str, Any]:
    """What a child has acknowledged, and the phase in which it was killed."""
    shown = mmap.mmap(-1, 2)
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        _in_child(Child(url, judge, plan, shown), shown, theirs)
    os.close(theirs)
    with os.fdopen(ours) as acknowledged:
        answers = _kill(child, plan, shown, acknowledged) if plan.by != "itself" else []
        answers += acknowledged.read().split()
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if ended != -signal.SIGKILL:
        raise RuntimeError(f"The child ended by itself, with {ended}.")
    told = shown[0] == Phase.ANSWERED and shown[1] == len(answers)  # and had only to say that it is done with it
    return {"phase": Phase.IDLE if told else shown[0], "answers": answers}


def _in_child(child: Child, shown: mmap.mmap, acknowledged: int) -> None:
    try:
        child.live(acknowledged)
    except BaseException:  # noqa: BLE001 - boundary: nothing of the parent's is run by a child
        traceback.print_exc()
    finally:
        shown[0] = Phase.IDLE
        os._exit(1)


def _kill(child: int, plan: Plan, shown: mmap.mmap, acknowledged: IO[str]) -> list[str]:
    """Wait for the moment, and kill."""
    begun = time.perf_counter()
    answers = []
    for count in range(plan.after):
        answers.append(acknowledged.readline().strip())
        if not count:
            begun = time.perf_counter()
    usual = (time.perf_counter() - begun) / (plan.after - 1) if plan.after > 1 else _USUAL
    if plan.by == "sight":
        while shown[0] != plan.phase and os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            pass
    else:
        time.sleep(plan.share * usual)
    os.kill(child, signal.SIGKILL)
    return answers


def main(url: str) -> None:
    """Live one life, then do what the plans say; after each say what came of it."""
    judge = judge_of()
    _say(lived(url, judge))
    for line in sys.stdin:
        _say(killed(url, judge, Plan(**json.loads(line))))


def _say(said: dict[str, Any]) -> None:
    sys.stdout.write(f"{json.dumps(said)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
