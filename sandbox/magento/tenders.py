"""What pays an order before its payment method does: reward points, gift cards, store credit. Pure.

Adobe Commerce, recalled: points first, then gift cards one by one, then store credit; each takes no more than is left,
and grand_total is what the payment method still has to bring.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_UP, Decimal

from sandbox.magento.cart_money import Tenders
from sandbox.magento.tax import ZERO


@dataclass(frozen=True)
class Tendered:
    """Amounts taken, all positive. gift_cards: (code, amount) of each card that was needed."""

    points: int = 0
    points_amount: Decimal = ZERO
    gift_cards: tuple[tuple[str, Decimal], ...] = ()
    store_credit: Decimal = ZERO

    @property
    def gift_cards_amount(self) -> Decimal:
        return sum((amount for _, amount in self.gift_cards), ZERO)

    @property
    def total(self) -> Decimal:
        return self.points_amount + self.gift_cards_amount + self.store_credit


NOTHING = Tendered()


def tender(offered: Tenders, due: Decimal) -> Tendered:
    """What of the offer an amount due takes."""
    left = max(due, ZERO)
    points_amount = min(offered.points_amount, left)
    points = offered.points
    if points_amount < offered.points_amount:
        share = offered.points * points_amount / offered.points_amount
        points = int(share.to_integral_value(ROUND_UP))
    left -= points_amount
    cards = []
    for card in offered.gift_cards:
        amount = min(card.balance, left)
        if amount:
            cards.append((card.code, amount))
            left -= amount
    return Tendered(points if points_amount else 0, points_amount, tuple(cards), min(offered.store_credit, left))
