"""Cases, partners and what was done to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from csp_workflow.console.views.base import GOOD, SOON, STRONG, card, fields, moment, more, table, text, words

if TYPE_CHECKING:
    from rich.console import RenderableType

    from csp_workflow.console.names import Names
    from csp_workflow.model.case import CaseView
    from csp_workflow.model.decision import Notice, Outcome, Recorded, Swept
    from csp_workflow.model.partner import Partner


def partner_card(partner: Partner) -> list[RenderableType]:
    """One partner."""
    rows = {name: value for name, value in partner.to_dict().items() if name not in {"pga", "name"}}
    return card(words((partner.name, STRONG), f" ({partner.pga})"), rows.items())


def partner_table(partners: Sequence[Partner], limit: int) -> list[RenderableType]:
    """A page of partners."""
    if not partners:
        return [text("No partners.")]
    rows = [(item.pga, item.name, item.country, item.email, item.manager) for item in partners]
    return [table("partner", "name", "country", "e-mail", "manager", rows=rows), *more(rows, limit)]


def case_card(case: CaseView, names: Names) -> list[RenderableType]:
    """One case."""
    waits = case.cooldown
    entitled = ", ".join(names.both("entitlement", name) for name in case.entitlements)
    due = ", ".join(f"{names.title('deadline', item.kind)} {item.due_on}" for item in case.deadlines)
    rows: list[tuple[str, object]] = [
        ("state", words((names.both("state", case.state), STRONG))),
        ("partner", case.partner),
        ("region", case.region),
        ("lifecycle", case.lifecycle),
        ("tenant", case.tenant),
        ("policy", case.policy),
        ("wait", f"{names.title('cooldown', waits.case)}, until {waits.ends_on}" if waits else None),
        ("entitled to", entitled or "nothing"),
        ("deadlines", due),
        ("version", case.version),
        ("opened", moment(case.opened_at)),
    ]
    return card(words((case.ref, STRONG)), rows)


def case_table(cases: Sequence[CaseView], limit: int, names: Names) -> list[RenderableType]:
    """A page of cases."""
    if not cases:
        return [text("No cases.")]
    rows = [(item.ref, names.both("state", item.state), item.policy, _next(item, names)) for item in cases]
    return [table("case", "state", "policy", "next", rows=rows), *more(rows, limit)]


def outcome(done: Outcome, names: Names) -> list[RenderableType]:
    """An accepted act."""
    move, case = done.transition, done.case
    where = names.both("state", move.target)
    stays = f"stays in {where}" if move.source == move.target else f"{names.title('state', move.source)} → {where}"
    head = words((names.title("trigger", move.trigger), f"{STRONG} {GOOD}"), f": {case.ref} {stays}")
    detail = text(f"  {moment(move.at)}, by {move.actor}; version {case.version}")
    return [head, detail, *notices(done.notices)]


def noted(case: CaseView, names: Names) -> list[RenderableType]:
    """A note that was kept."""
    return [words(("Noted", f"{STRONG} {GOOD}"), f": {case.ref} in {names.both('state', case.state)}")]


def recorded(entry: Recorded) -> list[RenderableType]:
    """A fact that was recorded or retracted."""
    again = " (it stood there already; nothing was added)" if entry.repeated else ""
    when = f", effective on {entry.effective_on}" if entry.effective_on else ""
    head = words((f"{entry.kind.capitalize()}: {entry.name}", f"{STRONG} {GOOD}"), f" as {entry.entry}{when}{again}")
    return [head, text(f"  {fields(entry.fields)}")] if entry.fields else [head]


def notices(sent: Sequence[Notice]) -> list[RenderableType]:
    """What the partner is told, or why it cannot be told."""
    return [_notice(item) for item in sent]


def swept(done: Swept, names: Names) -> list[RenderableType]:
    """What a sweep has fired."""
    if not done.fired:
        return [text("Nothing was due.")]
    rows = [
        (
            item.ref,
            names.title("deadline", item.kind),
            item.due_on,
            f"{item.late_days} days" if item.late_days else "no",
            names.title("state", item.target) if item.target else "",
        )
        for item in done.fired
    ]
    return [table("case", "deadline", "due on", "late", "leads to", rows=rows), *notices(done.notices)]


def _next(case: CaseView, names: Names) -> str:
    due = min(case.deadlines, key=lambda item: item.due_on, default=None)
    return f"{due.due_on} {names.title('deadline', due.kind)}" if due else ""


def _notice(item: Notice) -> RenderableType:
    if item.to is None:
        return words((f"  Notice {item.kind}: undeliverable, {item.ref} has no e-mail address; it is kept.", SOON))
    return text(f"  Notice {item.kind} to {item.to}: {item.status}")
