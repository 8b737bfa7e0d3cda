"""Composition: one shop, its REST, its control routes, its webhooks, as one aiohttp application."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from aiohttp import web

from sandbox.magento import fields_filter, limits, php_json, query, rest_tax
from sandbox.magento.auth import Gate
from sandbox.magento.config import Config
from sandbox.magento.control import Control
from sandbox.magento.control_catalog import CatalogControl
from sandbox.magento.customers import groups
from sandbox.magento.errors import InvalidInput, MagentoError
from sandbox.magento.faults import Faults
from sandbox.magento.life import stopping
from sandbox.magento.rest import build_router
from sandbox.magento.router import Call, Router
from sandbox.magento.shop import Shop
from sandbox.magento.subscriptions import Subscriptions
from sandbox.magento.tables import PROGRAM
from sandbox.magento.webhooks import Hub
from sandbox.magento.webhooks.control import WebhookControl
from sandbox.magento.webhooks.io_control import IoControl
from sandbox.storage import Database
from shared import wire

SHOP = web.AppKey("shop", Shop)
_SAVING = ("Magento_Sales::", "Magento_Catalog::")  # services whose saves others may be told of


def build_app(
    config: Config | None = None, clock: Callable[[], float] = time.time, store: Path | None = None
) -> web.Application:
    """The application. `clock` answers Unix seconds; tests may hand in their own. `store`: the file that keeps it.

    Raises StoreRefused: the file can't be used.
    """
    config = config or Config()
    database = Database(store, PROGRAM)
    shop = Shop(config, lambda: datetime.fromtimestamp(clock(), UTC), database)
    shop.furnish(rest_tax.furnish)
    shop.furnish(groups.furnish)
    gate, subscriptions, faults = Gate(config, database, clock), Subscriptions(database), Faults()
    hub = Hub(shop, subscriptions, clock)
    usage: Counter[str] = Counter()

    async def sending(app: web.Application) -> AsyncIterator[None]:
        hub.engine.start()
        yield
        await hub.engine.close()
        database.close()

    app = web.Application(client_max_size=limits.BODY_MAX_BYTES)
    app[SHOP] = shop
    app.cleanup_ctx.append(sending)
    app.add_routes(Control(shop, subscriptions, hub, faults, usage).routes())
    app.add_routes(CatalogControl(shop).routes())
    app.add_routes(WebhookControl(hub, subscriptions).routes())
    app.add_routes(IoControl(hub).routes())
    rest = _Rest(shop, build_router(shop, gate, subscriptions), gate, faults, usage, hub)
    app.router.add_route("*", "/rest/{rest:.*}", rest.answer)
    app.router.add_route("*", "/index.php/rest/{rest:.*}", rest.answer)
    return app


class _Rest:
    def __init__(self, shop: Shop, router: Router, gate: Gate, faults: Faults, usage: Counter[str], hub: Hub) -> None:
        self._shop = shop
        self._hub = hub
        self._router = router
        self._gate = gate
        self._faults = faults
        self._usage = usage

    async def answer(self, request: web.Request) -> web.Response:
        try:
            text = await self._served(request)
        except MagentoError as error:
            return _json(php_json.encode(error.body()), error.status)
        return text if isinstance(text, web.Response) else _json(text)

    async def _served(self, request: web.Request) -> str | web.Response:
        path, _, raw_query = request.raw_path.partition("?")
        route, parameters, store_code = self._router.find(request.method, path.removeprefix("/index.php"))
        self._usage[route.name] += 1
        fault = await self._faults.before(route.pattern, request)
        if fault is not None:
            return fault
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
        fields = parsed.get("fields")
        if isinstance(fields, str) and fields:
            return php_json.encode(fields_filter.apply(wire.decode(text.encode()), fields))
        return text


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
