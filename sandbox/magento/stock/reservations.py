"""Reservations: what orders hold of a stock. Rows are only ever added; those of an order that sum to 0 are cleaned up.

Event types of the metadata: order_placed, order_place_failed, order_canceled, shipment_created, invoice_created,
creditmemo_created (reference 7.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sandbox.magento.collation import fold
from sandbox.magento.stock.quantity import ZERO

Metadata = Mapping[str, str]


@dataclass(frozen=True)
class Reservation:
    """One row. `quantity` is negative when it holds goods. An order's rows share its increment id; the first has an
    empty object_id, for it is written before the order has one."""

    reservation_id: int
    stock_id: int
    sku: str
    quantity: Decimal
    metadata: Metadata

    @property
    def order(self) -> str:
        """What tells the order apart: its increment id, else its id, else nothing."""
        return self.metadata.get("object_increment_id") or self.metadata.get("object_id") or ""


def metadata(event_type: str, order_id: int | None, increment_id: str) -> dict[str, str]:
    """An order's event, in the order in which Magento writes it."""
    return {
        "event_type": event_type,
        "object_type": "order",
        "object_id": "" if order_id is None else str(order_id),
        "object_increment_id": increment_id,
    }


def settled(rows: Iterable[Reservation]) -> set[int]:
    """Ids of the rows that the nightly clean-up removes: those of orders whose rows sum to 0 per SKU and stock."""
    groups: dict[tuple[str, int, str], list[Reservation]] = {}
    for row in rows:
        if row.order:
            groups.setdefault((row.order, row.stock_id, fold(row.sku)), []).append(row)
    balanced = [group for group in groups.values() if not sum((row.quantity for row in group), ZERO)]
    return {row.reservation_id for group in balanced for row in group}


def inconsistencies(
    open_pieces: Mapping[str, Mapping[str, Decimal]], rows: Iterable[Reservation], numbers: Mapping[str, str]
) -> dict[str, dict[str, Decimal]]:
    """Per order and SKU, open pieces plus reservations where that isn't 0: what is missing when positive.

    `open_pieces`: per order (its increment id) what is still to leave, by SKU; orders that are over have an entry
    without pieces. `numbers`: the increment id of an order's id, for rows that carry only that.
    """
    found = {order: dict(pieces) for order, pieces in open_pieces.items()}
    for row in rows:
        order = row.metadata.get("object_increment_id") or numbers.get(row.metadata.get("object_id", ""), "")
        if order in found:
            pieces = found[order]
            pieces[row.sku] = pieces.get(row.sku, ZERO) + row.quantity
    differing = {order: {sku: left for sku, left in pieces.items() if left} for order, pieces in found.items()}
    return {order: pieces for order, pieces in differing.items() if pieces}
