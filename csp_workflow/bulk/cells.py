"""Cells as values and values as cells: dates only as 2026-01-31, amounts as said, the rest as the console takes it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any

from csp_workflow.bulk.spreadsheet import escape, unescape
from csp_workflow.model.fields import Field

_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OTHER_DAY = re.compile(r"\d{1,4}([./-])\s?\d{1,2}\1\s?\d{1,4}\.?(?:[ T].*)?", re.DOTALL | re.ASCII)
_SERIAL = re.compile(r"(\d{4,6})(?:[.,]\d+)?", re.ASCII)
_SERIALS_BEGIN = date(1899, 12, 30)
_FORMAT = (
    "give the column the format yyyy-mm-dd (in a German spreadsheet JJJJ-MM-TT, in an Italian one aaaa-mm-gg, "
    "in a Czech one rrrr-mm-dd), and save the file again"
)
_PLAIN = re.compile(r"[+-]?\d{1,20}(?:\.\d{1,2})?", re.ASCII)
_WITH_COMMA = re.compile(r"[+-]?(?:\d{1,20}|\d{1,3}(?:([. \u00a0\u202f])\d{3})(?:\1\d{3})*)(?:,\d{1,2})?", re.ASCII)
_GROUPING = str.maketrans(dict.fromkeys(". \u00a0\u202f") | {",": "."})
_AS_TEXT = {"text", "optional_text"}
_AS_JSON = {"emails", "dates", "names", "day_counts", "scores", "table"}  # several values in one cell

Reader = Callable[[str], Any]


@lru_cache(4096)  # a file has few days and many rows
def day(cell: str) -> date:
    """A date, written as 2026-01-31 and in no other way.

    Raises:
        ValueError: it is written otherwise; the message says how a spreadsheet is brought to write it so.
    """
    text = unescape(cell).strip()
    if _DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{text!r} is a day that no calendar has") from None
    if found := _SERIAL.fullmatch(text):
        meant = _SERIALS_BEGIN + timedelta(days=int(found[1]))
        raise ValueError(f"{text!r} is a day's number in a spreadsheet, which counts {meant} so: {_FORMAT}")
    if _OTHER_DAY.fullmatch(text):
        raise ValueError(f"{text!r} is a date in another form: {_FORMAT}")
    raise ValueError(f"{text!r} is not a date; write it as 2026-01-31")


def amount(cell: str) -> Decimal:
    """An amount such as `1000.00`, with at most two places.

    Raises:
        ValueError: it is none.
    """
    text = cell.strip()
    if _PLAIN.fullmatch(text):
        return Decimal(text)
    text = unescape(text).strip()
    if _PLAIN.fullmatch(text):
        return Decimal(text)
    hint = "write it as 1000.00"
    if _WITH_COMMA.fullmatch(text):
        hint += ", or say --decimal , for amounts such as 1.000,00"
    raise ValueError(f"{text!r} is not an amount; {hint}")


def amount_with_comma(cell: str) -> Decimal:
    """An amount such as `1.000,00` or `1000,00`: groups of three, at most two places after the comma.

    Raises:
        ValueError: it is none.
    """
    text = unescape(cell).strip()
    if _WITH_COMMA.fullmatch(text):
        return Decimal(text.translate(_GROUPING))
    raise ValueError(f"{text!r} is not an amount; with --decimal , it is written as 1.000,00 or 1000,00")


def reader_of(field: Field, decimal: str) -> Reader:
    """What makes a value of a cell in the column of a field; it raises ValueError where it cannot."""
    kind = field.kind.name
    if kind in _AS_TEXT:
        return unescape
    if kind.endswith("date"):
        return day
    if kind == "money":
        return amount_with_comma if decimal == "," else amount
    return partial(_read, field.kind.from_text, as_json=kind in _AS_JSON)


def _read(convert: Reader, cell: str, *, as_json: bool) -> Any:
    text = unescape(cell).strip()
    if not as_json or not text.startswith(("[", "{")):
        return convert(text)
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise ValueError(f"{text!r} is not understood as JSON") from None


def cell_of(value: Any) -> str:
    """A plain value as the cell from which it is read again; None is the empty cell."""
    if value is None:
        return ""
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple | Mapping):
        return escape(json.dumps(value, ensure_ascii=False))
    return escape(str(value))
