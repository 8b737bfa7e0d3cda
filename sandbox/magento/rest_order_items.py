"""REST of order items by themselves: found over all orders, one by its number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.magento import php_json, search
from sandbox.magento.errors import no_such_entity
from sandbox.magento.listing import number_in
from sandbox.magento.router import Call, Router
from sandbox.magento.shop import Document, Kind, Shop
from shared import wire

_ACL = "Magento_Sales::actions_view"
_NAMES = """
    item_id order_id parent_item_id quote_item_id store_id created_at updated_at product_id product_type sku name
    qty_ordered qty_invoiced qty_shipped qty_refunded qty_canceled qty_backordered price base_price original_price
    tax_percent tax_amount discount_amount row_total row_total_incl_tax is_virtual
"""
_COLUMNS = frozenset(_NAMES.split())


def add_routes(router: Router, shop: Shop) -> None:
    router.add("GET", "orders/items", _ACL, lambda call: _search(shop, call))
    router.add("GET", "orders/items/:id", _ACL, lambda call: php_json.encode(_one(shop, number_in(call, "id"))))


def _items(shop: Shop) -> Iterator[dict[str, Any]]:
    """As orders show them over REST."""
    for order in shop.documents(Kind.ORDER):
        if not order.misses_left:
            yield from wire.decode(shop.text(order).encode()).get("items", [])


def _search(shop: Shop, call: Call) -> str:
    criteria = search.read(call.query, shop.config)
    rows = (Document(Kind.ORDER, item) for item in _items(shop))
    found, total = search.run(rows, criteria, _COLUMNS, shop.config)
    items = [document.body for document in found]
    return php_json.encode({"items": items, "search_criteria": criteria.shown(), "total_count": total})


def _one(shop: Shop, number: int) -> dict[str, Any]:
    for item in _items(shop):
        if item.get("item_id") == number:
            return item
    raise no_such_entity()
