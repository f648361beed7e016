"""Acts while a server comes and goes: `outlasted.py ADDRESS PREFIX`, with one workflow from beginning to end.

Each line that it says is an act that was answered (`done NUMBER MARK`), or one that was not (`lost NUMBER` and what the
caller was told). After the latter it waits for a word: `again` has it do the same act once more, with the same key.
"""

from __future__ import annotations

import sys
from itertools import count

from csp_workflow import WorkflowError
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
            while True:
                try:
                    answer = act.do(workflow)
                except WorkflowError as problem:
                    if not _told_to_try_again(act, problem):
                        return
                else:
                    break
            _say(f"done {number} {mark(answer)}")


def _told_to_try_again(act: Act, problem: WorkflowError) -> bool:
    _say(f"lost {act.number} {problem.exit_code} {problem.code} {problem.message}")
    return sys.stdin.readline().strip() == "again"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
