"""A library lends books by the same engine: a folder and a rule of its own, and nothing of the package is touched."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from csp_workflow import Actor, Question, Rule, Terms, TransitionRefused, Verdict, Workflow, open_workflow, rule
from csp_workflow.bootstrap import judge_of
from csp_workflow.errors import DefinitionError, UnknownName
from csp_workflow.testing import SettableClock
from tests.states.folders import SHIPPED_FOLDER

LIBRARY = {
    "programme.toml": """
default_lifecycle = "loan"
[role.reader]
side = "partner"
[role.librarian]
side = "operator"
[role.clock]
side = "system"
""",
    "facts.toml": """
[book]
fields = { title = "text!", shelf = "text" }
about = ["partner", "case"]
accumulates = "title"
""",
    "sources.toml": """
[house-rules]
title = "House rules"
date = "2020"
""",
    "markets.toml": """
[source]
markets = "house-rules"
[region.main_street]
name = "Main Street"
[region.harbour]
name = "Harbour"
[country.DE]
name = { en = "Germany" }
markets = [{ region = "main_street", printed = "Deutschland" }]
""",
    "rules.en.toml": """
["actor.role"]
statement = "The one who acts may do this."
fix = "Ask one of these: {need}."
["entitlement"]
statement = "The card carries the right asked for."
fix = "Look at {have}."
["loan.limit"]
statement = "The reader has fewer books at home than are lent to one reader at {region}."
fix = "Bring a book back (at home: {have}, at most: {need})."
["order.borrow"]
statement = "A book is lent to a reader at the desk."
fix = "Bring back what is lent."
["order.return"]
statement = "A book comes back from a reader who has one."
fix = "Borrow one first."
["order.leave"]
statement = "A card is given back without a book."
fix = "Bring the book back."
""",
    "notices/lent.en.txt": "Subject: Lent ({ref})\n\nHello {name}, enjoy it.\n",
    "loan/lifecycle.toml": """
title = "Library loan"

[state.desk]
initial = true
entitlements = ["read_here"]
asks = [{ view = "guards", of = "borrow", failing = "due_now" }]

[state.lent]
entitlements = ["read_here", "read_at_home"]
asks = [{ view = "order", trigger = "return", listed = "due_now" }]

[state.left]
final = true

[trigger.borrow]
moves = { desk = "lent" }
roles = ["reader"]
payload = { title = "text!", home = "country", back_on = "any_date > today = today + 1 month" }
guards = ["loan.limit"]
effects = ["keep title title", "mark lent_on"]
notices = ["lent"]
sources = ["house-rules"]

[trigger.return]
moves = { lent = "desk" }
roles = ["reader", "librarian"]
effects = ["forget title lent_on"]

[trigger.leave]
moves = { desk = "left" }
roles = ["librarian"]
payload = { reason = "text!" }
""",
}
READER, LIBRARIAN = Actor("mina", "reader"), Actor("jo", "librarian")
CARD = "CARD-7/main_street"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@rule("loan.limit", reads=["book"])
def loan_limit(question: Question, _terms: Terms) -> Verdict:
    """Fewer than three books are at home."""
    books = len(list(question.facts.each("book", "title", question.day)))
    return Verdict(books < 3, have=books, need=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The library's definitions."""
    for name, text in LIBRARY.items():
        path = tmp_path / "library" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "library"


@pytest.fixture
def library(folder: Path) -> Iterator[Workflow]:
    """The library at work, with one reader's card."""
    with open_workflow("memory:", states=folder, rules=[loan_limit], clock=SettableClock(NOON)) as workflow:
        workflow.register_partner("CARD-7", name="Mina", country="DE", email="mina@example.com")
        workflow.open_case("CARD-7", region="main_street")
        yield workflow


def at_home(library: Workflow, *titles: str) -> None:
    """Record books that the reader has at home."""
    for title in titles:
        library.record("CARD-7", "book", {"title": title}, actor=LIBRARIAN)


def test_a_book_is_lent_and_comes_back_and_the_card_is_given_back(library: Workflow) -> None:
    assert library.case(CARD).state == "desk"
    lent = library.fire(CARD, "borrow", actor=READER, payload={"title": "Emma"})
    assert (lent.case.state, lent.case.policy, lent.transition.target) == ("lent", None, "lent")
    assert [(notice.kind, notice.to) for notice in lent.notices] == [("lent", "mina@example.com")]
    assert library.entitlements(CARD) == ("read_here", "read_at_home")
    assert library.fire(CARD, "return", actor=LIBRARIAN).case.state == "desk"
    closed = library.fire(CARD, "leave", actor=LIBRARIAN, payload={"reason": "moves away"})
    assert (closed.case.state, closed.case.version) == ("left", 4)
    assert [entry.kind for entry in library.history(CARD)] == ["opened", *["transition"] * 3]


def test_the_payload_gets_the_defaults_that_the_folder_gives(library: Workflow) -> None:
    library.fire(CARD, "borrow", actor=READER, payload={"title": "Emma"})
    assert library.history(CARD)[-1].payload == {"title": "Emma", "back_on": "2026-04-02"}


def test_every_kind_of_field_may_stand_in_a_payload(library: Workflow) -> None:
    library.fire(CARD, "borrow", actor=READER, payload={"title": "Emma", "home": "DE"})
    assert library.history(CARD)[-1].payload["home"] == "DE"


def test_two_books_at_home_are_allowed_and_the_third_is_refused_by_the_library_s_own_rule(library: Workflow) -> None:
    at_home(library, "Emma", "Persuasion")
    assert library.decide(CARD, "borrow", actor=READER, payload={"title": "Sanditon"}).accepted
    at_home(library, "Lady Susan")
    with pytest.raises(TransitionRefused) as refused:
        library.fire(CARD, "borrow", actor=READER, payload={"title": "Sanditon"})
    (finding,) = refused.value.findings
    assert (finding.rule, finding.met, finding.have, finding.need) == ("loan.limit", False, 3, 2)
    assert finding.statement == "The reader has fewer books at home than are lent to one reader at main_street."
    assert finding.fix == "Bring a book back (at home: 3, at most: 2)."
    assert (finding.policy, finding.earliest, refused.value.earliest) == (None, None, None)
    assert library.case(CARD).state == "desk"


def test_the_same_title_twice_counts_once(library: Workflow) -> None:
    at_home(library, "Emma", "Persuasion", "Emma")
    assert library.decide(CARD, "borrow", actor=READER, payload={"title": "Sanditon"}).accepted


def test_role_and_order_are_refused_in_the_library_s_words(library: Workflow) -> None:
    assert library.decide(CARD, "borrow", actor=LIBRARIAN, payload={"title": "Emma"}).rules == ("actor.role",)
    (finding,) = library.decide(CARD, "return", actor=READER).findings
    assert (finding.rule, finding.statement) == ("order.return", "A book comes back from a reader who has one.")


def test_what_is_required_is_asked_by_the_library_s_own_rule(library: Workflow) -> None:
    assert [finding.rule for finding in library.requirements(CARD).met] == ["loan.limit"]
    at_home(library, "Emma", "Persuasion", "Lady Susan")
    assert [finding.rule for finding in library.requirements(CARD).due_now] == ["loan.limit"]


def test_the_branches_are_the_regions(library: Workflow) -> None:
    assert library.open_case("CARD-7", region="harbour").ref == "CARD-7/harbour"
    with pytest.raises(UnknownName) as unknown:
        library.open_case("CARD-7", region="europe")
    assert unknown.value.code == "unknown_region"


def test_a_sweep_finds_nothing_where_no_deadline_is_defined(library: Workflow) -> None:
    swept = library.sweep()
    assert (swept.fired, swept.notices) == ((), ())


def test_the_library_is_kept_in_a_database_too(folder: Path, tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'library.db'}"
    with open_workflow(address, states=folder, rules=[loan_limit], clock=SettableClock(NOON)) as workflow:
        workflow.register_partner("CARD-7", name="Mina", country="DE")
        workflow.open_case("CARD-7", region="main_street")
        workflow.fire(CARD, "borrow", actor=READER, payload={"title": "Emma"})
    with open_workflow(address, states=folder, rules=[loan_limit], clock=SettableClock(NOON)) as workflow:
        assert workflow.case(CARD).state == "lent"


def test_the_folder_may_be_named_by_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSP_WORKFLOW_STATES", str(folder))
    assert set(judge_of(rules=[loan_limit]).programme.lifecycles) == {"loan"}


def test_without_its_rule_the_library_is_refused(folder: Path) -> None:
    with pytest.raises(DefinitionError) as refused:
        judge_of(folder)
    assert (refused.value.file, refused.value.key) == ("loan/lifecycle.toml", "trigger.borrow.guards")
    assert "loan.limit" in refused.value.message


# ------------------------------------------------------------------------------------ rules of one's own


def no_rule(_question: Question, _terms: Terms) -> Verdict:
    """A function that nobody has made a rule."""
    return Verdict(met=True)


def test_two_rules_of_one_name_are_refused(folder: Path) -> None:
    with pytest.raises(DefinitionError, match=r"loan\.limit"):
        judge_of(folder, [loan_limit, rule("loan.limit")(no_rule)])


def test_a_rule_with_the_name_of_a_shipped_one_is_refused() -> None:
    with pytest.raises(DefinitionError) as refused:
        judge_of(SHIPPED_FOLDER, [rule("tenure.months")(no_rule)])
    assert refused.value.key == "tenure.months"


def test_what_is_no_rule_is_refused_and_the_error_tells_how_to_make_one(folder: Path) -> None:
    with pytest.raises(DefinitionError, match="@rule"):
        judge_of(folder, [no_rule])  # type: ignore[list-item]


def test_a_rule_that_no_definition_uses_is_refused() -> None:
    with pytest.raises(DefinitionError) as refused:
        judge_of(SHIPPED_FOLDER, [loan_limit])
    assert refused.value.key == "loan.limit"


def test_a_rule_keeps_what_it_was_made_with() -> None:
    assert isinstance(loan_limit, Rule)
    assert (loan_limit.name, loan_limit.reads, loan_limit.setting) == ("loan.limit", ("book",), "")


# ------------------------------------------------------------------------- rules of installed packages


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package on the path that names a rule in the entry-point group."""
    site = tmp_path / "site"
    info = site / "library_rules-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "library_rules_of_a_test.py").write_text(
        "from csp_workflow import Verdict, rule\n\n\n"
        '@rule("loan.limit", reads=["book"])\n'
        "def loan_limit(question, terms):\n"
        '    return Verdict(not list(question.facts.each("book", "title", question.day)))\n',
        encoding="utf-8",
    )
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: library-rules\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(
        "[csp_workflow.rules]\nlimit = library_rules_of_a_test:loan_limit\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(str(site))
    importlib.invalidate_caches()
    yield "loan.limit"
    sys.modules.pop("library_rules_of_a_test", None)


def test_rules_of_installed_packages_are_found_by_their_entry_point(installed: str, folder: Path) -> None:
    judge = judge_of(folder)
    assert judge.registry.rules[installed].reads == ("book",)
    with open_workflow("memory:", states=folder, clock=SettableClock(date(2026, 3, 2))) as workflow:
        workflow.register_partner("CARD-7", name="Mina", country="DE")
        workflow.open_case("CARD-7", region="main_street")
        at_home(workflow, "Emma")
        assert workflow.decide(CARD, "borrow", actor=READER, payload={"title": "Sanditon"}).rules == (installed,)


@pytest.mark.usefixtures("installed")
def test_a_definition_may_pass_by_the_rules_of_installed_packages() -> None:
    assert judge_of(SHIPPED_FOLDER).programme.default_lifecycle == "direct_bill"


@pytest.mark.usefixtures("installed")
def test_a_rule_of_one_s_own_with_the_name_of_an_installed_one_is_refused(folder: Path) -> None:
    with pytest.raises(DefinitionError, match=r"loan\.limit"):
        judge_of(folder, [loan_limit])
