"""The audit of one partner: its chain, its replay, and every row beside them, in stretches of its journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from csp_workflow.audit.definitions import Judging
from csp_workflow.audit.findings import Broken
from csp_workflow.audit.replay import UNKNOWN, Counted, Replayed
from csp_workflow.model.case import Case
from csp_workflow.model.comparison import Part, parts
from csp_workflow.model.fields import plain
from csp_workflow.model.journal import Refused, Sealed, canonical, digest, refused_by
from csp_workflow.model.partner import EDITABLE
from csp_workflow.model.programme import Programme
from csp_workflow.model.snapshot import snapshot
from csp_workflow.ports import Session
from csp_workflow.rules.turns import turn_of
from csp_workflow.stored import CaseKey, Line, NoticeRow, PartnerFile, StoredFact, Stretch

_PAGE = 500


def audit_partner(session: Session, programme: Programme, pga: str, judging: Judging, *, is_swept: bool) -> int:
    """Compare all that is stored of a partner with what its journal says; how many entries it has.

    Whose turn it is, and whether a state is an end, follow a change of the definition with the next sweep: they are
    compared where that `is_swept` and the sweep has come to the case; what was closed stays closed. Left out is what
    moves without an entry: up to which day facts were taken into a case's deadlines, the day on which a sweep looks at
    it next for one that takes effect then, and how the delivery of a notice stands.

    Raises:
        Broken: something does not fit; it is the first thing.
    """
    replayed, gone, is_done = Replayed(pga, programme), {}, False
    while not is_done:
        stretch = session.stretch(pga, replayed.seq, _PAGE)
        is_done = stretch.is_last
        for entry, rows in _by_entry(stretch):
            replayed.add(entry)
            judging.see(session, entry)
            rows.compare(entry, replayed)
            gone.update(rows.gone(entry.seq))
    file = session.file(pga)
    if file is None:
        raise Broken("its partner is missing")
    _compare_end(file, replayed)
    _compare_retractions(gone, replayed)
    _compare_cases(file, replayed)
    _compare_flags(session, file, programme, is_swept=is_swept)
    _compare_answers(session, replayed)
    if days := session.wrong_totals(pga):
        raise Broken(f"the sum of its revenue of {days[0]} is not that of its lines")
    return replayed.seq


class _Rows:
    """The rows that one entry made."""

    def __init__(self) -> None:
        self.facts: list[tuple[int, StoredFact]] = []
        self.lines: list[tuple[Line, datetime | None]] = []
        self.notices: list[NoticeRow] = []
        self.refusals: list[Refused] = []

    def gone(self, seq: int) -> dict[int, datetime]:
        """When what the entry recorded was taken back, under its number; all of it goes at once.

        Raises:
            Broken: a part of it stands, or went at another time.
        """
        times = {fact.retracted_at for _part, fact in self.facts} | {at for _line, at in self.lines}
        if len(times) > 1:
            raise Broken("what it recorded was not taken back as a whole", seq)
        at = times.pop() if times else None
        return {} if at is None else {seq: at}

    def compare(self, entry: Sealed, replayed: Replayed) -> None:
        """Hold the rows against the entry.

        Raises:
            Broken: they are not what it made.
        """
        if sorted(self.refusals) != sorted(refused_by(entry.draft)):
            raise Broken("the rules that it says to have refused are not those that are counted", entry.seq)
        lines = [line for line, _at in self.lines]
        replayed.takes_lines(lines)
        replayed.owe("lines", entry, replayed.lines_of(entry), lines, _plain_line)
        facts = [_fact(fact) for _part, fact in self.facts]
        replayed.owe("facts", entry, replayed.facts_of(entry), facts, _same)
        for place, (part, stored) in enumerate(self.facts, 1):
            fact = stored.fact
            if (part, fact.case_number, fact.recorded_at) != (place, entry.draft.case_number, entry.draft.at):
                raise Broken("a fact that it made is about something else now, or of another time", entry.seq)
        replayed.owe(
            "notices", entry, entry.draft.changes.get("notices", []), (row.digest() for row in self.notices), _same
        )


def _same(value: Any) -> Any:
    return value


def _plain_line(line: Line) -> Any:
    return plain(list(line))


def _fact(stored: StoredFact) -> list[Any]:
    fact = stored.fact
    return [fact.kind, dict(fact.fields), fact.effective_on.isoformat()]


def _by_entry(stretch: Stretch) -> Iterator[tuple[Sealed, _Rows]]:
    rows = {entry.seq: _Rows() for entry in stretch.entries}
    for part, fact in stretch.facts:
        _of(rows, fact.fact.seq).facts.append((part, fact))
    for line, at in stretch.lines:
        _of(rows, line.seq).lines.append((line, at))
    for notice in stretch.notices:
        _of(rows, notice.seq).notices.append(notice)
    for seq, refused in stretch.refusals:
        _of(rows, seq).refusals.append(refused)
    return ((entry, rows[entry.seq]) for entry in stretch.entries)


def _of(rows: Mapping[int, _Rows], seq: int) -> _Rows:
    if seq not in rows:
        raise Broken("its entry is missing, and what it made is still there", seq)
    return rows[seq]


def _compare_end(file: PartnerFile, replayed: Replayed) -> None:
    if (file.last_seq, file.head) != (replayed.seq, replayed.head):
        raise Broken(f"the journal ends here, and its partner says that it ends at #{file.last_seq}", replayed.seq)
    if file.partner.revision != replayed.revision:
        raise Broken(f"its revision is {replayed.revision} by its journal, and {file.partner.revision} is stored")
    for name in EDITABLE:
        if getattr(file.partner, name) != replayed.partner.get(name):
            raise Broken(f"its {name} is not what its journal says")
    if file.ledger != (replayed.ledger_changed_at, replayed.ledger_effective_on):
        raise Broken("what it says of its ledger is not what its journal says")
    if replayed.owed:
        table, seq = next(iter(replayed.owed))
        raise Broken(f"{table} stand beside it that no entry covers", seq)


def _compare_retractions(gone: Mapping[int, datetime], replayed: Replayed) -> None:
    for seq in sorted(gone.keys() ^ replayed.retracted.keys()):
        told = "is taken back, and no entry says so" if seq in gone else "stands again, and its journal took it back"
        raise Broken(f"what it recorded {told}", seq)
    for seq in sorted(gone):
        if gone[seq] != replayed.retracted[seq]:
            raise Broken("what it recorded was taken back at another time", seq)


def _compare_cases(file: PartnerFile, replayed: Replayed) -> None:
    stored = {case.number: case for case in file.cases}
    for number in sorted(stored.keys() ^ replayed.cases.keys()):
        told = "no entry has opened" if number in stored else "that an entry has opened is missing"
        raise Broken(f"case number {number}, {told}" if number in stored else f"case number {number} {told}")
    for number, case in stored.items():
        for name, said in _told(replayed.cases[number]).items():
            same = canonical(plain(said)) == canonical(plain(_told(case)[name]))  # to Python, 1 is True
            if not same and not (name == "reference" and said == plain(list(UNKNOWN))):
                raise Broken(f"{name} of {_called(case)} is {_told(case)[name]}, and {said} by its journal")
        now = sorted(plain(list(item)) for item in file.deadlines.get(number, ()))
        if now != replayed.deadlines.get(number, []):
            raise Broken(f"the deadlines of {_called(case)} are not those of its journal")


def _told(case: Case) -> dict[str, Any]:
    times = {"opened_at": case.opened_at, "last_at": case.last_at, "reference": plain(list(case.reference))}
    return {**snapshot(case), **times}


def _called(case: Case) -> str:
    return case.reference.write("")


def _compare_flags(session: Session, file: PartnerFile, programme: Programme, *, is_swept: bool) -> None:
    """Hold what cases are found by against what they are, as far as the definition knows them."""
    flags = {kept.number: kept for kept in session.flags(file.partner.pga)}
    latest = {case.reference: case.number for case in file.cases}
    for case in file.cases:
        kept = flags[case.number]
        if kept.is_latest != (latest[case.reference] == case.number):
            raise Broken(f"{_called(case)} is kept {'' if kept.is_latest else 'not '}as the latest of its reference")
        if programme.lacks(case):
            continue
        is_settled = is_swept and not kept.waits
        is_over = programme.lifecycles[case.reference.lifecycle].states[case.state].final or not kept.is_latest
        if is_over == kept.is_open and (
            (is_settled and kept.is_open) or _was_over(session, case) != (not kept.is_open)
        ):
            raise Broken(f"{_called(case)} is kept as {'open' if kept.is_open else 'closed'}")
        if is_settled and kept.turn != (turn := turn_of(programme, case, case.last_at.date())):
            raise Broken(
                f"{_called(case)} is kept as the turn of {kept.turn or 'nobody'}, and it is {turn or 'nobody'}'s"
            )


def _was_over(session: Session, case: Case) -> bool | None:
    """Whether a case had come to its end by the definition of its last entry; None where its text is not known."""
    text = session.definition_text(session.last_definition(CaseKey(case.reference.pga, case.number)))
    state = Part("state", case.reference.lifecycle, case.state)
    return None if text is None else bool(parts(text).get(state, {}).get("final"))


def _compare_answers(session: Session, replayed: Replayed) -> None:
    stored = Counted()
    after = ""
    while page := session.commands(replayed.pga, after, _PAGE):
        stored.add(digest(list(command)) for command in page)
        after = page[-1].key
    if stored != replayed.answers:
        raise Broken("the answers that its idempotency keys keep are not those of its journal")
