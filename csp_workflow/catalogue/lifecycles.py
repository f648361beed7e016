"""A lifecycle file as a value: every name that it uses is checked against what is known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from csp_workflow.catalogue.files import Section
from csp_workflow.errors import DefinitionError
from csp_workflow.model.fields import Field, Form
from csp_workflow.model.lifecycle import (
    Ask,
    DeadlineKind,
    Effect,
    Guard,
    GuardGroup,
    Lifecycle,
    Move,
    NoticeSpec,
    State,
    Trigger,
)

_GUARD = re.compile(r"(@?)([a-z_][a-z0-9_.]*)(?:\(([a-z_]+)\))?")
_NOTICE = re.compile(r"([a-z_]+)(?: if ([a-z_.]+))?(?: to ([a-z_]+))?")
_VERIFIED = "verified"
_ELSE = "else"


def read_lifecycle(name: str, file: str, table: Mapping[str, Any]) -> tuple[Lifecycle, str]:
    """A lifecycle, and the folder of its policies (empty where it has none).

    Raises:
        DefinitionError: the file does not fit together in itself.
    """
    top = Section(file, "", table)
    title, folder = top.take("title", str), top.take("policies", str, "")
    states = {key: _state(key, section) for key, section in top.table("state").tables().items()}
    triggers = {key: _trigger(key, section, states) for key, section in top.table("trigger").tables().items()}
    kinds = top.table("deadline").tables().items()
    deadlines = {key: _deadline(key, order, section, states) for order, (key, section) in enumerate(kinds)}
    top.done()
    lifecycle = Lifecycle(
        name=name, title=title, states=states, triggers=triggers, deadlines=deadlines, has_policies=bool(folder)
    )
    return lifecycle, folder


def read_form(section: Section, where: str) -> Form:
    """The fields of a payload or a fact."""
    fields = {}
    for name, line in section.rest().items():
        if not isinstance(line, str):
            raise section.wrong(name, "must be a field written as text, such as 'text!'")
        try:
            fields[name] = Field.parse(name, line)
        except ValueError as problem:
            raise section.wrong(name, str(problem)) from None
    return Form(where, fields)


def _state(name: str, section: Section) -> State:
    asks = []
    for ask in section.take("asks", list, []):
        line = Section(section.file, section.key("asks"), ask)
        asks.append(Ask(line.take("view", str), line.rest()))
    state = State(
        name=name,
        initial=section.take("initial", bool, default=False),
        final=section.take("final", bool, default=False),
        entitlements=section.words("entitlements"),
        deadlines=section.words("deadlines"),
        asks=tuple(asks),
        forgets=section.words("forgets"),
        keeps_policy=section.take("keeps_policy", bool, default=False),
        shows_wait=section.take("shows_wait", bool, default=False),
        floor=section.take("floor", str, "requirements"),
        guards=_fact_guards(section.table("guards")),
        turns=_turns(section),
    )
    section.done()
    return state


def _fact_guards(section: Section) -> dict[str, tuple[Guard, ...]]:
    """The rules that guard the recording of each fact."""
    found: dict[str, tuple[Guard, ...]] = {}
    for fact in section.names():
        guards = [_guard(section, text) for text in section.words(fact)]
        if not all(isinstance(guard, Guard) for guard in guards):
            raise section.wrong(fact, "a fact is guarded by rules, not by a group of a policy")
        found[fact] = tuple(guard for guard in guards if isinstance(guard, Guard))
    return found


def _turns(section: Section) -> tuple[tuple[str, str], ...]:
    """Whose turn it is: one side, or a table of sides by marks and settings, with `else`."""
    if not isinstance(section.peek("turn"), dict):
        side = section.take("turn", str, "")
        return (("", side),) if side else ()
    table = section.table("turn")
    turns = [(name, table.take(name, str)) for name in table.names()]
    if not turns or turns[-1][0] != _ELSE:
        raise section.wrong("turn", f"needs {_ELSE!r} at its end, for a case to which nothing before it applies")
    return (*turns[:-1], ("", turns[-1][1]))


def _trigger(name: str, section: Section, states: Mapping[str, State]) -> Trigger:
    moves = section.take("moves", dict)
    if not moves:
        raise section.wrong("moves", "must lead from at least one state")
    guards, effects, notices = (_by_state(section, part, moves) for part in ("guards", "effects", "notices"))
    result = Trigger(
        name=name,
        roles=frozenset(section.words("roles")),
        form=read_form(section.table("payload"), name),
        moves={
            source: Move(
                trigger=name,
                source=_known(section, "moves", source, states),
                target=_known(section, "moves", source if target == "=" else target, states),
                guards=tuple(_guard(section, text) for text in guards[source]),
                effects=tuple(_effect(text) for text in effects[source]),
                notices=tuple(_notice(section, text) for text in notices[source]),
            )
            for source, target in moves.items()
        },
        refused=tuple((rule, _effect(text)) for rule, text in section.take("refused", dict, {}).items()),
        sources=section.words("sources"),
        assumed=section.take("assumed", bool, default=False),
    )
    if not result.roles:
        raise section.wrong("roles", "must name at least one role")
    section.done()
    return result


def _deadline(name: str, order: int, section: Section, states: Mapping[str, State]) -> DeadlineKind:
    here = [state.name for state in states.values() if name in state.deadlines]
    notices = _by_state(section, "notices", dict.fromkeys(here))
    fires = section.take("fires", dict, {})
    for state in fires:
        if state not in here:
            raise section.wrong("fires", f"the state {state!r} does not have this deadline")
    kind = DeadlineKind(
        name=name,
        order=order,
        fires=fires,
        effects=tuple(_effect(text) for text in section.words("effects")),
        notices={state: tuple(_notice(section, text) for text in texts) for state, texts in notices.items()},
    )
    section.done()
    return kind


def _by_state(section: Section, part: str, sources: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """A list that holds for every state, or a table of lists by state."""
    if part in section and isinstance(section.peek(part), dict):
        table = section.table(part)
        found = {source: table.words(source) for source in sources}
        table.done()
        return found
    words = section.words(part)
    return dict.fromkeys(sources, words)


def _known(section: Section, part: str, name: Any, states: Mapping[str, State]) -> str:
    if name not in states:
        raise section.wrong(part, f"there is no state {name!r}")
    return str(name)


def _guard(section: Section, text: str) -> Guard | GuardGroup:
    found = _GUARD.fullmatch(text)
    if not found:
        raise section.wrong("guards", f"{text!r} is not a guard: write 'rule', 'rule(argument)' or '@group'")
    group, name, argument = found[1], found[2], found[3] or ""
    if not group:
        return Guard(name, argument)
    if argument not in {"", _VERIFIED}:
        raise section.wrong("guards", f"{text!r}: a group takes only ({_VERIFIED})")
    return GuardGroup(name, verified=argument == _VERIFIED)


def _effect(text: str) -> Effect:
    name, *arguments = text.split()
    return Effect(name, tuple(arguments))


def _notice(section: Section, text: str) -> NoticeSpec:
    found = _NOTICE.fullmatch(text)
    if not found:
        raise DefinitionError(section.file, section.key("notices"), f"{text!r} is not a notice")
    return NoticeSpec(found[1], found[2] or "", found[3] or "")
