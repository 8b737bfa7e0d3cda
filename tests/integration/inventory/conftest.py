"""The inventory service inside the test, with ingest and orders; log, shop, books and HTTP are real."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from services import quotas
from services.ingest.app import IngestService
from services.inventory.app import InventoryService
from services.inventory.desk import NotServed, NotYet
from services.inventory.preview import Preview
from services.orders.app import OrdersService
from services.process import Process, open_process
from shared.config import Config
from shared.settings.loader import load
from shared.settings.store import publish
from shared.wire import decode
from tests.support import magento_sandbox
from tests.support.deployment import Deployment
from tests.support.stocking import ON, Warehouse


@dataclass(frozen=True, slots=True)
class Inside:
    """A running service, and what is around it."""

    goods: Warehouse
    process: Process
    service: InventoryService

    async def settings(self, rest: str) -> None:
        """Returns when they are in force."""
        loaded = load(self.goods.deployed.toml(rest), "main.toml")
        await self.process.settings.reach(await publish(self.process.log, loaded, "test", datetime.now(UTC)))

    async def other_settings(self, shop_url: str, rest: str) -> None:
        """Those of a second connection of the same company; returns when they are in force."""
        text = self.goods.deployed.toml(rest).replace('connection = "main"', 'connection = "other"')
        loaded = load(text.replace(self.goods.deployed.shop.base_url, shop_url), "other.toml")
        await self.process.settings.reach(await publish(self.process.log, loaded, "test", datetime.now(UTC)))

    async def preview(self) -> Preview:
        """As soon as there is one."""
        async with asyncio.timeout(30):
            while True:
                try:
                    return await self.service.desk.preview("main")
                except (NotYet, NotServed):
                    await asyncio.sleep(0.05)

    def counted(self, outcome: str) -> float:
        """How many SKUs became this."""
        found = self.process.metrics.registry.get_sample_value(
            "bookbridge_stock_total", {"connection": "main", "outcome": outcome}
        )
        return found or 0.0

    async def until(self, condition: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
        """Waits within a limit."""

        async def holds() -> bool:
            return condition()

        await self.goods.deployed.until(holds, what, seconds)

    async def until_at_work(self) -> None:
        """Until the first run is over, and all SKUs were looked at."""
        await self.until(lambda: self.counted("unchanged") + self.counted("written") > 0, "SKUs are looked at")
        await self.until(lambda: not self.pending, "nothing is left to be looked at")

    async def look_at_all(self) -> None:
        """Until every SKU was looked at once more."""
        seen = self.counted("unchanged")
        await self.settings(f"{ON}# again\n")
        await self.until(lambda: self.counted("unchanged") > seen and not self.pending, "all were looked at")

    @property
    def pending(self) -> float:
        """How many SKUs are to be looked at."""
        labels = {"connection": "main"}
        return self.process.metrics.registry.get_sample_value("bookbridge_stock_pending_skus", labels) or 0.0

    async def until_known(self, sku: str, quantity: int) -> None:
        """Until a change of the books has come to the company's lists."""
        lists = self.process.lists.of(self.goods.deployed.books.realm)
        number = str((await self.goods.item(sku))["Id"])

        def known() -> bool:
            found = lists.version("Item", number)
            return found is not None and decode(found.value).get("QtyOnHand") == quantity

        await self.until(known, f"{sku} is known to be {quantity}")

    @property
    def warnings(self) -> str:
        return self.process.health.warnings().get("inventory", "")


OpenInside = Callable[[], Awaitable[Inside]]


@pytest.fixture
async def goods(embedded: Deployment) -> Warehouse:
    """Ten mugs and five cups, in the shop and in the books alike."""
    found = Warehouse(embedded)
    await found.offer({"MUG": 10, "CUP": 5})
    await found.have({"MUG": 10, "CUP": 5})
    embedded.configure(ON)
    return found


@pytest.fixture
async def second(goods: Warehouse) -> AsyncIterator[Warehouse]:
    """Another shop, whose lamps the same books have, with secrets for the connection `other`."""
    deployed = goods.deployed
    secrets = deployed.folder / "secrets.toml"
    text = secrets.read_text()
    secrets.write_text(text + text[text.index("[connections.main]") :].replace("main", "other"))
    async with magento_sandbox.in_process() as shop:
        found = Warehouse(replace(deployed, shop=shop))
        await found.offer({"LAMP": 4})
        await goods.have({"LAMP": 4})
        yield found


@asynccontextmanager
async def running_inside(goods: Warehouse, monkeypatch: pytest.MonkeyPatch, rest: str = ON) -> AsyncIterator[Inside]:
    """All that the service needs, until the block ends."""
    made = goods.deployed
    for name, value in {**made.common, "BOOKBRIDGE_DATA": str(made.folder / "data")}.items():
        monkeypatch.setenv(name, value)
    stop = asyncio.Event()
    async with open_process("run", Config(health_port=0), stop) as process:
        shares = quotas.whole()
        ingest, service = IngestService(process, shares), InventoryService(process, shares)
        inside = Inside(goods, process, service)
        await inside.settings(rest)
        running = asyncio.gather(ingest.run(), OrdersService(process, shares).run(), service.run())
        await goods.books_tell()
        try:
            yield inside
            assert not running.done(), "the services go on until the test stops them"
        finally:
            stop.set()
            async with asyncio.timeout(60):
                await running
