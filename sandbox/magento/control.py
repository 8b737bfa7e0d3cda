"""The sandbox's own routes under /_sandbox, without authentication: put documents, act, watch, disturb."""

from __future__ import annotations

from collections import Counter
from typing import Any

from aiohttp import web

from sandbox.magento import announcing, lifecycle
from sandbox.magento.cart import Cart, read_carts
from sandbox.magento.control_routes import Handler, answering, json_answer, object_of
from sandbox.magento.customers.registering import register
from sandbox.magento.errors import ControlError
from sandbox.magento.faults import Faults
from sandbox.magento.in_shop import in_shop
from sandbox.magento.placing import place, refuse
from sandbox.magento.shop import Document, Kind, Shop
from sandbox.magento.stock_control import StockControl
from sandbox.magento.subscriptions import Subscriptions
from sandbox.magento.webhooks import Hub


class Control:
    def __init__(self, shop: Shop, subscriptions: Subscriptions, hub: Hub, faults: Faults, usage: Counter[str]) -> None:
        self._shop = shop
        self._subscriptions = subscriptions
        self._hub = hub
        self._faults = faults
        self._usage = usage

    def routes(self) -> list[web.RouteDef]:
        table: list[tuple[str, str, Handler]] = [
            ("POST", "orders", self._put(Kind.ORDER)),
            ("POST", "invoices", self._put(Kind.INVOICE)),
            ("POST", "creditmemos", self._put(Kind.CREDITMEMO)),
            ("POST", "shipments", self._put(Kind.SHIPMENT)),
            ("POST", "products", self._put(Kind.PRODUCT)),
            ("GET", "orders", self._orders),
            ("PATCH", "orders/{id}", self._patch),
            ("POST", "orders/{id}/register", self._register),
            ("POST", "orders/{id}/{action}", self._act),
            ("POST", "place", self._place),
            ("GET", "usage", self._show_usage),
            ("POST", "reset", self._reset),
        ]
        table += StockControl(self._shop).routes()
        return [web.route(method, f"/_sandbox/{path}", answering(handler)) for method, path, handler in table]

    def _put(self, kind: Kind) -> Handler:
        async def put(request: web.Request) -> web.Response:
            text = await request.read()
            quiet = request.query.get("announce") == "0"

            def record() -> tuple[Document, Document | None]:
                document, earlier = self._shop.record(kind, text, quiet=quiet)
                if not quiet:
                    self._announce(document, earlier)
                return document, earlier

            document, earlier = await self._hub.performer.perform(record)
            status = 201 if earlier is None else 200
            return json_answer({"kind": kind.value, "id": document.entity_id, "replaced": earlier is not None}, status)

        return put

    def _announce(self, document: Document, earlier: Document | None) -> None:
        before = earlier.body if earlier else None
        if document.kind is Kind.ORDER:
            document.misses_left = self._faults.misses() if earlier is None else None
            self._shop.save(document, quiet=True)
            announcing.order_saved(self._shop, document, before)
        elif document.kind is Kind.INVOICE:
            announcing.invoice_saved(self._shop, document, before)
        elif document.kind is Kind.PRODUCT:
            document.misses_left = self._faults.misses() if earlier is None else None  # told of before the commit
            self._shop.save(document, quiet=True)
            self._shop.announce(f"catalog.product.{'updated' if earlier else 'created'}", document)
        elif earlier is None:
            self._shop.announce(f"sales.{document.kind}.created", document)

    async def _orders(self, request: web.Request) -> web.Response:
        wanted = ("entity_id", "increment_id", "state", "status", "grand_total", "order_currency_code", "updated_at")
        orders = [
            {name: document.body.get(name) for name in wanted} | {"recorded": document.recorded is not None}
            for document in self._shop.documents(Kind.ORDER)
        ]
        return json_answer({"orders": orders})

    async def _patch(self, request: web.Request) -> web.Response:
        patch = object_of(await request.read())

        def edit() -> Document:
            order = self._order(request)
            lifecycle.edit_by_staff(self._shop, order, patch)
            return order

        return json_answer((await self._hub.performer.perform(edit)).body)

    async def _act(self, request: web.Request) -> web.Response:
        action = request.match_info["action"]
        data = await request.read()

        def act() -> Document:
            order = self._order(request)
            if action not in lifecycle.ACTIONS:
                raise ControlError(404, f"an order can be asked to {', '.join(lifecycle.ACTIONS)}, not to {action}")
            return lifecycle.ACTIONS[action](self._shop, order, object_of(data or b"{}"))

        return json_answer((await self._hub.performer.perform(act)).body, 201)

    async def _register(self, request: web.Request) -> web.Response:
        """The guest of the order makes an account."""
        with self._shop.atomic():
            customer = register(self._shop, self._order(request))
        return json_answer(customer, 201)

    async def _place(self, request: web.Request) -> web.Response:
        carts = read_carts(await request.read())
        if request.query.get("refuse") == "1":  # the payment is declined: nothing comes of it but reservations
            with self._shop.atomic():
                for cart in carts:
                    refuse(self._shop, in_shop(self._shop, cart))
            return json_answer({"placed": [], "refused": len(carts)}, 201)
        placed = await self._hub.performer.perform(lambda: [self._placed(cart) for cart in carts])
        return json_answer({"placed": placed}, 201)

    def _placed(self, cart: Cart) -> dict[str, Any]:
        order = place(self._shop, in_shop(self._shop, cart))
        order.misses_left = self._faults.misses() or None
        self._shop.save(order, quiet=True)
        announcing.order_saved(self._shop, order, None)
        body = order.body
        return {
            "entity_id": body["entity_id"],
            "increment_id": body["increment_id"],
            "grand_total": body["grand_total"],
            "tax_amount": body["tax_amount"],
            "shape": cart.shape,
        }

    async def _show_usage(self, request: web.Request) -> web.Response:
        return json_answer({"calls": dict(self._usage), "total": sum(self._usage.values())})

    async def _reset(self, request: web.Request) -> web.Response:
        self._shop.reset()
        self._subscriptions.clear()
        self._hub.clear()
        self._faults.clear()
        self._usage.clear()
        return json_answer({"reset": True})

    def _order(self, request: web.Request) -> Document:
        text = request.match_info["id"]
        order = self._shop.get(Kind.ORDER, int(text)) if text.isascii() and text.isdigit() else None
        if order is None:
            raise ControlError(404, f"there is no order {text} in this shop")
        return order
