"""Rounding to cents with the remainder carried to the next amount of the same series.

Magento's amounts are binary floating-point numbers. Where a remainder brings an amount to half a cent, which way it
goes depends on their last bit: after a discount of 133.33 / 2 = 66.665, a tax of 19 + 0.005 stays 19.00. So shares and
remainders are worked out here to the same 53 bits, in whole-number arithmetic; what comes out is Decimal cents.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

ZERO = Decimal(0)
CENT = Decimal("0.01")
# Amounts that come from a single product or quotient: their last digits are noise there.
_NOISE = Decimal("1e-10")
# Less than this is nothing: Magento compares money with this slack.
DUST = Decimal("0.0001")
_BITS = 53  # of the significand of IEEE 754 binary64


def cents(amount: Decimal) -> Decimal:
    """Half up, away from zero for negative amounts, as PHP's round does."""
    return amount.quantize(_NOISE, ROUND_HALF_UP).quantize(CENT, ROUND_HALF_UP)


def without_dust(amount: Decimal) -> Decimal:
    """Money within Magento's slack of zero is zero."""
    return ZERO if abs(amount) <= DUST else amount


def binary(value: Fraction | Decimal) -> Fraction:
    """The nearest number of 53 significant bits, ties to even."""
    exact = Fraction(value)
    if not exact:
        return exact
    shift = _BITS - abs(exact.numerator).bit_length() + exact.denominator.bit_length()
    scale = Fraction(2) ** shift
    if abs(exact) * scale >= 2**_BITS:
        scale /= 2
    return round(exact * scale) / scale


def part(left: Decimal, quantity: Decimal, of_quantity: Decimal) -> Fraction:
    """`quantity` pieces' share of what is left of `of_quantity` pieces."""
    each = binary(binary(left) / binary(of_quantity))
    return binary(each * binary(quantity))


def times(amount: Decimal, numerator: Decimal, denominator: Decimal) -> Fraction:
    """`amount` times a ratio."""
    ratio = binary(binary(numerator) / binary(denominator))
    return binary(binary(amount) * ratio)


class Carry:
    """The remainders of one document. Each series ("regular", "base", ...) has its own."""

    def __init__(self) -> None:
        self._rest: dict[str, Fraction] = {}

    def round(self, amount: Fraction, series: str, *, deducted: bool = False) -> Decimal:
        """`amount` in cents. An amount that will be deducted (a discount) meets the remainder with its sign turned.
        Nothing stays nothing and leaves the remainder alone."""
        if not amount:
            return ZERO
        sign = -1 if deducted else 1
        exact = binary(amount + sign * self._rest.get(series, Fraction(0)))
        rounded = _half_up(exact)
        self._rest[series] = sign * binary(exact - binary(rounded))
        return rounded


def _half_up(value: Fraction) -> Decimal:
    """As PHP 8.4: up from the number that stands for the half cent."""
    whole = int(abs(value) * 100)
    if abs(value) >= binary(Fraction(2 * whole + 1, 200)):
        whole += 1
    return Decimal(whole if value > 0 else -whole) * CENT
