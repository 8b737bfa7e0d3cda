"""The sandbox's own routes under /_sandbox, without authentication: put documents, act, watch, disturb."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from aiohttp import web

from sandbox.magento import announcing, lifecycle
from sandbox.magento.cart import Cart, read_carts
from sandbox.magento.errors import ControlError, MagentoError
from sandbox.magento.faults import Faults
from sandbox.magento.in_shop import in_shop
from sandbox.magento.placing import place, refuse
from sandbox.magento.shop import Document, Kind, Shop
from sandbox.magento.stock_control import StockControl
from sandbox.magento.subscriptions import EVENTS, Subscription, Subscriptions
from sandbox.magento.webhook_plan import read_plan
from sandbox.magento.webhooks import Plan, Sender
from shared import wire

Handler = Callable[[web.Request], Awaitable[web.Response]]


class Control:
    def __init__(
        self, shop: Shop, subscriptions: Subscriptions, sender: Sender, faults: Faults, usage: Counter[str]
    ) -> None:
        self._shop = shop
        self._subscriptions = subscriptions
        self._sender = sender
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
            ("POST", "orders/{id}/{action}", self._act),
            ("POST", "place", self._place),
            ("GET", "usage", self._show_usage),
            ("POST", "reset", self._reset),
            ("POST", "webhooks", self._webhooks),
            ("GET", "webhooks/deliveries", self._deliveries),
            ("POST", "faults", self._arm),
            ("GET", "faults", self._armed),
        ]
        table += StockControl(self._shop).routes()
        return [web.route(method, f"/_sandbox/{path}", _answering(handler)) for method, path, handler in table]

    def _put(self, kind: Kind) -> Handler:
        async def put(request: web.Request) -> web.Response:
            text = await request.read()
            with self._shop.atomic():
                document, earlier = self._shop.record(kind, text)
                if request.query.get("announce") != "0":
                    self._announce(document, earlier)
            status = 201 if earlier is None else 200
            return _json({"kind": kind.value, "id": document.entity_id, "replaced": earlier is not None}, status)

        return put

    def _announce(self, document: Document, earlier: Document | None) -> None:
        before = earlier.body if earlier else None
        if document.kind is Kind.ORDER:
            document.misses_left = self._faults.misses() if earlier is None else None
            self._shop.save(document)
            announcing.order_saved(self._shop, document, before)
        elif document.kind is Kind.INVOICE:
            announcing.invoice_saved(self._shop, document, before)
        elif document.kind is Kind.PRODUCT:
            document.misses_left = self._faults.misses() if earlier is None else None  # told of before the commit
            self._shop.save(document)
            self._shop.announce(f"catalog.product.{'updated' if earlier else 'created'}", document)
        elif earlier is None:
            self._shop.announce(f"sales.{document.kind}.created", document)

    async def _orders(self, request: web.Request) -> web.Response:
        wanted = ("entity_id", "increment_id", "state", "status", "grand_total", "order_currency_code", "updated_at")
        orders = [
            {name: document.body.get(name) for name in wanted} | {"recorded": document.recorded is not None}
            for document in self._shop.documents(Kind.ORDER)
        ]
        return _json({"orders": orders})

    async def _patch(self, request: web.Request) -> web.Response:
        patch = _object(await request.read())
        with self._shop.atomic():
            order = self._order(request)
            lifecycle.edit_by_staff(self._shop, order, patch)
        return _json(order.body)

    async def _act(self, request: web.Request) -> web.Response:
        action = request.match_info["action"]
        data = await request.read()
        with self._shop.atomic():
            order = self._order(request)
            if action not in lifecycle.ACTIONS:
                raise ControlError(404, f"an order can be asked to {', '.join(lifecycle.ACTIONS)}, not to {action}")
            done = lifecycle.ACTIONS[action](self._shop, order, _object(data or b"{}"))
        return _json(done.body, 201)

    async def _place(self, request: web.Request) -> web.Response:
        carts = read_carts(await request.read())
        if request.query.get("refuse") == "1":  # the payment is declined: nothing comes of it but reservations
            with self._shop.atomic():
                for cart in carts:
                    refuse(self._shop, in_shop(self._shop, cart))
            return _json({"placed": [], "refused": len(carts)}, 201)
        with self._shop.atomic():
            placed = [self._placed(cart) for cart in carts]
        return _json({"placed": placed}, 201)

    def _placed(self, cart: Cart) -> dict[str, Any]:
        order = place(self._shop, in_shop(self._shop, cart))
        order.misses_left = self._faults.misses() or None
        self._shop.save(order)
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
        return _json({"calls": dict(self._usage), "total": sum(self._usage.values())})

    async def _reset(self, request: web.Request) -> web.Response:
        self._shop.reset()
        self._subscriptions.clear()
        self._sender.forget()
        self._sender.use(Plan())
        self._faults.reset()
        self._usage.clear()
        return _json({"reset": True})

    async def _webhooks(self, request: web.Request) -> web.Response:
        wanted = read_plan(_object(await request.read()))
        self._sender.use(wanted.disturbance())
        self._subscriptions.planned = [
            Subscription(0, event, wanted.url_template.replace("{event}", event), wanted.token, wanted.format)
            for event in (wanted.events or EVENTS)
            if wanted.enabled
        ]
        return _json({"subscriptions": [one.shown() for one in self._subscriptions.planned]})

    async def _deliveries(self, request: web.Request) -> web.Response:
        return _json(self._sender.counts.shown() | {"pending": self._sender.pending})

    async def _arm(self, request: web.Request) -> web.Response:
        return _json(asdict(self._faults.arm(_object(await request.read()))), 201)

    async def _armed(self, request: web.Request) -> web.Response:
        return _json({"faults": [asdict(fault) for fault in self._faults.armed]})

    def _order(self, request: web.Request) -> Document:
        text = request.match_info["id"]
        order = self._shop.get(Kind.ORDER, int(text)) if text.isascii() and text.isdigit() else None
        if order is None:
            raise ControlError(404, f"there is no order {text} in this shop")
        return order


def _object(data: bytes) -> dict[str, Any]:
    try:
        document = wire.decode(data)
    except wire.NotJson as error:
        raise ControlError(400, f"the body is no JSON document: {error}") from error
    if not isinstance(document, dict):
        raise ControlError(400, f"a JSON object is expected, not a {type(document).__name__}")
    return document


def _json(document: Any, status: int = 200) -> web.Response:
    return web.Response(body=wire.encode(document), status=status, content_type="application/json")


def _answering(handler: Handler) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except ControlError as error:
            return _json({"error": error.text}, error.status)
        except MagentoError as error:  # what the shop itself refuses: told as its REST would
            return _json({"error": error.message, **error.body()}, error.status)

    return answer
