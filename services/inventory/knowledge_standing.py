"""One SKU in one order, from what the shop and the books' links tell of it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta

from services.inventory.knowledge_links import KnownLink
from services.inventory.knowledge_orders import KnownOrder, Sold
from shared import limits
from shared.commerce.money import ZERO
from shared.commerce.stock import Move, MoveKind, OrderStock, Pieces, Span, Standing
from shared.magento.reading import Unreadable, placed_at
from shared.mapping.sale import before_start, state_chosen
from shared.settings.model import Settings

_OVER = frozenset({"complete", "closed"})
"""States of the shop that an order doesn't leave for one that may be booked."""


def order_stock(
    key: str,
    order: KnownOrder | None,
    sold: Collection[Sold],
    link: KnownLink | None,
    items: frozenset[str],
    settings: Settings,
) -> list[OrderStock]:
    """What of the order is this SKU's. `sold`: its parts of the order; `items`: the Ids of its items that count.

    An order that didn't sell the SKU and whose document has its item is one of another product, and says nothing of
    this one.
    """
    moves = tuple(_moves(link, items))
    if order is None:
        number = key.rpartition(":")[2]
        return [OrderStock(key, number, Standing.POSTED, None, moves)] if moves else []
    standing = _standing(order, link, settings)
    plain = [one for one in sold if not one.bundle]
    found = [OrderStock(key, order.number, standing, _together(plain), moves)] if plain else []
    found += [OrderStock(key, order.number, standing, one.pieces, (), one.bundle) for one in sold if one.bundle]
    return found


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


def _standing(order: KnownOrder, link: KnownLink | None, settings: Settings) -> Standing:
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


def _moves(link: KnownLink | None, items: frozenset[str]) -> Iterator[Move]:
    """What the order's documents took off these items, and what a write may take whose outcome isn't known."""
    if link is None:
        return
    for took in link.took:
        units = sum((count for item, count in took.units.items() if item in items), ZERO)
        if units:
            yield Move(took.document, MoveKind.SALE, units, Span.second(took.at))
    pending = link.pending
    if pending is not None and pending.items & items:
        since = pending.decided_at - timedelta(seconds=limits.STOCK_CLOCK_SECONDS)
        yield Move(pending.document.strip(), MoveKind.SALE, ZERO, Span.pending(since))
