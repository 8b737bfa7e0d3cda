"""Quantity and price so that QuickBooks comes to our amount.

QuickBooks computes Qty x UnitPrice itself (7 decimals, half up) and refuses or silently replaces an Amount that
differs (6070; reference, section 9). So a price is only sent when it multiplies up to the amount.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from shared.commerce.money import quantise

_SEVEN = Decimal("0.0000001")


@dataclass(frozen=True, slots=True)
class Priced:
    """A quantity and a price that come to the amount exactly; price None = only the amount can be sent."""

    quantity: Decimal
    price: Decimal | None


def priced(quantity: Decimal, amount: Decimal, shown: Decimal | None, currency: str) -> Priced:
    """The shop's own price where it multiplies up, else the amount over the quantity to 7 decimals, else none.
    `quantity` is greater than 0."""
    count = tidy(quantity)
    for candidate in (shown, amount / quantity):
        if candidate is None:
            continue
        price = candidate.quantize(_SEVEN, rounding=ROUND_HALF_UP)
        if quantise(quantity * price, currency) == amount:
            return Priced(count, tidy(price))
    return Priced(count, None)


def tidy(number: Decimal) -> Decimal:
    """The same number without trailing zeros, never in exponent form."""
    whole = number.to_integral_value()
    return whole.quantize(Decimal(1)) + 0 if number == whole else number.normalize()
