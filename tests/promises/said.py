"""What a process says of an act that it did: what it asked for, and what it was answered."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from csp_workflow.errors import TransitionRefused, WorkflowError
from csp_workflow.model.case import CaseView
from csp_workflow.model.decision import Outcome, Recorded, Swept

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ACCEPTED, REFUSED = "accepted", "refused"


@dataclass(frozen=True, kw_only=True)
class Said:
    """One act and its answer.

    `by` is the name that the act is signed with in the journal: two acts share it only where they are the same command.
    `about` are the cases or partners that it is about; `made` the ids of the entries of facts, in the same order, each
    with whether it was there before; `mark` tells one answer from another.
    """

    by: str
    what: str
    about: Sequence[str]
    answer: str = ""
    key: str | None = None
    expected: int | None = None
    version: int | None = None
    made: Sequence[tuple[str, bool]] = ()
    fired: Sequence[tuple[str, str, str]] = ()
    mark: str = ""
    clue: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the act was done."""
        return self.answer == ACCEPTED

    @property
    def added(self) -> dict[str, str]:
        """The entries that were made, each with the case or the partner that it is about."""
        pairs = zip(self.about, self.made, strict=False)
        return {entry: about for about, (entry, was_there) in pairs if not was_there}

    def answered(self, answer: Any) -> Said:
        """The same with what the act was answered."""
        said = replace(self, answer=ACCEPTED, mark=_mark(answer))
        if isinstance(answer, Outcome):
            return replace(said, version=answer.case.version)
        if isinstance(answer, CaseView):
            return replace(said, version=answer.version)
        if isinstance(answer, Swept):
            return replace(said, fired=[(one.ref, one.kind, one.due_on.isoformat()) for one in answer.fired])
        facts = answer if isinstance(answer, list) else [answer]
        if wrong := next((one for one in facts if isinstance(one, WorkflowError)), None):
            return self.failed(wrong)
        return replace(said, made=[(one.entry, one.repeated) for one in facts if isinstance(one, Recorded)])

    def failed(self, problem: BaseException) -> Said:
        """The same with the error that the act ended with."""
        if isinstance(problem, TransitionRefused):
            return replace(self, answer=REFUSED, mark=_mark(problem.to_dict()))
        return replace(self, answer=type(problem).__name__, clue=str(problem))


def _mark(answer: Any) -> str:
    """A digest of an answer, whether it was the first or a repeated one."""
    if isinstance(answer, list):
        answer = [replace(one, repeated=False) if isinstance(one, Recorded) else one for one in answer]
    return hashlib.sha256(repr(answer).encode()).hexdigest()[:16]


def write(said: Said) -> str:
    """What was said, as a line."""
    return json.dumps(asdict(said)) + "\n"


def read(file: Path) -> list[Said]:
    """All that a process wrote down."""
    return [Said(**json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]
