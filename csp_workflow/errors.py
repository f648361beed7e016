"""Everything that can go wrong, in one tree; each error knows its code and the exit code of the console.

WorkflowError
├── BadInput (2)
│   ├── UnknownName          unknown_trigger unknown_fact unknown_role unknown_region unknown_policy …
│   ├── AmbiguousCountry     ambiguous_country
│   ├── BadPayload           bad_payload
│   ├── BadPartner           bad_partner
│   ├── BadReference         bad_reference
│   ├── BadInstant           bad_instant
│   ├── NoPolicy             no_policy
│   ├── TimeGoesBack         time_goes_back
│   ├── InTheFuture          in_the_future
│   ├── BadTarget            bad_target
│   ├── BadAnchor            bad_anchor
│   ├── Misuse               usage
│   ├── DefinitionError      bad_definition
│   ├── ScenarioError        bad_scenario
│   └── BadFile              bad_file
├── TransitionRefused (3)    refused
├── NotFound (4)             unknown_partner unknown_case unknown_entry unknown_notice unknown_policy unknown_country
├── Conflict (5)
│   ├── Duplicate            duplicate_partner duplicate_case duplicate_line duplicate_database
│   ├── StaleVersion         stale_version
│   ├── StaleRevision        stale_revision
│   └── KeyReused            key_reused
└── StorageError (6)
    ├── StorageUnavailable   storage_unavailable
    ├── StorageDamaged       storage_damaged
    ├── StorageOutdated      storage_outdated
    └── StorageNewer         storage_newer
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from typing import Any, ClassVar

from csp_workflow.finding import Finding

_READABLE = 30  # names that a sentence can still list


class WorkflowError(Exception):
    """Something did not go; the message is one sentence that says what, where, and what to do."""

    code: str = "error"
    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details

    def to_dict(self) -> dict[str, Any]:
        """The error as the console's JSON shows it."""
        return {"code": self.code, "message": self.message} | self.details


class BadInput(WorkflowError):
    """The request cannot be understood; nothing was written."""


class UnknownName(BadInput):
    """A name that no definition knows; a close match is suggested."""

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        self.code = f"unknown_{what}"
        super().__init__(_sentence(f"There is no {what.replace('_', ' ')} {name!r}{_suggest(name, names)}"), name=name)


class AmbiguousCountry(BadInput):
    """A name that stands for more than one country; `meant` holds their names by code."""

    code = "ambiguous_country"

    def __init__(self, name: str, meant: Mapping[str, str]) -> None:
        asked = " or ".join(f"{name} ({code})" for code, name in meant.items())
        super().__init__(f"{name!r} stands for more than one country: ask for {asked}.", name=name, meant=dict(meant))


class BadPayload(BadInput):
    """A field is missing, unknown or malformed."""

    code = "bad_payload"

    def __init__(self, field: str, problem: str) -> None:
        self.field = field
        super().__init__(_sentence(f"{field}: {problem}"), field=field)

    @classmethod
    def unknown(cls, field: str, known: Iterable[str], where: str) -> BadPayload:
        """A field that this act or fact does not take."""
        names = sorted(known)
        allowed = f"{where} takes {', '.join(names)}" if names else f"{where} takes no fields"
        return cls(field, f"no such field; {allowed}{_suggest(field, names, listing=False)}")


class BadPartner(BadInput):
    """A partner's key, name, country, e-mail or language is not usable."""

    code = "bad_partner"


class BadReference(BadInput):
    """A reference to a case or an entry is not of the form that the product writes."""

    code = "bad_reference"


class BadInstant(BadInput):
    """A time without a zone, or none at all."""

    code = "bad_instant"


class NoPolicy(BadInput):
    """A rule needs a policy on a day before the first one."""

    code = "no_policy"

    def __init__(self, day: date, first: date | None) -> None:
        since = f"the first one is in force from {first}" if first else "the definition has none"
        super().__init__(f"No policy is in force on {day}: {since}.", day=day.isoformat())


class TimeGoesBack(BadInput):
    """An act on a case that is earlier than the case's last accepted entry."""

    code = "time_goes_back"


class InTheFuture(BadInput):
    """An act that is later than the clock."""

    code = "in_the_future"


class BadTarget(BadInput):
    """The database is named in a way that cannot be opened."""

    code = "bad_target"


class BadAnchor(BadInput):
    """The file of an anchor cannot be read or written, or is not a whole one."""

    code = "bad_anchor"


class Misuse(BadInput):
    """The command line is not one that can be carried out."""

    code = "usage"


class DefinitionError(BadInput):
    """The folder of definitions does not fit together; `file` and `key` say where."""

    code = "bad_definition"

    def __init__(self, file: str, key: str, problem: str) -> None:
        self.file, self.key = file, key
        where = f"{file}: {key}" if key else file
        super().__init__(_sentence(f"{where}: {problem}"), file=file, key=key)


class ScenarioError(BadInput):
    """A scenario file is not understood; `file` and `key` say where."""

    code = "bad_scenario"

    def __init__(self, file: str, key: str, problem: str) -> None:
        self.file, self.key = file, key
        where = f"{file}: {key}" if key else file
        super().__init__(_sentence(f"{where}: {problem}"), file=file, key=key)


class BadFile(BadInput):
    """A file that is to be read or written is not usable as a whole; `file` says which."""

    code = "bad_file"

    def __init__(self, file: str, problem: str) -> None:
        self.file = file
        super().__init__(_sentence(f"{file}: {problem}"), file=file)


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
        super().__init__(_sentence(f"There is no {what} {name!r}{f'; {hint}' if hint else ''}"), name=name)


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


class StorageError(WorkflowError):
    """The database cannot be used."""

    exit_code = 6


class StorageUnavailable(StorageError):
    """The database cannot be opened, read or written."""

    code = "storage_unavailable"


class StorageDamaged(StorageError):
    """The database holds something that the product did not write."""

    code = "storage_damaged"


class StorageOutdated(StorageError):
    """The database was written by an earlier release, and is to be upgraded before this one uses it."""

    code = "storage_outdated"

    def __init__(self, where: str, revision: str, needed: str) -> None:
        super().__init__(
            f"{where} is at schema revision {revision} and this program needs {needed}: run csp-workflow db upgrade.",
            database=where,
            revision=revision,
            needed=needed,
        )


class StorageNewer(StorageError):
    """The database was written by a later release; nothing in it is touched."""

    code = "storage_newer"

    def __init__(self, where: str, revision: str, needed: str) -> None:
        super().__init__(
            f"{where} is at schema revision {revision}, made by a later release than this one, which knows "
            f"{needed} as the newest: upgrade the program.",
            database=where,
            revision=revision,
            needed=needed,
        )


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?")) else f"{text}."


def _suggest(name: str, known: list[str], *, listing: bool = True) -> str:
    close = get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known: {', '.join(known)}" if listing and 0 < len(known) <= _READABLE else ""
