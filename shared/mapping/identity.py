"""Which item of the books a SKU means: what orders and the catalogue must agree on, or they would make two. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from shared.commerce.product import ProductKey
from shared.mapping import text
from shared.settings.model import ItemMatch


@dataclass(frozen=True, slots=True)
class SkuIdentity:
    """`key` is the part of the item's link key behind `realm:item:`; `sku` as QuickBooks takes it; `legal` the SKU as
    a name, short enough for an ending."""

    key: str
    sku: str
    legal: str

    def names(self, by_sku: bool) -> tuple[str, ...]:
        """Names for an item that is made, in the order in which they are tried. Where items are matched by name there
        is one only: it is what finds the item again."""
        return (self.legal, f"{self.legal} (item)", f"{self.legal} - 2") if by_sku else (self.legal,)


def sku_link(realm: str, identity: SkuIdentity) -> str:
    """The key of the link that leads from a SKU to its item: of orders and of the catalogue."""
    return f"{realm}:item:{identity.key}"


def product_link(realm: str, product: ProductKey) -> str:
    """The key of the link that leads from a product to its item, whatever its SKU."""
    return f"{realm}:product:{product.connection}:{product.id}"


def linked_product(key: str) -> ProductKey:
    """The product of such a key. Raises ValueError."""
    _, kind, connection, number = key.split(":")
    if kind != "product":
        raise ValueError(f"{key!r} is no link of a product")
    return ProductKey(connection, int(number))


def identity_of(sku: str, match: ItemMatch) -> SkuIdentity:
    """The same for every spelling that the shop takes for one SKU: it ignores case and outer spaces."""
    plain = text.plain(sku, 100) or "?"
    legal = text.name(plain, 90)
    key = f"sku:{plain.lower()}" if match is ItemMatch.SKU else f"name:{legal.lower()}"
    return SkuIdentity(key, plain, legal)
