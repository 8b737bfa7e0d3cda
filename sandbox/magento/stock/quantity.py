"""Quantities: decimal(12,4) in every table of Magento's inventory."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

ZERO = Decimal(0)
_PLACES = Decimal("0.0001")


def quantity(value: Any) -> Decimal:
    """A quantity with four places. Raises decimal.InvalidOperation for what is no number or too long."""
    return Decimal(str(value)).quantize(_PLACES, rounding=ROUND_HALF_UP)


def number(value: Any) -> Decimal:
    """The same. Raises ValueError."""
    try:
        found = quantity(value)
    except InvalidOperation as error:
        raise ValueError(f"{value!r} is no quantity") from error
    if not found.is_finite():
        raise ValueError(f"{value!r} is no quantity")
    return found
