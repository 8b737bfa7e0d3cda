"""Rounding of amounts and prices."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
PRICE_STEP = Decimal("0.0000001")  # UnitPrice keeps seven decimals (Intuit's tax pages)
ZERO = Decimal(0)


def to_cents(value: Decimal) -> Decimal:
    """Half up to two decimals, as QuickBooks rounds amounts."""
    return value.quantize(CENT, ROUND_HALF_UP)


def to_price(value: Decimal) -> Decimal:
    """Half up to seven decimals."""
    return value.quantize(PRICE_STEP, ROUND_HALF_UP)
