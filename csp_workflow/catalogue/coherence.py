"""Whether the parts of a definition fit together: nothing unknown, nothing unused, no state without a way out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from csp_workflow.catalogue.notices import check_notices
from csp_workflow.catalogue.parts import SIDES
from csp_workflow.catalogue.places import check_titles
from csp_workflow.catalogue.policy_checks import check_policies
from csp_workflow.catalogue.usage import check_lengths, check_used, known_name, used_rules
from csp_workflow.errors import DefinitionError
from csp_workflow.model.decision import LISTS
from csp_workflow.model.fields import Form
from csp_workflow.model.language import ENGLISH
from csp_workflow.model.lifecycle import Ask, Effect, GuardGroup, Lifecycle, NoticeSpec, State, Trigger
from csp_workflow.model.programme import Programme
from csp_workflow.rules.engine import BY_ROLE, CONTEXT, order_rule
from csp_workflow.rules.registry import Registry

BY_ENTITLEMENT = "entitlement"
_SPOKEN_BY_THE_ENGINE = (BY_ROLE, BY_ENTITLEMENT)
_NO_FIELDS = Form("", {})
_LISTED = {"failing", "timed", "unverified", "listed", "once_met"}  # options that name one of the five lists


def check(programme: Programme, registry: Registry) -> None:
    """Refuse a definition that does not fit together.

    Raises:
        DefinitionError: the first thing that does not fit, with file and key.
    """
    if programme.default_lifecycle not in programme.lifecycles:
        raise DefinitionError(
            "programme.toml", "default_lifecycle", f"there is no lifecycle {programme.default_lifecycle!r}"
        )
    check_lengths(programme)
    for lifecycle in programme.lifecycles.values():
        _check_graph(lifecycle)
        _check_names(lifecycle, programme, registry)
    for fact in programme.facts.values():
        _check_form("facts.toml", f"{fact.name}.fields", fact.form, set())
    used = set(used_rules(programme))
    check_policies(programme, registry)
    _check_wordings(programme, used)
    check_titles(programme.titles)
    check_used(programme, registry, used)
    check_notices(programme)


def _file(lifecycle: Lifecycle) -> str:
    return f"{lifecycle.name}/lifecycle.toml"


def _check_graph(lifecycle: Lifecycle) -> None:
    file, states = _file(lifecycle), lifecycle.states
    initial = [state.name for state in states.values() if state.initial]
    if len(initial) != 1:
        raise DefinitionError(file, "state", f"exactly one state must be initial, not {len(initial)}")
    forward: dict[str, set[str]] = {name: set() for name in states}
    back: dict[str, set[str]] = {name: set() for name in states}
    for move in lifecycle.moves():
        forward[move.source].add(move.target)
        back[move.target].add(move.source)
        if states[move.source].final:
            raise DefinitionError(
                file, f"trigger.{move.trigger}.moves", f"leads out of the final state {move.source!r}"
            )
    for name in sorted(set(states) - _reach(initial, forward)):
        raise DefinitionError(file, f"state.{name}", "cannot be reached from the initial state")
    final = [state.name for state in states.values() if state.final]
    for name in sorted(set(states) - _reach(final, back)):
        raise DefinitionError(file, f"state.{name}", "has no way to a final state")


def _reach(start: Iterable[str], arrows: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    ahead = list(start)
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead += arrows[name]
    return seen


def _check_names(lifecycle: Lifecycle, programme: Programme, registry: Registry) -> None:
    file = _file(lifecycle)
    marks = {word for move in lifecycle.moves() for effect in move.effects for word in effect.arguments}
    for trigger in lifecycle.triggers.values():
        key = f"trigger.{trigger.name}"
        for role in sorted(trigger.roles):
            known_name(file, f"{key}.roles", "role", role, programme.roles)
        for rule, effect in trigger.refused:
            known_name(file, f"{key}.refused", "guard", rule, registry.rules)
            _check_effects(file, f"{key}.refused", [effect], registry, trigger.form)
        _check_moves(file, key, trigger, programme, registry)
        _check_form(file, f"{key}.payload", trigger.form, marks)
    for name, kind in lifecycle.deadlines.items():
        known_name(file, f"deadline.{name}", "deadline", name, registry.deadlines)
        _check_effects(file, f"deadline.{name}.effects", kind.effects, registry, _NO_FIELDS)
        for notices in kind.notices.values():
            _check_notices(file, f"deadline.{name}.notices", notices, programme, _NO_FIELDS)
        _check_fires(lifecycle, name, programme)
    for state in lifecycle.states.values():
        for deadline in state.deadlines:
            known_name(file, f"state.{state.name}.deadlines", "deadline", deadline, lifecycle.deadlines)
        _check_asks(lifecycle, state, registry)
        _check_turns(file, state, marks, programme)
        _check_guards(file, state, programme, registry)


def _check_guards(file: str, state: State, programme: Programme, registry: Registry) -> None:
    key = f"state.{state.name}.guards"
    for fact, guards in state.guards.items():
        known_name(file, key, "fact", fact, programme.facts)
        if programme.facts[fact].accumulates == "ledger":
            raise DefinitionError(file, f"{key}.{fact}", "lines of a ledger are not guarded")
        for guard in guards:
            known_name(file, key, "guard", guard.rule, registry.rules)


def _check_turns(file: str, state: State, marks: set[str], programme: Programme) -> None:
    settings = {name for policy in programme.policies.policies for name in policy.settings}
    for name, side in state.turns:
        known_name(file, f"state.{state.name}.turn", "side", side, SIDES)
        if name:
            known_name(file, f"state.{state.name}.turn", "mark or setting", name, marks | settings)


def _check_asks(lifecycle: Lifecycle, state: State, registry: Registry) -> None:
    file, key = _file(lifecycle), f"state.{state.name}.asks"
    for ask in state.asks:
        known_name(file, key, "view", ask.view, registry.views)
        _check_options(file, key, ask, registry)
        for rule in ask.options.get("rules", ()):
            known_name(file, key, "guard", rule, registry.rules)
        named = [ask.options.get("of"), ask.options.get("trigger"), *ask.options.get("triggers", ())]
        for asked in filter(None, named):
            known_name(file, key, "trigger", asked, _from(lifecycle, state.name))


def _check_options(file: str, key: str, ask: Ask, registry: Registry) -> None:
    spec = registry.views[ask.view]
    for option in sorted(set(ask.options) - spec.takes):
        raise DefinitionError(file, key, f"the view {ask.view!r} takes no {option!r}")
    for option in sorted(spec.needs - set(ask.options)):
        raise DefinitionError(file, key, f"the view {ask.view!r} needs {option!r}")
    for option in _LISTED & set(ask.options):
        known_name(file, key, "list", str(ask.options[option]), LISTS)


def _from(lifecycle: Lifecycle, state: str) -> list[str]:
    return [trigger.name for trigger in lifecycle.triggers.values() if state in trigger.moves]


def _check_moves(file: str, key: str, trigger: Trigger, programme: Programme, registry: Registry) -> None:
    groups = {name for policy in programme.policies.policies for name in policy.groups}
    for move in trigger.moves.values():
        for guard in move.guards:
            if isinstance(guard, GuardGroup):
                known_name(file, f"{key}.guards", "group of rules", guard.group, groups)
            else:
                known_name(file, f"{key}.guards", "guard", guard.rule, registry.rules)
        _check_effects(file, f"{key}.effects", move.effects, registry, trigger.form)
        _check_notices(file, f"{key}.notices", move.notices, programme, trigger.form)


def _check_fires(lifecycle: Lifecycle, name: str, programme: Programme) -> None:
    file = _file(lifecycle)
    if not any(name in state.deadlines for state in lifecycle.states.values()):
        raise DefinitionError(file, f"deadline.{name}", "no state has this deadline")
    for state, fired in lifecycle.deadlines[name].fires.items():
        known_name(file, f"deadline.{name}.fires", "trigger", fired, _from(lifecycle, state))
        if programme.timer.role not in lifecycle.triggers[fired].roles:
            raise DefinitionError(file, f"deadline.{name}.fires", f"{fired} is not allowed to the role of timers")


def _check_effects(file: str, key: str, effects: Iterable[Effect], registry: Registry, form: Form) -> None:
    for effect in effects:
        known_name(file, key, "effect", effect.name, registry.effects)
        change, words = registry.effects[effect.name], effect.arguments
        if not change.least <= len(words) <= change.most:
            raise DefinitionError(file, key, f"the effect {effect.name!r} cannot take {len(words)} words")
        if change.field_at is not None and len(words) > change.field_at:
            known_name(file, key, "field", words[change.field_at], form.fields)


def _check_notices(file: str, key: str, notices: Iterable[NoticeSpec], programme: Programme, form: Form) -> None:
    kinds = {kind for kind, language in programme.notices if language == ENGLISH}
    for notice in notices:
        known_name(file, key, "notice", notice.kind, kinds)
        if notice.to_field:
            known_name(file, key, "field", notice.to_field, form.fields)


def _check_form(file: str, key: str, form: Form, marks: set[str]) -> None:
    """Refuse a bound or a default that speaks of something that will never be there."""
    known = {*form.fields, *CONTEXT, *marks}
    for name, field in form.fields.items():
        for spoken in field.speaks_of():
            known_name(file, f"{key}.{name}", "field or date", spoken, known)


def _check_wordings(programme: Programme, used: set[str]) -> None:
    orders = {order_rule(name) for lifecycle in programme.lifecycles.values() for name in lifecycle.triggers}
    spoken = used | orders | set(_SPOKEN_BY_THE_ENGINE)
    if "en" not in programme.wordings:
        raise DefinitionError("rules.en.toml", "", "the file is missing")
    for language, wordings in programme.wordings.items():
        file = f"rules.{language}.toml"
        for name in sorted(spoken - set(wordings)):
            raise DefinitionError(file, name, "the rule has no wording")
        for name in sorted(set(wordings) - spoken):
            raise DefinitionError(file, name, "no definition uses this rule")
