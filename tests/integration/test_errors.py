"""The tree of errors is the one that is drawn, and each knows its exit code."""

from __future__ import annotations

import re

import pytest

import csp_workflow
from csp_workflow import errors

EXITS = {"BadInput": 2, "TransitionRefused": 3, "NotFound": 4, "Conflict": 5, "StorageError": 6}


def drawn() -> dict[str, tuple[str | None, int | None, list[str]]]:
    """What the docstring draws: the name of each class with its parent, its exit code and its codes."""
    assert errors.__doc__
    tree: dict[str, tuple[str | None, int | None, list[str]]] = {}
    path: list[str] = []
    for line in errors.__doc__.splitlines():
        found = re.fullmatch(
            r"(?P<branch>(?:│   |    )*(?:[├└]── )?)(?P<name>[A-Z]\w+)(?: \((?P<exit>\d)\))?(?P<codes>.*)", line
        )
        if not found or (found["codes"] and not found["branch"]):
            continue
        path[len(found["branch"]) // 4 :] = [found["name"]]
        parent = path[-2] if len(path) > 1 else None
        codes = [code for code in found["codes"].split() if code != "…"]
        tree[found["name"]] = parent, int(found["exit"]) if found["exit"] else None, codes
    return tree


def real() -> dict[str, type[errors.WorkflowError]]:
    """The classes that there are, by their names."""
    found: dict[str, type[errors.WorkflowError]] = {}
    waiting: list[type[errors.WorkflowError]] = [errors.WorkflowError]
    while waiting:
        kind = waiting.pop()
        found[kind.__name__] = kind
        waiting += kind.__subclasses__()
    return found


def test_the_tree_that_is_drawn_is_the_tree_that_is() -> None:
    classes = real()
    parents = {name: parent for name, (parent, _exit, _codes) in drawn().items()}
    assert parents == {
        name: None if kind is errors.WorkflowError else kind.__bases__[0].__name__ for name, kind in classes.items()
    }
    assert all(len(kind.__bases__) == 1 for kind in classes.values())


def test_every_error_lives_in_the_one_module() -> None:
    assert {kind.__module__ for kind in real().values()} == {"csp_workflow.errors"}


def test_the_exit_codes_are_the_drawn_ones_and_those_of_the_contract() -> None:
    classes, tree = real(), drawn()
    assert {name: code for name, (_parent, code, _codes) in tree.items() if code} == EXITS
    for name, kind in classes.items():
        branch: str | None = name
        while branch is not None and branch not in EXITS:
            branch = tree[branch][0]
        if branch is not None:
            assert kind.exit_code == EXITS[branch], name


def test_the_codes_are_the_drawn_ones() -> None:
    classes = real()
    for name, (_parent, _exit, codes) in drawn().items():
        if len(codes) == 1:
            assert classes[name].code == codes[0], name


@pytest.mark.parametrize(
    "name", ["BadInput", "Conflict", "NotFound", "StorageError", "TransitionRefused", "WorkflowError"]
)
def test_the_branches_are_public(name: str) -> None:
    assert getattr(csp_workflow, name) is getattr(errors, name)
    assert name in csp_workflow.__all__


def test_every_error_has_a_docstring_of_one_sentence_at_least() -> None:
    assert [name for name, kind in real().items() if not (kind.__doc__ or "").strip()] == []
