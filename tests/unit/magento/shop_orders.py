"""Orders for the reading's tests: priced by the sandbox's engine and shown as a release shows them, or made by hand."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

from sandbox.magento.cart import Cart
from sandbox.magento.config import Config
from sandbox.magento.placing import place
from sandbox.magento.row_totals import as_rest_shows
from sandbox.magento.shop import Shop
from sandbox.scenarios.orders import SHAPES, carts
from shared.commerce.sale import Sale
from shared.magento.reading import ReadingOptions, parse_snapshot, read_sale
from shared.wire import decode, encode

ORDINARY = ReadingOptions("USD")


def any_cart(seed: int) -> Cart:
    """A cart of a shape that the seed chooses; half of them under tax settings beyond those of the scenarios, with
    pieces of which there are hundreds, or parts of one."""
    cart = carts(seed, seed % len(SHAPES) + 1)[-1]
    chance = random.Random(seed)
    if chance.random() < 0.5:
        return cart
    inclusive = chance.random() < 0.5
    changes = {
        "apply_after_discount": chance.random() < 0.5,
        "price_includes_tax": inclusive,
        "shipping_includes_tax": chance.random() < 0.5,
        "discount_tax": inclusive and chance.random() < 0.5,
        "cross_border": chance.random() < 0.5,
    }
    items = list(cart.items)
    if items[0].type == "simple":
        items[0] = items[0].model_copy(update={"qty": chance.choice((Decimal("0.25"), Decimal(700), Decimal("1.5")))})
    return cart.model_copy(update={"tax": cart.tax.model_copy(update=changes), "items": tuple(items)})


def stored_order(cart: Cart) -> dict[str, Any]:
    """The order as Magento's database holds it: row totals before discount."""
    document: dict[str, Any] = decode(encode(place(Shop(Config()), cart).body))
    return document


def shown_order(stored: dict[str, Any], release: str) -> dict[str, Any]:
    """The order as REST of a release shows it ("raw", "2.4.7", "2.4.8")."""
    document: dict[str, Any] = decode(encode(as_rest_shows(stored, release)))  # type: ignore[arg-type]
    return document


def snapshot_of(order: dict[str, Any], zone: str = "America/New_York") -> dict[str, Any]:
    """The document that ingest publishes."""
    return {"connection": "main", "fetched_at": "2026-11-24T03:10:00+00:00", "time_zone": zone, "order": order}


def sale_of(order: dict[str, Any], options: ReadingOptions = ORDINARY, zone: str = "America/New_York") -> Sale:
    """The order, through the bytes that the log would hold, read as a sale."""
    return read_sale(parse_snapshot(decode(encode(snapshot_of(order, zone)))), options)


def item(number: int, sku: str, price: str, quantity: str = "1", **more: Any) -> dict[str, Any]:
    """A plain row without discount and tax, as the database holds it."""
    total = Decimal(price) * Decimal(quantity)
    row = {
        "item_id": number,
        "product_type": "simple",
        "sku": sku,
        "name": f"Product {sku}",
        "price": Decimal(price),
        "qty_ordered": Decimal(quantity),
        "row_total": total,
        "row_total_incl_tax": total,
    }
    return row | more


def order_of(*items: dict[str, Any], subtotal: str, grand_total: str, **more: Any) -> dict[str, Any]:
    """An order of which only the stated amounts are there, as the shop leaves out what is null."""
    order = {
        "entity_id": 41,
        "increment_id": "000000041",
        "store_id": 1,
        "state": "processing",
        "created_at": "2026-11-24 03:00:00",
        "base_currency_code": "USD",
        "order_currency_code": "USD",
        "subtotal": Decimal(subtotal),
        "grand_total": Decimal(grand_total),
        "items": list(items),
    }
    return order | more


def shuffled(order: dict[str, Any], seed: int) -> dict[str, Any]:
    """The same order with its keys in another order and its rows turned round."""
    keys = list(order)
    random.Random(seed).shuffle(keys)
    return {key: order[key] for key in keys} | {"items": list(reversed(order["items"]))}
