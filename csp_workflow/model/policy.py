"""Policies: the programme's rules as they are in force between two dates, each value with its source."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from csp_workflow.errors import NoPolicy, UnknownName

_NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a rule is judged by: its parameters, the documents they come from, and whether they are assumed."""

    values: Mapping[str, Any] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    assumed: bool = False
    note: str = ""

    def __getitem__(self, name: str) -> Any:
        """A parameter by name."""
        return self.values[name]

    def get(self, name: str, default: Any = None) -> Any:
        """A parameter by name, or the default where the policy does not give it."""
        return self.values.get(name, default)


NO_TERMS = Terms()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One policy, from a file: in force on every day in `[starts_on, ends_on]`; the last one has no end.

    `settings` holds single values under dotted names (`window.open`), each as `Terms` with a `value`;
    `groups` holds lists of rules with their terms (`requirements`, `review`, `advice`).
    """

    id: str
    title: str
    file: str
    starts_on: date
    ends_on: date | None
    dates: Terms
    settings: Mapping[str, Terms]
    groups: Mapping[str, Mapping[str, Terms]]

    def value(self, name: str, default: Any = None) -> Any:
        """The value of a setting, or the default where this policy has none."""
        terms = self.settings.get(name)
        return default if terms is None else terms.values.get("value", default)

    def terms(self, name: str) -> Terms:
        """A setting with its source."""
        return self.settings.get(name, NO_TERMS)

    def group(self, name: str) -> Mapping[str, Terms]:
        """The rules of a group with their terms."""
        return self.groups.get(name, _NONE)

    def has_review_on(self, day: date) -> bool:
        """Whether a review on `day` is held under this policy."""
        since = self.value("review.since")
        return bool(self.group("review")) and (since is None or day >= since)

    def with_value(self, name: str, value: Any, *, of_rule: bool) -> Policy:
        """The same policy with one value replaced, for scenarios and trials.

        A name is a setting (`cooldown.years`), or `of_rule` a rule's main parameter, called after the rule's
        last word (`revenue.floor`).
        """
        parameter = name.rpartition(".")[2]
        groups = {
            group: {
                rule: replace(terms, values={**terms.values, parameter: value})
                if rule == name and parameter in terms.values
                else terms
                for rule, terms in rules.items()
            }
            for group, rules in self.groups.items()
        }
        terms = self.settings.get(name, Terms(assumed=True))
        settings = dict(self.settings)
        if not of_rule:
            settings[name] = replace(terms, values={**terms.values, "value": value})
        return replace(self, settings=settings, groups=groups)


class PolicyTimeline:
    """All policies in the order in which they came into force, without overlap or gap."""

    __slots__ = ("_by_id", "_starts", "policies")

    def __init__(self, policies: Iterable[Policy]) -> None:
        self.policies = tuple(policies)
        self._starts = [policy.starts_on for policy in self.policies]
        self._by_id = {policy.id: policy for policy in self.policies}

    def known_on(self, day: date) -> Policy | None:
        """The policy in force on `day`, or None on a day before the first."""
        index = bisect_right(self._starts, day) - 1
        if index < 0:
            return None
        policy = self.policies[index]
        return policy if policy.ends_on is None or day <= policy.ends_on else None

    def on(self, day: date) -> Policy:
        """The policy in force on `day`.

        Raises:
            NoPolicy: there is none.
        """
        policy = self.known_on(day)
        if policy is None:
            raise NoPolicy(day, self._starts[0] if self._starts else None)
        return policy

    def has(self, policy_id: str) -> bool:
        """Whether there is a policy of that id."""
        return policy_id in self._by_id

    def named(self, policy_id: str) -> Policy:
        """A policy by its id.

        Raises:
            UnknownName: there is none of that id.
        """
        if policy_id not in self._by_id:
            raise UnknownName("policy", policy_id, self._by_id)
        return self._by_id[policy_id]

    def after(self, day: date) -> Policy | None:
        """The next policy that starts after `day`, if one is known."""
        index = bisect_right(self._starts, day)
        return self.policies[index] if index < len(self.policies) else None

    def next_day(self, setting: str, value: Any, after: date) -> date | None:
        """The first day after `after` on which a policy starts that has this value, if one is known."""
        later = (policy for policy in self.policies if policy.starts_on > after)
        return next((policy.starts_on for policy in later if policy.value(setting) == value), None)

    def last_day(self) -> date | None:
        """The first day of the last known policy: from then on nothing changes."""
        return self._starts[-1] if self._starts else None

    def with_values(self, values: Mapping[str, Any]) -> PolicyTimeline:
        """The same timeline with values replaced in every policy."""
        policies = self.policies
        rules = {rule for policy in policies for group in policy.groups.values() for rule in group}
        for name, value in values.items():
            policies = tuple(policy.with_value(name, value, of_rule=name in rules) for policy in policies)
        return PolicyTimeline(policies)

    def parameters(self) -> set[str]:
        """The names that `with_values` understands."""
        names: set[str] = set()
        for policy in self.policies:
            names.update(policy.settings)
            for rules in policy.groups.values():
                names.update(rule for rule, terms in rules.items() if rule.rpartition(".")[2] in terms.values)
        return names
