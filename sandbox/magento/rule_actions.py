"""What the actions of a cart price rule reckon with: percents, steps and free pieces. Pure.

As Magento's SalesRule/Model/Rule/Action/Discount: ByPercent, ToPercent, ByFixed, ToFixed, BuyXGetY, CartFixed.
"""

from __future__ import annotations

from decimal import Decimal

from sandbox.magento.cart import Coupon
from sandbox.magento.tax import HUNDRED, ZERO

PERCENT_ACTIONS = ("by_percent", "to_percent")
MONEY_ACTIONS = ("by_fixed", "to_fixed", "cart_fixed")  # their amount is money, in base currency
_STEPPED = ("by_percent", "by_fixed", "to_percent")  # ToPercent inherits the step of ByPercent
_SKIPPED_BELOW_STEP = ("by_percent", "by_fixed")


def percent_of(rule: Coupon) -> Decimal:
    """What is taken off: to 30 % of the price is 70 % off."""
    if rule.action == "to_percent":
        return max(HUNDRED - rule.amount, ZERO)
    return min(rule.amount, HUNDRED)


def starts(rule: Coupon, quantity: Decimal) -> bool:
    """False when a line is too small for the rule's step: then the rule doesn't count as applied to it."""
    if rule.action in _SKIPPED_BELOW_STEP:
        return rule.step <= quantity
    return rule.action != "buy_x_get_y" or rule.step < quantity


def quantity_for(rule: Coupon, quantity: Decimal, whole_steps: bool = True) -> Decimal:
    """The pieces of a line that a rule concerns: at most its maximum, in whole steps."""
    if rule.quantity is not None:
        quantity = min(quantity, rule.quantity)
    if whole_steps and rule.step and rule.action in _STEPPED:
        quantity = quantity // rule.step * rule.step
    return quantity


def free_quantity(rule: Coupon, quantity: Decimal) -> Decimal:
    """Buy `step`, get `amount` free; none when more would be free than bought."""
    bought, free = rule.step, rule.amount
    if not bought or free > bought:
        return ZERO
    periods = quantity // (bought + free)
    rest = quantity - periods * (bought + free)
    return periods * free + max(rest - bought, ZERO)
