"""The revenue of a partner as rules read it: summed by the database."""

from __future__ import annotations

from datetime import date, datetime

from csp_workflow.model.fact import Window
from csp_workflow.ports import Session
from csp_workflow.stored import PartnerFile


class SummedLedger:
    """The partner's revenue as recorded by an instant; summed by the database, each window once."""

    def __init__(self, session: Session, file: PartnerFile, at: datetime) -> None:
        self._session, self._pga, self._at = session, file.partner.pga, at
        self._recorded_at, self._effective_on = file.ledger
        self._totals: dict[Window, int] = {}

    def total(self, window: Window) -> int:
        """The cents that count in a window."""
        if window not in self._totals:
            settled = self._is_settled(window.day)
            self._totals[window] = self._session.revenue(self._pga, self._at, window, settled=settled)
        return self._totals[window]

    def _is_settled(self, day: date) -> bool:
        """Whether all that the ledger holds is known and in effect, so that its sums by day may be used."""
        known = self._recorded_at is None or self._recorded_at <= self._at
        return known and (self._effective_on is None or self._effective_on <= day)

    def days_after(self, day: date) -> list[date]:
        """The days after `day` on which a line takes effect."""
        if self._effective_on is None or self._effective_on <= day:
            return []
        return self._session.revenue_days(self._pga, self._at, day)
