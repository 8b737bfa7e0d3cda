"""What is true of one SKU: what lies on the shelf, and what orders have done to it. Told by the two systems alone.

    on the shelf = opening + received + counted + what came back and was entered in the books
                   - what the shop shipped - what was refunded before it was shipped
    can be sold  = on the shelf - what open orders still need

It knows nothing of how Bookbridge finds a quantity: not what is posted, nor when the books were looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Standing:
    """An order from `since` (Unix seconds) on: how many pieces are `gone` from the shelf, and how many are still to be
    shipped."""

    since: float
    gone: Decimal
    needed: Decimal


@dataclass(frozen=True, slots=True)
class Goods:
    """Pieces that came in since the beginning, less those that a count found missing."""

    since: float
    units: Decimal


@dataclass
class Truth:
    """Each order with all its standings, oldest first, and all that came in."""

    goods: list[Goods]
    orders: dict[str, list[Standing]] = field(default_factory=dict)

    def bring(self, since: float, units: Decimal) -> None:
        self.goods.append(Goods(since, self.goods[-1].units + units))

    def stand(self, order: str, standing: Standing) -> None:
        self.orders.setdefault(order, [Standing(0.0, ZERO, ZERO)]).append(standing)

    @property
    def shelf(self) -> Decimal:
        return self.goods[-1].units - sum((some[-1].gone for some in self.orders.values()), ZERO)

    def lain(self, since: float) -> Decimal:
        """What has lain on the shelf ever since that moment, and lies there still: less what came in since."""
        before = [one.units for one in self.goods if one.since <= since][-1:]
        units = min([*before, *(one.units for one in self.goods if one.since > since)])
        return self.shelf - self.goods[-1].units + units

    @property
    def needed(self) -> Decimal:
        return sum((some[-1].needed for some in self.orders.values()), ZERO)

    @property
    def sellable(self) -> Decimal:
        """Now; 0 where more is sold than there is."""
        return max(self.shelf - self.needed, ZERO)

    def right(self, at: float) -> set[Decimal]:
        """What a source may be given at that moment: all that is on the shelf, as of some moment until then, for each
        order as it stood at some moment until then (news of it may be late or lost); never less than those orders need.

        An order that is subtracted twice makes less than the least of these.
        """
        sums = {(ZERO, ZERO)}
        for some in self.orders.values():
            known = {(one.gone, one.needed) for one in some if one.since <= at}
            sums = {(gone + more, needed + held) for gone, needed in sums for more, held in known}
        brought = {one.units for one in self.goods if one.since <= at}
        return {max(units - gone, needed) for gone, needed in sums for units in brought}
