"""Whether what a scenario expects can exist at all: a misspelt expectation is a file that is not understood."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

from csp_workflow.errors import ScenarioError
from csp_workflow.model.programme import Programme
from csp_workflow.scenarios.files import LISTS, Scenario

ERRORS = (
    "unknown_trigger",
    "unknown_fact",
    "unknown_role",
    "unknown_region",
    "unknown_lifecycle",
    "unknown_policy",
    "unknown_case",
    "no_policy",
    "bad_payload",
    "bad_reference",
    "duplicate_case",
    "duplicate_line",
    "time_goes_back",
    "in_the_future",
)


def check_names(scenario: Scenario, programme: Programme) -> None:
    """Refuse an expectation that names what the definition does not have.

    Raises:
        ScenarioError: with file, step and key, and what was probably meant.
    """
    known = _known(programme)
    for step in scenario.steps:
        for key, value in step.expect.items():
            if key not in known:
                continue
            for name in _names(value):
                if name not in known[key]:
                    problem = f"there is no {name!r}{_meant(name, known[key])}"
                    raise ScenarioError(scenario.file, f"step {step.number}.expect.{key}", problem)


def _known(programme: Programme) -> dict[str, set[str]]:
    lifecycles = programme.lifecycles.values()
    states = [state for lifecycle in lifecycles for state in lifecycle.states.values()]
    entitlements = {name for state in states for name in state.entitlements}
    rules = set(programme.words("en"))
    return {
        "state": {state.name for state in states},
        "error": set(ERRORS),
        "policy": {policy.id for policy in programme.policies.policies},
        "notices": {kind for kind, _language in programme.notices},
        "deadlines": {kind for lifecycle in lifecycles for kind in lifecycle.deadlines},
        "entitled": entitlements,
        "not_entitled": entitlements,
        "refused_by": rules,
        **dict.fromkeys(LISTS, rules),
    }


def _names(value: Any) -> Iterator[Any]:
    if isinstance(value, str):
        yield value
    else:
        yield from value


def _meant(name: Any, known: Iterable[str]) -> str:
    close = get_close_matches(name, sorted(known), n=1) if isinstance(name, str) else []
    return f"; did you mean {close[0]!r}?" if close else ""
