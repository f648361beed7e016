"""How many workflows of one step DBOS does in a second, for a comparison: `python -m tests.benchmarks.one_step URL`.

DBOS writes down that a workflow has begun, what its step gave, and how it ended. It neither judges nor keeps a history
that is chained, so this is about the order of magnitude. It is measured where it is installed: `pip install dbos`.
"""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
from time import perf_counter
from typing import Any

from tests.benchmarks.traced_postgresql import bare

_WARMING = 20


def is_installed() -> bool:
    """Whether there is something to measure."""
    return importlib.util.find_spec("dbos") is not None


def per_second(url: str, number: int) -> float:
    """Run so many workflows one after the other, in a process of their own; how many a second."""
    command = [sys.executable, "-m", "tests.benchmarks.one_step", bare(url), str(number)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - this very module
    return float(done.stdout.split()[-1])


def main() -> None:
    """Run them, and print how many a second."""
    url, number = sys.argv[1], int(sys.argv[2])
    dbos: Any = importlib.import_module("dbos").DBOS

    @dbos.step()  # type: ignore[untyped-decorator]
    def step(value: int) -> int:
        return value + 1

    @dbos.workflow()  # type: ignore[untyped-decorator]
    def workflow(value: int) -> int:
        return int(step(value))

    dbos(config={"name": "one-step", "system_database_url": url, "log_level": "ERROR"})
    dbos.launch()
    for value in range(_WARMING):
        workflow(value)
    begun = perf_counter()
    for value in range(number):
        workflow(value)
    spent = perf_counter() - begun
    dbos.destroy()
    print(number / spent)  # noqa: T201 - what it is for


if __name__ == "__main__":
    main()
