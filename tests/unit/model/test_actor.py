"""Who acts: a name and a role."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from csp_workflow.errors import BadPayload
from csp_workflow.model.actor import Actor, Role


@pytest.mark.parametrize(
    ("text", "name", "role"),
    [
        ("anna:global_admin", "anna", "global_admin"),
        ("reviewer", "reviewer", "reviewer"),
        ("urn:user:7:reviewer", "urn:user:7", "reviewer"),
        ("Anna Müller 🦊:operator", "Anna Müller 🦊", "operator"),
    ],
)
def test_an_actor_is_a_name_and_a_role_or_a_role_alone(text: str, name: str, role: str) -> None:
    actor = Actor.parse(text)
    assert (actor.name, actor.role) == (name, role)


def test_an_actor_is_written_as_it_is_read() -> None:
    assert str(Actor("anna", "global_admin")) == "anna:global_admin"
    assert Actor.parse(str(Actor("a:b", "reviewer"))) == Actor("a:b", "reviewer")


@pytest.mark.parametrize("text", ["", ":", "anna:", ":reviewer", "  :reviewer", "anna:  ", "   "])
def test_an_actor_without_a_name_or_a_role_is_refused(text: str) -> None:
    with pytest.raises(BadPayload) as refused:
        Actor.parse(text)
    assert refused.value.field == "actor"


@pytest.mark.parametrize(("name", "role"), [("a\x00b", "reviewer"), ("a", "x" * 10_001), (None, "reviewer"), ("a", 7)])
def test_an_actor_that_no_journal_could_name_is_refused(name: Any, role: Any) -> None:
    with pytest.raises(BadPayload):
        Actor(name, role)


def test_an_actor_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Actor("anna", "reviewer").role = "system"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("side", "partner", "system"),
    [("partner", True, False), ("vendor", False, False), ("operator", False, False), ("system", False, True)],
)
def test_a_role_stands_on_one_side(side: str, partner: bool, system: bool) -> None:
    role = Role(name="x", side=side)
    assert (role.is_partner, role.is_system) == (partner, system)
