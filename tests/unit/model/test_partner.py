"""A partner refuses what cannot be kept, shown or written to."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from csp_workflow.errors import BadPartner
from csp_workflow.model.partner import Partner


def partner(**values: Any) -> Partner:
    """A partner with some values of its own."""
    return Partner(**{"pga": "PGA-1001", "name": "Fabrikam GmbH", "country": "DE", **values})


def test_a_partner_has_the_defaults_of_the_contract() -> None:
    assert partner().to_dict() == {
        "pga": "PGA-1001",
        "name": "Fabrikam GmbH",
        "country": "DE",
        "email": None,
        "language": "en",
        "manager": None,
        "revision": 0,
    }


@pytest.mark.parametrize("pga", ["P", "PGA-1001", "a.b_c-d", "0", "x" * 64])
def test_a_key_is_up_to_64_letters_digits_dots_dashes_and_underlines(pga: str) -> None:
    assert partner(pga=pga).pga == pga


@pytest.mark.parametrize("pga", ["", "x" * 65, "PGA 1", "PGA/1", "PGA#1", "pgä", "PGA-1\n", None, 7])
def test_another_key_is_refused(pga: Any) -> None:
    with pytest.raises(BadPartner, match=r"^pga: "):
        partner(pga=pga)


@pytest.mark.parametrize("name", ["[bold]Fabrikam[/bold]", "שלום", "🦊", "\x1b[31mred"])
def test_a_name_may_hold_whatever_can_be_stored(name: str) -> None:
    assert partner(name=name).name == name


@pytest.mark.parametrize("name", ["", "   ", "a\x00b", "\ud800", "x" * 10_001, None, 7])
def test_a_name_that_is_empty_or_cannot_be_stored_is_refused(name: Any) -> None:
    with pytest.raises(BadPartner, match=r"^name: "):
        partner(name=name)


@pytest.mark.parametrize("country", ["", "de", "DEU", "D1", "Germany", None, 7, "DE\n"])
def test_a_country_is_two_capitals(country: Any) -> None:
    with pytest.raises(BadPartner, match=r"^country: "):
        partner(country=country)


@pytest.mark.parametrize("language", ["en", "de", "it", "cs"])
def test_the_product_speaks_four_languages(language: str) -> None:
    assert partner(language=language).language == language


@pytest.mark.parametrize("language", ["", "EN", "fr", None, 7, ["en"]])
def test_another_language_is_refused(language: Any) -> None:
    with pytest.raises(BadPartner, match=r"^language: "):
        partner(language=language)


@pytest.mark.parametrize("email", ["", "anna", "anna@", "@x", "a@b@c", "a b@c", "a@b\nBcc: x@y", "a@b, c@d", "a@b;", 7])
def test_an_address_that_could_break_a_header_is_refused(email: Any) -> None:
    with pytest.raises(BadPartner, match=r"^email: "):
        partner(email=email)


@pytest.mark.parametrize("manager", ["", " ", "\x00", 7])
def test_a_manager_is_a_name_or_none(manager: Any) -> None:
    with pytest.raises(BadPartner, match=r"^manager: "):
        partner(manager=manager)
    assert partner(manager="Jo").manager == "Jo"


def test_a_partner_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        partner().name = "Contoso"  # type: ignore[misc]
