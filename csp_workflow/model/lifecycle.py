"""A lifecycle as its operators wrote it: states, triggers and deadlines; which move goes where is the machine's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from csp_workflow.model.fields import Form


@dataclass(frozen=True, slots=True)
class Guard:
    """A rule that a move asks, as a lifecycle names it: `plan.kind`, or with an argument `cooldown.elapsed(own)`."""

    rule: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class GuardGroup:
    """All rules of one group of the judging policy: `@requirements`, or `@review(verified)` for verified revenue."""

    group: str
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that an accepted act brings with it: `mark`, `pin_policy`, `cooldown`; with words of its own."""

    name: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoticeSpec:
    """A message that an act brings: to the partner, or to each address in a field; perhaps only under a setting."""

    kind: str
    setting: str = ""
    to_field: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """One line of what a state's requirements view asks, and under which list what is not met is shown."""

    view: str
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One state: what it entitles to, which deadlines it has, what is asked of whom while a case is in it.

    `forgets` names the marks that are dropped when a case leaves it; `keeps_policy` says that a pinned policy
    stays pinned in it; `shows_wait` that a running wait is shown; `floor` is the group whose revenue floor counts;
    `guards` are the rules that guard what is recorded while a case is in it, by fact; `turns` says whose turn it is,
    each side under a mark or a setting of the policy, in order, the last one under nothing.
    """

    name: str
    initial: bool = False
    final: bool = False
    entitlements: tuple[str, ...] = ()
    deadlines: tuple[str, ...] = ()
    asks: tuple[Ask, ...] = ()
    forgets: tuple[str, ...] = ()
    keeps_policy: bool = False
    shows_wait: bool = False
    floor: str = "requirements"
    guards: Mapping[str, tuple[Guard, ...]] = field(default_factory=dict)
    turns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One arrow: from a state, with the guards, effects and notices that hold there."""

    trigger: str
    source: str
    target: str
    guards: tuple[Guard | GuardGroup, ...] = ()
    effects: tuple[Effect, ...] = ()
    notices: tuple[NoticeSpec, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """One act: who may do it, what it takes, where it is allowed."""

    name: str
    roles: frozenset[str]
    form: Form
    moves: Mapping[str, Move]
    sources: tuple[str, ...] = ()
    assumed: bool = False
    refused: tuple[tuple[str, Effect], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineKind:
    """One kind of deadline: which trigger fires with it in a state, and its own effects and notices there.

    `order` is its place in the file: what is due on one day fires in that order.
    """

    name: str
    order: int
    fires: Mapping[str, str]
    effects: tuple[Effect, ...] = ()
    notices: Mapping[str, tuple[NoticeSpec, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """A whole lifecycle."""

    name: str
    title: str
    states: Mapping[str, State]
    triggers: Mapping[str, Trigger]
    deadlines: Mapping[str, DeadlineKind]
    has_policies: bool

    @property
    def initial(self) -> State:
        """The state in which a case is opened."""
        return next(state for state in self.states.values() if state.initial)

    def moves(self) -> list[Move]:
        """All arrows, in the order of the file."""
        return [move for trigger in self.triggers.values() for move in trigger.moves.values()]
