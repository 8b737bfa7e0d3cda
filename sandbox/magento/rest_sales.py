"""The REST services of sales: documents made of an order, and what becomes of the order."""

from __future__ import annotations

from typing import Any

from sandbox.magento import columns, php_json, search, table_search
from sandbox.magento.errors import InvalidInput, no_such_entity, required
from sandbox.magento.life import comments, crediting, editing, invoicing, refusing, shipping, stopping
from sandbox.magento.life.requests import Track
from sandbox.magento.router import Call, Router
from sandbox.magento.sales_input import (
    as_int,
    bodies,
    credit_request,
    invoice_request,
    order_comment,
    ship_request,
    text_of,
)
from sandbox.magento.shop import Document, Kind, Shop


def add_routes(router: Router, shop: Shop) -> None:
    sales = _Sales(shop)
    for method, pattern, resource, handler in (
        ("POST", "order/:orderId/invoice", "sales_invoice", sales.invoice),
        ("POST", "order/:orderId/ship", "ship", sales.ship),
        ("POST", "order/:orderId/refund", "creditmemo", sales.refund_order),
        ("POST", "invoice/:invoiceId/refund", "sales_invoice", sales.refund_invoice),
        ("POST", "creditmemo/refund", "sales_creditmemo", sales.refund_as_given),
        ("PUT", "creditmemo/:id", "creditmemo", sales.cancel_memo),
        ("POST", "invoices/:id/capture", "sales_invoice", sales.capture),
        ("POST", "invoices/:id/void", "sales_invoice", sales.void),
        ("POST", "orders/:id/cancel", "cancel", sales.cancel),
        ("POST", "orders/:id/hold", "hold", sales.hold),
        ("POST", "orders/:id/unhold", "unhold", sales.unhold),
        ("POST", "orders/:id/comments", "comment", sales.comment),
        ("GET", "orders/:id/comments", "actions_view", sales.order_comments),
        ("GET", "orders/:id/statuses", "actions_view", sales.status),
        ("POST", "orders", "create", sales.overwrite),
        ("POST", "shipment/track", "shipment", sales.add_track),
        ("DELETE", "shipment/track/:id", "shipment", sales.remove_track),
        ("GET", "invoices/:id/comments", "sales_invoice", sales.comments_of(Kind.INVOICE)),
        ("GET", "creditmemo/:id/comments", "sales_creditmemo", sales.comments_of(Kind.CREDITMEMO)),
        ("GET", "shipment/:id/comments", "shipment", sales.comments_of(Kind.SHIPMENT)),
        ("GET", "transactions", "transactions_fetch", sales.transactions),
        ("GET", "transactions/:id", "transactions_fetch", sales.transaction),
    ):
        router.add(method, pattern, f"Magento_Sales::{resource}", handler)


class _Sales:
    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def invoice(self, call: Call) -> str:
        order = self._get(Kind.ORDER, call, "orderId")
        return php_json.encode(invoicing.invoice(self._shop, order, invoice_request(call.body)).entity_id)

    def ship(self, call: Call) -> str:
        order = self._get(Kind.ORDER, call, "orderId")
        return php_json.encode(shipping.ship(self._shop, order, ship_request(call.body)).entity_id)

    def refund_order(self, call: Call) -> str:
        """Offline, whatever the body says (reference 3.2)."""
        order = self._get(Kind.ORDER, call, "orderId")
        return php_json.encode(crediting.credit(self._shop, order, credit_request(call.body)).entity_id)

    def refund_invoice(self, call: Call) -> str:
        invoice = self._get(Kind.INVOICE, call, "invoiceId")
        order = self._order_of(invoice)
        online = bool(call.body.get("isOnline") or call.body.get("is_online"))
        request = credit_request(call.body, online=online)
        return php_json.encode(crediting.credit(self._shop, order, request, invoice).entity_id)

    def refund_as_given(self, call: Call) -> str:
        memo = call.body.get("creditmemo")
        if not isinstance(memo, dict):
            raise required("creditmemo")
        if "order_id" not in memo:
            raise no_such_entity()
        order = self._shop.get(Kind.ORDER, as_int(memo["order_id"]))
        if order is None:
            raise no_such_entity()
        offline = bool(call.body.get("offlineRequested") or call.body.get("offline_requested"))
        bodies(memo, "items", "order_item_id", "qty")
        return self._shop.text(crediting.credit_as_given(self._shop, order, memo, offline=offline))

    def cancel_memo(self, call: Call) -> str:
        raise InvalidInput(refusing.NO_MEMO_CANCEL)

    def capture(self, call: Call) -> str:
        invoice = self._get(Kind.INVOICE, call)
        invoicing.capture(self._shop, self._order_of(invoice), invoice)
        return php_json.encode(True)

    def void(self, call: Call) -> str:
        invoice = self._get(Kind.INVOICE, call)
        invoicing.void(self._shop, self._order_of(invoice), invoice)
        return php_json.encode(True)

    def cancel(self, call: Call) -> str:
        return php_json.encode(stopping.cancel(self._shop, self._get(Kind.ORDER, call)))

    def hold(self, call: Call) -> str:
        stopping.hold(self._shop, self._get(Kind.ORDER, call))
        return php_json.encode(True)

    def unhold(self, call: Call) -> str:
        stopping.unhold(self._shop, self._get(Kind.ORDER, call))
        return php_json.encode(True)

    def comment(self, call: Call) -> str:
        one, status = order_comment(call.body)
        comments.comment(self._shop, self._get(Kind.ORDER, call), one, status)
        return php_json.encode(True)

    def order_comments(self, call: Call) -> str:
        return _found(self._get(Kind.ORDER, call).body.get("status_histories") or [])

    def comments_of(self, kind: Kind) -> Any:
        def listed(call: Call) -> str:
            return _found(self._get(kind, call).body.get("comments") or [])

        return listed

    def status(self, call: Call) -> str:
        return php_json.encode(self._get(Kind.ORDER, call).body.get("status"))

    def overwrite(self, call: Call) -> str:
        entity = call.body.get("entity")
        if not isinstance(entity, dict):
            raise required("entity")
        bodies(entity, "items")
        order = None
        if entity.get("entity_id") is not None:
            order = self._shop.get(Kind.ORDER, as_int(entity["entity_id"]))
            if order is None:
                raise no_such_entity()
        return php_json.encode(editing.overwrite(self._shop, order, entity))

    def add_track(self, call: Call) -> str:
        entity = call.body.get("entity")
        if not isinstance(entity, dict):
            raise required("entity")
        if "parent_id" not in entity:
            raise required("parent_id")
        shipment = self._shop.get(Kind.SHIPMENT, as_int(entity["parent_id"]))
        if shipment is None:
            raise no_such_entity()
        track = Track(
            text_of(entity, "track_number"), text_of(entity, "title"), text_of(entity, "carrier_code") or "custom"
        )
        return php_json.encode(shipping.add_track(self._shop, shipment, track))

    def remove_track(self, call: Call) -> str:
        if not shipping.remove_track(self._shop, as_int(call.parameters["id"])):
            raise no_such_entity()
        return php_json.encode(True)

    def transactions(self, call: Call) -> str:
        criteria = search.read(call.query, self._shop.config)
        found, total = table_search.find(self._shop, Kind.TRANSACTION, criteria, columns.TRANSACTION)
        listed = {"items": [one.body for one in found], "search_criteria": criteria.shown(), "total_count": total}
        return php_json.encode(listed)

    def transaction(self, call: Call) -> str:
        return php_json.encode(self._get(Kind.TRANSACTION, call).body)

    def _get(self, kind: Kind, call: Call, name: str = "id") -> Document:
        document = self._shop.get(kind, as_int(call.parameters[name]))
        if document is None:
            raise no_such_entity()
        return document

    def _order_of(self, invoice: Document) -> Document:
        order = self._shop.get(Kind.ORDER, int(invoice.body["order_id"]))
        if order is None:
            raise no_such_entity()
        return order


def _found(items: list[Any]) -> str:
    return php_json.encode({"items": items, "search_criteria": {"filter_groups": []}, "total_count": len(items)})
