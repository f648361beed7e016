"""Whose turn it is: who has to do something before a case can go on, as its state says."""

from __future__ import annotations

from datetime import date

from csp_workflow.model.case import Case
from csp_workflow.model.programme import Programme


def turn_of(programme: Programme, case: Case, day: date) -> str:
    """The side whose turn it is on a day, or nothing where nobody is waited for; of a case, that of its last act.

    A state gives its answers in order, each under a mark that acts may have left on the case or a setting that the
    judging policy may have; the first that is there holds, else the one without either.
    """
    turns = programme.lifecycles[case.reference.lifecycle].states[case.state].turns
    for name, side in turns:
        if not name or case.marks.get(name) or ("." in name and _has(programme, case, day, name)):
            return side
    return ""


def _has(programme: Programme, case: Case, day: date, setting: str) -> bool:
    policies = programme.policies
    policy = policies.named(case.pinned) if case.pinned else policies.known_on(day)
    return bool(policy and policy.value(setting))
