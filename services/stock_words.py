"""Numbers, SKUs and outcomes as people read them. Pure."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

from shared.mapping.stock.decision import Outcome

OUTCOMES = {
    Outcome.WRITE: "to be written",
    Outcome.UNCHANGED: "as they should be",
    Outcome.WAIT: "wait: it can't be said yet what QuickBooks has deducted",
    Outcome.NO_ITEM: "QuickBooks has no item of this SKU",
    Outcome.ITEM_INACTIVE: "the item is inactive in QuickBooks",
    Outcome.NOT_TRACKED: "QuickBooks keeps no quantity of the item",
    Outcome.NO_QUANTITY: "the item shows no quantity on hand",
    Outcome.AMBIGUOUS: "several items of QuickBooks have this SKU",
    Outcome.NOT_ASSIGNED: "not assigned to the source that is written",
    Outcome.NOT_MANAGED: "the shop doesn't count the product",
    Outcome.COMPOSITE: "its parts carry the stock",
    Outcome.BELOW_ZERO: "QuickBooks would have less than nothing",
    Outcome.SHARED: "another connection of the company sells it, too",
}
"""What is told of how many SKUs have it, in the order in which it is told."""
HELP = {
    Outcome.WAIT: "time: the next look at QuickBooks comes within seconds or minutes",
    Outcome.NO_ITEM: "make an item with this SKU, or let the catalogue make it ([products])",
    Outcome.ITEM_INACTIVE: "make the item active in QuickBooks",
    Outcome.NOT_TRACKED: "if it is to be counted, it must be an inventory item",
    Outcome.NO_QUANTITY: "look at the item in QuickBooks",
    Outcome.AMBIGUOUS: "give each item its own SKU",
    Outcome.NOT_ASSIGNED: "assign the SKU to the source in the shop, or set stock.assign",
    Outcome.BELOW_ZERO: "count the goods, or set stock.adjust_below_zero",
    Outcome.SHARED: "let QuickBooks be the master (stock.direction)",
    Outcome.NOT_MANAGED: '"Manage Stock" of the product in the shop',
}
"""What a person can do about it."""
_QUOTES = ("'", '"')


def visible(sku: str) -> str:
    """A SKU so that it can be told from every other: as it is, or in quotes with its odd characters written out. What
    isn't quoted never begins with a quote."""
    if not sku.isascii() and unicodedata.normalize("NFC", sku) != sku:
        return ascii(sku)
    odd = sku != " ".join(sku.split()) or not sku.isprintable() or not sku or sku.startswith(_QUOTES)
    return repr(sku) if odd else sku


def plain(text: str) -> str:
    """Text of others (names of items and documents) without what would steer a terminal."""
    return text if text.isprintable() else "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def number(quantity: Decimal | None) -> str:
    """`1,234.5`; `-` for none. All its digits, without zeros at the end."""
    if quantity is None:
        return "-"
    text = f"{quantity:,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def signed(quantity: Decimal) -> str:
    """A term that is added or taken away: `+ 3`, `- 1`."""
    return f"{'-' if quantity < 0 else '+'} {number(abs(quantity))}"


def percent(share: Decimal) -> str:
    """`31 %`, `20.05 %`: two places at most, and never rounded to a whole that it isn't."""
    rounded = share.quantize(Decimal("0.01"))
    if rounded == rounded.to_integral_value() and share != rounded:
        rounded += Decimal("0.01") if share > rounded else Decimal("-0.01")
    return f"{number(rounded)} %"
