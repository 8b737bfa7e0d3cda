"""Exact money: quantised to the currency's smallest unit, split without losing one."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

ZERO = Decimal(0)

# ISO 4217 currencies whose smallest unit is not a hundredth.
_EXPONENTS = {
    **dict.fromkeys(
        (
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}

_HUNDREDTH = Decimal("0.01")
_UNITS = {currency: Decimal(1).scaleb(-exponent) for currency, exponent in _EXPONENTS.items()}


def unit(currency: str) -> Decimal:
    """The smallest unit of a currency: 0.01 for USD, 1 for JPY."""
    return _UNITS.get(currency.upper(), _HUNDREDTH)


def quantise(amount: Decimal, currency: str) -> Decimal:
    """The amount in whole smallest units, half up (as both Magento and QuickBooks round); never a negative zero."""
    return amount.quantize(unit(currency), rounding=ROUND_HALF_UP) + ZERO


def spread(amounts: Sequence[Decimal], total: Decimal, currency: str) -> list[Decimal]:
    """The amounts in whole units that sum exactly to `total`, each less than one unit away from where it was when
    the exact sum is: largest remainder, ties to the larger amount, then to the earlier, so that nothing is put on what
    cost nothing. `total` must be in whole units. Raises ValueError when there is a total and nothing to spread it on.
    """
    step = unit(currency)
    if not amounts:
        if total:
            raise ValueError(f"{total} can't be spread over nothing")
        return []
    floors = [(amount / step).to_integral_value(rounding=ROUND_FLOOR) for amount in amounts]
    missing = int(total / step - sum(floors, ZERO))
    if not missing:
        return [(whole * step).quantize(step) + ZERO for whole in floors]
    by_remainder = sorted(range(len(amounts)), key=lambda i: (floors[i] - amounts[i] / step, -abs(amounts[i]), i))
    every, some = divmod(missing, len(amounts))
    for rank, i in enumerate(by_remainder):
        floors[i] += every + (1 if rank < some else 0)
    return [(whole * step).quantize(step) + ZERO for whole in floors]
