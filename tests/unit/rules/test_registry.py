"""Rules are registered by name, and only what was made a rule is one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from csp_workflow.errors import DefinitionError
from csp_workflow.model.policy import NO_TERMS, Terms
from csp_workflow.model.verdict import MET, Verdict
from csp_workflow.rules.question import Question
from csp_workflow.rules.registry import Rule, named, rule
from csp_workflow.rules.shipped import SHIPPED
from tests.unit.evidence import ask


@rule("tea.hot", reads=["pot"], setting="tea.heat", of_day=True)
def tea_hot(_question: Question, _terms: Terms) -> Verdict:
    """The tea is hot."""
    return MET


def test_a_function_becomes_a_rule_that_still_answers() -> None:
    assert isinstance(tea_hot, Rule)
    assert (tea_hot.name, tea_hot.reads, tea_hot.setting, tea_hot.of_day) == ("tea.hot", ("pot",), "tea.heat", True)
    assert tea_hot(ask(date(2026, 3, 1)), NO_TERMS) is MET


def test_a_rule_of_one_s_own_is_known_as_such_until_it_is_another_s() -> None:
    registry = SHIPPED.with_rules([tea_hot])
    assert registry.rules["tea.hot"] is tea_hot
    assert registry.own == {"tea.hot"}
    assert registry.of_others().own == frozenset()
    assert "tea.hot" not in SHIPPED.rules


def test_a_name_is_taken_once() -> None:
    with pytest.raises(DefinitionError, match=r"tea\.hot"):
        SHIPPED.with_rules([tea_hot, tea_hot])
    with pytest.raises(DefinitionError, match=r"plan\.paid"):
        SHIPPED.with_rules([rule("plan.paid")(tea_hot.answer)])


@pytest.mark.parametrize("item", [tea_hot.answer, "tea.hot", None, Rule])
def test_what_is_no_rule_is_refused(item: Any) -> None:
    with pytest.raises(DefinitionError, match="@rule"):
        SHIPPED.with_rules([item])


def test_rules_are_kept_by_their_names() -> None:
    assert named([tea_hot]) == {"tea.hot": tea_hot}
    assert all(name == item.name for name, item in SHIPPED.rules.items())


def test_every_shipped_rule_says_in_a_sentence_how_it_decides() -> None:
    assert [name for name, item in SHIPPED.rules.items() if not (item.answer.__doc__ or "").strip().endswith(".")] == []
