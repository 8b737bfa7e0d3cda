"""What plain connectors do: QuickBooks' quantity on hand is copied to the source whenever it has changed."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import aiohttp

from shared.wire import decode
from tests.support.magento_sandbox import MagentoSandbox
from tests.support.quickbooks_sandbox import QuickBooksSandbox

_LOOK_SECONDS = 0.3
_SOURCES = "/rest/V1/inventory/source-items"
_STATEMENT = "select * from Item where Type = 'Inventory' maxresults 1000"


class Copier:
    """Of one company and one source."""

    def __init__(self, shop: MagentoSandbox, books: QuickBooksSandbox) -> None:
        self._shop = shop
        self._books = books
        self._known: dict[str, Decimal] = {}

    async def run(self) -> None:
        """Until cancelled. An outage is waited out."""
        token = (await self._books.grant())["access_token"]
        while True:
            with suppress(aiohttp.ClientError):  # the next look finds the same
                await self._turn(token)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _turn(self, token: str) -> None:
        path = f"/v3/company/{self._books.realm}/query?minorversion=75&query={quote(_STATEMENT)}"
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        async with self._books.session.get(f"{self._books.base_url}{path}", headers=headers) as answer:
            if answer.status != 200:
                return
            items: list[dict[str, Any]] = decode(await answer.read())["QueryResponse"].get("Item", [])
        now = {str(one["Sku"]): max(Decimal(str(one["QtyOnHand"])), Decimal(0)) for one in items if one.get("Sku")}
        changed = {sku: units for sku, units in now.items() if self._known.get(sku) != units}
        rows = [
            {"sku": sku, "source_code": "default", "quantity": units, "status": 1} for sku, units in changed.items()
        ]
        if rows:
            body = {"sourceItems": rows}
            status, _ = await self._shop.send("POST", _SOURCES, body, self._shop.sign("POST", _SOURCES))
            if status == 200:
                self._known |= changed
