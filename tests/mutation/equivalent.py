"""Mutants that change nothing that anybody could see, each with the reason."""

from __future__ import annotations

_CLOSED = "states/direct_bill/policies/01_2018-closed.toml"
_NOBODY_YET = "advice is for active cases, and nobody can have become active under the first policy, which takes nobody"

EQUIVALENT: dict[tuple[str, str, str, str], str] = {
    (_CLOSED, "advice", "guard", "membership.active"): _NOBODY_YET,
    (_CLOSED, "advice", "guard", "account_setup"): _NOBODY_YET,
    (_CLOSED, "advice", "guard", "customer_association"): _NOBODY_YET,
    ("csp_workflow/rules/engine.py", "_healing", "statement", "if later.met is True: break"): (
        "the next day is later than the one that was found, and ends the search as well"
    ),
}
