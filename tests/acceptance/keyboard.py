"""The console as its users meet it: a line is typed, and there is what was shown and the exit code."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csp_workflow import open_workflow
from csp_workflow.console.program import run
from csp_workflow.testing import SettableClock, ready_partner

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parents[2]
READY_ON = date(2025, 10, 6)
AT = "2025-10-06"
PGA, REF = "PGA-1001", "PGA-1001/europe"
ANNA, RITA, OTTO = "anna:global_admin", "rita:reviewer", "otto:operator"
OF_THE_MACHINE = ("CSP_WORKFLOW_", "LANG", "LC_", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "CLICOLOR", "TTY_", "PYTHON")


@dataclass(frozen=True)
class Said:
    """What came of a line."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on standard output."""
        assert self.err == "", self.err
        return json.loads(self.out)

    @property
    def refused_by(self) -> list[str]:
        """The rules that refused an act."""
        return [finding["rule"] for finding in self.json["refused"]["findings"]]


def typed(*words: str) -> Said:
    """Type a line, in this process."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        code = run(words)
    shown = [stream.buffer.getvalue().decode() for stream in (out, err) if isinstance(stream.buffer, io.BytesIO)]
    return Said(code, *shown)


def typed_outside(folder: Path, *words: str, **variables: str) -> Said:
    """Type a line in a process of its own, in a folder of its own, without the variables of this machine."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "csp_workflow", *words],
        cwd=folder,
        env=quiet_environment(**variables),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def on_a_terminal(
    folder: Path,
    *words: str,
    watched: Callable[[subprocess.Popen[bytes], bytes], object] = lambda _running, _shown: None,
    **variables: str,
) -> tuple[int, str]:
    """A line typed on a terminal of 80 columns: the exit code, and all that was shown; somebody may watch it."""
    ours, theirs = os.openpty()
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "csp_workflow", *words],
        cwd=folder,
        env={**quiet_environment(), "COLUMNS": "80", "LINES": "24", "TERM": "xterm", **variables},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as running:
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # the other end is closed
            while piece := os.read(ours, 65_536):
                shown += piece
                watched(running, shown)
    os.close(ours)
    return running.returncode, shown.decode()


def into_a_closed_pipe(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    """A line whose answer nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        return subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "csp_workflow", *words],
            cwd=folder,
            env=quiet_environment(),
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(writing)


def quiet(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Stand in a folder, without the variables that would change the console's answers."""
    for name in [name for name in os.environ if name.startswith(OF_THE_MACHINE)]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(folder)


def quiet_environment(**variables: str) -> Mapping[str, str]:
    """The environment without what would change the console's answers."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OF_THE_MACHINE)}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **variables}


def address(file: Path) -> str:
    """The address of a SQLite file."""
    return f"sqlite:///{file}"


def ready(file: Path, *pgas: str) -> str:
    """A database on which partners could apply on the sixth of October 2025; gives its address."""
    clock = SettableClock(datetime(2025, 10, 6, tzinfo=UTC))
    with open_workflow(address(file), clock=clock) as workflow:
        for pga in pgas or (PGA,):
            ready_partner(workflow, pga, on=READY_ON)
    return address(file)
