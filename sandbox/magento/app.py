"""Composition: one shop, its REST, its control routes, its webhooks, as one aiohttp application."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

from aiohttp import web

from sandbox.magento import limits, rest_tax
from sandbox.magento.auth import Gate
from sandbox.magento.bulk import routes as bulk_routes
from sandbox.magento.bulk.accepting import Accepting
from sandbox.magento.bulk.control import BulkControl
from sandbox.magento.bulk.operations import Consumers, Operations
from sandbox.magento.clock import KeptClock
from sandbox.magento.config import Config
from sandbox.magento.control import Control
from sandbox.magento.control_catalog import CatalogControl
from sandbox.magento.customers import groups
from sandbox.magento.fault_control import FaultControl
from sandbox.magento.fault_rules import PlanDocument
from sandbox.magento.faults import Faults
from sandbox.magento.guide import guide_routes
from sandbox.magento.rest import build_router
from sandbox.magento.rest_http import RestHttp
from sandbox.magento.settings import Settings
from sandbox.magento.shop import Shop
from sandbox.magento.subscriptions import Subscriptions
from sandbox.magento.tables import PROGRAM
from sandbox.magento.webhooks import Hub
from sandbox.magento.webhooks.control import WebhookControl
from sandbox.magento.webhooks.io_control import IoControl
from sandbox.storage import Database

SHOP = web.AppKey("shop", Shop)
SETTINGS = web.AppKey("settings", Settings)
CLOCK = web.AppKey("clock", KeptClock)


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
    consumers = Consumers(config.consumers, config.consumer_delay_seconds)
    operations = Operations(shop, router, kept.seconds, consumers, hub.performer)
    shop.furnish(operations.forget)
    bulk_routes.add_routes(router, shop, operations)
    faults = Faults(router.routes)
    if plan is not None:
        faults.use(plan)
    settings = Settings(shop, gate)
    usage: Counter[str] = Counter()

    async def sending(app: web.Application) -> AsyncIterator[None]:
        hub.engine.start()
        consuming = asyncio.create_task(operations.run())
        yield
        consuming.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await consuming
        await hub.engine.close()
        database.close()

    app = web.Application(client_max_size=limits.BODY_MAX_BYTES)
    app[SHOP] = shop
    app[CLOCK] = kept
    app[SETTINGS] = settings
    app.on_shutdown.append(partial(_let_go, faults))
    app.cleanup_ctx.append(sending)
    app.add_routes(Control(shop, subscriptions, hub, faults, usage).routes())
    app.add_routes([*settings.routes(), *guide_routes(shop)])
    app.add_routes(BulkControl(operations).routes())
    app.add_routes(CatalogControl(shop).routes())
    app.add_routes(WebhookControl(hub, subscriptions, shop, faults).routes())
    app.add_routes(IoControl(hub).routes())
    app.add_routes(FaultControl(shop, gate, faults, kept).routes())
    rest = RestHttp(shop, router, gate, faults, usage, Accepting(shop, operations), hub.performer)
    app.router.add_route("*", "/rest", rest.answer)
    app.router.add_route("*", "/rest/{rest:.*}", rest.answer)
    app.router.add_route("*", "/index.php/rest/{rest:.*}", rest.answer)
    return app


async def _let_go(faults: Faults, _app: web.Application) -> None:
    """Held requests must not hold up the end of the server."""
    faults.clear()
