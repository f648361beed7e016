"""Where stranded cases are moved, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from csp_workflow.model.case import Deadline


class Place(NamedTuple):
    """Something that is gone and what its cases get instead: a state of a lifecycle, or a policy."""

    kind: str
    lifecycle: str | None
    old: str
    new: str


class Plan(NamedTuple):
    """What stranded cases get: another state for each state of a lifecycle that is gone, another policy likewise."""

    states: Mapping[tuple[str, str], str]
    policies: Mapping[str, str]

    def places(self) -> Iterator[Place]:
        """All that is gone, states first: a case in one of them gets its policy in the same move."""
        for (lifecycle, old), new in self.states.items():
            yield Place("state", lifecycle, old, new)
        for old, new in self.policies.items():
            yield Place("policy", None, old, new)


@dataclass(frozen=True, slots=True, kw_only=True)
class MigratedCase:
    """One case before and after: its state, the policy that is pinned to it, its deadlines."""

    ref: str
    source: str
    target: str
    policy_before: str | None
    policy_after: str | None
    deadlines_before: tuple[Deadline, ...]
    deadlines_after: tuple[Deadline, ...]

    def to_dict(self) -> dict[str, Any]:
        """The case as JSON shows it."""
        return {
            "ref": self.ref,
            "from": self.source,
            "to": self.target,
            "policy": {"from": self.policy_before, "to": self.policy_after},
            "deadlines": {
                "from": [item.to_dict() for item in self.deadlines_before],
                "to": [item.to_dict() for item in self.deadlines_after],
            },
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class MigratedPlace:
    """How many cases got something else for what is gone, the first few of them in full.

    `left` is how many stay where they are, because they would be stranded all the same: by their policy, say.
    """

    place: Place
    cases: int
    first: tuple[MigratedCase, ...]
    left: int

    def to_dict(self) -> dict[str, Any]:
        """The place as JSON shows it."""
        kind, lifecycle, old, new = self.place
        told = {"kind": kind, "lifecycle": lifecycle, "from": old, "to": new, "cases": self.cases}
        return {**told, "left": self.left, "first": [item.to_dict() for item in self.first]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """What a migration did, or with `dry_run` what it would do, place by place.

    `finished` is False where it was broken off: the places after the last one were not come to.
    """

    dry_run: bool
    places: tuple[MigratedPlace, ...]
    finished: bool = True

    @property
    def cases(self) -> int:
        """How many cases were moved in all."""
        return sum(item.cases for item in self.places)

    def to_dict(self) -> dict[str, Any]:
        """The migration as JSON shows it."""
        return {
            "dry_run": self.dry_run,
            "cases": self.cases,
            "finished": self.finished,
            "places": [item.to_dict() for item in self.places],
        }
