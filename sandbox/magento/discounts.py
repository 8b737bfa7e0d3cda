"""Cart price rules over lines and shipping. Pure; as Magento's SalesRule module does it (Model/Quote/Discount,
RulesApplier, Utility, Validator::processShippingAmount; 2.4.5 to 2.4.7).

Rule by rule over all lines, in order of priority; rounding remainders of percentages carry over from line to line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sandbox.magento.cart import Coupon
from sandbox.magento.rule_actions import PERCENT_ACTIONS, free_quantity, percent_of, quantity_for, starts
from sandbox.magento.tax import CENT, FIRST_DELTA, HUNDRED, ZERO, cents

_FIRST_SHARE = Decimal("0.0000001")  # RulesApplier::distributeDiscount starts its remainder with it


@dataclass
class Discountable:
    """A line. `price` is what discounts are computed from: net, or gross with discount_tax; `quantity` in all.

    A dynamic bundle's discount is computed for the whole and then spread over its `children`.
    """

    code: str
    price: Decimal
    quantity: Decimal
    row_total: Decimal
    row_total_incl_tax: Decimal
    discount: Decimal = ZERO
    percent: Decimal = ZERO
    children: list[Discountable] = field(default_factory=list)

    @property
    def value(self) -> Decimal:
        return self.price * self.quantity


@dataclass
class Discounts:
    """One run over one cart: percentages share their rounding remainders."""

    rules: Sequence[Coupon]
    _percent_deltas: dict[Decimal, Decimal] = field(default_factory=dict)

    def lines(self, lines: Sequence[Discountable], shipping: Decimal = ZERO) -> None:
        """Sets discount and percent of each line. `shipping` is what a rule on the whole cart may have to share."""
        stopped: set[str] = set()
        for rule in self.rules:
            spread = _CartFixed.over(rule, lines, shipping)
            for line in lines:
                if line.code in stopped or not starts(rule, line.quantity):
                    continue
                self._apply(rule, line, spread)
                if rule.stop_rules_processing:
                    stopped.add(line.code)

    def shipping(self, lines: Sequence[Discountable], net: Decimal, amount: Decimal, subtotal: Decimal) -> Decimal:
        """Discount on an `amount` for shipping: its price, or with discount_tax the gross one (`net` stays the price).

        2.4.4 and later round it; older releases kept 2.275 as it was. A rule that doesn't apply to shipping doesn't
        stop those behind it either.
        """
        discount = ZERO
        for rule in (rule for rule in self.rules if rule.apply_to_shipping):
            part = _on_shipping(rule, lines, net, amount - discount, amount, subtotal)
            discount = cents(min(discount + part, amount))
            if rule.stop_rules_processing:
                break
        return discount

    def _apply(self, rule: Coupon, line: Discountable, spread: _CartFixed) -> None:
        already = sum((child.discount for child in line.children), ZERO) if line.children else line.discount
        line.discount = already
        amount = self._rounded(self._amount(rule, line, spread), line)
        total = min(already + amount, line.value)
        if not line.children:
            line.discount = total
            return
        line.discount = ZERO
        _distribute(total - already, max(line.row_total - already, ZERO), line.children)

    def _amount(self, rule: Coupon, line: Discountable, spread: _CartFixed) -> Decimal:
        quantity = quantity_for(rule, line.quantity)
        if rule.action in PERCENT_ACTIONS:
            percent = percent_of(rule)
            if rule.quantity is None or rule.quantity >= quantity:
                line.percent = min(line.percent + percent, HUNDRED)
            return (quantity * line.price - line.discount) * percent / HUNDRED
        if rule.action == "by_fixed":
            return quantity * rule.amount
        if rule.action == "to_fixed":
            return quantity * (line.price - rule.amount)
        if rule.action == "buy_x_get_y":
            return free_quantity(rule, quantity) * line.price
        return spread.share(line, quantity)

    def _rounded(self, amount: Decimal, line: Discountable) -> Decimal:
        """Rounded with the remainder of earlier lines of the same percent; all of a line is at most its gross total."""
        if line.percent and line.row_total > 0:
            amount += self._percent_deltas.get(line.percent, ZERO)
            self._percent_deltas[line.percent] = amount - cents(amount)
        if line.percent == HUNDRED:
            amount = min(amount, line.row_total_incl_tax)
        return cents(amount)


@dataclass
class _CartFixed:
    """An amount for the whole cart, spread by what lines still cost; shipping shares in it when the rule says so."""

    rule: Coupon
    total: Decimal  # of which a line's part is a share
    lines_left: int
    available: Decimal
    delta: Decimal = FIRST_DELTA

    @classmethod
    def over(cls, rule: Coupon, lines: Sequence[Discountable], shipping: Decimal) -> _CartFixed:
        leaves = [leaf for line in lines for leaf in (line.children or [line])]
        total = sum((quantity_for(rule, leaf.quantity, whole_steps=False) * leaf.price for leaf in leaves), ZERO)
        given = sum((leaf.discount for leaf in leaves), ZERO)
        total = total + shipping if rule.apply_to_shipping else total - given
        return cls(rule, total, len(leaves), rule.amount)

    def share(self, line: Discountable, quantity: Decimal) -> Decimal:
        if self.available <= 0:
            return ZERO
        price = quantity * line.price - (ZERO if self.rule.apply_to_shipping else line.discount)
        ratio = min(price / self.total, Decimal(1)) if self.total else ZERO
        amount = self._round(self.rule.amount * ratio)
        amount = min(amount, quantity * line.price)
        if self.lines_left <= 1:
            amount = min(amount, self.available)
        else:
            self.lines_left -= 1
        self.available -= cents(amount)
        return cents(amount)

    def _round(self, amount: Decimal) -> Decimal:
        if not amount:
            return amount
        exact = amount + self.delta
        self.delta = exact - cents(exact)
        return cents(exact)


def _on_shipping(
    rule: Coupon, lines: Sequence[Discountable], net: Decimal, left: Decimal, amount: Decimal, subtotal: Decimal
) -> Decimal:
    if rule.action in PERCENT_ACTIONS:
        return left * percent_of(rule) / HUNDRED
    if rule.action == "to_fixed":
        return amount - rule.amount
    if rule.action == "by_fixed":
        return rule.amount
    if rule.action == "cart_fixed":
        whole = subtotal + net
        return cents(rule.amount * net / whole) if whole else ZERO
    free = sum((free_quantity(rule, line.quantity) for line in lines), ZERO)
    return net / sum((line.quantity for line in lines), ZERO) * free


def _distribute(discount: Decimal, total: Decimal, children: Sequence[Discountable]) -> None:
    """Over a dynamic bundle's children by what they still cost, remainders carried; the parent keeps none of it."""
    delta = _FIRST_SHARE
    for child in children:
        ratio = min(max(child.row_total - child.discount, ZERO) / total, Decimal(1)) if total else ZERO
        value = discount * ratio
        rounded = (value + delta).quantize(CENT, "ROUND_HALF_UP")
        delta += value - rounded
        child.discount += rounded
