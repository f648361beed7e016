"""Notices: a text with its values by their types, and a subject that stays one line."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csp_workflow.model.money import Cents
from csp_workflow.model.notice import NoticeText, by_type, from_types, one_line, worded

DAY = date(2026, 1, 10)
TEXT = NoticeText(subject="For {name} ({ref})", body="Since {on}, {name}:\n{reason}\n{unheard_of}")


def test_a_text_is_filled_with_its_values_in_the_form_of_the_language() -> None:
    values = {"name": "Fabrikam", "ref": "PGA-1/europe", "on": DAY, "reason": "late"}
    subject, body = TEXT.filled(values, "de")
    assert subject == "For Fabrikam (PGA-1/europe)"
    assert body == "Since 10. Januar 2026, Fabrikam:\nlate\n\N{EN DASH}"


@pytest.mark.parametrize("language", ["en", "de", "it", "cs"])
def test_a_text_that_looks_like_a_date_or_an_amount_stays_as_it_was_typed(language: str) -> None:
    assert worded("2026-01-10", language) == "2026-01-10"
    assert worded("1000000.00", language) == "1000000.00"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (DAY, "10. Januar 2026"),
        ((DAY, DAY), "10. Januar 2026, 10. Januar 2026"),
        (Decimal("1000000.00"), "1.000.000,00 USD"),
        (Cents(5), "0,05 USD"),
        (1500, "1.500"),
        (True, "ja"),
        (None, "\N{EN DASH}"),
        ("", "\N{EN DASH}"),
        (("a", "b"), "a, b"),
    ],
)
def test_a_value_is_worded_by_its_type(value: Any, words: str) -> None:
    assert worded(value, "de") == words


def test_what_an_act_was_given_keeps_its_lines_and_a_name_does_not() -> None:
    subject, body = TEXT.filled({"name": "A\nB", "ref": "x\r\ny", "on": DAY, "reason": "one\ntwo"}, "en")
    assert subject == "For A B (x y)"
    assert body == "Since January 10, 2026, A B:\none\ntwo\n\N{EN DASH}"


def test_a_subject_stays_one_line_also_with_what_an_act_was_given() -> None:
    text = NoticeText(subject="About: {reason}", body="{reason}")
    assert text.filled({"reason": "one\r\nBcc: two"}, "en") == ("About: one Bcc: two", "one\r\nBcc: two")


def test_a_value_with_braces_is_shown_as_it_is() -> None:
    subject, _body = TEXT.filled({"name": "{on} {0} {x.y}", "ref": "}", "on": DAY}, "en")
    assert subject == "For {on} {0} {x.y} (})"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Fabrikam\r\nBcc: all@example.com", "Fabrikam Bcc: all@example.com"),
        ("a\x00b\x1b[31mc\x7fd\x85e\u2028f\u2029g\x0bh", "a b [31mc d e f g h"),
        ("\u202ebmhG\u202c \u2067x\u2069", "bmhG x"),
        ("\n Fabrikam \n", "Fabrikam"),
        ("Česká s. r. o. 👩\u200d💻", "Česká s. r. o. 👩\u200d💻"),
    ],
)
def test_a_subject_is_one_line_without_control_characters(text: str, line: str) -> None:
    assert one_line(text) == line


@given(st.text())
def test_no_text_breaks_a_header(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1
    assert not any(letter < " " or "\x7f" <= letter <= "\x9f" for letter in one_line(text))


WORDS = st.text() | st.booleans() | st.integers(-(10**9), 10**9)
AMOUNTS = st.decimals("0.01", "9999999999999.99", places=2)
VALUES = st.one_of(
    WORDS, st.dates(), AMOUNTS, st.lists(st.dates(), min_size=1).map(tuple), st.text().map(lambda x: (x,))
)


@given(st.dictionaries(st.text(max_size=3), VALUES))
def test_values_come_back_from_storage_as_what_they_were(values: dict[str, Any]) -> None:
    again = from_types(json.loads(json.dumps(by_type(values))))
    assert again == values
    assert {name: type(value) for name, value in again.items()} == {name: type(value) for name, value in values.items()}


def test_a_row_of_the_first_version_is_still_read() -> None:
    old = {"name": "Fabrikam", "on": "2026-01-10", "due_on": "2026-01-11", "reason": "2026-01-12"}
    assert from_types(old) == {"name": "Fabrikam", "on": DAY, "due_on": date(2026, 1, 11), "reason": "2026-01-12"}


@pytest.mark.parametrize(
    "groups",
    [
        {"words": {}, "dates": {"on": "soon"}, "amounts": {}},
        {"words": {}, "dates": {}, "amounts": {"fee": "much"}},
        {"on": "soon"},
    ],
)
def test_what_is_not_of_its_type_is_refused(groups: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"soon|much"):
        from_types(groups)
