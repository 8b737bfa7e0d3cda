"""What was sold, as far as orders tell. Pure.

By SKU, and by the product's id: that stands in an order's row whatever the row's SKU is, which in a bundle's may name
its parts, and has the chosen options behind it where the product has any.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.commerce.product import Product
from shared.mapping.identity import SkuIdentity, identity_of
from shared.settings.model import ItemMatch


@dataclass(frozen=True, slots=True)
class Sold:
    """`keys` are those of SKUs (SkuIdentity.key), `products` the shop's ids."""

    keys: frozenset[str] = frozenset()
    products: frozenset[int] = frozenset()

    def holds(self, product: Product, identity: SkuIdentity) -> bool:
        """Whether an order sold it."""
        return product.key.id in self.products or identity.key in self.keys


class SoldRows:
    """Gathers rows of orders."""

    def __init__(self, match: ItemMatch) -> None:
        self._match = match
        self._keys: set[str] = set()
        self._products: set[int] = set()

    def add(self, named: list[str | int]) -> None:
        """What `named_in` found."""
        self._keys.update(identity_of(one, self._match).key for one in named if isinstance(one, str))
        self._products.update(one for one in named if isinstance(one, int))

    def sold(self) -> Sold:
        return Sold(frozenset(self._keys), frozenset(self._products))


def named_in(snapshot: Any) -> list[str | int]:
    """The SKUs and the products' ids in an order's snapshot (reference/magento.md, 4.3), parents and their parts; none
    where it can't be read."""
    order = snapshot.get("order") if isinstance(snapshot, dict) else None
    rows = order.get("items") if isinstance(order, dict) else None
    rows = list(rows.values()) if isinstance(rows, dict) else rows
    found: set[str | int] = set()
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict):
            found |= _named(row)
    return sorted(found, key=str)


def _named(row: Mapping[str, Any]) -> set[str | int]:
    found: set[str | int] = set()
    if isinstance(sku := row.get("sku"), str):
        found.add(sku)
    number = str(row.get("product_id") or "")
    if number.isascii() and number.isdecimal():
        found.add(int(number))
    return found
