"""What a model carries that REST doesn't show of it: a product's stock, an invoice's addresses and customer."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from sandbox.magento import php_json
from sandbox.magento.shop import Body, Shop
from sandbox.magento.tables import Kind
from sandbox.magento.webhooks.moments import Moment


def completed(shop: Shop, moment: Moment) -> Moment:
    """The moment with the whole model."""
    if moment.kind is Kind.PRODUCT:
        row = shop.stock.inventory.rows.get(str(moment.body.get("sku")), "default")
        quantity = "0" if row is None else php_json.number(Decimal(row.quantity))
        return replace(moment, body=moment.body | {"stock_data": {"qty": quantity}})
    if moment.kind is Kind.INVOICE:
        order = shop.get(Kind.ORDER, int(moment.body.get("order_id") or 0))
        return replace(moment, body=_of_order({} if order is None else order.body) | moment.body)
    return moment


def _of_order(order: Body) -> Body:
    assignments = (order.get("extension_attributes") or {}).get("shipping_assignments") or [{}]
    address = (assignments[0].get("shipping") or {}).get("address") or {}
    return {"customer_id": order.get("customer_id"), "shipping_address_id": address.get("entity_id")}
