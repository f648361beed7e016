"""The tests that a mutant has to get past, the quickest first; a process imports this from the mutant's own tree.

Tests that only hold the shipped files against a table are left out: they would find each mutant of the definitions,
and prove nothing about what the program does.
"""

from __future__ import annotations

import re
import resource
from collections.abc import Iterator
from pathlib import Path
from time import process_time

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from csp_workflow.bootstrap import judge_of
from csp_workflow.errors import DefinitionError
from csp_workflow.scenarios.files import find, read
from csp_workflow.scenarios.runner import run
from tests.acceptance.test_against_reference import AgainstReference
from tests.states.folders import without_table

_ROOT = Path(__file__).parents[2]
_UNIT = _ROOT / "tests" / "unit" / "rules"
_STORIES = _ROOT / "tests" / "acceptance" / "scenarios"
_PLAIN = [
    "-x",
    "-q",
    "-o",
    "addopts=--import-mode=importlib",
    "-p",
    "no:xdist",
    "-p",
    "no:cov",
    "-p",
    "no:cacheprovider",
]
_PLAIN += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # a process that was warm before knows some modules
_LEFT_OUT = [
    "states/test_shipped_definitions.py",
    "acceptance/test_against_reference.py",
    "acceptance/test_reference_finds_faults.py",
]
_SHORT, _LONG = 30, 600  # seconds of work for one stage; who is not done by then goes round in circles
_UNUSED = 20  # more than one entry can leave without use


class First:
    """The first test that failed."""

    name = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test has ended."""
        if report.failed and not self.name:
            self.name = report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file was read."""
        if report.failed and not self.name:
            self.name = report.nodeid


def failures(file: str, words: list[str], *, quick: bool) -> Iterator[str]:
    """What fails, stage after stage; the first is enough. Quick are the unit tests of the rules and the scenarios."""
    rules = file.startswith("csp_workflow")
    own = _UNIT / f"test_{Path(file).name}"
    if rules and own.exists():
        yield from _tests([own])
    if not rules:
        yield from _loading()
    yield from _stories(words)
    if rules:
        yield from _tests([_UNIT])
    if quick:
        return
    yield from _walk()
    yield from _tests([_ROOT / "tests" / name for name in ("unit", "states", "acceptance", "integration")], _LONG)


def _at_most(seconds: int) -> None:
    """From here on the process may work so long, or is ended."""
    resource.setrlimit(resource.RLIMIT_CPU, (round(process_time()) + seconds, resource.RLIM_INFINITY))


def of_the_tree() -> Iterator[str]:
    """What fails, of the quick stages, where nothing was taken away: nothing may."""
    judge_of()
    yield from _stories([])
    yield from _tests([_UNIT])


def _loading() -> Iterator[str]:
    """Take away what only the lost entry used, as whoever took that away would; is the folder refused all the same?"""
    for _ in range(_UNUSED):
        try:
            judge_of()
        except DefinitionError as refused:
            if not _taken_away(refused.to_dict()["file"], refused.to_dict()["key"]):
                yield f"loading: {refused}"
                return
        else:
            return


def _taken_away(file: str, key: str) -> bool:
    folder = _ROOT / "states"
    if file == "notices":
        for path in (folder / "notices").glob(f"{key}.*.txt"):
            path.unlink()
        return True
    if re.fullmatch(r"rules\.\w+\.toml", file):
        without_table(folder, file, f'["{key}"]')
        return True
    if file in ("facts.toml", "sources.toml"):
        without_table(folder, file, f"[{key}]")
        return True
    return False


def _stories(words: list[str]) -> Iterator[str]:
    """Every scenario, in memory; those first that speak of what is gone."""
    _at_most(_SHORT)
    judge = judge_of()
    texts = {path: path.read_text(encoding="utf-8") for path in find([_STORIES])}
    for path in sorted(texts, key=lambda path: -sum(word in texts[path] for word in words)):
        if not run(read(path), judge).holds:
            yield f"scenario {path.relative_to(_STORIES).as_posix()}"


def _walk() -> Iterator[str]:
    """The walk against the reference; one that ends in a difference is not made shorter."""
    _at_most(_LONG)
    quick = settings(AgainstReference.TestCase.settings, phases=[Phase.generate], report_multiple_bugs=False)
    try:
        run_state_machine_as_test(AgainstReference, settings=quick)
    except Exception as difference:  # noqa: BLE001 - whatever goes wrong, the mutant is found
        yield f"walk: {difference!r}"


def _tests(paths: list[Path], seconds: int = _SHORT) -> Iterator[str]:
    _at_most(seconds)
    first = First()
    left_out = [f"--ignore={_ROOT / 'tests' / name}" for name in _LEFT_OUT]
    code = pytest.main(
        [*_PLAIN, f"--rootdir={_ROOT}", "-k", "not postgresql", *left_out, *map(str, paths)], plugins=[first]
    )
    if code != pytest.ExitCode.OK:
        yield first.name or f"pytest ended with {code}"
