"""Products and customer accounts that come into being with the carts that name them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.magento.cart import Cart, Item
from sandbox.magento.shop import Document, Kind, Shop

TAX_CLASS_IDS = {None: "0", "Taxable Goods": "2"}


def ensure(shop: Shop, cart: Cart) -> dict[str, int]:
    """Product ids by SKU for everything in the cart; what the shop doesn't know yet is created."""
    ids: dict[str, int] = {}
    for item in cart.items:
        type_id = "bundle" if item.type.startswith("bundle") else item.type
        type_id = "simple" if item.type == "grouped" else type_id  # the order row says grouped, the product is simple
        ids[item.sku] = _product(shop, item.sku, item.name, type_id, _price(item), item.tax_class)
        for child in item.children:
            price = child.price or item.price
            ids[child.sku] = _product(shop, child.sku, child.name, "simple", price, child.tax_class)
    return ids


def _price(item: Item) -> Decimal | None:
    return item.price if item.type not in ("configurable", "bundle_dynamic") else None


def _product(shop: Shop, sku: str, name: str, type_id: str, price: Decimal | None, tax_class: str | None) -> int:
    known = shop.product(sku)
    if known is not None:
        return known.entity_id
    now = shop.now()
    body: dict[str, Any] = {
        "id": shop.next_id(Kind.PRODUCT),
        "sku": sku,
        "name": name,
        "attribute_set_id": 4,
        "price": price,
        "status": 1,
        "visibility": 4,
        "type_id": type_id,
        "created_at": now,
        "updated_at": now,
        "extension_attributes": {"website_ids": [1]},
        "product_links": [],
        "options": [],
        "media_gallery_entries": [],
        "tier_prices": [],
        "custom_attributes": [{"attribute_code": "tax_class_id", "value": TAX_CLASS_IDS.get(tax_class, "3")}],
    }
    if price is None:
        del body["price"]
    document = shop.insert(Document(Kind.PRODUCT, body))
    shop.announce("catalog.product.created", document)
    return document.entity_id
