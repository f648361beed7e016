"""How long the console takes to start, as whole processes in turns, against a bare Python and bare Typer programs."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import typer

from csp_workflow.bootstrap import judge_of
from csp_workflow.console.commands import app
from tests.benchmarks.bare_programs import Tree, write_programs
from tests.benchmarks.measure import Figure, Times, options, order, ratio, tell
from tests.benchmarks.walks import prepare

TITLE = "Start-up of the console, whole processes in turns"
_ROOT = Path(__file__).resolve().parents[2]
_TOGETHER = (  # what takes turns: a short process beside long ones would be measured with their leavings in the caches
    ("pass", "empty", "version", "installed"),
    ("bare help", "usual help", "help"),
    ("bare show", "show json", "show"),
)
_TARGETS = (
    ("--version, the installed command", "installed", "pass", "a bare Python", 1.5),
    ("--version, python -m", "version", "pass", "a bare Python", 1.5),
    ("an empty module, python -m", "empty", "pass", "a bare Python", None),
    ("--help", "help", "bare help", "bare Typer with as many commands", 1.25),
    ("--help", "help", "usual help", "the same with Typer's own settings", None),
    ("case show --json", "show json", "bare show", "bare Typer with the tables, one row", 1.3),
    ("case show", "show", "bare show", "bare Typer with the tables, one row", 1.3),
)


@dataclass(frozen=True, slots=True)
class Programs:
    """The command lines, by name, and the surroundings that they are run in."""

    lines: Mapping[str, Sequence[str]]
    environment: Mapping[str, str]

    def check(self) -> None:
        """Run each once: it has to work, and to say something where it should.

        Raises:
            AssertionError: one does not work.
        """
        for name, line in self.lines.items():
            done = subprocess.run(line, env=self.environment, capture_output=True, text=True, check=False)  # noqa: S603
            if done.returncode or bool(done.stdout) == (name in {"pass", "empty"}):
                raise AssertionError(f"{name} ended with {done.returncode}: {done.stdout}{done.stderr}")

    def run(self, name: str) -> tuple[float, float]:
        """Run one; the seconds on the clock and the seconds of the processor, user and system."""
        start = perf_counter()
        process = subprocess.Popen(  # noqa: S603 - our own command line
            self.lines[name], env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _pid, status, usage = os.wait4(process.pid, 0)
        wall = perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise AssertionError(f"{name} ended with {process.returncode}")
        return wall, usage.ru_utime + usage.ru_stime


def tree_of(program: typer.Typer) -> Tree:
    """The commands of a program by their groups."""
    tree: dict[str, list[str]] = {"": [str(command.name) for command in program.registered_commands]}
    for group in program.registered_groups:
        members = group.typer_instance.registered_commands if group.typer_instance else []
        tree[str(group.name)] = [str(command.name) for command in members]
    return tree


def programs(folder: Path) -> Programs:
    """Everything that is run, with a database to look into and the bare programs written."""
    file = folder / "partners.db"
    (ref,) = prepare(judge_of(), file, 1)
    pga, _, region = ref.partition("/")
    write_programs(folder, tree_of(app))
    python, ours = [sys.executable], [sys.executable, "-m", "csp_workflow"]
    database = ["--db", f"sqlite:///{file}"]
    unwanted = {"PYTHONDONTWRITEBYTECODE", "PYTHONSTARTUP"}
    kept = {name: value for name, value in os.environ.items() if name not in unwanted and not name.startswith("CSP_")}
    return Programs(
        lines={
            "pass": [*python, "-c", "pass"],
            "empty": [*python, "-m", "empty"],
            "version": [*ours, "--version"],
            "installed": [*python, str(folder / "installed.py"), "--version"],
            "bare help": [*python, "-m", "bare_help", "--help"],
            "usual help": [*python, "-m", "usual_help", "--help"],
            "help": [*ours, "--help"],
            "bare show": [*python, "-m", "bare_show", str(file), pga, region],
            "show json": [*ours, *database, "--json", "case", "show", ref],
            "show": [*ours, *database, "case", "show", ref],
        },
        environment=kept | {"PYTHONPATH": os.pathsep.join([str(folder), str(_ROOT)])},
    )


def race(given: Programs, rounds: int) -> tuple[Times, Times]:
    """Run all programs in turns; the times on the clock and of the processor."""
    wall: Times = {name: [] for name in given.lines}
    processor: Times = {name: [] for name in given.lines}
    for names in _TOGETHER:
        for turn in range(rounds):
            for name in order(names, turn):
                on_clock, busy = given.run(name)
                wall[name].append(on_clock)
                processor[name].append(busy)
    return wall, processor


def figures(wall: Times, processor: Times) -> list[Figure]:
    """The figures with their targets."""
    found = [
        Figure(what=f"{name}, on the clock", value=statistics.median(times) * 1e3, unit="ms")
        for name, times in wall.items()
    ]
    for what, name, base, than, at_most in _TARGETS:
        for kind, times in (("clock", wall), ("processor", processor)):
            found.append(Figure(what=f"{what}, of {than}: {kind}", value=ratio(times, name, base), at_most=at_most))
    return found


def measure(*, rounds: int = 15) -> list[Figure]:
    """Run it and give the figures."""
    with tempfile.TemporaryDirectory() as place:
        given = programs(Path(place))
        given.check()
        return figures(*race(given, rounds))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and tell."""
    given = options(TITLE).parse_args(arguments)
    return tell(TITLE, measure(rounds=given.rounds or 15), check=given.check)


if __name__ == "__main__":
    sys.exit(main())
