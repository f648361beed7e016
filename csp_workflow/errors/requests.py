"""Requests that cannot be understood; nothing was written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from csp_workflow.errors.base import WorkflowError, sentence, suggest


class BadInput(WorkflowError):
    """The request cannot be understood; nothing was written."""


class UnknownName(BadInput):
    """A name that no definition knows; a close match is suggested."""

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        self.code = f"unknown_{what}"
        super().__init__(sentence(f"There is no {what.replace('_', ' ')} {name!r}{suggest(name, names)}"), name=name)


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
        super().__init__(sentence(f"{field}: {problem}"), field=field)

    @classmethod
    def unknown(cls, field: str, known: Iterable[str], where: str) -> BadPayload:
        """A field that this act or fact does not take."""
        names = sorted(known)
        allowed = f"{where} takes {', '.join(names)}" if names else f"{where} takes no fields"
        return cls(field, f"no such field; {allowed}{suggest(field, names, listing=False)}")


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


class _Located(BadInput):
    """A file that is written by hand does not say what it should."""

    def __init__(self, file: str, key: str, problem: str) -> None:
        self.file, self.key = file, key
        where = f"{file}: {key}" if key else file
        super().__init__(sentence(f"{where}: {problem}"), file=file, key=key)


class DefinitionError(_Located):
    """The folder of definitions does not fit together; `file` and `key` say where."""

    code = "bad_definition"


class ScenarioError(_Located):
    """A scenario file is not understood; `file` and `key` say where."""

    code = "bad_scenario"


class BadFile(BadInput):
    """A file that is to be read or written is not usable as a whole; `file` says which."""

    code = "bad_file"

    def __init__(self, file: str, problem: str) -> None:
        self.file = file
        super().__init__(sentence(f"{file}: {problem}"), file=file)
