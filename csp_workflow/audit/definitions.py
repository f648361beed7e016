"""The audit of definitions: each is what its fingerprint says, and every entry names one that is known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from csp_workflow.audit.findings import Broken, Misfit
from csp_workflow.model.definition import fingerprint
from csp_workflow.model.journal import Sealed
from csp_workflow.ports import Session, Store


class Judging:
    """The definitions that entries may name: what is known of them, and whose first entry was not seen yet."""

    def __init__(self) -> None:
        self._first: dict[str, datetime] = {}
        self._unseen: set[str] = set()

    def read(self, store: Store) -> Iterator[Misfit]:
        """Take in what the database knows, one after the other, and give what is not what its fingerprint says."""
        with store.reading() as session:
            self._take(session)
        self._unseen = set(self._first)
        for sha256 in self._first:
            with store.reading() as session:
                text = session.definition_text(sha256)
            if text is not None and fingerprint(text) != sha256:
                yield _misfit(f"the definition {sha256} is not what its fingerprint says")

    def see(self, session: Session, entry: Sealed) -> None:
        """Hold an entry against them; one that came to be known since is looked for where the entry was read.

        Raises:
            Broken: it names one that the database does not know.
        """
        if not entry.definition:  # an upgrade judges by none
            return
        if entry.definition not in self._first:
            self._take(session)
        if entry.definition not in self._first:
            raise Broken("the definition that it names is not known to the database", entry.seq)
        if entry.draft.at == self._first[entry.definition]:
            self._unseen.discard(entry.definition)

    def unseen(self) -> Iterator[Misfit]:
        """What is said to have been used first when no entry was judged by it; asked when all entries were seen."""
        for sha256 in sorted(self._unseen):
            yield _misfit(f"no entry was judged by the definition {sha256} when it is said to have been used first")

    def _take(self, session: Session) -> None:
        self._first |= {known.sha256: known.first_used_at for known in session.definitions()}


def _misfit(problem: str) -> Misfit:
    return Misfit(partner=None, entry=None, problem=problem)
