"""A shop and its books in which many lives are lived at once, with Bookbridge between them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from services.ingest.cdc.worker import CdcWorker
from shared import limits
from tests.lives.by_hand import Accountant
from tests.lives.copier import Copier
from tests.lives.living import Living
from tests.lives.plan import Life
from tests.lives.weather import Weather
from tests.support.deployment import TOKEN, VERIFIER, Deployment, deployment
from tests.support.inside import Start, services_inside

CANARY = "CANARY"
_ACCOUNTS = {
    "IncomeAccountRef": {"value": "1"},
    "AssetAccountRef": {"value": "7"},
    "ExpenseAccountRef": {"value": "6"},
}
_SETTINGS = """
[sales]
states = ["new", "processing", "complete", "closed"]
[items]
missing = "park"
[schedule]
sweep_seconds = 1
"""
_KEEPING = '[stock]\ndirection = "books_to_shop"\n'
# What would make a day out of minutes: Intuit's quota, and the pauses between two looks at what no webhook told.
_SHORTER: dict[str, Any] = {
    "QUOTA_CALLS_PER_MINUTE": 100_000,
    "QUOTA_CALLS_PER_SECOND": 1_000,
    "QUOTA_LOST_CALL_SECONDS": 1.0,
    "CDC_FAST_SECONDS": 4.0,
    "CDC_SLOW_SECONDS": 4.0,
    "SWEEP_RETRY_SECONDS": 1.0,
    "SHOP_DOWN_SECONDS": 1.0,
    "SHOP_REFUSED_SECONDS": 1.0,
}
_PUT_AT_ONCE = 100  # rows and products of one call when a world is made
_ALL_AT_ONCE = 1_000  # of items; the sandboxes show so many rows in an answer


@dataclass
class World:
    """`copier`: whether plain copying stands in for Bookbridge's stock service. `began`: number of the last write to a
    source that isn't the keeper's."""

    made: Deployment
    accountant: Accountant
    weather: Weather
    copier: bool
    lives: list[Living] = field(default_factory=list)
    canary: str = ""
    canary_holds: Decimal = Decimal(3)
    began: int = 0

    async def add(self, lives: Sequence[Life]) -> None:
        """Their products, their items, and as many pieces in the shop's source as in the books."""
        openings = {life.sku: life.opening for life in lives}
        items = await self._items(openings)
        for number, sku in enumerate(openings):
            await self._product(len(self.lives) + number + 1, sku)
        await self._hold(openings)
        self.lives += [Living.begin(life, self.made.shop, self.accountant, items[life.sku]) for life in lives]

    async def add_canary(self) -> None:
        """A SKU that tells when the keeper of stock has seen all that happened before."""
        self.canary = (await self._items({CANARY: int(self.canary_holds)}))[CANARY]
        await self._product(9_999, CANARY)
        await self._hold({CANARY: 0})

    async def live(self) -> None:
        """All lives at once, in bad weather."""
        blowing = asyncio.create_task(self.weather.blow())
        try:
            async with asyncio.TaskGroup() as group:
                for living in self.lives:
                    group.create_task(living.live())
        finally:
            blowing.cancel()
            await asyncio.wait([blowing])
        await self.weather.clear()

    async def writes(self, since: int = 0) -> list[dict[str, Any]]:
        """What was written to the source after that number."""
        found: list[dict[str, Any]] = (await self.made.shop.control("GET", f"stock/writes?since={since}"))["writes"]
        return found

    async def stock(self) -> dict[str, Any]:
        """What the shop shows of its sources, and what it would sell."""
        return await self.made.shop.control("GET", "stock")

    async def on_hand(self) -> dict[str, Decimal]:
        """What the books have, by SKU."""
        items = await self.made.books.objects("Item")
        return {str(one.get("Sku")): Decimal(str(one.get("QtyOnHand", 0))) for one in items}

    async def _items(self, openings: dict[str, int]) -> dict[str, str]:
        """Made in the books; their Ids by SKU."""
        stock = {"Type": "Inventory", "TrackQtyOnHand": True, "InvStartDate": "2026-01-01", "PurchaseCost": 5}
        items = [{"Name": sku, "Sku": sku, "QtyOnHand": units, **stock, **_ACCOUNTS} for sku, units in openings.items()]
        return {one["Sku"]: str(one["Id"]) for one in (await self.made.books.seed({"Item": items}))["Item"]}

    async def _product(self, number: int, sku: str) -> None:
        product = {"sku": sku, "name": f"The {sku}", "price": 12.5, "attribute_set_id": 4, "type_id": "simple"}
        path = "/rest/all/V1/products"
        shop = self.made.shop
        status, answer = await shop.send("POST", path, {"product": product}, shop.sign("POST", path))
        assert status == 200, (number, answer)

    async def _hold(self, units: dict[str, int]) -> None:
        path, shop = "/rest/V1/inventory/source-items", self.made.shop
        rows = [{"sku": sku, "source_code": "default", "quantity": held, "status": 1} for sku, held in units.items()]
        for start in range(0, len(rows), _PUT_AT_ONCE):
            body = {"sourceItems": rows[start : start + _PUT_AT_ONCE]}
            status, answer = await shop.send("POST", path, body, shop.sign("POST", path))
            assert status == 200, answer


@asynccontextmanager
async def world(
    lives: Sequence[Life], folder: Path, seed: int, keeper: Start | None, *, apart: bool
) -> AsyncIterator[World]:
    """`keeper`: the service that keeps the shop's stock; None: a plain copier. `apart`: see `deployment`."""
    assert len(lives) < _ALL_AT_ONCE, "more than the sandboxes show at once"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in _SHORTER.items():
            patch.setattr(limits, name, value)
        patch.setattr(CdcWorker, "_budget", lambda worker, realm: 10_000_000)
        async with deployment("embedded", folder, apart=apart) as made:
            await made.books.settings(calls_per_minute=100_000, calls_per_second=1_000)
            made.configure(_SETTINGS + (_KEEPING if keeper is not None else ""))
            token = str((await made.books.grant())["access_token"])
            chance = random.Random(seed)
            built = World(made, Accountant(made.books, token), Weather(made.shop, made.books, chance), keeper is None)
            await built.add(lives)
            await built.add_canary()
            built.began = len(await built.writes())
            await _tell(made, seed)
            async with services_inside(made, patch, orders=True, more=() if keeper is None else (keeper,)):
                copying = asyncio.create_task(Copier(made.shop, made.books).run()) if keeper is None else None
                try:
                    yield built
                finally:
                    if copying is not None:
                        copying.cancel()
                        await asyncio.wait([copying])


async def _tell(made: Deployment, seed: int) -> None:
    """Both sides' webhooks: late, twice, out of order, or never."""
    url = f"http://127.0.0.1:{made.port}/webhooks/main/mageos/{{event}}"
    await made.shop.webhooks(url, TOKEN, lose=0.1, copies_max=2, shuffle=True, delay_seconds=1.5, seed=seed)
    plan = {"lose": 0.1, "duplicate": 0.2, "reorder": True, "delay_seconds": 1.0, "seed": seed % 10**9}
    url = f"http://127.0.0.1:{made.port}/webhooks/quickbooks"
    await made.books.control("POST", "webhooks", {"url": url, "verifier_token": VERIFIER, **plan})
