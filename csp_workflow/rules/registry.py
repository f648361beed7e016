"""Rules, effects, deadlines and views are registered by name; definitions name them, and nothing else finds them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple

from csp_workflow.errors import DefinitionError
from csp_workflow.model.case import Deadline, Fired
from csp_workflow.model.fields import Form
from csp_workflow.model.policy import Policy, Terms
from csp_workflow.model.verdict import Verdict
from csp_workflow.rules.act import Act
from csp_workflow.rules.question import Question

Answer = Callable[[Question, Terms], Verdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A guard: a question about a case on a day, answered by one function.

    `setting` is the policy value that it is judged by, where it is no requirement of a group; `of_day` says
    that the policy of the day judges even while another is pinned, `by` finds any other; `reads` names the
    facts it looks at, `table` the table of places that it cites, and `parameters` what its terms hold, as fields.
    """

    name: str
    answer: Answer
    setting: str = ""
    of_day: bool = False
    by: Callable[[Question], Policy | None] | None = None
    reads: tuple[str, ...] = ()
    table: str = ""
    parameters: Form = field(default_factory=lambda: Form("", {}))

    def __call__(self, question: Question, terms: Terms) -> Verdict:
        """The bare answer."""
        return self.answer(question, terms)


def rule(
    name: str,
    *,
    setting: str = "",
    of_day: bool = False,
    by: Callable[[Question], Policy | None] | None = None,
    reads: Iterable[str] = (),
    table: str = "",
    parameters: Mapping[str, str] | None = None,
) -> Callable[[Answer], Rule]:
    """Make a function a rule.

    Example:
        @rule("loan.limit", reads=["book"])
        def loan_limit(question: Question, terms: Terms) -> Verdict:
            books = len(list(question.facts.each("book", "title", question.day)))
            return Verdict(books < 3, have=books, need=2)
    """

    def register(answer: Answer) -> Rule:
        return Rule(
            name=name,
            answer=answer,
            setting=setting,
            of_day=of_day,
            by=by,
            reads=tuple(reads),
            table=table,
            parameters=Form.of(name, parameters or {}),
        )

    return register


class Pending(NamedTuple):
    """What a deadline is derived from beside the case itself.

    `today` is the day of the derivation, `since` the day from which the kind exists without a break, `stored`
    the deadline as it stands, `fired` its last firing.
    """

    today: date
    since: date
    stored: Deadline | None
    fired: Fired | None


class Due(NamedTuple):
    """A derived deadline: its day, and the date it speaks of."""

    on: date
    about: date | None = None


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a kind of deadline is derived, and which facts that looks at."""

    derive: Callable[[Question, Pending], Due | None]
    reads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What an effect does to an act; `least` and `most` words stand behind its name, that at `field_at` is a field."""

    apply: Callable[[Act, tuple[str, ...]], None]
    least: int = 0
    most: int = 0
    field_at: int | None = None


Derive = Callable[[Question, Pending], Due | None]


@dataclass(frozen=True, slots=True)
class View:
    """A part of the requirements view, with the options that it needs and those that it takes.

    `fill` adds to the `Lines` of `rules.requirements`, which is above this module.
    """

    fill: Callable[[Any], None]
    needs: frozenset[str]
    takes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Registry:
    """All that definitions may name.

    `settings` are the policy values that the code reads by name, each as a field; `groups` the groups of rules
    that it asks by name; `own` are a user's own rules.
    """

    rules: Mapping[str, Rule]
    effects: Mapping[str, Change]
    deadlines: Mapping[str, Derivation]
    views: Mapping[str, View]
    settings: Mapping[str, str] = field(default_factory=dict)
    groups: frozenset[str] = field(default=frozenset())
    own: frozenset[str] = field(default=frozenset())

    def with_rules(self, rules: Iterable[Rule]) -> Registry:
        """The same registry with a user's own rules.

        Raises:
            DefinitionError: one is no rule, or has a name that is taken.
        """
        known = dict(self.rules)
        own = set(self.own)
        for item in rules:
            if not isinstance(item, Rule):
                raise DefinitionError("rules", repr(item), "is no rule: decorate the function with @rule('its.name')")
            if item.name in known:
                raise DefinitionError("rules", item.name, "has the name of another rule: take a name of its own")
            known[item.name] = item
            own.add(item.name)
        return replace(self, rules=known, own=frozenset(own))

    def of_others(self) -> Registry:
        """The same registry, its rules no longer held to be this user's own, so that a definition may pass them by."""
        return replace(self, own=frozenset())


def named(items: Iterable[Rule]) -> dict[str, Rule]:
    """Rules by their names."""
    return {item.name: item for item in items}
