"""The programme: everything is found by its name, and shown by its title."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from csp_workflow.errors import UnknownName
from csp_workflow.finding import Finding
from csp_workflow.model.actor import Actor
from csp_workflow.model.money import Cents
from csp_workflow.model.programme import Programme
from csp_workflow.model.verdict import Judged, Verdict, Wording
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


VALUES: list[tuple[Any, Any]] = [
    (None, None),
    (False, True),
    (11, 12),
    ("lapsed", "active"),
    (["a", "b"], []),
    (date(2026, 1, 31), date(2026, 2, 28)),
    (Cents(99_999_999), Cents(100_000_000)),
    (None, Cents(5)),
    (Decimal("79.50"), Decimal(80)),
    (Decimal("1234.50"), Decimal("0.5")),
]


@pytest.mark.parametrize("language", ["de", "it", "cs"])
@pytest.mark.parametrize(("have", "need"), VALUES)
def test_what_a_rule_has_said_is_said_in_another_language(language: str, have: Any, need: Any) -> None:
    names = {"partner": "PGA-1", "region": "europe"}
    for rule, english in PROGRAMME.words("en").items():
        for earliest in (None, date(2026, 3, 1)):
            judged = Judged(rule, Verdict(False, have, need, earliest), ("s",), "p", assumed=False)
            kept = Finding.from_dict(json.loads(json.dumps(judged.finding(english, names).to_dict())))
            told = PROGRAMME.reworded(kept, "PGA-1/europe/direct_bill", language)
            assert told == judged.finding(PROGRAMME.words(language)[rule], names)
            assert told != kept
            assert PROGRAMME.reworded(kept, "PGA-1/europe", "en") == kept


@pytest.mark.parametrize(("subject", "region"), [("PGA-1/asia/direct_bill/T", "asia"), ("PGA-1", "")])
def test_what_is_said_again_names_the_same_partner_and_region(subject: str, region: str) -> None:
    wordings = {
        language: {"a.rule": Wording(statement=f"{language} {{partner}}", fix="{region}", language=language)}
        for language in ("en", "de")
    }
    judged = Judged("a.rule", Verdict(met=False), (), None, assumed=False)
    finding = judged.finding(wordings["en"]["a.rule"], {"partner": "PGA-1", "region": region})
    told = replace(PROGRAMME, wordings=wordings).reworded(finding, subject, "de")
    assert (told.statement, told.fix) == ("de PGA-1", region)


def test_what_was_said_in_words_that_nobody_knows_any_more_stays_as_it_is() -> None:
    english = PROGRAMME.words("en")["revenue.floor"]
    judged = Judged("revenue.floor", Verdict(False, Cents(1), Cents(2)), (), None, assumed=False)
    old = replace(judged.finding(english, {}), statement="Revenue is needed.")
    unknown = replace(old, rule="a.rule")
    assert PROGRAMME.reworded(old, "PGA-1", "de") == old
    assert PROGRAMME.reworded(unknown, "PGA-1", "de") == unknown
