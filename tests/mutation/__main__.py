"""Take away one guard, role, notice or line of the rules at a time, and see a test fail for each of them.

`python -m tests.mutation` tries every mutant, which takes hours; `--sample 20` draws twenty of each part (`--seed 7`
others), `--only states` or `--only rules` leaves one part out, `--about cooldown` keeps those whose line or file says
so. What survives is shown, and ends the program with 1. Mutants that change nothing stand in `equivalent.py`, with the
reason.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from random import Random

from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.mutants import Mutant, of_rules, of_states
from tests.mutation.trial import ROOT, Outcome, Tree

_PARTS = {"states": of_states, "rules": of_rules}
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder in memory


def main(arguments: list[str] | None = None) -> int:
    """Try mutants and tell what became of them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sample", type=int, help="how many of each part; all if left out")
    parser.add_argument("--seed", type=int, default=1, help="which are drawn (1)")
    parser.add_argument("--only", choices=_PARTS, help="mutants of this part alone")
    parser.add_argument("--about", default="", help="only mutants whose file, table, function or text says this")
    parser.add_argument(
        "--quick", action="store_true", help="the quickest tests alone: what survives is only suspected"
    )
    given = parser.parse_args(arguments)
    mutants = [
        mutant
        for part, of_part in _PARTS.items()
        if given.only in (None, part)
        for mutant in drawn([item for item in of_part(ROOT) if given.about in item.title], given.sample, given.seed)
    ]
    with tempfile.TemporaryDirectory(prefix="mutants-", dir=_IN_MEMORY if _IN_MEMORY.is_dir() else None) as folder:
        tree = Tree(Path(folder), quick=given.quick)
        if failing := tree.fails():
            print(f"The tests fail where nothing was taken away: {failing}")  # noqa: T201
            return 1
        outcomes = [told(tree.tried(mutant)) for mutant in mutants]
    return summed(outcomes)


def drawn(mutants: Iterable[Mutant], number: int | None, seed: int) -> list[Mutant]:
    """Some of those that change something, or all."""
    changing = [mutant for mutant in mutants if mutant.name not in EQUIVALENT]
    if number is None or number >= len(changing):
        return changing
    return Random(seed).sample(changing, number)  # noqa: S311 - no secret


def told(outcome: Outcome) -> Outcome:
    """Say what became of a mutant."""
    mutant, killed_by = outcome
    print(f"{'killed  ' if killed_by else 'SURVIVED'} {mutant.title}", flush=True)  # noqa: T201
    print(f"         by {killed_by.splitlines()[0][:150]}" if killed_by else mutant.diff(ROOT), flush=True)  # noqa: T201
    return outcome


def summed(outcomes: list[Outcome]) -> int:
    """Say how many were killed; survivors end the program with 1."""
    survivors = [outcome.mutant for outcome in outcomes if not outcome.killed_by]
    print(f"{len(outcomes) - len(survivors)} of {len(outcomes)} mutants were killed.")  # noqa: T201
    for mutant in survivors:
        print(f"survived: {mutant.title}")  # noqa: T201
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
