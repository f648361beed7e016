"""Fields of payloads and facts: every kind with what it takes and refuses, defaults, bounds, conditions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from csp_workflow.errors import BadPayload, UnknownName
from csp_workflow.model.fields import NOTHING, Field, Form, Known, plain
from csp_workflow.model.kinds import KINDS
from csp_workflow.model.money import Cents
from tests.unit.evidence import PROGRAMME

TODAY = date(2026, 3, 1)
YESTERDAY, TOMORROW = date(2026, 2, 28), date(2026, 3, 2)
CRITERIA = ("secure.mfa", "sell.sales", "sell.staff")
KNOWN = {
    "today": TODAY,
    "total": 5,
    "countries": {"DE": 1, "FR": 1},
    "staff": ["a@x.org", "b@x.org"],
    "criteria": CRITERIA,
    "policies": PROGRAMME.policies,
    "pinned": "2023-07",
}
POINTS = {"sell.sales": 80, "sell.staff": 0, "secure.mfa": 100}


def form(**lines: str) -> Form:
    """A form of one-line fields."""
    return Form("the act", {name: Field.parse(name, line) for name, line in lines.items()})


def known(**more: Any) -> Known:
    """What bounds and defaults may speak of."""
    return Known({**KNOWN, **more})


def read(line: str, value: Any, **more: Any) -> Any:
    """A value as a field of this line reads it."""
    return form(it=line).read({"it": value}, known(**more))["it"]


GOOD: list[tuple[str, Any, Any]] = [
    ("text", "Ada", "Ada"),
    ("text", " kept as it is ", " kept as it is "),
    ("text", "x" * 10_000, "x" * 10_000),
    ("text", "[red]🦊\x1b שלום", "[red]🦊\x1b שלום"),
    ("optional_text", "", ""),
    ("optional_text", "  soc@example.com ", "soc@example.com"),
    ("email", "a.b+c@example.com", "a.b+c@example.com"),
    ("emails", ["a@x.org", "b@x.org"], ("a@x.org", "b@x.org")),
    ("emails", ("a@x.org",), ("a@x.org",)),
    ("date", TODAY, TODAY),
    ("date", YESTERDAY, YESTERDAY),
    ("date", "2026-02-28", YESTERDAY),
    ("coming_date", TODAY, TODAY),
    ("coming_date", TOMORROW, TOMORROW),
    ("any_date", YESTERDAY, YESTERDAY),
    ("any_date", "2030-02-28", date(2030, 2, 28)),
    ("dates", [TODAY, "2026-02-28"], (TODAY, YESTERDAY)),
    ("int", 7, 7),
    ("int", -7, -7),
    ("int(1..)", 1, 1),
    ("int(0..5)", 5, 5),
    ("int(0..total)", 5, 5),
    ("bool", True, True),
    ("bool", False, False),
    ("choice(active|lapsed)", "lapsed", "lapsed"),
    ("money", "1000.00", Decimal("1000.00")),
    ("money", 5, Decimal("5.00")),
    ("country", "DE", "DE"),
    ("currency", "EUR", "EUR"),
    ("one_of(staff)", "b@x.org", "b@x.org"),
    ("next_policy", "2025-10", "2025-10"),
    ("scores", POINTS, POINTS),
    ("scores", {"sell": {"sales": 80, "staff": 0}, "secure": {"mfa": 100}}, POINTS),
    ("scores", {"sell": {"sales": 80, "staff": 0}, "secure.mfa": 100}, POINTS),
    ("names", ["ASfP", "PSfP"], ("ASfP", "PSfP")),
    ("day_counts", [90, 60, 0], (90, 60, 0)),
    ("day_counts", [], ()),
    ("pass_mark", "none", "none"),
    ("pass_mark", 70, 70),
    ("pass_mark", Decimal("66.67"), Decimal("66.67")),
    ("table", {"sell": []}, {"sell": []}),
]
BAD: list[tuple[str, Any, str]] = [
    ("text", "", "must not be empty"),
    ("text", " \n\t ", "must not be empty"),
    ("text", 7, "must be text, not int"),
    ("text", ["Ada"], "must be text, not list"),
    ("text", "x" * 10_001, "longer than 10000"),
    ("text", "a\x00b", "cannot be stored"),
    ("text", "a\ud800b", "cannot be stored"),
    ("optional_text", 7, "must be text"),
    ("optional_text", "\x00", "cannot be stored"),
    ("email", "anna", "is not an e-mail address"),
    ("email", "a@b@c", "is not an e-mail address"),
    ("email", "a@b.org\nBcc: c@d.org", "is not an e-mail address"),
    ("email", "a@b.org\r", "is not an e-mail address"),
    ("email", "a@b.org,c@d.org", "is not an e-mail address"),
    ("email", "<a@b.org>", "is not an e-mail address"),
    ("email", "", "is not an e-mail address"),
    ("email", 7, "must be text"),
    ("emails", [], "at least one"),
    ("emails", "a@x.org", "must be a list"),
    ("emails", ["a@x.org", "A@X.org"], "twice"),
    ("emails", ["a@x.org", "anna"], "is not an e-mail address"),
    ("emails", ["a@x.org", 7], "must be text"),
    ("date", TOMORROW, "later than the day"),
    ("date", "2026-03-02", "later than the day"),
    ("date", "28.02.2026", "is not a date"),
    ("date", "2026-02-29", "is not a date"),
    ("date", datetime(2026, 2, 28), "must be a date"),  # noqa: DTZ001 - no instant is a date, whatever its zone
    ("date", 20260228, "must be a date"),
    ("date", True, "must be a date"),
    ("coming_date", YESTERDAY, "earlier than the day"),
    ("any_date", "", "is not a date"),
    ("any_date", 1.5, "must be a date"),
    ("dates", [], "at least one"),
    ("dates", TODAY, "must be a list"),
    ("dates", "2026-02-28", "must be a list"),
    ("dates", [YESTERDAY, TOMORROW], "later than the day"),
    ("dates", [YESTERDAY, "soon"], "is not a date"),
    ("int", "7", "must be a whole number"),
    ("int", 7.0, "must be a whole number"),
    ("int", True, "must be a whole number"),
    ("int", Decimal(7), "must be a whole number"),
    ("int", 10**9 + 1, "too large"),
    ("int", -(10**9) - 1, "too large"),
    ("int(1..)", 0, "must be at least 1"),
    ("int(0..5)", 6, "must be at most 5"),
    ("int(0..5)", -1, "must be at least 0"),
    ("int(0..total)", 6, "must be at most 5"),
    ("bool", 1, "must be true or false"),
    ("bool", "true", "must be true or false"),
    ("bool", "yes", "must be true or false"),
    ("choice(active|lapsed)", "Active", "take active or lapsed"),
    ("choice(active|lapsed)", "", "take active or lapsed"),
    ("choice(active|lapsed)", None.__class__, "take active or lapsed"),
    ("choice(active|lapsed)", ["active"], "take active or lapsed"),
    ("money", "1000.001", "two decimal places"),
    ("money", 10.5, "decimal number"),
    ("money", "NaN", "is not an amount"),
    ("money", -1, "more than 0"),
    ("country", "de", "ISO 3166-1"),
    ("country", "ZZ", "ISO 3166-1"),
    ("country", "Germany", "ISO 3166-1"),
    ("country", 7, "ISO 3166-1"),
    ("country", ["DE"], "ISO 3166-1"),
    ("currency", "eur", "ISO 4217"),
    ("currency", "EURO", "ISO 4217"),
    ("currency", "EUR\n", "ISO 4217"),
    ("currency", 978, "ISO 4217"),
    ("one_of(staff)", "c@x.org", "none of staff"),
    ("one_of(staff)", 7, "none of staff"),
    ("one_of(nobody)", "a@x.org", "none of nobody"),
    ("next_policy", "2023-07", "is not the policy of 2026-03-01"),
    ("next_policy", "2025-05", "is not the policy of 2026-03-01"),
    ("next_policy", 7, "must be the id of a policy"),
    ("scores", {}, "table of criteria"),
    ("scores", [80], "table of criteria"),
    ("scores", {**POINTS, "sell.sales": 101}, "sell.sales must have a whole number from 0 to 100"),
    ("scores", {**POINTS, "sell.sales": -1}, "sell.sales must have a whole number"),
    ("scores", {**POINTS, "sell.sales": 80.0}, "sell.sales must have a whole number"),
    ("scores", {**POINTS, "sell.sales": Decimal(80)}, "sell.sales must have a whole number"),
    ("scores", {**POINTS, "sell.sales": True}, "sell.sales must have a whole number"),
    ("scores", {**POINTS, "sell.sales": "80"}, "sell.sales must have a whole number"),
    ("scores", {**POINTS, "sell.sales": None}, "sell.sales must have a whole number"),
    ("scores", {"sell.sales": 80, "sell.staff": 0}, "misses secure.mfa"),
    ("scores", {**POINTS, "sell.charm": 9}, "does not know sell.charm"),
    ("scores", {**POINTS, "sell": {"sales": 80}}, "sell.sales stands twice"),
    ("names", [], "at least one"),
    ("names", "ASfP", "must be a list"),
    ("names", ["ASfP", 2], "must be a list of texts"),
    ("day_counts", ["a month"], "numbers of days"),
    ("day_counts", [-1], "numbers of days"),
    ("day_counts", [True], "numbers of days"),
    ("day_counts", 90, "numbers of days"),
    ("pass_mark", "high", "from 0 to 100"),
    ("pass_mark", 101, "from 0 to 100"),
    ("pass_mark", -1, "from 0 to 100"),
    ("pass_mark", True, "from 0 to 100"),
    ("pass_mark", 66.67, "from 0 to 100"),
    ("table", [], "must be a table"),
]


@pytest.mark.parametrize(("line", "value", "expected"), GOOD)
def test_a_kind_takes_what_it_is_for(line: str, value: Any, expected: Any) -> None:
    got = read(f"{line}!", value)
    assert (got, type(got)) == (expected, type(expected))


@pytest.mark.parametrize(("line", "value", "words"), BAD)
def test_a_kind_refuses_everything_else_in_one_sentence_that_names_the_field(line: str, value: Any, words: str) -> None:
    with pytest.raises(BadPayload) as refused:
        read(f"{line}!", value)
    assert refused.value.field == "it"
    assert refused.value.message.startswith("it: ")
    assert words in refused.value.message
    assert refused.value.code == "bad_payload"


def test_every_kind_is_tried_both_ways() -> None:
    def tried(rows: list[tuple[str, Any, Any]]) -> set[str]:
        return {line.partition("(")[0] for line, _, _ in rows}

    assert tried(GOOD) == tried(BAD) == set(KINDS)


def test_a_policy_that_does_not_exist_is_an_unknown_name() -> None:
    with pytest.raises(UnknownName) as refused:
        read("next_policy!", "2026-10")
    assert refused.value.code == "unknown_policy"


def test_a_policy_that_judges_already_is_refused() -> None:
    with pytest.raises(BadPayload, match="judges already"):
        read("next_policy!", "2025-10", pinned="2025-10")


def test_criteria_are_not_compared_where_there_is_no_assessment() -> None:
    assert read("scores!", {"anything": 5}, criteria=()) == {"anything": 5}


def test_points_are_kept_in_the_order_of_their_names() -> None:
    assert list(read("scores!", POINTS)) == sorted(POINTS)


# ------------------------------------------------------------------------------- what may be left out


def test_a_field_that_is_needed_is_demanded_and_the_sentence_says_what_it_takes() -> None:
    with pytest.raises(BadPayload) as refused:
        form(reason="text!").read({}, known())
    assert refused.value.message == "reason: is missing; the act needs a text."


def test_none_is_left_out() -> None:
    assert form(note="text").read({"note": None}, known()) == {}
    with pytest.raises(BadPayload, match="is missing"):
        form(reason="text!").read({"reason": None}, known())


def test_a_field_that_is_not_needed_may_be_left_out() -> None:
    assert form(note="text", day="date").read({}, known()) == {}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("date = today", TODAY),
        ("coming_date = today", TODAY),
        ("any_date = today + 1 day", TOMORROW),
        ("any_date = today + 30 days", date(2026, 3, 31)),
        ("any_date = today + 1 month", date(2026, 4, 1)),
        ("any_date = today + 1 year", date(2027, 3, 1)),
        ("any_date = today + 2 years", date(2028, 3, 1)),
        ("bool = true", True),
        ("bool = false", False),
        ("choice(USD) = USD", "USD"),
        ("int = 7", 7),
        ("text = a word", "a word"),
    ],
)
def test_what_is_left_out_gets_its_default(line: str, expected: Any) -> None:
    assert form(it=line).read({}, known()) == {"it": expected}


def test_a_default_may_speak_of_a_field_that_was_given_or_got_its_own_default() -> None:
    purchase = form(purchased_on="date = today", renews_on="any_date > purchased_on = purchased_on + 1 year")
    assert purchase.read({}, known())["renews_on"] == date(2027, 3, 1)
    given = purchase.read({"purchased_on": date(2024, 2, 29)}, known())
    assert given["renews_on"] == date(2025, 3, 1)


@pytest.mark.parametrize(
    ("renewed_on", "expected"),
    [
        (date(2026, 2, 28), date(2026, 11, 20)),
        (date(2026, 3, 1), date(2026, 11, 20)),
    ],
)
def test_a_default_may_be_the_anniversary_of_a_day_after_another(renewed_on: date, expected: date) -> None:
    line = "any_date = anniversary of old after renewed_on"
    renewal = form(renewed_on="date = today", renews_on=line)
    assert renewal.read({"renewed_on": renewed_on}, known(old=date(2025, 11, 20)))["renews_on"] == expected


def test_without_the_day_of_the_anniversary_it_is_a_year_after_the_other() -> None:
    renewal = form(renewed_on="date = today", renews_on="any_date = anniversary of old after renewed_on")
    assert renewal.read({}, known())["renews_on"] == date(2027, 3, 1)


@pytest.mark.parametrize(
    ("line", "value", "holds"),
    [
        ("any_date > start", date(2026, 1, 10), False),
        ("any_date > start", date(2026, 1, 11), True),
        ("any_date >= start", date(2026, 1, 9), False),
        ("any_date >= start", date(2026, 1, 10), True),
        ("any_date < start", date(2026, 1, 10), False),
        ("any_date < start", date(2026, 1, 9), True),
        ("any_date <= start", date(2026, 1, 11), False),
        ("any_date <= start", date(2026, 1, 10), True),
        ("any_date > start and < end", date(2026, 2, 1), False),
        ("any_date > start and < end", date(2026, 1, 31), True),
        ("any_date > nothing_known", date(1990, 1, 1), True),
    ],
)
def test_a_bound_holds_to_the_day(line: str, value: date, holds: bool) -> None:
    scope = {"start": date(2026, 1, 10), "end": date(2026, 2, 1)}
    if holds:
        assert read(line, value, **scope) == value
    else:
        with pytest.raises(BadPayload, match="must be"):
            read(line, value, **scope)


def test_a_default_keeps_the_bounds_too() -> None:
    with pytest.raises(BadPayload, match="later than"):
        form(it="any_date > today = today").read({}, known())


@pytest.mark.parametrize("asked", [frozenset({"assessment.interviews"}), frozenset({"assessment.interviews", "x"})])
def test_a_conditional_field_is_demanded_where_the_policy_asks_for_it(asked: frozenset[str]) -> None:
    assessor = form(assessor="text! if assessment.interviews")
    assert assessor.read({"assessor": "Ada"}, known(), asked=asked) == {"assessor": "Ada"}
    with pytest.raises(BadPayload, match="assessor: is missing"):
        assessor.read({}, known(), asked=asked)


def test_a_conditional_field_may_be_given_where_no_policy_asks_for_it() -> None:
    assessor = form(assessor="text! if assessment.interviews")
    assert assessor.read({}, known()) == {}
    assert assessor.read({"assessor": "Ada"}, known(), asked=frozenset({"x"})) == {"assessor": "Ada"}
    with pytest.raises(BadPayload):
        assessor.read({"assessor": ""}, known())


# ------------------------------------------------------------------------------------- unknown fields


def test_an_unknown_field_is_refused_with_what_the_act_takes_and_a_suggestion() -> None:
    with pytest.raises(BadPayload) as refused:
        form(reason="text!", provider="text").read({"reason": "x", "provder": "y"}, known())
    assert refused.value.field == "provder"
    assert refused.value.message.startswith(
        "provder: no such field; the act takes provider, reason; did you mean 'provider'?"
    )


def test_an_unknown_field_far_from_all_others_is_refused_without_a_suggestion() -> None:
    with pytest.raises(BadPayload) as refused:
        form(reason="text!").read({"reason": "x", "colour": "red"}, known())
    assert "did you mean" not in refused.value.message


def test_an_act_that_takes_nothing_says_so() -> None:
    with pytest.raises(BadPayload, match="takes no fields"):
        form().read({"x": 1}, known())
    assert form().read({}, known()) is NOTHING


@pytest.mark.parametrize("given", ["x", 7, ["reason"], [("reason", "x")]])
def test_what_is_no_table_is_refused(given: Any) -> None:
    with pytest.raises(BadPayload, match="table"):
        form(reason="text!").read(given, known())


def test_a_field_that_is_not_named_by_text_is_refused() -> None:
    with pytest.raises(BadPayload, match="no such field"):
        form(reason="text!").read({7: "x", "reason": "y"}, known())


def test_what_was_given_stays_as_it_was() -> None:
    given: Mapping[str, Any] = {"day": "2026-02-28"}
    scope = known()
    form(day="date", more="date = today").read(given, scope)
    assert given == {"day": "2026-02-28"}
    assert set(scope) == set(KNOWN)


# ------------------------------------------------------------------------------------ fields as text


@pytest.mark.parametrize(
    ("line", "text", "expected"),
    [
        ("text", "7", "7"),
        ("int", "7", 7),
        ("int", "-7", -7),
        ("int", "7.5", "7.5"),
        ("int", "9" * 19, "9" * 19),
        ("bool", "true", True),
        ("bool", "No", False),
        ("bool", "maybe", "maybe"),
        ("date", "2026-02-28", "2026-02-28"),
        ("dates", "2026-02-28, 2026-03-01", ["2026-02-28", "2026-03-01"]),
        ("emails", "a@x.org,b@x.org,", ["a@x.org", "b@x.org"]),
        ("money", "10.50", "10.50"),
        ("bool", True, True),
    ],
)
def test_text_from_a_console_comes_as_close_to_its_type_as_it_can(line: str, text: Any, expected: Any) -> None:
    got = form(it=line).from_text({"it": text})["it"]
    assert (got, type(got)) == (expected, type(expected))


def test_points_in_a_table_become_numbers_and_unknown_fields_stay_for_the_refusal() -> None:
    typed = form(scores="scores").from_text({"scores": {"sell": {"sales": "80"}, "mfa": "x"}, "colour": "7"})
    assert typed == {"scores": {"sell": {"sales": 80}, "mfa": "x"}, "colour": "7"}


# ------------------------------------------------------------------------------------------ one line


def test_a_field_knows_whether_it_is_masked() -> None:
    bank = form(bank_account="sensitive text! if enrollment.bank_account", note="text")
    assert bank.sensitive == ("bank_account",)
    field = bank.fields["bank_account"]
    assert (field.sensitive, field.required, field.required_if) == (True, False, "enrollment.bank_account")


@pytest.mark.parametrize(
    "line",
    ["", "Text", "text?", "text !", "txt!", "date = ", "text! when x", "int(1..", "date ~ today", "secret text", "!"],
)
def test_a_line_that_is_no_field_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="field"):
        Field.parse("it", line)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (date(2026, 1, 31), "2026-01-31"),
        (Cents(123_456), "1234.56"),
        (Decimal("80.50"), "80.50"),
        ({"a": (date(2026, 1, 31), {"b": Cents(1)})}, {"a": ["2026-01-31", {"b": "0.01"}]}),
        (("a", 1), ["a", 1]),
        (True, True),
        (None, None),
    ],
)
def test_typed_values_become_plain_ones(value: Any, expected: Any) -> None:
    assert plain(value) == expected
