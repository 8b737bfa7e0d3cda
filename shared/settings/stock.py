"""`[stock]`: which way quantities go between the shop and the books, and what of them is offered."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from shared import limits
from shared.commerce.money import ZERO
from shared.commerce.stock import Deducts
from shared.mapping.stock.rules import Flag, OtherSources, Outside, Reserve, Returns, StockRules
from shared.settings.section import Name, Section

Percent = Annotated[Decimal, Field(ge=0, le=100)]


class StockDirection(StrEnum):
    """Who is the master of quantities."""

    OFF = "off"
    BOOKS_TO_SHOP = "books_to_shop"
    SHOP_TO_BOOKS = "shop_to_books"


class AdjustBy(StrEnum):
    """How QuickBooks' quantity on hand is corrected."""

    ADJUSTMENT = "adjustment"
    ITEM = "item"


class StockReserve(Section):
    """Pieces that aren't offered. Of several reserves that fit a SKU the first counts; one of 0 exempts it."""

    sku: Name = "*"
    """SKUs that it is for, with * and ?, upper and lower case alike."""
    units: Annotated[Decimal, Field(ge=0, le=1_000_000)] = ZERO
    """So many pieces."""
    percent: Percent = ZERO
    """Or so many of a hundred that could be sold, whichever is more."""


class Stock(Section):
    """Which way quantities go. Nothing is written before `direction` says so, and not before a person has seen what
    would be, unless that is harmless: [stock.md](stock.md)."""

    direction: StockDirection = StockDirection.OFF
    """`books_to_shop`: QuickBooks is the master, and the shop's source gets what can be sold; `shop_to_books`: the
    shop is the master, and QuickBooks is adjusted; `off`."""
    preview: bool = False
    """`true`: what would be written is told (`bookbridge stock preview`), and nothing is written."""
    source: Name = "default"
    """Code of the shop's source that is written, by this connection alone. A shop without multi-source inventory has
    but one stock, which is written instead."""
    other_sources: OtherSources = OtherSources.LEAVE
    """What QuickBooks' quantity on hand covers where the shop has several sources: that of `source` alone (`leave`), or
    all of them (`subtract`: `source` gets what the others don't hold)."""
    assign: bool = False
    """Whether a SKU that isn't assigned to `source` is assigned to it."""
    returns: Returns = Returns.WHEN_BOOKED
    """When refunded pieces can be sold again: `when_booked`, once QuickBooks has them on hand again; `at_once`, when
    what books the refunds puts them back as well."""
    outside: Outside = Outside.NOT_IN_BOOKS
    """What is true of open orders that Bookbridge doesn't book, such as those from before sales.start_date: QuickBooks
    has not deducted them (`not_in_books`), or another hand has entered them there (`in_books`)."""
    flag: Flag = Flag.SET
    """What becomes of the flag "in stock": `keep` it, `set` it when there is something, or `follow`: take it away, too,
    when nothing is left."""
    guard_percent: Percent = Decimal(20)
    """The first run only previews when it would empty more of a hundred stocked SKUs than this, until a person
    confirms it."""
    look_lag_seconds: Annotated[int, Field(ge=0, le=600)] = limits.STOCK_LOOK_LAG_SECONDS
    """QuickBooks may tell of changes so late: what was posted within so many seconds before a look at the books may be
    missing in it, and its SKUs wait for the next. More where a quantity is wrong for a moment after a sale."""
    reserves: tuple[StockReserve, ...] = ()
    counted_sources: tuple[Name, ...] = ()
    """With `shop_to_books`: codes of the sources whose pieces QuickBooks should have on hand, such as all but those of
    a drop shipper. Without any, all enabled sources."""
    adjust_by: AdjustBy = AdjustBy.ADJUSTMENT
    """With `shop_to_books`: `adjustment` books an inventory adjustment, which takes the Plus or Advanced plan in the
    United States; `item` sets the item's quantity on hand, and QuickBooks books the difference to an account of its own
    choice."""
    adjust_account: Name = "Inventory Shrinkage"
    """Account that the worth of adjustments goes to."""
    adjust_note: Annotated[str, Field(max_length=200, pattern=r"^[^\[\]\x00-\x1f]*$")] = "Stock of the shop"
    """What the private note of an adjustment begins with, without square brackets."""
    adjust_after_minutes: Annotated[int, Field(ge=0, le=10_080)] = 15
    """A difference is adjusted once it has stood unchanged so long: a delivery that somebody enters in both systems
    within that time is no difference."""
    adjust_below_zero: bool = False
    """Whether QuickBooks may be told that it has less than nothing on hand."""

    @model_validator(mode="after")
    def _the_last_reserve_says_something(self) -> Stock:
        """One of 0 before others exempts its SKUs from them."""
        if self.reserves and not self.reserves[-1].units and not self.reserves[-1].percent:
            raise ValueError(f"reserves.{len(self.reserves) - 1}: the last one needs units or percent")
        return self


def stock_rules(stock: Stock, deducts: Deducts) -> StockRules:
    """The rules by which quantities are decided. `deducts` is what the shop was found to do."""
    reserves = tuple(Reserve(one.sku, one.units, one.percent) for one in stock.reserves)
    return StockRules(
        deducts=deducts,
        returns=stock.returns,
        outside=stock.outside,
        other_sources=stock.other_sources,
        flag=stock.flag,
        reserves=reserves,
        assign=stock.assign,
        guard_percent=stock.guard_percent,
    )
