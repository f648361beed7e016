"""Some dozens of partners whom the product itself lets live: what a large database is copied from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import NamedTuple

from csp_workflow.bootstrap import HostWorkflow
from csp_workflow.errors import TransitionRefused
from csp_workflow.model.actor import Actor
from csp_workflow.testing import SettableClock, ready_partner
from tests.benchmarks.walks import WALK, fire

TODAY = date(2026, 11, 2)  # on which the large database is looked at; nothing of it is later
_LAST_SWEPT = date(2026, 10, 7)
_ANNA, _RITA, _OTTO = Actor("anna", "global_admin"), Actor("rita", "reviewer"), Actor("otto", "operator")
_FORM = {"mpn": "4711", "address": "Harbour 1", "bank_account": "DE02120300000000202051", "admin_email": "a@b.example"}
_DAYS = 12  # how many partners live each life, beginning on as many days

Life = Callable[[HostWorkflow, SettableClock, str, date], object]


class Lives(NamedTuple):
    """The keys of the partners: with nothing due today, with something due, and ready to apply today."""

    settled: tuple[str, ...]
    due: tuple[str, ...]
    ready: str


def live(workflow: HostWorkflow, clock: SettableClock) -> Lives:
    """Let them live until today; some weeks ago somebody stopped to sweep."""
    settled = [
        pga
        for number, (life, begun_on) in enumerate(_SETTLED)
        for pga in _lived(workflow, clock, f"life-{number}", life, begun_on)
    ]
    due = [*_lived(workflow, clock, "late", _reviewed, date(2025, 10, 6), days=2)]
    _sweep_monthly(workflow, clock)
    due += _lived(workflow, clock, "due", _declined, date(2025, 10, 8), step=2)
    clock.set(TODAY - timedelta(days=1))
    ready_partner(workflow, "ready-0", on=TODAY - timedelta(days=1))
    clock.set(TODAY)
    return Lives(_interleaved(settled), _interleaved(due), "ready-0")


def _lived(
    workflow: HostWorkflow,
    clock: SettableClock,
    name: str,
    life: Life,
    begun_on: date,
    *,
    days: int = _DAYS,
    step: int = 5,
) -> Iterator[str]:
    for number in range(days):
        pga, day = f"{name}-{number}", begun_on + timedelta(days=step * number)
        clock.set(day)
        life(workflow, clock, pga, day)
        yield pga


def _interleaved(pgas: list[str]) -> tuple[str, ...]:
    """Lives in turns: first the first of each, then the second."""
    return tuple(sorted(pgas, key=lambda pga: (int(pga.rpartition("-")[2]), pga)))


def _sweep_monthly(workflow: HostWorkflow, clock: SettableClock) -> None:
    day = date(2025, 9, 1)
    while day < _LAST_SWEPT:
        clock.set(day)
        workflow.sweep()
        day = (day + timedelta(days=31)).replace(day=1)


def _registered(workflow: HostWorkflow, clock: SettableClock, pga: str, day: date) -> str:
    """A case that somebody opened, and nothing else."""
    del clock, day
    workflow.register_partner(pga, name=f"Fabrikam {pga}", country="DE", email=f"office@{pga}.example", language="de")
    return workflow.open_case(pga, region="europe").ref


def _refused(workflow: HostWorkflow, clock: SettableClock, pga: str, day: date) -> None:
    """A partner that applied too early."""
    ref = _registered(workflow, clock, pga, day)
    workflow.record(pga, "membership", {"status": "active"}, actor=_OTTO)
    workflow.record(pga, "designation", {"area": "Security"}, actor=_OTTO)
    with suppress(TransitionRefused):
        workflow.fire(ref, "apply", actor=_ANNA)


def _registering(workflow: HostWorkflow, clock: SettableClock, pga: str, day: date) -> None:
    """A partner on its way to reselling indirectly."""
    _registered(workflow, clock, pga, day)
    ref = workflow.open_case(pga, region="asia_pacific", lifecycle="indirect_reseller").ref
    workflow.fire(ref, "submit_registration", actor=_ANNA, payload=_FORM)
    workflow.fire(ref, "pass_verification", actor=_RITA)


def _opened_again(workflow: HostWorkflow, clock: SettableClock, pga: str, day: date) -> None:
    """A case that was closed and opened anew."""
    ref = _registered(workflow, clock, pga, day)
    workflow.note(ref, "They want to wait.", actor=_OTTO)
    workflow.fire(ref, "close", actor=_OTTO, payload={"reason": "opened too early"})
    workflow.open_case(pga, region="europe")
    workflow.note(ref, "They are back.", actor=_OTTO)


def _applied(workflow: HostWorkflow, clock: SettableClock, pga: str, day: date) -> str:
    """A case in flight."""
    del clock
    ref = ready_partner(workflow, pga, on=day)
    for act in WALK[:2]:
        fire(workflow, ref, act)
    return ref


def _declined(workflow: HostWorkflow, clock: SettableClock, pga: str, day: date) -> None:
    """A partner that has to wait for a year."""
    ref = _applied(workflow, clock, pga, day)
    workflow.fire(ref, "decline", actor=_RITA, payload={"reason": "The figures could not be confirmed."})


def _reviewed(workflow: HostWorkflow, clock: SettableClock, pga: str, day: date) -> None:
    """An active partner, with a review after a year."""
    del clock
    ref = ready_partner(workflow, pga, on=day)
    for act in WALK:
        fire(workflow, ref, act)


def _onboarded_later(workflow: HostWorkflow, clock: SettableClock, pga: str, day: date) -> None:
    """An active partner of whom something is known that holds from next year."""
    _reviewed(workflow, clock, pga, day)
    onboarded = {"onboarded_on": date(2025, 1, 15)}
    workflow.record(pga, "csp_onboarding", onboarded, actor=_OTTO, effective_on=date(2027, 1, 15))


_SETTLED: tuple[tuple[Life, date], ...] = (
    (_refused, date(2025, 10, 6)),
    (_refused, date(2025, 8, 4)),  # while no applications are taken: told when they are
    (_registering, date(2025, 10, 6)),
    (_registered, date(2025, 10, 6)),
    (_opened_again, date(2025, 10, 6)),
    (_applied, date(2025, 10, 6)),
    (_declined, date(2025, 11, 10)),
    (_onboarded_later, date(2026, 3, 2)),
)
