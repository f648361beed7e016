"""Partners with everything that an application needs, each with a case in Europe and one in the United States."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from csp_workflow import Partner, Record
from csp_workflow.model.decision import Recorded
from csp_workflow.testing import evidence_2025
from tests.integration.hands import OTTO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from csp_workflow import Workflow

EUROPE, STATES = "europe", "united_states"
REGIONS = (EUROPE, STATES)


def settle(workflow: Workflow, pgas: Sequence[str], on: date) -> list[str]:
    """Register partners, open their cases and record their evidence; the references of the cases."""
    workflow.register_all([Partner(pga=pga, name=f"Partner {pga}", country="DE") for pga in pgas], actor=OTTO)
    refs = [workflow.open_case(pga, region=region, actor=OTTO).ref for pga in pgas for region in REGIONS]
    records = [
        Record(subject=pga, fact=fact, fields=fields) for pga in pgas for fact, fields in evidence_2025(on).items()
    ]
    abroad = {"pla": "PLA-2", "country": "US"}  # an application needs an account in its own region
    records += [Record(subject=f"{pga}/{STATES}", fact="location", fields=abroad) for pga in pgas]
    answers = workflow.record_all(records, actor=OTTO)
    assert all(isinstance(answer, Recorded) for answer in answers), answers
    return refs


def named(count: int) -> list[str]:
    """Keys for so many partners."""
    return [f"PGA-{number:04}" for number in range(count)]
