"""Composition: one shop, its REST, its control routes, its webhooks, as one aiohttp application."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

from aiohttp import web

from sandbox.faulting.sending import before_work, sent
from sandbox.magento import fields_filter, limits, php_json, query, rest_tax
from sandbox.magento.auth import Gate
from sandbox.magento.clock import KeptClock
from sandbox.magento.config import Config
from sandbox.magento.control import Control
from sandbox.magento.control_catalog import CatalogControl
from sandbox.magento.customers import groups
from sandbox.magento.errors import InvalidInput, MagentoError
from sandbox.magento.fault_control import FaultControl
from sandbox.magento.fault_pages import magento_error, planned_answer
from sandbox.magento.fault_rules import PlanDocument
from sandbox.magento.faults import Faults
from sandbox.magento.life import stopping
from sandbox.magento.rest import build_router
from sandbox.magento.router import Call, Route, Router
from sandbox.magento.shop import Shop
from sandbox.magento.subscriptions import Subscriptions
from sandbox.magento.tables import PROGRAM
from sandbox.magento.webhooks import Hub
from sandbox.magento.webhooks.control import WebhookControl
from sandbox.magento.webhooks.io_control import IoControl
from sandbox.storage import Database
from shared import wire

SHOP = web.AppKey("shop", Shop)
CLOCK = web.AppKey("clock", KeptClock)
_SAVING = ("Magento_Sales::", "Magento_Catalog::")  # services whose saves others may be told of


def build_app(
    config: Config | None = None,
    clock: Callable[[], float] = time.time,
    store: Path | None = None,
    plan: PlanDocument | None = None,
) -> web.Application:
    """The application. `clock` answers Unix seconds; tests may hand in their own. `store`: the file that keeps it.
    `plan`: the faults in force from the start.

    Raises StoreRefused: the file can't be used.
    """
    config = config or Config()
    database = Database(store, PROGRAM)
    kept = KeptClock(database, clock)
    shop = Shop(config, kept.now, database)
    shop.furnish(rest_tax.furnish)
    shop.furnish(groups.furnish)
    gate, subscriptions = Gate(config, database, kept.seconds), Subscriptions(database)
    hub = Hub(shop, subscriptions, kept.seconds)
    kept.on_advance(hub.engine.wake)
    router = build_router(shop, gate, subscriptions)
    faults = Faults(router.routes)
    if plan is not None:
        faults.use(plan)
    usage: Counter[str] = Counter()

    async def sending(app: web.Application) -> AsyncIterator[None]:
        hub.engine.start()
        yield
        await hub.engine.close()
        database.close()

    app = web.Application(client_max_size=limits.BODY_MAX_BYTES)
    app[SHOP] = shop
    app[CLOCK] = kept
    app.on_shutdown.append(partial(_let_go, faults))
    app.cleanup_ctx.append(sending)
    app.add_routes(Control(shop, subscriptions, hub, faults, usage).routes())
    app.add_routes(CatalogControl(shop).routes())
    app.add_routes(WebhookControl(hub, subscriptions, faults).routes())
    app.add_routes(IoControl(hub).routes())
    app.add_routes(FaultControl(shop, gate, faults, kept).routes())
    rest = _Rest(shop, router, gate, faults, usage, hub)
    app.router.add_route("*", "/rest/{rest:.*}", rest.answer)
    app.router.add_route("*", "/index.php/rest/{rest:.*}", rest.answer)
    return app


async def _let_go(faults: Faults, _app: web.Application) -> None:
    """Held requests must not hold up the end of the server."""
    faults.clear()


class _Rest:
    def __init__(self, shop: Shop, router: Router, gate: Gate, faults: Faults, usage: Counter[str], hub: Hub) -> None:
        self._shop = shop
        self._hub = hub
        self._router = router
        self._gate = gate
        self._faults = faults
        self._usage = usage

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One call: what the fault plan does before the work, the work, how its answer goes out."""
        path, _, raw_query = request.raw_path.partition("?")
        try:
            route, parameters, store_code = self._router.find(request.method, path.removeprefix("/index.php"))
        except MagentoError as error:
            return _refused(error)
        self._usage[route.name] += 1
        taken = self._faults.take_call(request.method, route.pattern)
        instead = await before_work(request, taken, lambda rule: planned_answer(rule, route.resource))
        if instead is not None:
            return instead
        if taken.active is not None and taken.effect == "hold_before_commit":
            await taken.active.hold()
        if taken.effect == "expire_token":
            self._gate.expire_tokens(request.headers.get("Authorization", "").partition(" ")[2].strip())
        try:
            response = _json(await self._served(request, route, parameters, store_code, raw_query))
        except MagentoError as error:
            response = _refused(error)
        return await sent(request, response, taken.active)

    async def _served(
        self, request: web.Request, route: Route, parameters: dict[str, str], store_code: str, raw_query: str
    ) -> str:
        if route.resource is not None:
            self._gate.admit(request, route.resource)
        parsed = query.parse(raw_query)
        body = await _body(request) if request.method in ("POST", "PUT") else {}
        call = Call(parameters, parsed, body, store_code)
        stopping.cancel_expired(self._shop)
        if request.method == "GET":
            text = route.handler(call)
        elif route.resource is not None and route.resource.startswith(_SAVING):
            text = await self._hub.performer.perform(partial(route.handler, call))
        else:
            with self._shop.atomic():
                text = route.handler(call)
        self._break_lists(route, text)
        fields = parsed.get("fields")
        if isinstance(fields, str) and fields:
            return php_json.encode(fields_filter.apply(wire.decode(text.encode()), fields))
        return text

    def _break_lists(self, route: Route, text: str) -> None:
        """Raises MagentoError: the page has an order that Magento can't show (reference 8.12), so all of it is 500."""
        if route.method != "GET" or not self._faults.has_bad_orders:
            return
        document = wire.decode(text.encode())
        items = document.get("items", []) if isinstance(document, dict) and "total_count" in document else []
        if self._faults.spoils(route.pattern, [item.get("entity_id", 0) for item in items if isinstance(item, dict)]):
            raise magento_error(500, "", route.resource)


def _refused(error: MagentoError) -> web.Response:
    return _json(php_json.encode(error.body()), error.status)


async def _body(request: web.Request) -> dict[str, object]:
    if request.content_type != "application/json":
        raise InvalidInput('Server cannot understand Content-Type HTTP header media type "%1"', [request.content_type])
    try:
        document = wire.decode(await request.read())
    except wire.NotJson as error:
        raise InvalidInput("Decoding error.") from error
    return document if isinstance(document, dict) else {}


def _json(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="application/json", charset="utf-8")
