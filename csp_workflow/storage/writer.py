"""One plan of changes, written: every write checks what the plan was made from."""

from __future__ import annotations

from datetime import date

from csp_workflow.errors import StaleRevision
from csp_workflow.ports import Changes
from csp_workflow.storage import rows
from csp_workflow.storage.prepared import Cursor
from csp_workflow.storage.statements import (
    ADD,
    CASE,
    CASE_CHANGED,
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
    RETRACT,
    STANDING_LINES,
    add_to_day,
)


class Writer:
    """Writes changes through the cursor of a transaction."""

    def __init__(self, cursor: Cursor, dialect: str) -> None:
        self._cursor = cursor
        self._dialect = dialect

    def write(self, changes: Changes) -> None:
        """Write it all.

        Raises:
            StaleRevision: somebody else was faster.
        """
        self._write_partner(changes)
        pga, run = changes.partner.pga, self._cursor
        run.add(ADD[JOURNAL], [rows.journal_row(pga, entry) for entry in changes.entries])
        self._write_cases(changes)
        self._write_deadlines(changes)
        if changes.facts:
            numbered: dict[int, int] = {}
            facts = []
            for fact in changes.facts:
                part = numbered[fact.seq] = numbered.get(fact.seq, 0) + 1
                facts.append(rows.fact_row(pga, part, fact))
            run.add(ADD[FACT], facts)
        self._write_revenue(changes)
        for seq, at in changes.retracted.items():
            for statement in RETRACT.values():
                run.change(statement, {"old_pga": pga, "old_seq": seq, "retracted_at": at})
        run.add(ADD[NOTICE], [rows.notice_row(pga, notice) for notice in changes.notices])
        run.add(ADD[COMMAND], [{"pga": pga, **command._asdict()} for command in changes.commands])

    def _write_revenue(self, changes: Changes) -> None:
        pga, run = changes.partner.pga, self._cursor
        run.add(ADD[LINE], [rows.line_row(pga, line) for line in changes.lines])
        gone = [
            rows.line_of(row) for seq in changes.retracted for row in run.rows(STANDING_LINES, {"pga": pga, "seq": seq})
        ]
        totals: dict[tuple[date, str, str, bool], int] = {}
        for sign, lines in ((1, changes.lines), (-1, gone)):
            for line in lines:
                key = (line.booked_on, line.product, line.channel, line.verified)
                totals[key] = totals.get(key, 0) + sign * line.cents
        names = ("booked_on", "product", "channel", "verified")
        days = [{"pga": pga, **dict(zip(names, key, strict=True)), "cents": cents} for key, cents in totals.items()]
        run.add(add_to_day(self._dialect), days)

    def _write_partner(self, changes: Changes) -> None:
        before, partner = changes.file, changes.partner
        end = changes.entries[-1] if changes.entries else None
        after = before._replace(
            ledger=rows.ledger_of(changes),
            last_seq=end.seq if end else before.last_seq,
            head=end.hash if end else before.head,
        )
        values = rows.partner_row(after, partner)
        if changes.is_new:
            self._cursor.add(NEW_PARTNER, [values])
            return
        old = before.partner
        checks = {"old_pga": partner.pga, "old_revision": old.revision, "old_seq": before.last_seq}
        del values["pga"]
        if (partner.name, partner.country, partner.email, partner.language, partner.manager) == (
            old.name,
            old.country,
            old.email,
            old.language,
            old.manager,
        ):
            values = {name: values[name] for name in HEAD}
            found = self._cursor.change(PARTNER_HEAD, values | checks)
        else:
            found = self._cursor.change(EDITED_PARTNER, values | checks)
        if found != 1:
            raise StaleRevision(partner.pga)

    def _write_cases(self, changes: Changes) -> None:
        for before, after, stirs_on in changes.cases.values():
            is_open = after.number not in changes.closed
            values = rows.case_row(after, is_open=is_open, stirs_on=stirs_on)
            if before is None:
                self._cursor.add(ADD[CASE], [values])
                continue
            checks = {"old_pga": after.reference.pga, "old_number": after.number, "old_version": before.version}
            values = {name: value for name, value in values.items() if name not in FIXED}
            if self._cursor.change(CASE_CHANGED, values | checks) != 1:
                raise StaleRevision(after.reference.pga)

    def _write_deadlines(self, changes: Changes) -> None:
        pga, run = changes.partner.pga, self._cursor
        dropped, moved, added = [], [], []
        for number, deadlines in changes.deadlines.items():
            old = {item.kind: item for item in changes.file.deadlines.get(number, ())}
            new = {item.kind: item for item in deadlines}
            checks = {"old_pga": pga, "old_number": number}
            dropped += [{**checks, "old_kind": kind} for kind in old if kind not in new]
            moved += [
                {**checks, "old_kind": kind, "due_on": item.due_on, "about": item.about}
                for kind, item in new.items()
                if kind in old and old[kind] != item
            ]
            added += [rows.deadline_row(pga, number, item) for kind, item in new.items() if kind not in old]
        run.add(DROP_DEADLINE, dropped)
        run.add(MOVE_DEADLINE, moved)
        run.add(ADD[DEADLINE], added)
