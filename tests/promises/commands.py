"""Commands that can be sent, and sent again: each with the name that it is signed with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from csp_workflow import Actor, Record
from tests.promises.said import Said

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from csp_workflow import Workflow

Act = tuple[str, str, "Mapping[str, Any]"]  # the trigger, the role, the payload

_LONG_AGO = date(2025, 1, 1)


@dataclass(frozen=True, kw_only=True)
class Command:
    """What is sent: `what` it is for, which cases or partners it is `about`, and who it is signed `by`."""

    by: str
    what: str
    about: Sequence[str]
    send: Callable[..., Any]


def sent(command: Command, *, key: str | None = None, expected: int | None = None) -> Said:
    """Send a command; what it was answered, whatever that was."""
    said = Said(by=command.by, what=command.what, about=command.about, key=key, expected=expected)
    more: dict[str, Any] = {"key": key, "expected_version": expected}
    try:
        return said.answered(command.send(**{name: value for name, value in more.items() if value is not None}))
    except Exception as problem:  # noqa: BLE001 - the test says which answers are right
        return said.failed(problem)


def act(workflow: Workflow, by: str, what: str, ref: str, act: Act) -> Command:
    """An act of the lifecycle."""
    trigger, role, payload = act
    send = partial(workflow.fire, ref, trigger, actor=Actor(by, role), payload=payload)
    return Command(by=by, what=what, about=[ref], send=send)


def note(workflow: Workflow, by: str, what: str, ref: str, text: str = "Called.") -> Command:
    """A note."""
    return Command(by=by, what=what, about=[ref], send=partial(workflow.note, ref, text, actor=_operator(by)))


def association(workflow: Workflow, by: str, what: str, ref: str) -> Command:
    """A fact about a case."""
    send = partial(workflow.record, ref, "customer_association", {"done_on": _LONG_AGO}, actor=_operator(by))
    return Command(by=by, what=what, about=[ref], send=send)


def membership(workflow: Workflow, by: str, what: str, pga: str, status: str) -> Command:
    """A fact about a partner."""
    send = partial(workflow.record, pga, "membership", {"status": status}, actor=_operator(by))
    return Command(by=by, what=what, about=[pga], send=send)


def retraction(workflow: Workflow, by: str, what: str, ref: str, entry: str) -> Command:
    """What an entry recorded about a case, taken back."""
    send = partial(workflow.retract, entry, reason="another case", actor=_operator(by))
    return Command(by=by, what=what, about=[ref], send=send)


def edit(workflow: Workflow, by: str, what: str, pga: str) -> Command:
    """Another name for a partner."""
    send = partial(workflow.edit_partner, pga, name=f"Partner {by}", actor=_operator(by))
    return Command(by=by, what=what, about=[pga], send=send)


def sweep(workflow: Workflow, by: str, what: str) -> Command:
    """Everything that is due."""
    return Command(by=by, what=what, about=[], send=workflow.sweep)


def batch(workflow: Workflow, by: str, what: str, pgas: Sequence[str], day: date) -> Command:
    """A line of revenue for each of some partners."""
    fields = {"booked_on": day, "amount": 1_000_000, "line": by}
    return _recorded(workflow, by, what, [Record(subject=pga, fact="revenue", fields=fields) for pga in pgas])


def row(workflow: Workflow, by: str, what: str, pga: str) -> Command:
    """A fact about a partner as an import sends it, with its key beside it."""
    record = Record(subject=pga, fact="managed_service", fields={"name": by}, key=by)
    return _recorded(workflow, by, what, [record])


def _recorded(workflow: Workflow, by: str, what: str, records: Sequence[Record]) -> Command:
    send = partial(workflow.record_all, records, actor=_operator(by))
    return Command(by=by, what=what, about=[record.subject for record in records], send=send)


def _operator(by: str) -> Actor:
    return Actor(by, "operator")
