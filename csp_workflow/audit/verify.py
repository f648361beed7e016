"""All partners, one after the other, each in a transaction of its own; and the ends of journals beside an anchor."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from itertools import chain

from csp_workflow.audit.anchor import Anchored
from csp_workflow.audit.definitions import Judging
from csp_workflow.audit.findings import Audit, Broken, Misfit
from csp_workflow.audit.partner import audit_partner
from csp_workflow.errors import StorageDamaged
from csp_workflow.model.programme import Programme
from csp_workflow.ports import Store

_PAGE = 500
_MOST = 1000  # misfits that are listed; the others are counted
_STRAYS = {
    "partner": "there are rows of it, and it is no partner",
    "case": "there are deadlines of a case that is not there",
}


class Auditing:
    """An audit of every partner, step by step; `audit` is what it has found so far.

    `anchored` are ends of journals that were kept elsewhere. It holds as much in memory as one partner's cases,
    whatever the size of the database.
    """

    def __init__(self, store: Store, programme: Programme, anchored: Iterable[Anchored] = ()) -> None:
        self._store, self._programme, self._anchored = store, programme, anchored
        self._partners = self._entries = self._left_off = 0
        self._misfits: list[Misfit] = []
        self._judging = Judging()
        self._finished = self._is_swept = False

    @property
    def total(self) -> int:
        """How many partners there are."""
        with self._store.reading() as session:
            return session.number_of_partners()

    @property
    def audit(self) -> Audit:
        """What was found so far."""
        return Audit(
            partners=self._partners,
            entries=self._entries,
            misfits=tuple(self._misfits),
            left_off=self._left_off,
            finished=self._finished,
        )

    def steps(self) -> Generator[int]:
        """Audit one partner after the other, and say after each how many are done."""
        with self._store.reading() as session:
            self._is_swept = session.swept_by() == self._programme.sha256
        for misfit in self._judging.read(self._store):
            self._add(misfit)
        for pga, _seq, _hash in ends(self._store):
            self._look_at(pga)
            yield self._partners
        with self._store.reading() as session:
            for pga, lacks in session.strays():
                self._add(Misfit(partner=pga, entry=None, problem=_STRAYS[lacks]))
        are_seen = not self._misfits  # a partner's audit ends at its first misfit
        for misfit in chain(_beside(self._store, self._anchored), self._judging.unseen() if are_seen else ()):
            self._add(misfit)
        self._finished = True

    def _look_at(self, pga: str) -> None:
        self._partners += 1
        try:
            with self._store.reading() as session:
                self._entries += audit_partner(session, self._programme, pga, self._judging, is_swept=self._is_swept)
        except Broken as broken:
            self._add(Misfit(partner=pga, entry=_entry(pga, broken.seq), problem=broken.problem))
        except StorageDamaged as damaged:
            self._add(Misfit(partner=pga, entry=None, problem=damaged.message.rstrip(".")))

    def _add(self, misfit: Misfit) -> None:
        if len(self._misfits) < _MOST:
            self._misfits.append(misfit)
        else:
            self._left_off += 1


def ends(store: Store) -> Iterator[Anchored]:
    """The ends of all journals, in order of the partners' keys."""
    after = ""
    while True:
        with store.reading() as session:
            page = session.heads(after, _PAGE)
        yield from (Anchored(*end) for end in page)
        if len(page) < _PAGE:
            return
        after = page[-1][0]


def _beside(store: Store, anchored: Iterable[Anchored]) -> Iterator[Misfit]:
    for kept in anchored:
        with store.reading() as session:
            entry = session.entry(kept.pga, kept.seq)
        if entry is None:
            problem = "the anchor holds this entry, and the journal ends before it"
        elif entry.hash != kept.hash:
            problem = "it is not the entry that the anchor holds"
        else:
            continue
        yield Misfit(partner=kept.pga, entry=_entry(kept.pga, kept.seq), problem=problem)


def _entry(pga: str, seq: int | None) -> str | None:
    return None if seq is None else f"{pga}#{seq}"
