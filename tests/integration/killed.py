"""Upgrades databases in processes that are killed in the middle: `killed.py POINT… -- ADDRESS…`.

Each address is upgraded in a child that is killed after its number of statements; 0 lets it finish, and the number of
statements is said instead of how it ended.
"""

from __future__ import annotations

import os
import signal
import sys
from itertools import count

from sqlalchemy import Engine, event

import csp_workflow.storage.migrations.steps  # noqa: F401 - imported once, before there are children
from csp_workflow.bootstrap import upgrade_database


def main(points: list[int], targets: list[str]) -> None:
    """Upgrade each target, and say how that ended."""
    for point, target in zip(points, targets, strict=True):
        child = os.fork()
        if child == 0:
            os._exit(upgraded(target, point))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write(f"{code}\n")


def upgraded(target: str, point: int) -> int:
    """Upgrade a target, and be killed after so many statements; how many there were."""
    numbers = count(1)
    last = 0

    def counted(*_arguments: object) -> None:
        nonlocal last
        last = next(numbers)
        if last == point:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "after_cursor_execute", counted)
    upgrade_database(target, copy=False)
    return last


if __name__ == "__main__":
    middle = sys.argv.index("--")
    main([int(word) for word in sys.argv[1:middle]], sys.argv[middle + 1 :])
