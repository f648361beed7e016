"""Processes that begin at the same moment, forked from one that has everything imported, each with a file of its own.

A program of this folder calls `begin` with the part that each of its processes plays; a test calls `send` with the
name of such a program and an order for it, and gets back what its processes wrote down.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.promises.said import Said, read, write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from multiprocessing.synchronize import Barrier
    from typing import TypeAlias

    Say: TypeAlias = Callable[[Said], None]
    Part: TypeAlias = Callable[[int, Barrier, Say], None]

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0  # seconds that one process waits for another before it gives up
FORKED = get_context("fork")


def begin(size: int, part: Part, folder: Path) -> None:
    """Let so many processes play their parts, once all are there; where one fails or nobody waits, all of them end."""
    gate = FORKED.Barrier(size, timeout=PATIENCE)
    members = [FORKED.Process(target=_play, args=(part, number, gate, folder), daemon=True) for number in range(size)]
    for member in members:
        member.start()
    while running := [member.sentinel for member in members if member.exitcode is None]:
        nobody_waits = sys.stdin.fileno() in wait([*running, sys.stdin.fileno()])
        if nobody_waits or any(member.exitcode for member in members):
            sys.exit(1)


def send(program: str, order: Mapping[str, Any], folder: Path, patience: float = 10 * PATIENCE) -> list[Said]:
    """Run a program, and give what its processes said, one after the other; none of them outlives this."""
    folder.mkdir()
    until, we_are_here = os.pipe()  # which the system closes however we end
    running = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", f"tests.promises.{program}", json.dumps({**order, "folder": str(folder)})],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=until,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    os.close(until)
    try:
        _, complaint = running.communicate(timeout=patience)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        os.close(we_are_here)
    assert running.returncode == 0, complaint
    return [said for file in sorted(folder.glob("*.jsonl")) for said in read(file)]


def _play(part: Part, number: int, gate: Barrier, folder: Path) -> None:
    with (folder / f"{number:02}.jsonl").open("w", encoding="utf-8") as file:

        def say(said: Said) -> None:
            file.write(write(said))

        part(number, gate, say)
