"""Cart price rules: what lines and shipping are discounted by. Pure; as Magento's SalesRule validator does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sandbox.magento.cart import Coupon
from sandbox.magento.tax import CENT, HUNDRED, ZERO, cents


@dataclass
class Discountable:
    """A top-level line. `price` is what the discount is computed from: net, or gross with discount_tax."""

    code: str
    price: Decimal
    quantity: Decimal
    row_total: Decimal
    row_total_incl_tax: Decimal
    discount: Decimal = ZERO
    percent: Decimal = ZERO

    @property
    def value(self) -> Decimal:
        return self.price * self.quantity


@dataclass
class Discounts:
    """One run over one cart: percentages share their rounding remainders."""

    coupons: Sequence[Coupon]
    _percent_deltas: dict[Decimal, Decimal] = field(default_factory=dict)

    def lines(self, lines: Sequence[Discountable]) -> None:
        """Sets discount and percent of each line."""
        shares = {index: self._cart_shares(coupon, lines) for index, coupon in enumerate(self.coupons)}
        for position, line in enumerate(lines):
            for index, coupon in enumerate(self.coupons):
                amount = self._amount(coupon, line, shares[index][position])
                line.discount = min(line.discount + amount, line.value)
                if coupon.stop_rules_processing:
                    break

    def shipping(self, amount: Decimal) -> Decimal:
        """Discount on a shipping amount; 2.4.4 and later round it, older releases kept 2.275 as it was."""
        discount = ZERO
        for coupon in self.coupons:
            if coupon.apply_to_shipping:
                part = amount * coupon.amount / HUNDRED if coupon.action == "by_percent" else coupon.amount
                discount = min(discount + cents(part), amount)
            if coupon.stop_rules_processing:
                break
        return discount

    def _amount(self, coupon: Coupon, line: Discountable, share: Decimal) -> Decimal:
        if coupon.action == "by_percent":
            percent = min(coupon.amount, HUNDRED)
            line.percent = min(line.percent + percent, HUNDRED)
            return self._percentage((line.value - line.discount) * percent / HUNDRED, line)
        if coupon.action == "by_fixed":
            return cents(coupon.amount * line.quantity)
        return share

    def _percentage(self, amount: Decimal, line: Discountable) -> Decimal:
        """Rounded with the remainder of earlier lines of the same percent; all of a line is at most its gross total."""
        if not line.percent:
            return cents(amount)
        amount += self._percent_deltas.get(line.percent, ZERO)
        self._percent_deltas[line.percent] = amount - cents(amount)
        if line.percent == HUNDRED:
            amount = min(amount, line.row_total_incl_tax)
        return cents(amount)

    @staticmethod
    def _cart_shares(coupon: Coupon, lines: Sequence[Discountable]) -> list[Decimal]:
        """A whole-cart amount over the lines by value, the last line taking the rest."""
        if coupon.action != "cart_fixed":
            return [ZERO] * len(lines)
        total = sum((line.value for line in lines), ZERO)
        left = min(cents(coupon.amount), total)
        available, shares = left, []
        for line in lines[:-1]:
            share = min(cents(available * line.value / total) if total else ZERO, left)
            shares.append(share)
            left -= share
        return [*shares, left]


def over_children(discount: Decimal, children: Sequence[Decimal]) -> list[Decimal]:
    """A dynamic bundle's discount over its children by row total, remainders carried; the parent keeps none of it."""
    total = sum(children, ZERO)
    result, delta = [], Decimal("0.0000001")
    for row_total in children:
        value = discount * row_total / total if total else ZERO
        rounded = (value + delta).quantize(CENT, "ROUND_HALF_UP")
        delta += value - rounded
        result.append(rounded)
    return result
