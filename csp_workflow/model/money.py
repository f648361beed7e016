"""Amounts are integer cents inside and decimals with two places outside; never floats."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

_WRITTEN = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_LARGEST = Decimal("9999999999999.99")  # cents of it fit a 64-bit integer many times over


class Cents(int):
    """An amount in cents that is to be shown as one."""

    __slots__ = ()


def to_amount(value: Any) -> Decimal:
    """A positive amount with at most two places, from a decimal, a whole number or their text.

    Raises:
        ValueError: it is none; the message says what is allowed.
    """
    if isinstance(value, bool | float) or not isinstance(value, Decimal | int | str):
        raise ValueError("must be a decimal number such as 1000.00 (no float: give a Decimal or text)")  # noqa: TRY004 - one kind of no
    if isinstance(value, str) and not _WRITTEN.fullmatch(value):
        raise ValueError(f"{value!r} is not an amount; write it as 1000.00")
    amount = Decimal(value)
    if not amount.is_finite() or amount <= 0 or amount > _LARGEST:
        raise ValueError(f"must be more than 0 and at most {_LARGEST}")
    cents = amount * 100
    if cents != cents.to_integral_value():
        raise ValueError("has more than two decimal places")
    return amount.quantize(Decimal("0.01"))


def to_cents(amount: Decimal) -> int:
    """An amount in cents."""
    return int(amount * 100)


def from_cents(cents: int) -> Decimal:
    """Cents as an amount with two places."""
    return Decimal(cents).scaleb(-2)


def write_cents(cents: int) -> str:
    """Cents as text with two places, as data show it: `1000000.00`."""
    return f"{from_cents(cents):.2f}"
