"""What a change of the definition means for live cases: how many each part of it concerns, and which are stranded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from csp_workflow.model.comparison import Change, Part, Table, compare, parts


class Counts(NamedTuple):
    """How many cases stand in each state of each lifecycle, and to how many each policy is pinned."""

    in_states: Mapping[tuple[str, str], int]
    pinned: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranded:
    """Cases that a definition cannot judge: the lifecycle, the state or the policy that it lacks, and how many."""

    kind: str
    lifecycle: str | None
    name: str
    cases: int

    def to_dict(self) -> dict[str, Any]:
        """The cases as JSON shows them."""
        return {"kind": self.kind, "lifecycle": self.lifecycle, "name": self.name, "cases": self.cases}


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """A change, and how many live cases it concerns; None where no index tells."""

    change: Change
    cases: int | None

    def to_dict(self) -> dict[str, Any]:
        """The change as JSON shows it."""
        values = [{"key": one.key, "before": one.before, "after": one.after} for one in self.change.values]
        return {**self.change.part._asdict(), "what": self.change.what, "cases": self.cases, "values": values}


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionChanges:
    """What differs between two definitions, each by its fingerprint, and what it means for the cases of a database.

    `before` is None where the database knows no other definition; `is_kept` is False where of `before` only the
    fingerprint is known, so that nothing can be compared. `stranded` are the cases that `after` cannot judge.
    """

    before: str | None
    after: str
    is_kept: bool
    stranded: tuple[Stranded, ...]
    changes: tuple[Concern, ...]

    def to_dict(self) -> dict[str, Any]:
        """The changes as JSON shows them."""
        return {
            "before": self.before,
            "after": self.after,
            "is_kept": self.is_kept,
            "stranded": [item.to_dict() for item in self.stranded],
            "changes": [item.to_dict() for item in self.changes],
        }


def changes(before: tuple[str | None, str | None], after: tuple[str, str], counts: Counts) -> DefinitionChanges:
    """What differs between two definitions, each as its fingerprint and its text, and how many cases it concerns."""
    old, new = parts(before[1]) if before[1] is not None else {}, parts(after[1])
    found = compare(before[1], after[1]) if before[1] is not None else ()
    live = _live(counts, (old, new))
    return DefinitionChanges(
        before=before[0],
        after=after[0],
        is_kept=before[0] is None or before[1] is not None,
        stranded=tuple(_stranded(counts, new)),
        changes=tuple(Concern(change=change, cases=_cases(change.part, (old, new), live)) for change in found),
    )


def _live(counts: Counts, sides: Sequence[Mapping[Part, Table]]) -> Counts:
    """The same counts without the cases that have come to their end."""
    in_states = {
        (lifecycle, state): cases
        for (lifecycle, state), cases in counts.in_states.items()
        if not _is_end(Part("state", lifecycle, state), sides)
    }
    return counts._replace(in_states=in_states)


def _is_end(state: Part, sides: Sequence[Mapping[Part, Table]]) -> bool:
    """Whether cases come to their end in a state; where one side alone says so, the change concerns those in it."""
    known = [side[state] for side in sides if state in side]
    return bool(known) and all(table.get("final") for table in known)


def _stranded(counts: Counts, known: Mapping[Part, Table]) -> Iterator[Stranded]:
    lost: dict[str, int] = {}
    for (lifecycle, state), cases in sorted(counts.in_states.items()):
        if Part("lifecycle", lifecycle, lifecycle) not in known:
            lost[lifecycle] = lost.get(lifecycle, 0) + cases
        elif Part("state", lifecycle, state) not in known:
            yield Stranded(kind="state", lifecycle=lifecycle, name=state, cases=cases)
    policies = {part.name for part in known if part.kind == "policy"}
    for policy, cases in sorted(counts.pinned.items()):
        if policy not in policies:
            yield Stranded(kind="policy", lifecycle=None, name=policy, cases=cases)
    for lifecycle, cases in lost.items():
        yield Stranded(kind="lifecycle", lifecycle=lifecycle, name=lifecycle, cases=cases)


def _cases(part: Part, sides: tuple[Mapping[Part, Table], ...], live: Counts) -> int | None:
    """How many live cases a part concerns: those that stand where it counts, or that it is pinned to."""
    if part.kind == "policy":
        return live.pinned.get(part.name, 0)
    if part.lifecycle is None:
        return None
    where = {state for side in sides for state in _states(part, side)}
    return sum(
        cases
        for (lifecycle, state), cases in live.in_states.items()
        if lifecycle == part.lifecycle and (part.kind == "lifecycle" or state in where)
    )


def _states(part: Part, side: Mapping[Part, Table]) -> set[str]:
    """The states in which a part of a lifecycle counts: itself, those it leads from, those that have the deadline."""
    if part.kind == "trigger":
        return set(side.get(part, {}).get("moves", ()))
    of = {other.name: table for other, table in side.items() if other[:2] == ("state", part.lifecycle)}
    if part.kind == "deadline":
        return {name for name, table in of.items() if not part.name or part.name in table.get("deadlines", ())}
    return {part.name} if part.name else set(of)
