"""Partner onboarding as an explicit, guarded, explained, audited, deadline-driven state machine."""

from __future__ import annotations

TYPE_CHECKING = False  # importing `typing` would take longer than all that `--version` does

if TYPE_CHECKING:
    from csp_workflow.bootstrap import check_database, open_workflow, upgrade_database
    from csp_workflow.errors import (
        BadInput,
        Conflict,
        NotFound,
        StorageError,
        TransitionRefused,
        WorkflowError,
    )
    from csp_workflow.finding import Finding
    from csp_workflow.model.actor import Actor
    from csp_workflow.model.partner import Partner
    from csp_workflow.model.policy import Terms
    from csp_workflow.model.record import Record
    from csp_workflow.model.verdict import Verdict
    from csp_workflow.rules.question import Question
    from csp_workflow.rules.registry import Rule, rule
    from csp_workflow.workflow import Workflow

__all__ = [
    "Actor",
    "BadInput",
    "Conflict",
    "Finding",
    "NotFound",
    "Partner",
    "Question",
    "Record",
    "Rule",
    "StorageError",
    "Terms",
    "TransitionRefused",
    "Verdict",
    "Workflow",
    "WorkflowError",
    "check_database",
    "open_workflow",
    "rule",
    "upgrade_database",
]
__version__ = "0.1.0"

_HOMES = {
    "Actor": "csp_workflow.model.actor",
    "BadInput": "csp_workflow.errors",
    "Conflict": "csp_workflow.errors",
    "Finding": "csp_workflow.finding",
    "NotFound": "csp_workflow.errors",
    "Partner": "csp_workflow.model.partner",
    "Question": "csp_workflow.rules.question",
    "Record": "csp_workflow.model.record",
    "Rule": "csp_workflow.rules.registry",
    "StorageError": "csp_workflow.errors",
    "Terms": "csp_workflow.model.policy",
    "TransitionRefused": "csp_workflow.errors",
    "Verdict": "csp_workflow.model.verdict",
    "Workflow": "csp_workflow.workflow",
    "WorkflowError": "csp_workflow.errors",
    "check_database": "csp_workflow.bootstrap",
    "open_workflow": "csp_workflow.bootstrap",
    "rule": "csp_workflow.rules.registry",
    "upgrade_database": "csp_workflow.bootstrap",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
