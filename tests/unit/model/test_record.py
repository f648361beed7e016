"""What comes back of files that were recorded: plain values for JSON."""

from __future__ import annotations

import json

from csp_workflow.model.partner import Partner
from csp_workflow.model.record import Registered


def test_a_registered_partner_is_shown_with_whether_it_was_known_before() -> None:
    partner = Partner(pga="PGA-1001", name="Fabrikam GmbH", country="DE")
    shown = Registered(partner=partner, repeated=True).to_dict()
    assert shown == {"partner": partner.to_dict(), "repeated": True}
    assert json.loads(json.dumps(shown)) == shown
    assert Registered(partner=partner).to_dict()["repeated"] is False
