"""The lifecycles in Markdown: pictures, states, triggers and deadlines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tables import code, first_line, table

from csp_workflow.catalogue import load, packaged
from csp_workflow.model.fields import Form
from csp_workflow.model.lifecycle import Guard, GuardGroup, Lifecycle, Move, NoticeSpec, State, Trigger
from csp_workflow.rules.shipped import SHIPPED

PROGRAMME = load(packaged(), SHIPPED)


def picture(name: str, *, loops: bool) -> str:
    """A lifecycle as a Mermaid diagram; with `loops` also the moves that stay where they are."""
    lifecycle = PROGRAMME.lifecycles[name]
    arrows: dict[tuple[str, str], list[str]] = {}
    for state in lifecycle.states:
        for move in lifecycle.moves():
            if move.source == state and (loops or move.target != state):
                arrows.setdefault((state, move.target), []).append(move.trigger)
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {lifecycle.initial.name}"]
    lines += [f"    {source} --> {target}: {', '.join(names)}" for (source, target), names in arrows.items()]
    lines += [f"    {state.name} --> [*]" for state in lifecycle.states.values() if state.final]
    return "\n".join([*lines, "```"])


def lifecycles() -> str:
    """Every lifecycle: its picture, its states, triggers and deadlines."""
    return "\n\n".join(_lifecycle(lifecycle) for lifecycle in PROGRAMME.lifecycles.values())


def _lifecycle(lifecycle: Lifecycle) -> str:
    states, triggers = map(_state, lifecycle.states.values()), map(_trigger, lifecycle.triggers.values())
    parts = [f"## {lifecycle.title} (`{lifecycle.name}`)", picture(lifecycle.name, loops=True)]
    parts += [
        f"### States of `{lifecycle.name}`",
        table("state | called | entitles to | deadlines | requirements view", states),
        f"### Triggers of `{lifecycle.name}`",
        table("trigger | from → to | roles | payload | guards | effects | notices | sources", triggers),
    ]
    if lifecycle.deadlines:
        due = table("deadline | due | exists in | fires | notice", _deadlines(lifecycle))
        parts += [f"### Deadlines of `{lifecycle.name}`", due]
    return "\n\n".join(parts)


def _state(state: State) -> tuple[str, ...]:
    name = f"`{state.name}`{' (initial)' * state.initial}{' (final)' * state.final}"
    title, asks = PROGRAMME.title("state", state.name), code(dict.fromkeys(ask.view for ask in state.asks))
    return name, title, code(state.entitlements), code(state.deadlines), asks


def _trigger(trigger: Trigger) -> tuple[str, ...]:
    moves = "; ".join(f"{move.source} → {move.target}" for move in trigger.moves.values())
    name = f"`{trigger.name}`{' (assumed)' if trigger.assumed else ''}"
    parts = [
        _each(trigger, lambda move: code(map(_guard, move.guards))),
        _each(trigger, lambda move: code(" ".join((effect.name, *effect.arguments)) for effect in move.effects)),
        _each(trigger, lambda move: _notices(move.notices)),
    ]
    return name, moves, code(sorted(trigger.roles)), form(trigger.form), *parts, ", ".join(trigger.sources)


def _each(trigger: Trigger, part: Callable[[Move], str]) -> str:
    """A part of a trigger's moves: once where all have the same, else by state."""
    found = {move.source: part(move) for move in trigger.moves.values()}
    if len(set(found.values())) == 1:
        return next(iter(found.values()))
    return "; ".join(f"in {source}: {text}" for source, text in found.items() if text)


def _guard(guard: Guard | GuardGroup) -> str:
    if isinstance(guard, GuardGroup):
        return f"@{guard.group}{'(verified)' if guard.verified else ''}"
    return f"{guard.rule}({guard.argument})" if guard.argument else guard.rule


def _notices(notices: Iterable[NoticeSpec]) -> str:
    parts = (("", "kind"), ("if ", "setting"), ("to ", "to_field"))
    told = [[f"{word}{getattr(spec, part)}" for word, part in parts if getattr(spec, part)] for spec in notices]
    return code(map(" ".join, told))


def form(given: Form) -> str:
    """The fields of a form, each with its kind, bounds and default; those that are needed stand out."""
    fields = []
    for field in given.fields.values():
        kind = f"{field.kind.name}{f'({field.arguments})' if field.arguments else ''}"
        bounds = "".join(f" {sign} {name}" for sign, name in field.bounds)
        default = f" = {field.default}" if field.default else ""
        needed = f", needed if {field.required_if}" if field.required_if else ""
        name = f"**{field.name}**" if field.required else field.name
        fields.append(f"{name} ({'sensitive ' if field.sensitive else ''}{kind}{bounds}{default}{needed})")
    return ", ".join(fields)


def _deadlines(lifecycle: Lifecycle) -> Iterator[tuple[str, ...]]:
    for kind in lifecycle.deadlines.values():
        here = [state.name for state in lifecycle.states.values() if kind.name in state.deadlines]
        notices = {_notices(notices): None for notices in kind.notices.values() if notices}
        due = first_line(SHIPPED.deadlines[kind.name].derive)
        yield f"`{kind.name}`", due, code(here), code(dict.fromkeys(kind.fires.values())), ", ".join(notices)
