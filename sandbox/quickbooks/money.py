"""Rounding of amounts and prices."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from sandbox import limits
from sandbox.quickbooks import errors

CENT = Decimal("0.01")
PRICE_STEP = Decimal("0.0000001")  # UnitPrice keeps seven decimals (Intuit's tax pages)
ZERO = Decimal(0)


def to_cents(value: Decimal) -> Decimal:
    """Half up to two decimals, as QuickBooks rounds amounts."""
    return value.quantize(CENT, ROUND_HALF_UP)


def to_price(value: Decimal) -> Decimal:
    """Half up to seven decimals."""
    return value.quantize(PRICE_STEP, ROUND_HALF_UP)


def within_digits(value: Decimal, element: str) -> Decimal:
    """The amount that was computed. Raises Refused 2090 when it has more digits than an amount may have."""
    if value.copy_abs() >= Decimal(10) ** limits.QB_AMOUNT_DIGITS:
        raise errors.Refused(errors.bad_number(element, value))
    return value


def unit_price(amount: Decimal, quantity: Decimal) -> Decimal:
    """What one unit comes to, to seven decimals. Raises Refused 2090."""
    return to_price(within_digits(amount / quantity, "UnitPrice"))
