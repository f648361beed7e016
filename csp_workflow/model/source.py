"""The documents that the programme is taken from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A document that a value comes from."""

    id: str
    title: str
    date: str
