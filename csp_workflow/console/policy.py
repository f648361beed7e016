"""A policy's values under dotted names, each with where it comes from; and what differs between two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from csp_workflow.model.fields import plain

if TYPE_CHECKING:
    from csp_workflow.model.policy import Policy, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value of a policy: what it is, the documents it comes from, or that it is assumed."""

    value: Any
    sources: tuple[str, ...]
    assumed: bool
    note: str

    def to_dict(self) -> dict[str, Any]:
        """The value as JSON shows it."""
        return {"value": self.value, "sources": list(self.sources), "assumed": self.assumed, "note": self.note}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A value that differs: before and after, None where a policy does not have it."""

    name: str
    before: Value | None
    after: Value | None

    def to_dict(self) -> dict[str, Any]:
        """The change as JSON shows it."""
        before, after = (side.to_dict() if side else None for side in (self.before, self.after))
        return {"name": self.name, "before": before, "after": after}


def head(policy: Policy) -> dict[str, Any]:
    """What a policy is called, when it is in force, and whether its dates are assumed."""
    return {
        "id": policy.id,
        "title": policy.title,
        "from": policy.starts_on.isoformat(),
        "to": policy.ends_on.isoformat() if policy.ends_on else None,
        "sources": list(policy.dates.sources),
        "assumed": policy.dates.assumed,
        "note": policy.dates.note,
    }


def values(policy: Policy) -> dict[str, Value]:
    """Every value of a policy: settings under their names, rules under the name of their group and their own."""
    found = {name: _value(terms, terms.values.get("value")) for name, terms in policy.settings.items()}
    for group, rules in policy.groups.items():
        for rule, terms in rules.items():
            found[f"{group}: {rule}"] = _value(terms, dict(terms.values) or True)
    return found


def changes(before: Policy, after: Policy) -> list[Change]:
    """What differs in value, or in whether it is assumed."""
    old, new = values(before), values(after)
    names = [*old, *(name for name in new if name not in old)]
    pairs = ((name, old.get(name), new.get(name)) for name in names)
    return [Change(name=name, before=was, after=now) for name, was, now in pairs if _decides(was) != _decides(now)]


def _decides(value: Value | None) -> Any:
    return value and (value.value, value.assumed)


def _value(terms: Terms, value: Any) -> Value:
    return Value(value=plain(value), sources=terms.sources, assumed=terms.assumed, note=terms.note)
