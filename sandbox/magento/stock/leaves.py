"""Which pieces an order's rows stand for: the rows that carry stock, and what a document moves of each.

Configurables and bundles hold no stock themselves; a child's part follows its parent's where only the parent is counted
(a configurable, a bundle shipped together), and its own where it is counted itself (a bundle shipped separately).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.magento.stock.quantity import ZERO, quantity

Body = Mapping[str, Any]
WITHOUT_STOCK = frozenset({"configurable", "bundle", "giftcard"})
OVER = frozenset({"complete", "closed", "canceled"})


@dataclass(frozen=True)
class Leaf:
    """An order row that carries stock, with its counters; `per_parent` pieces go into one piece of its parent."""

    item_id: int
    parent_id: int | None
    sku: str
    virtual: bool
    per_parent: Decimal
    ordered: Decimal
    invoiced: Decimal
    shipped: Decimal
    refunded: Decimal
    canceled: Decimal

    @property
    def to_leave(self) -> Decimal:
        """Pieces that are still to leave a source; refunded ones count as never leaving while any was unshipped."""
        if self.virtual:
            return max(self.ordered - self.invoiced - self.canceled, ZERO)
        kept = min(self.refunded, max(self.invoiced - self.shipped, ZERO))
        return max(self.ordered - self.shipped - self.canceled - kept, ZERO)


def sku_as_ordered(item: Body) -> str:
    return str(item["sku"])


def leaves(order: Body, sku_of: Callable[[Body], str] = sku_as_ordered) -> list[Leaf]:
    """`sku_of` answers an item's SKU as the product has it now, after renames."""
    rows = {item["item_id"]: item for item in order["items"]}
    parents = {item.get("parent_item_id") for item in rows.values()}
    return [
        _leaf(item, rows.get(item.get("parent_item_id")), sku_of(item))
        for number, item in rows.items()
        if number not in parents and item.get("product_type") not in WITHOUT_STOCK
    ]


def _leaf(item: Body, parent: Body | None, sku: str) -> Leaf:
    ordered = quantity(item.get("qty_ordered") or 0)
    whole = quantity(parent.get("qty_ordered") or 0) if parent is not None else ZERO
    per_parent = ordered / whole if whole else Decimal(1)

    def counted(name: str) -> Decimal:
        own = quantity(item.get(name) or 0)
        return own if parent is None else max(own, quantity(quantity(parent.get(name) or 0) * per_parent))

    return Leaf(
        item_id=item["item_id"],
        parent_id=None if parent is None else parent["item_id"],
        sku=sku,
        virtual=bool(item.get("is_virtual")),
        per_parent=per_parent,
        ordered=ordered,
        invoiced=counted("qty_invoiced"),
        shipped=counted("qty_shipped"),
        refunded=counted("qty_refunded"),
        canceled=counted("qty_canceled"),
    )


def moved(found: list[Leaf], quantities: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """Pieces per leaf for quantities per order item: a leaf's own, or its parent's share when no child of that parent
    is named."""
    named = {leaf.parent_id for leaf in found if quantities.get(leaf.item_id)}
    pieces: dict[int, Decimal] = {}
    for leaf in found:
        own = quantities.get(leaf.item_id, ZERO)
        if not own and leaf.parent_id is not None and leaf.parent_id not in named:
            own = quantities.get(leaf.parent_id, ZERO) * leaf.per_parent
        if own:
            pieces[leaf.item_id] = quantity(own)
    return pieces


def quantities(document: Body) -> dict[int, Decimal]:
    """Quantity per order item of an invoice, a shipment or a credit memo."""
    found: dict[int, Decimal] = {}
    for row in document["items"]:
        number = int(row["order_item_id"])
        found[number] = found.get(number, ZERO) + quantity(row.get("qty") or 0)
    return found


def by_sku(found: list[Leaf], pieces: Mapping[int, Decimal]) -> dict[str, Decimal]:
    """Pieces per SKU, in the order of the rows."""
    summed: dict[str, Decimal] = {}
    for leaf in found:
        if piece := pieces.get(leaf.item_id):
            summed[leaf.sku] = summed.get(leaf.sku, ZERO) + piece
    return summed


def open_pieces(order: Body, sku_of: Callable[[Body], str] = sku_as_ordered) -> dict[str, Decimal]:
    """Per SKU what is still to leave; nothing of an order that is over."""
    if order.get("state") in OVER:
        return {}
    found = leaves(order, sku_of)
    return by_sku(found, {leaf.item_id: leaf.to_leave for leaf in found})


def orders_by_number(
    orders: Iterable[Body], sku_of: Callable[[Body], str] = sku_as_ordered
) -> dict[str, dict[str, Decimal]]:
    """What is still to leave, per order: the audit's view of them."""
    return {str(order["increment_id"]): open_pieces(order, sku_of) for order in orders}


def numbers_by_id(orders: Iterable[Body]) -> dict[str, str]:
    """Increment ids by entity ids."""
    return {str(order["entity_id"]): str(order["increment_id"]) for order in orders}
