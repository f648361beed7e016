"""Values as pictures: every view gives Rich renderables and prints nothing; text is shown, never read as markup.

The views are imported when one is first asked for: `--json` and `--help` do without Rich.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from csp_workflow.console.views import (
        audit,
        bulk,
        cases,
        definitions,
        demo,
        findings,
        history,
        letters,
        markets,
        overview,
        policies,
        scenarios,
        schema,
    )

__all__ = [
    "audit",
    "bulk",
    "cases",
    "definitions",
    "demo",
    "findings",
    "history",
    "letters",
    "markets",
    "overview",
    "policies",
    "scenarios",
    "schema",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{__name__}.{name}")
