"""All partners, one after the other, each in a transaction of its own; and the ends of journals beside an anchor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from csp_workflow.audit.anchor import Anchored
from csp_workflow.audit.findings import Audit, Broken, Misfit
from csp_workflow.audit.partner import audit_partner
from csp_workflow.errors import StorageDamaged
from csp_workflow.model.programme import Programme
from csp_workflow.ports import Store

_PAGE = 500
_MOST = 1000  # misfits that are listed; the others are counted

Watch = Callable[[int], None]


def verify(store: Store, programme: Programme, anchored: Iterable[Anchored] = (), watch: Watch | None = None) -> Audit:
    """Audit every partner; `anchored` are ends of journals that were kept elsewhere, `watch` is told how many are done.

    It holds as much in memory as one partner's cases, whatever the size of the database.
    """
    tally = _Tally()
    for pga, _seq, _hash in ends(store):
        tally.partners += 1
        try:
            with store.reading() as session:
                tally.entries += audit_partner(session, programme, pga)
        except Broken as broken:
            tally.add(Misfit(partner=pga, entry=_entry(pga, broken.seq), problem=broken.problem))
        except StorageDamaged as damaged:
            tally.add(Misfit(partner=pga, entry=None, problem=damaged.message.rstrip(".")))
        if watch:
            watch(tally.partners)
    with store.reading() as session:
        for pga in session.strays():
            tally.add(Misfit(partner=pga, entry=None, problem="there are rows of it, and it is no partner"))
    for misfit in _beside(store, anchored):
        tally.add(misfit)
    return tally.audit()


class _Tally:
    def __init__(self) -> None:
        self.partners = self.entries = self.left_off = 0
        self.misfits: list[Misfit] = []

    def add(self, misfit: Misfit) -> None:
        if len(self.misfits) < _MOST:
            self.misfits.append(misfit)
        else:
            self.left_off += 1

    def audit(self) -> Audit:
        return Audit(partners=self.partners, entries=self.entries, misfits=tuple(self.misfits), left_off=self.left_off)


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
