"""What one of the processes does: acts drawn by lot, half of them on the partner at which the others are too."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.integration.hands import WALK
from tests.promises import commands
from tests.promises.partners import REGIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime
    from multiprocessing.synchronize import Barrier
    from random import Random

    from csp_workflow import Workflow
    from tests.promises.commands import Command
    from tests.promises.said import Said

BOTH = 10  # one of so many acts is done by two processes at the same moment
_STAY = 64  # acts of all processes after which they turn to the next partner
_ONWARD, _ASIDE, _BACK = 32, 4, 1  # how often an act is drawn
_WHY = {"reason": "so it was drawn"}
_ACTS: Sequence[tuple[commands.Act, int]] = (
    *(((trigger, actor.role, payload), _ONWARD) for trigger, actor, payload in WALK),
    (("validate_security", "reviewer", {}), _ONWARD),
    (("pass_reassessment", "reviewer", {}), _ONWARD),
    (("lift_restriction", "reviewer", _WHY), _ONWARD),
    (("renew_support_plan", "global_admin", {}), _ASIDE),
    (("request_information", "reviewer", {"question": "Since when?"}), _ASIDE),
    (("answer_information", "partner_user", {"answer": "Since May."}), _ASIDE),
    (("withdraw", "global_admin", {}), _BACK),
    (("decline", "reviewer", _WHY), _BACK),
    (("deauthorize", "reviewer", _WHY), _BACK),
    (("transition_to_indirect", "global_admin", {"provider": "Northwind"}), _BACK),
)
_LOTS = {
    "walk": 36,
    "wrong": 8,
    "note": 14,
    "fact": 8,
    "evidence": 6,
    "retract": 4,
    "edit": 3,
    "sweep": 1,
    "batch": 3,
    "stale": 8,
    "again": 6,
    "reuse": 3,
}
_TOGETHER = ("act", "act", "note", "fact", "row", "odds", "sweep")
_HAS_KEY, _SAYS_VERSION = 0.3, 0.5  # of the acts that may


class Hand:
    """One process's part. `move` moves the common clock on and gives the number of the act; `say` writes down."""

    def __init__(
        self,
        workflow: Workflow,
        number: int,
        pgas: Sequence[str],
        random: Random,
        move: Callable[[], int],
        clock: Callable[[], datetime],
        say: Callable[[Said], None],
    ) -> None:
        self._workflow, self._number, self._pgas = workflow, number, pgas
        self._random, self._move, self._clock, self._say = random, move, clock, say
        self._by, self._pga = "", ""
        self._sent: deque[tuple[Command, str]] = deque(maxlen=40)  # with their keys
        self._recorded: deque[tuple[str, str]] = deque(maxlen=40)  # the case and the entry

    def work(self, acts: int, gate: Barrier, common: Random) -> None:
        """Do so many acts; those that `common` draws for two processes are begun at their gate."""
        for count in range(1, acts + 1):
            near = self._pgas[self._move() // _STAY % len(self._pgas)]
            self._pga = self._random.choice([near, self._random.choice(self._pgas)])
            if count % BOTH:
                self._by = f"{self._number}.{count}"
                (lot,) = self._random.choices(list(_LOTS), list(_LOTS.values()))
                getattr(self, f"_{lot}")()
            else:
                self._by = f"{self._number // 2}&{count}"
                command, key = self._together(common)
                gate.wait()
                self._do(command, key=key)

    # ------------------------------------------------------------------------------------ by lot

    def _walk(self) -> None:
        ref = self._ref()
        case = self._workflow.case(ref)
        acts = [(act, weight) for act, weight in _ACTS if case.state in self._states(act)]
        (act,) = self._random.choices([act for act, _ in acts], [weight for _, weight in acts])
        command = commands.act(self._workflow, self._by, "walk", ref, act)
        self._do(command, key=self._key(), expected=self._as_read(case.version))

    def _wrong(self) -> None:
        """An act that the case's state does not know, or one of somebody whose role may not do it."""
        ref, (act, _) = self._ref(), self._random.choice(_ACTS)
        if self._workflow.case(ref).state in self._states(act):
            act = act[0], "operator", act[2]
        self._do(commands.act(self._workflow, self._by, "wrong", ref, act), key=self._key())

    def _note(self) -> None:
        self._do(commands.note(self._workflow, self._by, "note", self._ref()), key=self._key())

    def _fact(self) -> None:
        ref = self._ref()
        version = self._as_read(self._workflow.case(ref).version)
        command = commands.association(self._workflow, self._by, "fact", ref)
        said = self._do(command, key=self._key(), expected=version)
        self._recorded += [(ref, entry) for entry in said.added]

    def _evidence(self) -> None:
        status = self._random.choice(["lapsed", "active", "active", "active"])
        self._do(commands.membership(self._workflow, self._by, "evidence", self._pga, status), key=self._key())

    def _retract(self) -> None:
        if not self._recorded:
            self._fact()
            return
        ref, entry = self._recorded.popleft()
        self._do(commands.retraction(self._workflow, self._by, "retract", ref, entry), key=self._key())

    def _edit(self) -> None:
        self._do(commands.edit(self._workflow, self._by, "edit", self._pga))

    def _sweep(self) -> None:
        self._do(commands.sweep(self._workflow, self._by, "sweep"))

    def _batch(self) -> None:
        """Revenue of some partners, in whatever order."""
        pgas = list(dict.fromkeys([self._pga, *self._random.sample(self._pgas, 4)]))
        self._random.shuffle(pgas)
        self._do(commands.batch(self._workflow, self._by, "batch", pgas, self._clock().date()))

    def _stale(self) -> None:
        """An act of somebody who read the case before it last moved on."""
        ref, (act, _) = self._ref(), self._random.choice(_ACTS)
        expected = self._workflow.case(ref).version - self._random.randint(1, 3)
        acting = commands.act(self._workflow, self._by, "stale", ref, act)
        recording = commands.association(self._workflow, self._by, "stale", ref)
        self._do(self._random.choice([acting, recording]), expected=expected)

    def _again(self) -> None:
        """A command that was sent with a key, and is sent again."""
        if not self._sent:
            self._note()
            return
        command, key = self._random.choice(self._sent)
        self._do(replace(command, what="again"), key=key)

    def _reuse(self) -> None:
        """Another command with a key that was used for this partner."""
        if not self._sent:
            self._note()
            return
        sent, key = self._random.choice(self._sent)
        ref = f"{sent.about[0].partition('/')[0]}/{self._random.choice(REGIONS)}"
        self._do(commands.note(self._workflow, self._by, "reuse", ref), key=key)

    def _together(self, common: Random) -> tuple[Command, str | None]:
        """What two processes send with the same key: mostly the same command, sometimes each another one."""
        ref = f"{common.choice(self._pgas)}/{common.choice(REGIONS)}"
        (act, _), lot = common.choice(_ACTS), common.choice(_TOGETHER)
        if lot == "odds":
            return commands.note(self._workflow, self._by, "odds", ref, f"This is {self._number}."), self._by
        if lot == "act":
            return commands.act(self._workflow, self._by, "both", ref, act), self._by
        if lot == "sweep":
            return commands.sweep(self._workflow, f"{self._by} {self._number}", "sweep"), None
        if lot == "row":
            return commands.row(self._workflow, self._by, "row", ref.partition("/")[0]), None
        make = commands.note if lot == "note" else commands.association
        return make(self._workflow, self._by, "both", ref), self._by

    # ------------------------------------------------------------------------------------ sending

    def _do(self, command: Command, *, key: str | None = None, expected: int | None = None) -> Said:
        """Send a command, and write down what it was answered, whatever that was."""
        said = commands.sent(command, key=key, expected=expected)
        self._say(said)
        if key is not None and said.mark and command.what != "again":
            self._sent.append((command, key))
        return said

    def _ref(self) -> str:
        return f"{self._pga}/{self._random.choice(REGIONS)}"

    def _key(self) -> str | None:
        return self._by if self._random.random() < _HAS_KEY else None

    def _as_read(self, version: int) -> int | None:
        return version if self._random.random() < _SAYS_VERSION else None

    def _states(self, act: commands.Act) -> Collection[str]:
        """The states in which an act is known."""
        lifecycle = self._workflow.programme.lifecycles[self._workflow.programme.default_lifecycle]
        moves: Mapping[str, Any] = lifecycle.triggers[act[0]].moves
        return moves.keys()
