"""What a merchant decides about stock. Pure values; the settings are turned into them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fnmatch import fnmatchcase

from shared.commerce.money import ZERO
from shared.commerce.stock import Deducts

_HUNDRED = Decimal(100)


class Returns(StrEnum):
    """When refunded pieces can be sold again, where the shop doesn't tell whether they were put back."""

    WHEN_BOOKED = "when_booked"  # once the books have them on hand again
    AT_ONCE = "at_once"  # with the refund; the books' refund is known to put them back


class Outside(StrEnum):
    """What is true of open orders that are never posted by us."""

    NOT_IN_BOOKS = "not_in_books"  # the books deduct them when they are shipped, or not at all
    IN_BOOKS = "in_books"  # the books deducted them by another hand when they were placed


class OtherSources(StrEnum):
    """What the quantity on hand covers where the shop has several sources."""

    LEAVE = "leave"  # our source alone
    SUBTRACT = "subtract"  # all of them: ours gets what the others don't hold


class Flag(StrEnum):
    """What becomes of the flag "in stock" of a source's row."""

    KEEP = "keep"
    SET = "set"  # set when there is something, never taken away
    FOLLOW = "follow"  # taken away, too, when nothing is left


@dataclass(frozen=True, slots=True)
class Reserve:
    """Pieces that are not offered: `units`, or `percent` of what could be sold, whichever is more. `sku` is a pattern
    with * and ?, compared without case."""

    sku: str = "*"
    units: Decimal = ZERO
    percent: Decimal = ZERO

    def matches(self, sku: str) -> bool:
        return fnmatchcase(sku.casefold(), self.sku.casefold())

    def of(self, sellable: Decimal) -> Decimal:
        """What is held back of so many, never more than there are."""
        return min(max(self.units, sellable * self.percent / _HUNDRED), max(sellable, ZERO))


@dataclass(frozen=True, slots=True)
class StockRules:
    """Of several reserves the first that matches counts. `assign`: a SKU that isn't assigned to our source gets a row
    there. `guard_percent`: a first run that would empty more of the stocked SKUs needs a person's word."""

    deducts: Deducts = Deducts.AT_SHIPMENT
    returns: Returns = Returns.WHEN_BOOKED
    outside: Outside = Outside.NOT_IN_BOOKS
    other_sources: OtherSources = OtherSources.LEAVE
    flag: Flag = Flag.SET
    reserves: tuple[Reserve, ...] = ()
    assign: bool = False
    guard_percent: Decimal = Decimal(20)

    def reserve(self, sku: str) -> Reserve | None:
        """The reserve of the SKU, None when everything is offered."""
        return next((rule for rule in self.reserves if rule.matches(sku)), None)
