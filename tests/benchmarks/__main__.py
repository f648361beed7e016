"""All benchmarks, or those that are named: `python -m tests.benchmarks [judging durable postgresql …] [--check]`."""

from __future__ import annotations

import sys
from types import ModuleType

from tests.benchmarks import durable, entitlements, imports, judging, ledger, postgresql, scale, startup
from tests.benchmarks.measure import options, tell

_ALL: dict[str, ModuleType] = {
    "judging": judging,
    "durable": durable,
    "postgresql": postgresql,
    "ledger": ledger,
    "entitlements": entitlements,
    "imports": imports,
    "startup": startup,
    "scale": scale,
}


def main(arguments: list[str] | None = None) -> int:
    """Measure and tell, one after the other."""
    parser = options("Measure how well it does, in ratios taken within one run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(_ALL)}; all if left out")
    scale.add_options(parser)
    given = parser.parse_args(arguments)
    if unknown := sorted(set(given.names) - set(_ALL)):
        parser.error(f"{unknown[0]} is none of {', '.join(_ALL)}")
    named = {"rounds": given.rounds} if given.rounds else {}
    codes = [
        tell(
            module.TITLE, module.measure(**named, **(scale.chosen(given) if module is scale else {})), check=given.check
        )
        for name, module in _ALL.items()
        if name in given.names or not given.names
    ]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
