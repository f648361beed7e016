"""Whether the policies fit the rules: known rules, groups and settings, values of the right kind, whole assessments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import chain
from typing import Any

from csp_workflow.catalogue.policies import group_key
from csp_workflow.errors import BadPayload, DefinitionError
from csp_workflow.model.fields import Form, Known
from csp_workflow.model.lifecycle import GuardGroup, Lifecycle
from csp_workflow.model.policy import Policy
from csp_workflow.model.programme import Programme
from csp_workflow.rules.registry import Registry

_FLAG = "bool!"


def check_policies(programme: Programme, registry: Registry) -> None:
    """Refuse policies that the rules cannot judge by.

    Raises:
        DefinitionError: the first thing that does not fit, with file and key.
    """
    settings, needed, groups = (
        _settings(programme, registry),
        _needed(programme, registry),
        _groups(programme, registry),
    )
    for policy in programme.policies.policies:
        for name in policy.settings:
            if name not in settings:
                raise DefinitionError(policy.file, name, "no rule, deadline or move reads this value")
        for name in sorted(needed | set(policy.settings)):
            _check_values(policy, name, settings[name], policy.terms(name).values)
        for group, rules in policy.groups.items():
            if group not in groups:
                raise DefinitionError(policy.file, group, "nothing asks this group of rules")
            for name, terms in rules.items():
                key = f"{group_key(group)}.{name}"
                if name not in registry.rules:
                    raise DefinitionError(policy.file, key, f"there is no rule {name!r}")
                rule = registry.rules[name]
                _check_values(policy, key, Form("", {}) if rule.setting else rule.parameters, terms.values)
        _check_assessment(policy)


def policy_sources(programme: Programme) -> Iterator[tuple[str, str, str]]:
    """Every source that a policy names, with file and key."""
    for policy in programme.policies.policies:
        groups = (
            (f"{group_key(group)}.{name}", terms)
            for group, rules in policy.groups.items()
            for name, terms in rules.items()
        )
        for key, terms in chain([("in_force", policy.dates)], policy.settings.items(), groups):
            for source in terms.sources:
                yield policy.file, key, source


def _settings(programme: Programme, registry: Registry) -> dict[str, Form]:
    """What each setting holds: as a rule demands it, as the code reads it, or a flag that a move asks."""
    lines: dict[str, dict[str, str]] = {}
    for lifecycle in programme.lifecycles.values():
        flags = {field.required_if for trigger in lifecycle.triggers.values() for field in trigger.form.fields.values()}
        flags |= {notice.setting for move in lifecycle.moves() for notice in move.notices}
        lines |= {name: {"value": _FLAG} for name in flags if name}
        _check_given(lifecycle, programme, flags - {""})
    lines |= {name: {"value": line} for name, line in registry.settings.items()}
    forms = {name: Form.of(name, line) for name, line in lines.items()}
    for rule in registry.rules.values():
        if rule.setting and rule.parameters.fields:
            forms[rule.setting] = rule.parameters
        elif rule.setting:
            forms.setdefault(rule.setting, Form.of(rule.setting, {"value": _FLAG}))
    return forms


def _check_given(lifecycle: Lifecycle, programme: Programme, flags: set[str]) -> None:
    given = {name for policy in programme.policies.policies for name in policy.settings}
    for name in sorted(flags - given):
        raise DefinitionError(f"{lifecycle.name}/lifecycle.toml", name, "no policy gives this value")


def _needed(programme: Programme, registry: Registry) -> set[str]:
    """The settings that every policy must give, since a rule that a move names cannot judge without them."""
    asked = (
        registry.rules[guard.rule]
        for lifecycle in programme.lifecycles.values()
        if lifecycle.has_policies
        for move in lifecycle.moves()
        for guard in move.guards
        if not isinstance(guard, GuardGroup)
    )
    return {rule.setting for rule in asked if rule.setting and rule.parameters.fields}


def _groups(programme: Programme, registry: Registry) -> set[str]:
    return set(registry.groups) | {
        guard.group
        for lifecycle in programme.lifecycles.values()
        for move in lifecycle.moves()
        for guard in move.guards
        if isinstance(guard, GuardGroup)
    }


def _check_values(policy: Policy, key: str, form: Form, values: Mapping[str, Any]) -> None:
    try:
        form.read(values, Known(today=policy.starts_on))
    except BadPayload as problem:
        raise DefinitionError(policy.file, key, problem.message.rstrip(".")) from None


def _check_assessment(policy: Policy) -> None:
    categories = policy.value("assessment.categories") or {}
    weights = policy.value("assessment.weights") or {}
    if not all(isinstance(items, list) for items in categories.values()):
        raise DefinitionError(
            policy.file, "assessment.categories", "every criterion must stand in the list of its category"
        )
    for name in sorted(set(weights) ^ set(categories)):
        raise DefinitionError(policy.file, f"assessment.weights.{name}", "weights and categories must be the same")
    for name, weight in weights.items():
        if type(weight) not in {int, Decimal} or weight < 0:
            raise DefinitionError(policy.file, f"assessment.weights.{name}", f"must be a number, not {weight!r}")
    if weights and not any(weights.values()):
        raise DefinitionError(policy.file, "assessment.weights", "at least one weight must be above 0")
    for category, items in categories.items():
        for item in items:
            key = f"assessment.categories.{category}"
            if not isinstance(item, str):
                raise DefinitionError(policy.file, key, f"a criterion must be text, not {item!r}")
            if items.count(item) > 1:
                raise DefinitionError(policy.file, key, f"{item!r} stands twice")
