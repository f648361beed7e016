"""Findings: how an answer is put to a reader, and read back from the journal."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csp_workflow.finding import Finding
from csp_workflow.model.money import Cents
from csp_workflow.model.verdict import MET, NOT_MET, Judged, Verdict, Wording

WORDING = Wording(
    statement="At least {need} is needed in {region}.", fix="Bring {partner} from {have} to {need} ({earliest})."
)
NAMES = {"partner": "PGA-1", "region": "europe"}
SOON = date(2026, 3, 1)


def judged(verdict: Verdict, **values: Any) -> Judged:
    """An answer with all that explains it."""
    return Judged(
        **{"rule": "a.rule", "verdict": verdict, "sources": ("s",), "policy": "p", "assumed": False, **values}
    )


def test_a_finding_is_worded_with_what_there_is_and_what_is_needed() -> None:
    finding = judged(Verdict(False, Cents(99_999_999), Cents(100_000_000), SOON)).finding(WORDING, NAMES)
    assert finding.statement == "At least USD 1,000,000.00 is needed in europe."
    assert finding.fix == "Bring PGA-1 from USD 999,999.99 to USD 1,000,000.00 (2026-03-01)."
    assert (finding.have, finding.need, finding.earliest) == ("999999.99", "1000000.00", SOON)
    assert (finding.rule, finding.met, finding.sources, finding.policy) == ("a.rule", False, ("s",), "p")


@pytest.mark.parametrize(
    ("language", "need"), [("de", "1.000.000,00 USD"), ("it", "1.000.000,00 USD"), ("cs", "1\xa0000\xa0000,00 USD")]
)
def test_a_wording_writes_amounts_as_its_own_language_does_and_leaves_days_as_they_are(
    language: str, need: str
) -> None:
    wording = Wording(statement="{need}", fix="{have} {earliest} {partner}", language=language)
    finding = judged(Verdict(False, True, Cents(100_000_000), SOON)).finding(wording, NAMES)
    assert finding.statement == need
    assert finding.fix == f"{'ja' if language == 'de' else 'sì' if language == 'it' else 'ano'} 2026-03-01 PGA-1"
    assert (finding.have, finding.need, finding.earliest) == (True, "1000000.00", SOON)


def test_a_wording_without_a_place_for_values_is_said_as_it_is() -> None:
    wording = Wording(statement="It is paid.", fix="Pay it.", language="de")
    assert wording.said(Verdict(False, Cents(1), Cents(2)), {}) == ("It is paid.", "Pay it.")


def test_what_is_not_there_is_a_dash() -> None:
    finding = judged(NOT_MET).finding(WORDING, NAMES)
    assert finding.fix == "Bring PGA-1 from \N{EN DASH} to \N{EN DASH} (\N{EN DASH})."
    assert (finding.have, finding.need, finding.earliest, finding.due_on) == (None, None, None, None)


def test_text_of_a_user_with_braces_is_shown_as_it_is() -> None:
    finding = judged(Verdict(False, "{need} {x}", "{have}")).finding(WORDING, NAMES)
    assert finding.statement == "At least {have} is needed in europe."


def test_the_shortest_verdicts_are_yes_and_no() -> None:
    assert (MET.met, NOT_MET.met) == (True, False)


def test_a_finding_has_the_keys_of_the_contract() -> None:
    finding = judged(Verdict(False, 1, 2, SOON)).finding(WORDING, NAMES)
    assert list(finding.to_dict()) == [
        "rule",
        "met",
        "statement",
        "have",
        "need",
        "earliest",
        "fix",
        "sources",
        "policy",
        "assumed",
    ]
    assert finding.to_dict()["earliest"] == "2026-03-01"


def test_a_finding_that_is_asked_later_says_when() -> None:
    finding = judged(NOT_MET).finding(WORDING, NAMES, due_on=SOON)
    assert (finding.due_on, finding.to_dict()["due_on"]) == (SOON, "2026-03-01")


PLAIN = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=5) | st.lists(st.text(max_size=3))
DATES = st.none() | st.dates()


@given(
    st.builds(
        Finding,
        rule=st.text(max_size=5),
        met=st.booleans(),
        statement=st.text(max_size=5),
        have=PLAIN,
        need=PLAIN,
        earliest=DATES,
        fix=st.text(max_size=5),
        sources=st.lists(st.text(max_size=3)).map(tuple),
        policy=st.none() | st.text(max_size=5),
        assumed=st.booleans(),
        due_on=DATES,
    )
)
def test_a_finding_comes_back_from_json_as_it_was(finding: Finding) -> None:
    assert Finding.from_dict(json.loads(json.dumps(finding.to_dict()))) == finding


@pytest.mark.parametrize("value", [Cents(5), SOON, (SOON, Cents(5)), {"a": SOON}])
def test_what_a_finding_holds_can_be_written_as_json_and_comes_back(value: Any) -> None:
    finding = judged(Verdict(False, value, value)).finding(WORDING, NAMES)
    assert Finding.from_dict(json.loads(json.dumps(finding.to_dict()))) == finding
