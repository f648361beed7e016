"""What is typed as `key=value`, `a.b=value` and `key=@file.json`, as values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from csp_workflow.errors import BadPayload
from csp_workflow.model.case import Reference
from csp_workflow.model.kinds import KINDS
from csp_workflow.model.programme import Programme


def read_pairs(words: Iterable[str]) -> dict[str, Any]:
    """The fields that some words give.

    Raises:
        BadPayload: a word is no pair, a key comes twice, or a file cannot be read.
    """
    fields: dict[str, Any] = {}
    for word in words:
        key, equals, text = word.partition("=")
        if not equals or not key:
            raise BadPayload(word or "''", "is not understood; write fields as key=value")
        name, dot, part = key.partition(".")
        value = _value(key, text)
        if not dot:
            _put(fields, key, key, value)
            continue
        table = fields.setdefault(name, {})
        if not isinstance(table, dict):
            raise BadPayload(name, "is given twice, as a value and as a table")
        _put(table, part, key, value)
    return fields


def trigger_fields(programme: Programme, ref: str, trigger: str, words: Iterable[str]) -> dict[str, Any]:
    """The payload of an act, typed as its form says; what is unknown is left for the judge to name."""
    fields = read_pairs(words)
    name = Reference.parse(ref, programme.default_lifecycle).lifecycle
    known = programme.lifecycles[name].triggers if name in programme.lifecycles else {}
    return known[trigger].form.from_text(fields) if trigger in known else fields


def fact_fields(programme: Programme, fact: str, words: Iterable[str]) -> dict[str, Any]:
    """The fields of a fact, typed as its form says."""
    fields = read_pairs(words)
    return programme.facts[fact].form.from_text(fields) if fact in programme.facts else fields


def _put(table: dict[str, Any], name: str, key: str, value: Any) -> None:
    if name in table:
        raise BadPayload(key, "is given twice")
    table[name] = value


def _value(key: str, text: str) -> Any:
    if not text.startswith("@"):
        return text
    return text[1:] if text.startswith("@@") else _from_file(key, text[1:])


def _from_file(key: str, name: str) -> Any:
    try:
        text = Path(name).read_text(encoding="utf-8")
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or "it is no UTF-8 text"
        raise BadPayload(key, f"the file {name!r} cannot be read: {reason}") from None
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_once)
    except (ValueError, RecursionError) as problem:
        raise BadPayload(key, f"the file {name!r} is not understood as JSON: {problem}") from None


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is not a number")


def _once(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise ValueError("a key stands twice")
    return table


def read_day(option: str, text: str) -> date:
    """A day as an option gives it.

    Raises:
        BadPayload: it is none.
    """
    try:
        day: date = KINDS["any_date"].read(text, "", {})
    except ValueError as problem:
        raise BadPayload(option, str(problem)) from None
    return day
