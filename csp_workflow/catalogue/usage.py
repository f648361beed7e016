"""Whether every name that is used is known, and every name that is known is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from csp_workflow.catalogue.policy_checks import policy_sources
from csp_workflow.errors import DefinitionError
from csp_workflow.model.lifecycle import Guard, Lifecycle, NoticeSpec
from csp_workflow.model.programme import Programme
from csp_workflow.rules.billing import ASKED_ALONE
from csp_workflow.rules.registry import Registry

_LONGEST_NAME = 64  # what the columns hold


def known_name(file: str, key: str, what: str, name: str, known: Iterable[str]) -> None:
    """Refuse a name that is not known; a close match is suggested.

    Raises:
        DefinitionError: it is not.
    """
    names = sorted(known)
    if name not in names:
        close = get_close_matches(name, names, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise DefinitionError(file, key, f"there is no {what} {name!r}{hint}")


def check_lengths(programme: Programme) -> None:
    """Refuse a name that rows hold and that is longer than their columns: not every database would cut it short.

    Raises:
        DefinitionError: the first of them.
    """
    kept: list[tuple[str, str, Iterable[str]]] = [
        ("programme.toml", "role.", programme.roles),
        ("facts.toml", "", programme.facts),
        ("markets.toml", "region.", programme.regions),
        ("", "", programme.lifecycles),
        ("rules", "", used_rules(programme)),
        *((policy.file, "id = ", [policy.id]) for policy in programme.policies.policies),
    ]
    for name, lifecycle in programme.lifecycles.items():
        parts = {"state": lifecycle.states, "trigger": lifecycle.triggers, "deadline": lifecycle.deadlines}
        kept += [(f"{name}/lifecycle.toml", f"{part}.", names) for part, names in parts.items()]
    for file, key, names in kept:
        for name in names:
            if len(name) > _LONGEST_NAME:
                raise DefinitionError(file, f"{key}{name}", f"is longer than {_LONGEST_NAME} characters")


def used_rules(programme: Programme) -> Iterator[str]:
    """The rules that any move, view or policy names."""
    for lifecycle in programme.lifecycles.values():
        for move in lifecycle.moves():
            yield from (guard.rule for guard in move.guards if isinstance(guard, Guard))
        for state in lifecycle.states.values():
            for ask in state.asks:
                yield from ask.options.get("rules", ())
            yield from (guard.rule for guards in state.guards.values() for guard in guards)
    for policy in programme.policies.policies:
        yield from ASKED_ALONE & set(policy.settings)
        for rules in policy.groups.values():
            yield from rules


def check_used(programme: Programme, registry: Registry, used: set[str]) -> None:
    """Refuse what nothing uses: roles, own rules, facts, notices and sources; and facts and sources that do not exist.

    Raises:
        DefinitionError: the first of them.
    """
    lifecycles = list(programme.lifecycles.values())
    _check_roles(programme, lifecycles)
    for name in sorted(registry.own - used):
        raise DefinitionError("rules", name, "no definition uses this rule")
    _check_facts(programme, registry, used, lifecycles)
    sent = {notice.kind for lifecycle in lifecycles for notice in _notices(lifecycle)}
    _unused("notices", "", "no move or deadline sends this notice", {kind for kind, _ in programme.notices}, sent)
    _check_sources(programme, lifecycles)


def _check_roles(programme: Programme, lifecycles: list[Lifecycle]) -> None:
    roles = {role for lifecycle in lifecycles for trigger in lifecycle.triggers.values() for role in trigger.roles}
    roles |= {role for fact in programme.facts.values() for role in fact.recorded_by} | {programme.timer.role}
    _unused("programme.toml", "role.", "no trigger or fact names this role", programme.roles, roles)


def _check_facts(programme: Programme, registry: Registry, used: set[str], lifecycles: list[Lifecycle]) -> None:
    readers = [(name, registry.rules[name].reads) for name in sorted(used)]
    readers += [(kind, registry.deadlines[kind].reads) for lifecycle in lifecycles for kind in lifecycle.deadlines]
    for name, facts in readers:
        for fact in facts:
            known_name("facts.toml", f"(read by {name})", "fact", fact, programme.facts)
    reads = {fact for _name, facts in readers for fact in facts}
    reads |= {fact.name for fact in programme.facts.values() if fact.informative}
    _unused("facts.toml", "", "no rule reads this fact", programme.facts, reads)


def _notices(lifecycle: Lifecycle) -> Iterator[NoticeSpec]:
    for move in lifecycle.moves():
        yield from move.notices
    for kind in lifecycle.deadlines.values():
        for notices in kind.notices.values():
            yield from notices


def _check_sources(programme: Programme, lifecycles: list[Lifecycle]) -> None:
    named = [("markets.toml", f"source.{key}", source) for key, source in programme.tables.items()]
    named += policy_sources(programme)
    named += [
        (f"{lifecycle.name}/lifecycle.toml", f"trigger.{trigger.name}.sources", source)
        for lifecycle in lifecycles
        for trigger in lifecycle.triggers.values()
        for source in trigger.sources
    ]
    for file, key, source in named:
        known_name(file, key, "source", source, programme.sources)
    _unused("sources.toml", "", "nothing names this source", programme.sources, {source for _, _, source in named})


def _unused(file: str, prefix: str, problem: str, known: Iterable[str], used: set[str]) -> None:
    for name in sorted(set(known) - used):
        raise DefinitionError(file, f"{prefix}{name}", problem)
