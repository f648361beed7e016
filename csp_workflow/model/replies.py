"""Answers read back from the text in which an idempotency key keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from csp_workflow.errors import TransitionRefused
from csp_workflow.finding import Finding
from csp_workflow.model.case import CaseView, Deadline
from csp_workflow.model.decision import Notice, Outcome, Recorded, Transition
from csp_workflow.model.snapshot import read_cooldown


def read_case(data: Mapping[str, Any]) -> CaseView:
    """A case as it was shown."""
    return CaseView(
        ref=data["ref"],
        partner=data["partner"],
        lifecycle=data["lifecycle"],
        region=data["region"],
        tenant=data["tenant"],
        state=data["state"],
        version=data["version"],
        policy=data["policy"],
        cooldown=read_cooldown(data["cooldown"]),
        entitlements=tuple(data["entitlements"]),
        deadlines=tuple(Deadline(item["kind"], date.fromisoformat(item["due_on"])) for item in data["deadlines"]),
        opened_at=datetime.fromisoformat(data["opened_at"]),
    )


def read_outcome(data: Mapping[str, Any]) -> Outcome:
    """What an accepted act came to."""
    done = data["transition"]
    return Outcome(
        case=read_case(data["case"]),
        transition=Transition(
            trigger=done["trigger"],
            source=done["from"],
            target=done["to"],
            at=datetime.fromisoformat(done["at"]),
            actor=done["actor"],
        ),
        notices=tuple(Notice(**item) for item in data["notices"]),
    )


def read_recorded(data: Mapping[str, Any]) -> Recorded:
    """An entry that was made."""
    effective_on = data["effective_on"]
    return Recorded(**{**data, "effective_on": date.fromisoformat(effective_on) if effective_on else None})


def read_refusal(data: Mapping[str, Any]) -> TransitionRefused:
    """A refusal with all its findings."""
    return TransitionRefused(
        data["trigger"],
        data["from"],
        tuple(map(Finding.from_dict, data["findings"])),
        date.fromisoformat(data["earliest"]) if data["earliest"] else None,
    )
