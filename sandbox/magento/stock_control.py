"""The sandbox's own routes for stock: see all of it, change the shop's settings, run the nightly clean-up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from aiohttp import web

from sandbox.magento import limits
from sandbox.magento.errors import ControlError
from sandbox.magento.rest_inventory.network import stock_shown
from sandbox.magento.shop import Kind, Shop
from sandbox.magento.stock.configuration import Defaults
from sandbox.magento.stock.leaves import numbers_by_id, orders_by_number
from sandbox.magento.stock.reservations import inconsistencies
from shared import wire

Handler = Callable[[web.Request], Awaitable[web.Response]]


class StockControl:
    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def routes(self) -> list[tuple[str, str, Handler]]:
        return [
            ("GET", "stock", self._show),
            ("GET", "stock/audit", self._audit),
            ("GET", "stock/writes", self._writes),
            ("PATCH", "stock/settings", self._settings),
            ("POST", "stock/clean-up", self._clean_up),
            ("DELETE", "stock/sources/{code}", self._drop_source),
        ]

    async def _show(self, request: web.Request) -> web.Response:
        """?sku= shows one SKU only. Of source items and reservations the newest, with how many there are."""
        inventory, wanted = self._shop.stock.inventory, request.query.get("sku", "")
        items = inventory.rows.of(wanted) if wanted else inventory.rows.all()
        reservations = inventory.ledger.of(wanted) if wanted else inventory.ledger.all()
        items_total, reservations_total = len(items), len(reservations)
        items, reservations = items[-limits.STOCK_ROWS_SHOWN :], reservations[-limits.STOCK_ROWS_SHOWN :]
        skus = dict.fromkeys([row.sku for row in items] + [row.sku for row in reservations])
        stocks = inventory.network.stocks()
        document = {
            "settings": asdict(inventory.defaults),
            "sources": [asdict(source) for source in inventory.network.sources().values()],
            "stocks": [{**stock_shown(one), "links": [asdict(link) for link in one.links]} for one in stocks.values()],
            "source_items": [asdict(row) for row in items],
            "source_items_total": items_total,
            "reservations": [asdict(row) for row in reservations],
            "reservations_total": reservations_total,
            "salable": {
                str(number): {sku: inventory.salable_quantity(sku, number) for sku in skus} for number in stocks
            },
        }
        return _json(document)

    async def _audit(self, request: web.Request) -> web.Response:
        """Per order and SKU what its reservations are off by; recorded orders never reserved and are left out."""
        sku_of = self._shop.stock.sku_of
        ours = [order.body for order in self._shop.documents(Kind.ORDER) if not (order.recorded or order.as_shown)]
        rows = self._shop.stock.inventory.ledger.all()
        return _json({"inconsistencies": inconsistencies(orders_by_number(ours, sku_of), rows, numbers_by_id(ours))})

    async def _writes(self, request: web.Request) -> web.Response:
        """What integrations wrote to source items, after the number `?since=`."""
        since = request.query.get("since", "0")
        if not (since.isascii() and since.isdigit()):
            raise ControlError(400, f"since is the number of a write, not {since!r}")
        return _json({"writes": [asdict(one) for one in self._shop.stock.inventory.journal.since(int(since))]})

    async def _settings(self, request: web.Request) -> web.Response:
        inventory = self._shop.stock.inventory
        try:
            changes = wire.decode(await request.read())
            known = asdict(inventory.defaults)
            if not isinstance(changes, dict) or not set(changes) <= set(known):
                raise ControlError(400, f"an object with some of {', '.join(known)} is expected")
            after = Defaults.of({**known, **changes})
        except (wire.NotJson, ValueError) as error:
            raise ControlError(400, f"the settings can't be read: {error}") from error
        inventory.use(after)
        return _json(asdict(after))

    async def _drop_source(self, request: web.Request) -> web.Response:
        """What only a direct write to the database does, REST can't: its links and items go along (foreign keys)."""
        inventory, code = self._shop.stock.inventory, request.match_info["code"]
        if code not in inventory.network.sources():
            raise ControlError(404, f"there is no source {code!r} in this shop")
        with self._shop.atomic():
            inventory.network.drop_source(code)
            inventory.rows.drop_source(code)
        return _json({"dropped": code})

    async def _clean_up(self, request: web.Request) -> web.Response:
        """What cron does at midnight: rows of orders that sum to 0 go."""
        with self._shop.atomic():
            return _json({"removed": self._shop.stock.inventory.ledger.clean_up()})


def _json(document: Any) -> web.Response:
    return web.Response(body=wire.encode(document), content_type="application/json")
