"""What became of one SKU: the quantity its source should hold, as a sum of named terms, or why it gets none."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from shared.commerce.money import ZERO


class Outcome(StrEnum):
    """What is to be done with the SKU's row, or why nothing is."""

    WRITE = "write"
    UNCHANGED = "unchanged"
    WAIT = "wait"  # a write can't be ordered against the look at the books, or an order isn't read yet: come again
    COMPOSITE = "composite"  # configurable, bundle, grouped: the parts carry the stock
    NOT_MANAGED = "not_managed"  # the shop doesn't count this product
    NOT_ASSIGNED = "not_assigned"  # the SKU has no row at our source, and none is to be made
    NO_ITEM = "no_item"  # the books have no item of this SKU
    ITEM_INACTIVE = "item_inactive"
    NOT_TRACKED = "not_tracked"  # a service or non-inventory item: the books keep no quantity of it
    NO_QUANTITY = "no_quantity"  # an inventory item that shows no quantity on hand
    AMBIGUOUS = "ambiguous"  # several inventory items have this SKU
    BELOW_ZERO = "below_zero"  # the books would have less than nothing, and the settings don't want that
    SHARED = "shared"  # another shop of the company sells from the same item: no shop's sources alone say what there is


class TermKind(StrEnum):
    """What a term stands for."""

    ON_HAND = "on_hand"
    AWAITING_SHIPMENT = "awaiting_shipment"  # deducted in the books, still in the source
    AWAITING_BOOKS = "awaiting_books"  # gone from the source, still on hand in the books
    OTHER_SOURCES = "other_sources"
    RESERVE = "reserve"
    FRACTION = "fraction"  # less than a piece of what is sold whole, or beyond the shop's four decimals
    PROMISED = "promised"  # raised to what open orders need, so that the shop can ship what it has sold
    LIMIT = "limit"  # more than the shop's column holds
    SOURCE = "source"  # what lies in a source of the shop, where the books are what is corrected


@dataclass(frozen=True, slots=True)
class Term:
    """A part of the sum. Of an order, `units` = `booked` - `taken`: what the books deducted for it as of the look, and
    what of it left the source; where the books are corrected, the opposite. `because` says it in words, `records` name
    what it rests on."""

    kind: TermKind
    units: Decimal
    because: str
    records: tuple[str, ...] = ()
    order: str = ""
    booked: Decimal = ZERO
    taken: Decimal = ZERO


class Remark(StrEnum):
    """What a person should know about a SKU, though it gets its quantity."""

    OVERSOLD = "oversold"  # more is sold than there is
    HELD_BACK = "held_back"
    FRACTION_LEFT = "fraction_left"
    BACKORDERS_BELOW_ZERO = "backorders_below_zero"  # the quantity is less than open orders need, as backorders want it
    OTHERS_HOLD_MORE = "others_hold_more"  # the other sources hold more than the books have on hand
    BUNDLE_PARTS = "bundle_parts"  # pieces left in bundles, which the books don't deduct
    SOLD_AS_OTHER = "sold_as_other"  # an order's document has no line with this item
    OUTSIDE = "outside"  # open orders that are never posted
    RETURN_AWAITED = "return_awaited"  # refunded, and the books don't have it back
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Note:
    """A remark in words. `units`: how many pieces it is about."""

    remark: Remark
    units: Decimal
    text: str


@dataclass(frozen=True, slots=True)
class StockDecision:
    """`quantity` is what the source should hold and the sum of the terms, None unless the outcome is write or
    unchanged. `in_stock` is the flag beside it. `shop_now` is what the source holds; `open` what orders have reserved
    of it. `why` says in words why nothing is written, `waits_for` names what a wait is for.

    Where the books are corrected by the shop (books.py), `quantity` is what they should have on hand, `on_hand` what
    they have, of the item `item_id`, and `shop_now` what all counted sources hold.
    """

    sku: str
    outcome: Outcome
    quantity: Decimal | None = None
    in_stock: bool = True
    shop_now: Decimal | None = None
    open: Decimal = ZERO
    threshold: Decimal = ZERO
    terms: tuple[Term, ...] = ()
    notes: tuple[Note, ...] = ()
    why: str = ""
    waits_for: tuple[str, ...] = ()
    on_hand: Decimal | None = None
    item_id: str = ""

    @property
    def difference(self) -> Decimal:
        """By what the books' quantity is to grow; 0 unless they are to be corrected."""
        if self.outcome is not Outcome.WRITE or self.quantity is None or self.on_hand is None:
            return ZERO
        return self.quantity - self.on_hand
