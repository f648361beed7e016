"""The programme: everything is found by its name, and shown by its title."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from csp_workflow.errors import UnknownName
from csp_workflow.model.actor import Actor
from csp_workflow.model.programme import Programme
from tests.unit.evidence import PROGRAMME


@pytest.mark.parametrize(
    ("look", "code"),
    [
        (lambda programme: programme.lifecycle("direct_bil"), "unknown_lifecycle"),
        (lambda programme: programme.region("europa"), "unknown_region"),
        (lambda programme: programme.fact("revenu"), "unknown_fact"),
        (lambda programme: programme.role_of(Actor("x", "reviwer")), "unknown_role"),
    ],
)
def test_a_name_that_is_not_known_is_refused_with_a_suggestion(look: Callable[[Programme], Any], code: str) -> None:
    with pytest.raises(UnknownName, match="did you mean") as refused:
        look(PROGRAMME)
    assert refused.value.code == code


def test_what_is_known_is_found() -> None:
    assert PROGRAMME.lifecycle("direct_bill").name == "direct_bill"
    assert PROGRAMME.region("europe") == "europe"
    assert PROGRAMME.fact("revenue").accumulates == "ledger"
    assert PROGRAMME.role_of(Actor("x", "reviewer")).side == "vendor"


def test_a_title_is_given_in_the_reader_s_language_in_english_or_made_from_the_name() -> None:
    assert PROGRAMME.title("state", "active") == "Active"
    assert PROGRAMME.title("state", "active", "de") != PROGRAMME.title("state", "active", "cs")
    assert PROGRAMME.title("state", "active", "fr") == "Active"
    assert PROGRAMME.title("state", "on_a_journey", "de") == "On a journey"


def test_a_language_that_nobody_speaks_is_english() -> None:
    assert PROGRAMME.words("fr") is PROGRAMME.words("en")
    assert PROGRAMME.words("de") is not PROGRAMME.words("en")
