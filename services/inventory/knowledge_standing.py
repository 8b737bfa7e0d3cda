"""One SKU in one order, from what the shop, the books and our links to them tell of it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from services.inventory.knowledge_documents import KnownDocument
from services.inventory.knowledge_links import KnownLink
from services.inventory.knowledge_orders import KnownOrder, Sold
from shared import limits
from shared.commerce.money import ZERO
from shared.commerce.stock import Move, MoveKind, OrderStock, Pieces, Seen, Span, Standing
from shared.magento.reading import Unreadable, placed_at
from shared.mapping.sale import before_start, state_chosen
from shared.settings.model import Settings

_OVER = frozenset({"complete", "closed"})
"""States of the shop that an order doesn't leave for one that may be booked."""


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of an order: each None for what isn't."""

    key: str
    order: KnownOrder | None
    link: KnownLink | None
    document: KnownDocument | None


def order_stock(known: Known, sold: Collection[Sold], items: frozenset[str], settings: Settings) -> list[OrderStock]:
    """What of the order is this SKU's. `sold`: its parts of the order; `items`: the Ids of its items that count.

    An order that didn't sell the SKU and whose document has its item is one of another product, and says nothing of
    this one.
    """
    key, order = known.key, known.order
    moves = tuple(_moves(known, items))
    if order is None:
        number = key.rpartition(":")[2]
        return [OrderStock(key, number, Standing.POSTED, None, moves)] if moves else []
    standing = standing_of(order, known.link, settings)
    plain = [one for one in sold if not one.bundle]
    found = [OrderStock(key, order.number, standing, _together(plain), moves)] if plain else []
    found += [OrderStock(key, order.number, standing, one.pieces, (), one.bundle) for one in sold if one.bundle]
    return found


def standing_of(order: KnownOrder, link: KnownLink | None, settings: Settings) -> Standing:
    """As services/orders decides it, as far as nothing but the order and the settings is needed for it."""
    if link is not None and link.stands:
        return Standing.POSTED
    if link is not None and link.pending is not None:
        return Standing.TO_POST
    try:
        placed = placed_at(order.created_at, order.time_zone, settings.time_zone)
    except Unreadable:  # held until its zone is known
        return Standing.TO_POST
    if before_start(placed, settings.sales):
        return Standing.NEVER
    over = order.state in _OVER and not state_chosen(order.state, settings.sales)
    return Standing.NEVER if over else Standing.TO_POST


def surely_over(known: Known, look: Seen | None, settings: Settings) -> bool:
    """Whether the order adds nothing to any SKU, whatever items stand for them: told without looking at items, so that
    most of the orders of months need no closer look. False says nothing."""
    order, link = known.order, known.link
    if order is None or any(one.pieces is None or one.pieces.open for one in order.sold):
        return False
    if link is None or not (link.place or link.pending):
        if standing_of(order, link, settings) is Standing.NEVER:
            return True
        return all(one.pieces is not None and one.pieces.ordered <= one.pieces.cancelled for one in order.sold)
    if look is None or not link.stands or link.pending is not None or len(link.took) > 1:
        return False
    if any(one.pieces and (one.pieces.cancelled or one.pieces.refunded) for one in order.sold):
        return False
    shown = all(look.shows(Span.second(took.at)) for took in link.took)
    return shown and (known.document is None or not _by_hand(link, known.document, None))


def _together(sold: Collection[Sold]) -> Pieces | None:
    """Several of its parts: a product with options, under several SKUs."""
    total = Pieces(ZERO)
    for one in sold:
        if (pieces := one.pieces) is None:
            return None
        total = Pieces(
            total.ordered + pieces.ordered,
            total.cancelled + pieces.cancelled,
            total.left + pieces.left,
            total.refunded + pieces.refunded,
            total.released + pieces.released,
        )
    return total


def _moves(known: Known, items: frozenset[str]) -> Iterator[Move]:
    """What the order's documents took off these items, and what a write may take whose outcome isn't known."""
    link = known.link
    if link is None:
        return
    for took in link.took:
        units = sum((count for item, count in took.units.items() if item in items), ZERO)
        if units:
            yield Move(took.document, MoveKind.SALE, units, Span.second(took.at))
    if known.document is not None and (units := sum(_by_hand(link, known.document, items).values(), ZERO)):
        yield Move(f"{link.document}, changed by hand", MoveKind.SALE, units, _when(link, known.document))
    pending = link.pending
    if pending is not None and pending.items & items:
        since = pending.decided_at - timedelta(seconds=limits.STOCK_CLOCK_SECONDS)
        yield Move(pending.document.strip(), MoveKind.SALE, ZERO, Span.pending(since))


def _by_hand(link: KnownLink, document: KnownDocument, items: frozenset[str] | None) -> dict[str, Decimal]:
    """By how much the document as it is takes more of each item than our writes did; items of which nothing differs are
    left out. What is older than our last write says nothing. `items` None: of all."""
    if not document.later_than(link.token) or (not link.stands and document.token == link.token):
        return {}
    differing: dict[str, Decimal] = defaultdict(Decimal, document.units)
    for took in link.took:
        for item, count in took.units.items():
            differing[item] -= count
    return {item: count for item, count in differing.items() if count and (items is None or item in items)}


def _when(link: KnownLink, document: KnownDocument) -> Span:
    """From our last write to the last change: what lies between shows no other time."""
    second = Span.second(document.at)
    began = min([second.start, *(Span.second(took.at).start for took in link.took[-1:])])
    return Span(began, second.end)
