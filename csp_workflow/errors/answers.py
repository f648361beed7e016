"""Requests that were understood and did not go: refused by a rule, about nothing, or too late."""

from __future__ import annotations

from datetime import date
from typing import Any

from csp_workflow.errors.base import WorkflowError, sentence
from csp_workflow.finding import Finding


class TransitionRefused(WorkflowError):
    """A rule says no: every rule that fails is named, with what it has, what it needs and how to mend it.

    `findings` are those that fail; `earliest` is the first day on which all of them are met if nothing
    but time passes, else None. The refusal itself is in the journal.
    """

    code = "refused"
    exit_code = 3

    def __init__(self, trigger: str, source: str | None, findings: tuple[Finding, ...], earliest: date | None) -> None:
        self.trigger, self.source = trigger, source
        self.findings, self.earliest = findings, earliest
        rules = ", ".join(finding.rule for finding in findings)
        hint = f"; not before {earliest}" if earliest else ""
        super().__init__(f"{trigger} is refused by {rules}{hint}.")

    def to_dict(self) -> dict[str, Any]:
        """The refusal as the console's JSON shows it, under `refused`."""
        return {
            "trigger": self.trigger,
            "from": self.source,
            "earliest": self.earliest.isoformat() if self.earliest else None,
            "findings": [finding.to_dict() for finding in self.findings],
        }


class NotFound(WorkflowError):
    """No such partner, case, entry, notice, policy or country."""

    exit_code = 4

    def __init__(self, what: str, name: str, hint: str = "") -> None:
        self.code = f"unknown_{what}"
        super().__init__(sentence(f"There is no {what} {name!r}{f'; {hint}' if hint else ''}"), name=name)


class Conflict(WorkflowError):
    """It was so before, or somebody else was faster; nothing was written."""

    code = "conflict"
    exit_code = 5


class Duplicate(Conflict):
    """The partner, the open case or the revenue line exists already."""

    def __init__(self, what: str, message: str) -> None:
        self.code = f"duplicate_{what}"
        super().__init__(message)


class StaleVersion(Conflict):
    """The case has moved on since the caller read it."""

    code = "stale_version"

    def __init__(self, ref: str, expected: int, version: int) -> None:
        super().__init__(
            f"{ref} is at version {version}, not {expected}: read it again and decide anew.",
            ref=ref,
            expected=expected,
            version=version,
        )


class StaleRevision(Conflict):
    """The partner's journal moved on while this act was being judged."""

    code = "stale_revision"

    def __init__(self, pga: str = "") -> None:
        who = pga or "The partner"
        super().__init__(f"{who} was changed by somebody else at the same time: try again.", partner=pga or None)


class KeyReused(Conflict):
    """The idempotency key belongs to another command."""

    code = "key_reused"

    def __init__(self, key: str, pga: str) -> None:
        super().__init__(f"The key {key!r} was used for another command on {pga}: take a new one.", key=key)
