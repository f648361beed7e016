"""A partner: the whole company, known by its global account."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

from csp_workflow.errors import BadPartner
from csp_workflow.model.kinds import email, usable_text

KEY = re.compile(r"[A-Za-z0-9._-]{1,64}")
LANGUAGES = ("en", "de", "it", "cs")
EDITABLE = ("name", "country", "email", "language", "manager")


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """One partner; `pga` is its key, `country` an ISO 3166-1 alpha-2 code, `manager` who looks after it."""

    pga: str
    name: str
    country: str
    email: str | None = None
    language: str = "en"
    manager: str | None = None
    revision: int = 0

    def __post_init__(self) -> None:
        """Refuse a partner that cannot be kept, shown or written to.

        Raises:
            BadPartner: a value is not of its form.
        """
        if not isinstance(self.pga, str) or not KEY.fullmatch(self.pga):
            raise BadPartner(
                f"pga: {self.pga!r} is not a key; use 1 to 64 letters, digits, dots, dashes or underlines."
            )
        _check("name", self.name)
        if not isinstance(self.country, str) or not re.fullmatch("[A-Z]{2}", self.country):
            raise BadPartner(f"country: {self.country!r} is not an ISO 3166-1 alpha-2 code such as DE.")
        if self.language not in LANGUAGES:
            raise BadPartner(f"language: {self.language!r} is not known; take {', '.join(LANGUAGES)}.")
        if self.manager is not None:
            _check("manager", self.manager)
        if self.email is not None:
            try:
                email(self.email)
            except ValueError as problem:
                raise BadPartner(f"email: {problem}.") from None

    def grown(self, by: int) -> Partner:
        """The same partner, some revisions on; nothing else has changed, so nothing is checked again."""
        after = object.__new__(Partner)
        for name in self.__slots__:
            object.__setattr__(after, name, getattr(self, name))
        object.__setattr__(after, "revision", self.revision + by)
        return after

    def to_dict(self) -> dict[str, Any]:
        """The partner as JSON shows it."""
        return asdict(self)


def _check(field: str, value: object) -> None:
    try:
        text = usable_text(value)
    except ValueError as problem:
        raise BadPartner(f"{field}: {problem}.") from None
    if not text.strip():
        raise BadPartner(f"{field}: must not be empty.")
