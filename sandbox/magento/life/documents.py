"""The rows of invoices, credit memos and shipments."""

from __future__ import annotations

from decimal import Decimal

from sandbox.magento import columns
from sandbox.magento.aftersale.order import Draft, DraftLine
from sandbox.magento.aftersale.rounding import ZERO
from sandbox.magento.life import rows
from sandbox.magento.life.requests import Comment, Track
from sandbox.magento.shop import Body, Document, Kind, Shop

_CARRIED = (
    "base_currency_code", "global_currency_code", "order_currency_code", "store_currency_code", "store_id",
    "base_to_global_rate", "base_to_order_rate", "store_to_base_rate", "store_to_order_rate", "billing_address_id",
    "discount_description",
)  # fmt: skip
_ITEM_CARRIED = ("name", "sku", "product_id")
_PRICES = ("price", "base_price", "price_incl_tax", "base_price_incl_tax", "base_cost")
_ITEM_MONEY = frozenset(
    f"{prefix}{name}"
    for prefix in ("", "base_")
    for name in (
        "row_total", "row_total_incl_tax", "tax_amount", "discount_amount", "discount_tax_compensation_amount",
    )
)  # fmt: skip
_FEES = {"weee_row_amount": "weee_tax_applied_row_amount", "base_weee_row_amount": "base_weee_tax_applied_row_amnt"}


def invoice(shop: Shop, order: Document, draft: Draft, comment: Comment | None) -> Document:
    """An open invoice."""
    number = shop.next_id(Kind.INVOICE)
    body = _header(shop, order, number) | rows.shown(draft.totals, columns.INVOICE)
    body |= {
        "state": 1,
        "total_qty": sum((one.quantity for one in draft.lines), ZERO),
        "email_sent": 1,
        "items": [_item(shop, order, Kind.INVOICE, number, one) for one in draft.lines if one.quantity > 0],
        "comments": comments(shop, number, comment),
    }
    return Document(Kind.INVOICE, body)


def credit_memo(shop: Shop, order: Document, draft: Draft, comment: Comment | None) -> Document:
    """A refunded credit memo: Magento makes none in another state."""
    number = shop.next_id(Kind.CREDITMEMO)
    body = _header(shop, order, number) | rows.shown(draft.totals, columns.CREDITMEMO)
    if draft.invoice is not None and draft.invoice.key is not None:
        body["invoice_id"] = int(draft.invoice.key)
    body |= {
        "state": 2,
        "items": [_memo_item(shop, order, number, one) for one in draft.lines if one.quantity > 0],
        "comments": comments(shop, number, comment),
    }
    return Document(Kind.CREDITMEMO, body)


def shipment(
    shop: Shop, order: Document, chosen: dict[int, Decimal], tracks: tuple[Track, ...], comment: Comment | None
) -> Document:
    """`chosen`: pieces by order item; lines that go with another have no row of their own."""
    number = shop.next_id(Kind.SHIPMENT)
    items = [
        _carried(item)
        | {
            "entity_id": shop.next_id("shipment_item"),
            "order_item_id": item["item_id"],
            "parent_id": number,
            "price": item.get("price", ZERO),
            "qty": chosen[item["item_id"]],
            "weight": item.get("weight", 1),
        }
        for item in order.body["items"]
        if item["item_id"] in chosen
    ]
    now = shop.now()
    body: Body = _shipping_address(order) | {
        "billing_address_id": order.body.get("billing_address_id"),
        "created_at": now,
        "entity_id": number,
        "increment_id": f"{number:09d}",
        "order_id": order.entity_id,
        "packages": [],
        "store_id": order.body.get("store_id", 1),
        "total_qty": sum((item["qty"] for item in items), ZERO),
        "updated_at": now,
        "items": items,
        "tracks": [track(shop, order.entity_id, number, one) for one in tracks],
        "comments": comments(shop, number, comment),
    }
    return Document(Kind.SHIPMENT, {name: value for name, value in body.items() if value is not None})


def track(shop: Shop, order_id: int, shipment_id: int, one: Track) -> Body:
    now = shop.now()
    return {
        "order_id": order_id,
        "created_at": now,
        "entity_id": shop.next_id("shipment_track"),
        "parent_id": shipment_id,
        "updated_at": now,
        "track_number": one.number,
        "title": one.title,
        "carrier_code": one.carrier,
    }


def comments(shop: Shop, number: int, comment: Comment | None) -> list[Body]:
    if comment is None:
        return []
    return [
        {
            "comment": comment.text,
            "created_at": shop.now(),
            "entity_id": shop.next_id("document_comment"),
            "is_customer_notified": int(comment.notified),
            "is_visible_on_front": int(comment.visible_on_front),
            "parent_id": number,
        }
    ]


def _header(shop: Shop, order: Document, number: int) -> Body:
    now = shop.now()
    carried = {name: order.body[name] for name in _CARRIED if order.body.get(name) is not None}
    return (
        carried
        | _shipping_address(order)
        | {
            "created_at": now,
            "entity_id": number,
            "increment_id": f"{number:09d}",
            "order_id": order.entity_id,
            "updated_at": now,
        }
    )


def _shipping_address(order: Document) -> Body:
    """The id of the address that an order shows in its shipping assignment only; a virtual order has none."""
    for assignment in (order.body.get("extension_attributes") or {}).get("shipping_assignments") or ():
        number = ((assignment.get("shipping") or {}).get("address") or {}).get("entity_id")
        if number is not None:
            return {"shipping_address_id": number}
    return {}


def _item(shop: Shop, order: Document, kind: Kind, number: int, one: DraftLine) -> Body:
    source = next(item for item in order.body["items"] if str(item["item_id"]) == one.line.code)
    prices = {name: source[name] for name in _PRICES if source.get(name) is not None}
    money = rows.shown(one.figures, _ITEM_MONEY)
    return (
        _carried(source)
        | prices
        | money
        | {
            "entity_id": shop.next_id(f"{kind}_item"),
            "order_item_id": source["item_id"],
            "parent_id": number,
            "qty": one.quantity,
        }
    )


def _memo_item(shop: Shop, order: Document, number: int, one: DraftLine) -> Body:
    """Credit memo items show their fixed product taxes, too."""
    fees = {column: rows.amount(one.figures[name]) for name, column in _FEES.items() if one.figures.get(name)}
    return _item(shop, order, Kind.CREDITMEMO, number, one) | fees


def _carried(item: Body) -> Body:
    return {name: item[name] for name in _ITEM_CARRIED if item.get(name) is not None}
