"""Acts while a server comes and goes: `outlasted.py ADDRESS PREFIX`, with one workflow from beginning to end.

Each line that it says is an act that was answered (`done NUMBER MARK`), or one that was not (`lost NUMBER` and what the
caller was told). After the latter it waits for a word: `again` has it do the same act once more, with the same key.
"""

from __future__ import annotations

import sys
from itertools import count

from csp_workflow import Workflow, WorkflowError
from csp_workflow.bootstrap import join, judge_of
from csp_workflow.storage.store import open_store
from tests.promises.lives import BEGUN, Act, Lives, mark


def main(url: str, prefix: str) -> None:
    """Act until there is nobody who would say to try again."""
    now = BEGUN
    with join(open_store(url), judge_of(), lambda: now) as workflow:
        for number in count():
            act = Lives(prefix=prefix, keyed=True).act(number)
            now = act.at
            while (answer := _answered(act, workflow)) is None:
                if sys.stdin.readline().strip() != "again":
                    return
            _say(f"done {number} {answer}")


def _answered(act: Act, workflow: Workflow) -> str | None:
    """What the caller is answered, in short; nothing where the caller is told that the act is lost."""
    try:
        return mark(act.do(workflow))
    except WorkflowError as problem:
        _say(f"lost {act.number} {problem.exit_code} {problem.code} {problem.message}")
        return None


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
