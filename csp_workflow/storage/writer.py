"""Plans of changes, written: every write checks what its plan was made from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from csp_workflow.model.partner import EDITABLE
from csp_workflow.storage import rows
from csp_workflow.storage.prepared import Cursor
from csp_workflow.storage.statements import (
    ADD,
    CASE,
    CASE_CHANGED,
    CASE_SUCCEEDED,
    COMMAND,
    DEADLINE,
    DROP_DEADLINE,
    EDITED_PARTNER,
    FACT,
    FIXED,
    HEAD,
    JOURNAL,
    LINE,
    MOVE_DEADLINE,
    NEW_PARTNER,
    NOTICE,
    PARTNER_HEAD,
    REFUSAL,
    RETRACT,
    STANDING_LINES,
    add_to_day,
)
from csp_workflow.stored import Changes

Values = dict[str, Any]


class Writer:
    """Writes changes through the cursor of a transaction: a statement a table, however many partners there are."""

    def __init__(self, cursor: Cursor, dialect: str) -> None:
        self._cursor = cursor
        self._dialect = dialect

    def write(self, plans: Sequence[Changes]) -> None:
        """Write it all.

        Raises:
            StaleRevision: somebody else was faster.
        """
        run = self._cursor
        self._write_partners(plans)
        run.add(ADD[JOURNAL], [rows.journal_row(_pga(plan), entry) for plan in plans for entry in plan.entries])
        run.add(
            ADD[REFUSAL], [row for plan in plans for one in plan.entries for row in rows.refusal_rows(_pga(plan), one)]
        )
        self._write_cases(plans)
        self._write_deadlines(plans)
        run.add(ADD[FACT], [row for plan in plans for row in _facts(plan)])
        self._write_revenue(plans)
        for plan in plans:
            for seq, at in plan.retracted.items():
                for statement in RETRACT.values():
                    run.run(statement, {"old_pga": _pga(plan), "old_seq": seq, "retracted_at": at})
        run.add(ADD[NOTICE], [rows.notice_row(_pga(plan), notice) for plan in plans for notice in plan.notices])
        run.add(ADD[COMMAND], [{"pga": _pga(plan), **one._asdict()} for plan in plans for one in plan.commands])

    def _write_partners(self, plans: Iterable[Changes]) -> None:
        new: list[Values] = []
        edited: list[Values] = []
        moved: list[Values] = []
        for plan in plans:
            values, old = rows.partner_row(_file_after(plan), plan.partner), plan.file.partner
            if plan.is_new:
                new.append(values)
                continue
            checks = {"old_pga": values.pop("pga"), "old_revision": old.revision, "old_seq": plan.file.last_seq}
            if any(getattr(plan.partner, name) != getattr(old, name) for name in EDITABLE):
                edited.append(values | checks)
            else:
                moved.append({**checks, **{name: values[name] for name in HEAD}})
        self._cursor.add(NEW_PARTNER, new)
        self._cursor.match(EDITED_PARTNER, edited)
        self._cursor.match(PARTNER_HEAD, moved)

    def _write_cases(self, plans: Sequence[Changes]) -> None:
        new: list[Values] = []
        moved: list[Values] = []
        for plan in plans:
            for before, after, kept in plan.cases.values():
                values = rows.case_row(after, is_open=after.number not in plan.closed, kept=kept)
                if before is None:
                    new.append(values)
                    continue
                checks = {"old_pga": _pga(plan), "old_number": after.number, "old_version": before.version}
                moved.append(checks | {name: value for name, value in values.items() if name not in FIXED})
        old = [{"old_pga": _pga(plan), "old_number": number} for plan in plans for number in plan.succeeded]
        self._cursor.add(CASE_SUCCEEDED, old)
        self._cursor.add(ADD[CASE], new)
        self._cursor.match(CASE_CHANGED, moved)

    def _write_deadlines(self, plans: Iterable[Changes]) -> None:
        dropped: list[Values] = []
        moved: list[Values] = []
        added: list[Values] = []
        for plan in plans:
            for number, deadlines in plan.deadlines.items():
                old = {item.kind: item for item in plan.file.deadlines.get(number, ())}
                new = {item.kind: item for item in deadlines}
                checks = {"old_pga": _pga(plan), "old_number": number}
                dropped += [{**checks, "old_kind": kind} for kind in old if kind not in new]
                moved += [
                    {**checks, "old_kind": kind, "due_on": item.due_on, "about": item.about}
                    for kind, item in new.items()
                    if kind in old and old[kind] != item
                ]
                added += [rows.deadline_row(_pga(plan), number, new[kind]) for kind in new if kind not in old]
        self._cursor.add(DROP_DEADLINE, dropped)
        self._cursor.add(MOVE_DEADLINE, moved)
        self._cursor.add(ADD[DEADLINE], added)

    def _write_revenue(self, plans: Iterable[Changes]) -> None:
        lines: list[Values] = []
        days: list[Values] = []
        for plan in plans:
            lines += [rows.line_row(_pga(plan), line) for line in plan.lines]
            days += self._days(plan)
        self._cursor.add(ADD[LINE], lines)
        self._cursor.add(add_to_day(self._dialect), days)

    def _days(self, plan: Changes) -> list[Values]:
        """What each day's sum changes by."""
        pga, run = _pga(plan), self._cursor
        gone = [
            rows.line_of(row) for seq in plan.retracted for row in run.rows(STANDING_LINES, {"pga": pga, "seq": seq})
        ]
        totals: dict[tuple[date, str, str, bool], int] = {}
        for sign, lines in ((1, plan.lines), (-1, gone)):
            for line in lines:
                key = (line.booked_on, line.product, line.channel, line.verified)
                totals[key] = totals.get(key, 0) + sign * line.cents
        names = ("booked_on", "product", "channel", "verified")
        return [{"pga": pga, **dict(zip(names, key, strict=True)), "cents": cents} for key, cents in totals.items()]


def _pga(plan: Changes) -> str:
    return plan.partner.pga


def _file_after(plan: Changes) -> Any:
    """The partner's file with its ledger and the end of its journal as they will be."""
    before, end = plan.file, plan.entries[-1] if plan.entries else None
    return before._replace(
        ledger=rows.ledger_of(plan),
        last_seq=end.seq if end else before.last_seq,
        head=end.hash if end else before.head,
    )


def _facts(plan: Changes) -> list[Values]:
    """The rows of new facts; `part` tells apart what one entry has recorded."""
    numbered: dict[int, int] = {}
    found = []
    for fact in plan.facts:
        numbered[fact.seq] = numbered.get(fact.seq, 0) + 1
        found.append(rows.fact_row(_pga(plan), numbered[fact.seq], fact))
    return found
