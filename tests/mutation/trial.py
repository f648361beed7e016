"""A mutant on trial: in a copy of the tree, in a process of its own, until the first test fails."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sys
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from tests.mutation.mutants import Mutant

ROOT = Path(__file__).parents[2]
_PARTS = ("csp_workflow", "states", "tests")
_CHANGED = ("csp_workflow/rules", "states")
_WARM = (
    "pytest",
    "hypothesis.stateful",
    "sqlmodel",
    "sqlalchemy.dialects.sqlite",
    "alembic",
    "transitions",
    "typer",
    "rich.table",
)
_FORK = multiprocessing.get_context("fork")


class Outcome(NamedTuple):
    """What became of a mutant: the first test that failed, or nothing where it survived."""

    mutant: Mutant
    killed_by: str


class Tree:
    """A copy of the package, the definitions and the tests, in which one mutant at a time stands."""

    def __init__(self, folder: Path, *, quick: bool = False) -> None:
        self._quick = quick
        self.root = folder / "tree"
        for part in _PARTS:
            shutil.copytree(ROOT / part, self.root / part)
        shutil.copy2(ROOT / "pyproject.toml", self.root)
        for name in _WARM:
            import_module(name)

    def fails(self) -> str:
        """The first test that fails as the tree is: where there is one, no mutant's death would mean anything."""
        return self._run(None)

    def tried(self, mutant: Mutant) -> Outcome:
        """Run the tests against a mutant until one fails; the tree is as before afterwards."""
        (self.root / mutant.file).write_text(mutant.text, encoding="utf-8")
        try:
            return Outcome(mutant, self._run(mutant))
        finally:
            for part in _CHANGED:
                shutil.rmtree(self.root / part)
                shutil.copytree(ROOT / part, self.root / part)

    def _run(self, mutant: Mutant | None) -> str:
        here, there = _FORK.Pipe(duplex=False)
        process = _FORK.Process(target=_serve, args=(self.root, mutant, there), kwargs={"quick": self._quick})
        process.start()
        there.close()
        try:
            said: str = here.recv()
        except EOFError:  # it ended without a word
            process.join()
            said = f"the process ended with {process.exitcode}"
        process.join()
        return said


def _serve(root: Path, mutant: Mutant | None, answer: Connection, *, quick: bool) -> None:
    _settle(root)
    try:
        stages = import_module("tests.mutation.stages")
        words = [*mutant.where.split("."), mutant.gone] if mutant else []
        said = next(stages.failures(mutant.file, words, quick=quick) if mutant else stages.of_the_tree(), "")
    except BaseException as problem:  # noqa: BLE001 - a mutant may fail in any way, and has failed
        said = repr(problem)
    answer.send(said)
    answer.close()
    os._exit(0)  # nothing that a mutant left behind is waited for


def _settle(root: Path) -> None:
    """Be a process of that tree, which knows nothing of this one's modules, and says nothing."""
    os.chdir(root)
    sys.dont_write_bytecode = True
    sys.path[:] = [str(root), *(path for path in sys.path if path and Path(path).resolve() != ROOT)]
    for name in [name for name in sys.modules if name.partition(".")[0] in ("csp_workflow", "tests")]:
        del sys.modules[name]
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
