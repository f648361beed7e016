"""One tree of errors: each carries its code, its exit code and its data, and composes its own sentence."""

from __future__ import annotations

import inspect
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING

import pytest

import csp_workflow
from csp_workflow import errors
from csp_workflow.errors import (
    BadInput,
    BadPayload,
    Conflict,
    DefinitionError,
    Duplicate,
    KeyReused,
    NoPolicy,
    NotFound,
    ScenarioError,
    StaleRevision,
    StaleVersion,
    StorageError,
    TransitionRefused,
    UnknownName,
    WorkflowError,
)
from csp_workflow.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

FINDING = Finding(
    rule="tenure.months",
    met=False,
    statement="It is.",
    have=11,
    need=12,
    earliest=date(2026, 6, 1),
    fix="Wait.",
    sources=("s",),
    policy="2025-10",
    assumed=False,
)
ALL = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, WorkflowError)]
GIVEN = [
    UnknownName("trigger", "aply", ["apply", "close"]),
    BadPayload("reason", "is missing"),
    NoPolicy(date(2017, 12, 31), date(2018, 1, 1)),
    DefinitionError("facts.toml", "revenue", "is odd"),
    ScenarioError("a.toml", "step 1", "is odd"),
    TransitionRefused("apply", "indirect_tenure", (FINDING,), date(2026, 6, 1)),
    NotFound("case", "P/europe", "open it"),
    Duplicate("line", "It is there."),
    StaleVersion("P/europe", 1, 2),
    StaleRevision("P"),
    KeyReused("req-17", "P"),
]
EXITS = {BadInput: 2, TransitionRefused: 3, NotFound: 4, Conflict: 5, StorageError: 6}


@pytest.mark.parametrize("kind", ALL)
def test_an_error_stands_under_its_branch_and_has_its_exit_code(kind: type[WorkflowError]) -> None:
    branches = [branch for branch in EXITS if issubclass(kind, branch)]
    assert kind is WorkflowError or [EXITS[branch] for branch in branches] == [kind.exit_code]
    assert kind.__doc__


def children(kind: type[WorkflowError]) -> list[type[WorkflowError]]:
    """The public errors of the package right below one, by exit code; a private one only helps to write others."""
    below = [child for child in kind.__subclasses__() if child.__module__.startswith("csp_workflow.")]
    found = (children(child) if child.__name__.startswith("_") else [child] for child in below)
    return sorted(chain.from_iterable(found), key=lambda child: child.exit_code)


def drawing(kind: type[WorkflowError], indent: str = "") -> Iterator[str]:
    """The tree below an error, line by line."""
    for child in (below := children(kind)):
        is_last = child is below[-1]
        exits = f" ({child.exit_code})" if kind is WorkflowError else ""
        yield f"{indent}{'└' if is_last else '├'}── {child.__name__}{exits}"
        yield from drawing(child, indent + ("    " if is_last else "│   "))


def test_the_tree_that_is_drawn_is_the_tree_that_is() -> None:
    assert errors.__doc__
    drawn = errors.__doc__.partition("\n\n")[2].strip().splitlines()
    assert drawn == ["WorkflowError", *drawing(WorkflowError)]
    assert {line.strip("│├└─ ").partition(" ")[0] for line in drawn} == {kind.__name__ for kind in ALL}
    assert {kind.__name__ for kind in ALL} == set(errors.__all__)


@pytest.mark.parametrize("kind", [WorkflowError, *EXITS])
def test_the_branches_are_public(kind: type[WorkflowError]) -> None:
    assert getattr(csp_workflow, kind.__name__) is kind
    assert kind.__name__ in csp_workflow.__all__


@pytest.mark.parametrize("error", GIVEN, ids=lambda error: type(error).__name__)
def test_an_error_is_one_sentence_with_its_code_and_its_data(error: WorkflowError) -> None:
    assert str(error) == error.message
    assert error.message.endswith((".", "?"))
    assert "\n" not in error.message
    assert error.code == error.code.lower()
    if not isinstance(error, TransitionRefused):
        assert error.to_dict() == {"code": error.code, "message": error.message, **error.details}


@pytest.mark.parametrize(
    ("name", "known", "ending"),
    [
        ("aply", ["apply", "close"], "; did you mean 'apply'?"),
        ("zzz", ["apply", "close"], "; known: apply, close."),
        ("zzz", [], "'zzz'."),
        ("zzz", [f"name{number}" for number in range(31)], "'zzz'."),
    ],
)
def test_an_unknown_name_comes_with_a_suggestion_or_with_what_is_known(
    name: str, known: list[str], ending: str
) -> None:
    error = UnknownName("trigger", name, known)
    assert error.message.endswith(ending)
    assert error.code == "unknown_trigger"


def test_a_refusal_names_its_rules_and_the_first_day_that_helps() -> None:
    refusal = TransitionRefused("apply", "indirect_tenure", (FINDING,), date(2026, 6, 1))
    assert "tenure.months" in refusal.message
    assert "2026-06-01" in refusal.message
    assert refusal.to_dict() == {
        "trigger": "apply",
        "from": "indirect_tenure",
        "earliest": "2026-06-01",
        "findings": [FINDING.to_dict()],
    }
    assert TransitionRefused("apply", None, (FINDING,), None).to_dict()["earliest"] is None


def test_a_stale_version_says_which_is_the_newest() -> None:
    stale = StaleVersion("P/europe", 1, 2)
    assert (stale.details["expected"], stale.details["version"], stale.code) == (1, 2, "stale_version")
