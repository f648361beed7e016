"""The end of a partner's journal while it is written: an entry is sealed with all the rows that came with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from csp_workflow.model.journal import KEPT, Draft, Sealed, seal

if TYPE_CHECKING:
    from datetime import datetime

    from csp_workflow.model.actor import Actor


class OpenJournal:
    """Entries in the making; each stays open until the next one, so that its hash covers every row that it brings.

    `counted` is by how much the partner's revision rises: by every entry that is no refusal, and that somebody or a
    deadline has caused.
    """

    def __init__(self, pga: str, last_seq: int, head: str, definition: str, timer: Actor) -> None:
        self.entries: list[Sealed] = []
        self.counted = 0
        self._pga, self._seq, self._head = pga, last_seq, head
        self._definition, self._timer = definition, timer
        self._open: Draft | None = None
        self._beside: dict[str, Any] = {}

    def append(self, draft: Draft, *, counts: bool = True) -> int:
        """Put an entry at the end; its number."""
        self.close()
        self._open = draft
        self._seq += 1
        self.counted += counts
        return self._seq

    def beside(self, at: datetime) -> dict[str, Any]:
        """What the open entry covers beside what it says; where none is open, one is opened for it alone.

        That happens where something is kept without an act: deadlines that a sweep derives anew, say.
        """
        if self._open is None:
            self.append(Draft(at=at, actor=self._timer.name, role=self._timer.role, kind=KEPT), counts=False)
        return self._beside

    def close(self) -> None:
        """Seal the open entry."""
        if self._open is None:
            return
        sealed = seal(self._open, self._pga, self._seq, self._head, self._definition, self._beside)
        self._head = sealed.hash
        self.entries.append(sealed)
        self._open, self._beside = None, {}
