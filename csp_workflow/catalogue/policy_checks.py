"""Whether the policies fit the rules: known rules and settings, the parameters they need, whole assessments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from csp_workflow.errors import DefinitionError
from csp_workflow.model.policy import Policy
from csp_workflow.model.programme import Programme
from csp_workflow.rules.registry import Registry


def check_policies(programme: Programme, registry: Registry, used: set[str]) -> None:
    """Refuse policies that the rules cannot judge by.

    Raises:
        DefinitionError: the first thing that does not fit, with the policy and the key.
    """
    settings = _settings(programme, registry, used)
    for policy in programme.policies.policies:
        for name in policy.settings:
            if name not in settings:
                raise DefinitionError(_file(policy), name, "no rule, deadline or move reads this value")
        for group, rules in policy.groups.items():
            for rule, terms in rules.items():
                _check_rule(policy, f"{group}.{rule}", registry, rule, terms.values)
        for rule in sorted(used):
            setting = registry.rules[rule].setting if rule in registry.rules else ""
            if setting and registry.rules[rule].parameters:
                _check_rule(policy, setting, registry, rule, policy.terms(setting).values)
        _check_assessment(policy)


def policy_sources(programme: Programme) -> Iterator[tuple[str, str, str]]:
    """Every source that a policy names, with the policy and the key."""
    for policy in programme.policies.policies:
        values = chain(policy.settings.items(), *(rules.items() for rules in policy.groups.values()))
        for key, terms in chain([("in_force", policy.dates)], values):
            for source in terms.sources:
                yield _file(policy), key, source


def _file(policy: Policy) -> str:
    return f"policy {policy.id}"


def _settings(programme: Programme, registry: Registry, used: set[str]) -> set[str]:
    names = set(registry.settings)
    names |= {registry.rules[rule].setting for rule in used if rule in registry.rules}
    for lifecycle in programme.lifecycles.values():
        for trigger in lifecycle.triggers.values():
            names |= {field.required_if for field in trigger.form.fields.values()}
        for move in lifecycle.moves():
            names |= {notice.setting for notice in move.notices}
    return names


def _check_rule(policy: Policy, key: str, registry: Registry, rule: str, values: Mapping[str, Any]) -> None:
    known = registry.rules.get(rule)
    if known is None:
        raise DefinitionError(_file(policy), key, f"there is no rule {rule!r}")
    for parameter in known.parameters:
        if parameter not in values:
            raise DefinitionError(_file(policy), key, f"{rule} needs the value {parameter!r}")


def _check_assessment(policy: Policy) -> None:
    categories = policy.value("assessment.categories") or {}
    weights = policy.value("assessment.weights") or {}
    if not isinstance(categories, Mapping) or not all(isinstance(items, list) for items in categories.values()):
        raise DefinitionError(
            _file(policy), "assessment.categories", "every criterion must stand in the list of its category"
        )
    for name in sorted(set(weights) ^ set(categories)):
        raise DefinitionError(_file(policy), f"assessment.weights.{name}", "weights and categories must be the same")
    seen: set[str] = set()
    for category, items in categories.items():
        for item in items:
            if not isinstance(item, str) or f"{category}.{item}" in seen:
                raise DefinitionError(_file(policy), f"assessment.categories.{category}", f"{item!r} stands twice")
            seen.add(f"{category}.{item}")
