"""Order items as the database has them: parents and children, and which of them carries the money."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.magento.cart import WITHOUT_SHIPPING, Cart, Child, Item
from sandbox.magento.conversion import in_order_currency
from sandbox.magento.item_charges import charge_columns
from sandbox.magento.order_options import product_option
from sandbox.magento.order_totals import Prices, both
from sandbox.magento.pricing import PricedLine
from sandbox.magento.shop import Body, Shop
from sandbox.magento.stores import stores_of
from sandbox.magento.tax import ZERO

_NOTHING_YET = (
    "amount_refunded", "discount_invoiced", "row_invoiced", "tax_invoiced",
)  # fmt: skip
_QUANTITIES = ("qty_canceled", "qty_invoiced", "qty_refunded", "qty_shipped")


def build_items(
    shop: Shop, cart: Cart, prices: Prices, order_id: int, created: str, products: dict[str, int]
) -> tuple[list[Body], dict[str, int]]:
    """The rows in order, each parent before its children, and the item id of each priced line's code."""
    rows: list[Body] = []
    ids: dict[str, int] = {}
    in_order = in_order_currency(cart)
    for number, item in enumerate(cart.items):
        code, same = str(number), in_order.items[number]
        parent = _row(shop, cart, order_id, created) | _described(item, products) | _money(prices, code)
        parent |= {"original_price": same.price, "base_original_price": item.price, "qty_ordered": item.qty}
        parent |= charge_columns(prices, code, item.children)
        if item.qty != item.qty.to_integral_value():
            parent["is_qty_decimal"] = 1
        ids[code] = parent["item_id"]
        rows.append(_present(parent))
        for index, child in enumerate(item.children):
            own = f"{code}.{index}"
            below = _row(shop, cart, order_id, created) | _child(item, child, products, parent)
            if own in prices.order.lines:
                converted = same.children[index].price
                below |= _money(prices, own) | {"original_price": converted, "base_original_price": child.price}
                ids[own] = below["item_id"]
            below |= charge_columns(prices, own)
            rows.append(_present(below))
    return rows, ids


def embed(body: Body) -> Body:
    """The order with each child's parent embedded in it and the items repeated in the shipping assignment, as REST has
    them. Called after every change of the items."""
    flat = {item["item_id"]: {k: v for k, v in item.items() if k != "parent_item"} for item in body["items"]}
    items = [
        {**item, "parent_item": flat[item["parent_item_id"]]} if item.get("parent_item_id") in flat else item
        for item in flat.values()
    ]
    extension = dict(body.get("extension_attributes") or {})
    extension["shipping_assignments"] = [
        {**entry, "items": items} for entry in extension.get("shipping_assignments", [])
    ]
    return {**body, "items": items, "extension_attributes": extension}


def stored(item: Body, name: str) -> Decimal:
    """A quantity or an amount of an item; recorded documents leave out what is null."""
    return Decimal(item.get(name) or 0)


def _row(shop: Shop, cart: Cart, order_id: int, created: str) -> Body:
    row: dict[str, Any] = dict.fromkeys((*_NOTHING_YET, *_QUANTITIES), 0)
    row |= {f"base_{name}": 0 for name in _NOTHING_YET}
    row |= {
        "created_at": created,
        "updated_at": created,
        "free_shipping": 0,
        "is_qty_decimal": 0,
        "no_discount": 0,
        "item_id": shop.next_id("order_item"),
        "order_id": order_id,
        "quote_item_id": shop.next_id("quote_item"),
        "store_id": (stores_of(shop.config).by_code(cart.store) or stores_of(shop.config).views[0]).id,
        "weight": 1,
    }
    return row


def _described(item: Item, products: dict[str, int]) -> Body:
    body: Body = {
        "name": item.name,
        "sku": item.sku,
        "product_id": products[item.sku],
        "product_type": "bundle" if item.type.startswith("bundle") else item.type,
        "is_virtual": int(item.type in WITHOUT_SHIPPING),
    }
    if item.type == "configurable":  # the row of the parent carries the SKU of the chosen variant
        body["sku"] = item.children[0].sku
    elif item.type == "bundle_dynamic":
        body["sku"] = "-".join([item.sku, *(child.sku for child in item.children)])
    if (chosen := product_option(item, products)) is not None:
        body["product_option"] = chosen
    return body


def _child(item: Item, child: Child, products: dict[str, int], parent: Body) -> Body:
    """A child without money: a variant repeats its parent's price (base 0), a fixed bundle's selection has none."""
    body: Body = {
        "name": child.name,
        "sku": child.sku,
        "product_id": products[child.sku],
        "product_type": "simple",
        "is_virtual": 0,
        "parent_item_id": parent["item_id"],
        "qty_ordered": child.qty * item.qty,
        "price": parent["price"] if item.type == "configurable" else ZERO,
        "base_price": ZERO,
        "original_price": ZERO,
        "tax_percent": ZERO,
    }
    for name in ("row_total", "tax_amount", "discount_amount"):
        body |= {name: ZERO, f"base_{name}": ZERO}
    return body | {"discount_percent": ZERO}


def _money(prices: Prices, code: str) -> Body:
    line = prices.order.lines[code]
    columns = both(_figures(line), _figures(prices.base.lines[code]))
    return {**columns, "tax_percent": line.taxed.percent, "discount_percent": line.discount_percent}


def _figures(line: PricedLine) -> dict[str, Decimal]:
    taxed = line.taxed
    return {
        "price": taxed.price,
        "price_incl_tax": taxed.price_incl_tax,
        "row_total": taxed.row_total,
        "row_total_incl_tax": taxed.row_total_incl_tax,
        "tax_amount": taxed.row_tax,
        "discount_amount": line.discount,
        "discount_tax_compensation_amount": taxed.compensation,
    }


def _present(row: Body) -> Body:
    """Sorted by name, as the getters of the interface are; null is left out."""
    return {name: row[name] for name in sorted(row) if row[name] is not None}
