"""The rows of an order that carry stock, and what a document moves of each. Pure.

Configurables and bundles hold no stock themselves. A child's part follows its parent's where only the parent is counted
(a configurable, a bundle shipped together), and its own where it is counted itself (reference magento 4.3, 7.4).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.commerce.money import ZERO
from shared.magento.figures import item_figures
from shared.magento.models import OrderItem, read_number
from shared.magento.rows import carries

_WITHOUT_STOCK = frozenset({"configurable", "bundle", "giftcard"})
_VIRTUAL = frozenset({"virtual", "downloadable"})
_PLACES = Decimal("0.0001")  # quantities are decimal(12,4) columns


@dataclass(frozen=True, slots=True)
class Leaf:
    """A row that carries stock. `per_parent` pieces go into one piece of its parent. `bundle` is the SKU of the bundle
    that the shop sold under one price, "" for what has a price of its own."""

    item: OrderItem
    sku: str
    parent: OrderItem | None
    per_parent: Decimal
    bundle: str

    @property
    def product(self) -> int:
        """The product's id, for ever; 0 where the row names none. Raises ValueError."""
        return product_of(self.item)

    @property
    def virtual(self) -> bool:
        """Never shipped: it leaves a source when it is invoiced."""
        return self.item.is_virtual or self.item.product_type in _VIRTUAL

    def counted(self, counter: str) -> Decimal:
        """The row's own counter, or its part of the parent's. Raises ValueError."""
        own = read_number(getattr(self.item, counter)) or ZERO
        if self.parent is None:
            return own
        return max(own, ((read_number(getattr(self.parent, counter)) or ZERO) * self.per_parent).quantize(_PLACES))


def leaves(items: Iterable[OrderItem], skus: Mapping[int, str]) -> list[Leaf]:
    """`skus`: by product id, the SKU that products have now; a row keeps the one of its day. Raises ValueError."""
    rows = list(items)
    by_id = {item.item_id: item for item in rows if item.item_id is not None}
    children: dict[int, list[OrderItem]] = defaultdict(list)
    for item in rows:
        if item.parent_item_id in by_id:
            children[item.parent_item_id or 0].append(item)
    return [
        _leaf(item, by_id.get(item.parent_item_id or 0), children, skus)
        for item in rows
        if item.item_id not in children and item.product_type not in _WITHOUT_STOCK
    ]


def product_of(item: OrderItem) -> int:
    """The id of a row's product; 0 where it names none. Raises ValueError."""
    return int(read_number(item.product_id) or 0)


def _leaf(
    item: OrderItem, parent: OrderItem | None, children: Mapping[int, list[OrderItem]], skus: Mapping[int, str]
) -> Leaf:
    sku = skus.get(product_of(item)) or item.sku or ""
    if parent is None or parent.item_id is None:
        return Leaf(item, sku, None, Decimal(1), "")
    whole = parent.qty_ordered or ZERO
    per_parent = (item.qty_ordered or ZERO) / whole if whole else Decimal(1)
    one_price = parent.product_type == "bundle" and not any(
        carries(item_figures(child, base=False)) for child in children[parent.item_id]
    )
    return Leaf(item, sku, parent, per_parent, (parent.sku or parent.name or "?") if one_price else "")


def moved(found: Iterable[Leaf], document: Mapping[str, Any]) -> dict[int, Decimal]:
    """Pieces per row (its item_id) that an invoice, a shipment or a credit memo is about: the row's own, or its part of
    the parent's where no child of that parent is named. Raises ValueError for a quantity that is none."""
    named = _quantities(document)
    leaves_ = list(found)
    with_own = {leaf.parent.item_id for leaf in leaves_ if leaf.parent and named.get(leaf.item.item_id or 0)}
    pieces: dict[int, Decimal] = {}
    for leaf in leaves_:
        own = named.get(leaf.item.item_id or 0, ZERO)
        if not own and leaf.parent is not None and leaf.parent.item_id not in with_own:
            own = (named.get(leaf.parent.item_id or 0, ZERO) * leaf.per_parent).quantize(_PLACES)
        if own:
            pieces[leaf.item.item_id or 0] = own
    return pieces


def _quantities(document: Mapping[str, Any]) -> dict[int, Decimal]:
    rows = document.get("items") or []
    found: dict[int, Decimal] = defaultdict(Decimal)
    for row in rows.values() if isinstance(rows, dict) else rows:  # PHP writes a list with gaps as an object
        if isinstance(row, dict) and (number := read_number(row.get("order_item_id"))):
            found[int(number)] += read_number(row.get("qty")) or ZERO
    return found
