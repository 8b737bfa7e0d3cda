"""Stock in neutral words: what the books have on hand, what orders took there and in the shop, what a source holds.

Everything here is about one SKU. Quantities are pieces (or metres, or kilos), exact; times have a time zone and are
the books' own: the shop's clock never decides anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from shared.commerce.money import ZERO

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Span:
    """When something happened at the books' server, as exactly as is known: at or after `start`, before `end`; `end` is
    None for what may still happen (a write whose answer isn't known)."""

    start: datetime
    end: datetime | None

    @classmethod
    def second(cls, shown: datetime) -> Span:
        """A time that is shown in whole seconds, as those of documents are (reference quickbooks 3)."""
        start = shown.replace(microsecond=0)
        return cls(start, start + _SECOND)

    @classmethod
    def pending(cls, since: datetime) -> Span:
        """A write that was sent after `since`, a moment of the server's clock, and whose outcome nobody knows yet."""
        return cls(since, None)


@dataclass(frozen=True, slots=True)
class Seen:
    """When the books were looked at: some time from `start` to `end`, both included. With an answer whose data may lag
    behind its own time by so much, `start` is that much earlier."""

    start: datetime
    end: datetime

    @classmethod
    def at(cls, answered: datetime, lag: timedelta = timedelta(0)) -> Seen:
        """The server time of an answer that shows everything as of `lag` before it at least."""
        return cls(answered - lag, answered)

    def shows(self, when: Span) -> bool | None:
        """Whether what happened then was seen. None: it can't be said, as both may have been at the same moment."""
        if when.end is not None and when.end <= self.start:
            return True
        return False if when.start > self.end else None


@dataclass(frozen=True, slots=True)
class OnHand:
    """An item of the books that the SKU stands for. `quantity` is None where none is kept or shown; it may be negative,
    since books sell below zero."""

    item_id: str
    name: str
    quantity: Decimal | None
    tracked: bool
    active: bool
    seen: Seen


class MoveKind(StrEnum):
    """Which way a document of an order goes. A void or an update of a sale is a move of the sale, not a return."""

    SALE = "sale"
    RETURN = "return"


@dataclass(frozen=True, slots=True)
class Move:
    """What one write of one of our documents took off the item's quantity on hand: negative for what it gave back (a
    void, an update to less, a credit memo)."""

    document: str  # as people call it: "Invoice 1042"
    kind: MoveKind
    units: Decimal
    when: Span


class Standing(StrEnum):
    """How an order stands to the books."""

    TO_POST = "to_post"  # nothing stands there yet, and it is meant to: in flight, parked, or undone and to be redone
    POSTED = "posted"
    NEVER = "never"  # it isn't ours to post: placed before the start date, or of a store that is left out


@dataclass(frozen=True, slots=True)
class Pieces:
    """The shop's counters of one SKU in one order.

    `left`: gone from a source (shipped; virtual goods: invoiced). `released`: refunded before they left, so that the
    order no longer holds them. `returned`: refunded and put back for sale, both kinds; None where the shop doesn't tell
    (its documents don't).
    """

    ordered: Decimal
    cancelled: Decimal = ZERO
    left: Decimal = ZERO
    refunded: Decimal = ZERO
    released: Decimal = ZERO
    returned: Decimal | None = None

    @property
    def open(self) -> Decimal:
        """Still to leave a source: what the shop keeps reserved for the order."""
        return max(self.ordered - self.cancelled - self.left - self.released, ZERO)


@dataclass(frozen=True, slots=True)
class OrderStock:
    """One SKU in one order, in the shop and in the books. `pieces` is None when a document of the order is known and
    the order in the shop isn't. `bundle`: the SKU of the bundle in which these pieces were sold under one price, so
    that the books have a line for the bundle and none for the pieces; such pieces stand in an entry of their own."""

    order: str
    number: str
    standing: Standing
    pieces: Pieces | None
    moves: tuple[Move, ...] = ()
    bundle: str = ""


class Deducts(StrEnum):
    """When the shop takes pieces out of its quantity."""

    AT_SHIPMENT = "at_shipment"  # multi-source inventory: until then they are reserved beside it
    AT_ORDER = "at_order"  # a shop without it: the legacy stock item falls as soon as the order is placed


@dataclass(frozen=True, slots=True)
class Product:
    """What of the product decides about its stock. `threshold` is the quantity at which it counts as out of stock; with
    backorders, a negative one is how far they may go. `fractions`: sold in parts of a piece."""

    sku: str
    composite: bool = False  # configurable, bundle, grouped: the parts carry the stock
    managed: bool = True
    backorders: bool = False
    threshold: Decimal = ZERO
    fractions: bool = False

    @property
    def backorder_cap(self) -> bool:
        """Whether backorders are taken up to a limit, so that quantities below zero mean something."""
        return self.backorders and self.threshold < 0


@dataclass(frozen=True, slots=True)
class SourceRow:
    """What a source of the shop holds of the SKU; `in_stock` is the merchant's flag, without which it counts as 0."""

    source: str
    quantity: Decimal
    in_stock: bool = True


@dataclass(frozen=True, slots=True)
class StockCase:
    """All that is known of one SKU. `items`: every item of the books that has this SKU; `writable`: the row that is
    ours to write, None where the SKU isn't assigned to that source; `others`: rows of the other sources of its stock
    that are enabled. Orders whose effect is over in both systems may be left out. `waits` says in words why items and
    orders aren't of one moment yet; empty as a rule."""

    product: Product
    items: tuple[OnHand, ...]
    orders: tuple[OrderStock, ...] = ()
    writable: SourceRow | None = None
    others: tuple[SourceRow, ...] = ()
    waits: tuple[str, ...] = ()
