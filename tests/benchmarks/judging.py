"""What a judgement costs, measured in bare triggers of `transitions` with one guard: no database takes part."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from transitions import EventData, Machine

from csp_workflow.bootstrap import judge_of
from csp_workflow.model.actor import Actor
from csp_workflow.model.case import Case, Reference
from csp_workflow.model.decision import Decision
from csp_workflow.model.fact import Fact, Facts, Window
from csp_workflow.model.fields import plain
from csp_workflow.rules.engine import Judge
from csp_workflow.rules.question import Evidence, Question
from csp_workflow.testing import evidence_2025
from tests.benchmarks.measure import Act, Figure, Times, micros, options, ratio, take_turns, tell

TITLE = "Judging, in bare `transitions` triggers with one guard"
_TODAY = date(2025, 10, 6)
_NOW = datetime(2025, 10, 6, tzinfo=UTC)
_FLOOR = 100_000_000  # cents that the policy of October 2025 asks for
_ANNA, _CARL, _TIMER = Actor("anna", "global_admin"), Actor("carl", "credit_officer"), Actor("system", "system")
_MISSING, _COMING = 10, 9  # requirements that fail without any evidence, and with all but revenue effective tomorrow


class Carrier:
    """What the bare machine moves: as small as it can be."""

    __slots__ = ("state",)

    def __init__(self) -> None:
        self.state = "a"


def bare_trigger() -> Act:
    """One trigger of one shared machine, with one guard that says yes, on a fresh carrier."""
    machine = Machine(model=None, states=["a", "b"], initial="a", auto_transitions=False, send_event=True)

    def guard(_event: EventData) -> bool:
        return True

    machine.add_transition("go", "a", "b", conditions=[guard])

    def bare() -> None:
        if not machine.events["go"].trigger(Carrier()):
            raise AssertionError("the bare trigger was refused")

    return bare


class Summed:
    """A ledger as the judge gets it: its lines were added up before, by the database or, as here, once by hand."""

    def __init__(self, lines: Iterable[int]) -> None:
        self._cents = sum(lines)

    def total(self, window: Window) -> int:
        """The sum, whatever the window."""
        del window
        return self._cents

    def days_after(self, day: date) -> list[date]:
        """No line is yet to come."""
        del day
        return []


@dataclass(frozen=True, slots=True)
class Bench:
    """A judge, and the cases and evidence that it is asked about."""

    judge: Judge

    def evidence(self, lines: int, *, effective_on: date = _TODAY) -> Evidence:
        """All that an application needs, revenue spread over some lines; with no lines there is no fact at all."""
        given = evidence_2025(_TODAY) if lines else {}
        facts = [
            Fact(kind, plain(fields), effective_on, _NOW, None, seq)
            for seq, (kind, fields) in enumerate(given.items(), 1)
            if kind != "revenue"
        ]
        return Evidence(Facts(facts, 1), Summed(_FLOOR // lines + 1 for _line in range(lines)))

    def case(self, state: str, *, pinned: str | None = None, marks: dict[str, str] | None = None) -> Case:
        """A case that entered a state today."""
        return Case(
            reference=Reference("PGA-1001", "europe", self.judge.programme.default_lifecycle),
            number=1,
            state=state,
            version=1,
            opened_at=_NOW,
            entered_on=_TODAY,
            last_at=_NOW,
            derived_on=_TODAY,
            pinned=pinned,
            marks=marks or {},
        )

    def decide(self, case: Case, evidence: Evidence, trigger: str, actor: Actor) -> Decision:
        """One judgement, from the making of the question on."""
        return self.judge.decide(Question(self.judge.programme, case, evidence, _TODAY), trigger, actor, None)

    def accepted(self, case: Case, lines: int, trigger: str, actor: Actor) -> Act:
        """An act that goes."""
        evidence = self.evidence(lines)

        def act() -> None:
            if self.decide(case, evidence, trigger, actor).target is None:
                raise AssertionError(f"{trigger} was refused")

        return act

    def refused(self, case: Case, evidence: Evidence, failing: int) -> Act:
        """An application that is refused, every finding and the earliest date read in full."""

        def act() -> None:
            decision = self.decide(case, evidence, "apply", _ANNA)
            found = [finding.to_dict() for finding in decision.findings]
            if len(found) != failing or (failing == _COMING) != (decision.earliest is not None):
                raise AssertionError(f"{len(found)} findings")

        return act


def contestants(judge: Judge) -> dict[str, Act]:
    """All that is measured, by name."""
    bench = Bench(judge)
    start = bench.case("indirect_tenure")
    credit = bench.case("credit_check", pinned="2025-10", marks={"verified_on": _TODAY.isoformat()})
    coming = bench.evidence(24, effective_on=_TODAY + timedelta(days=1))
    return {
        "bare": bare_trigger(),
        "end_cooldown": bench.accepted(bench.case("deauthorized"), 24, "end_cooldown", _TIMER),
        "approve_credit": bench.accepted(credit, 24, "approve_credit", _CARL),
        "apply": bench.accepted(start, 24, "apply", _ANNA),
        "apply 100,000": bench.accepted(start, 100_000, "apply", _ANNA),
        "refused": bench.refused(start, bench.evidence(0), _MISSING),
        "refused, coming": bench.refused(start, coming, _COMING),
    }


def measure(*, rounds: int = 15, number: int = 2000) -> list[Figure]:
    """Run it and give the figures."""
    return figures(take_turns(contestants(judge_of()), rounds=rounds, number=number))


def figures(times: Times) -> list[Figure]:
    """The figures with their targets."""

    def against_bare(what: str, name: str, at_most: float | None = None) -> Figure:
        return Figure(what=what, value=ratio(times, name, "bare"), at_most=at_most)

    return [
        Figure(what="a bare trigger with one guard", value=micros(times, "bare"), unit="µs"),
        against_bare("a move with one guard: end_cooldown", "end_cooldown", 2.5),
        against_bare("a move with one guard and a payload: approve_credit", "approve_credit", 2.5),
        against_bare("apply with all its rules of October 2025", "apply", 8),
        against_bare("apply refused for all its requirements, findings read in full", "refused", 13),
        against_bare("the same, with evidence on its way that is looked ahead to", "refused, coming"),
        Figure(
            what="apply with 100,000 revenue lines, against apply with 24",
            value=ratio(times, "apply 100,000", "apply"),
            at_most=1.1,
        ),
    ]


def main(arguments: list[str] | None = None) -> int:
    """Measure and tell."""
    given = options(TITLE).parse_args(arguments)
    return tell(TITLE, measure(rounds=given.rounds or 15), check=given.check)


if __name__ == "__main__":
    sys.exit(main())
