"""What goes wrong while lives are lived: answers that come late or never, and short outages of both systems."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from tests.support.magento_sandbox import MagentoSandbox
from tests.support.quickbooks_sandbox import QuickBooksSandbox

_RECEIPTS = {"method": "POST", "entity": "SalesReceipt"}
_SOURCES = "inventory/source-items"
_BETWEEN_SECONDS = (0.5, 3.0)
_OUTAGE_SECONDS = (0.5, 2.0)


class Weather:
    """Of one world. `told` are its troubles by name."""

    def __init__(self, shop: MagentoSandbox, books: QuickBooksSandbox, chance: random.Random) -> None:
        self._shop = shop
        self._books = books
        self._chance = chance
        self.told: list[str] = []

    async def blow(self) -> None:
        """Until cancelled."""
        kinds: list[Callable[[], Awaitable[object]]] = [
            self._answer_lost,
            self._call_lost,
            self._slow_booking,
            self._slow_looks,
            self._write_lost,
            self._slow_source,
            self._shop_away,
            self._books_away,
        ]
        while True:
            await asyncio.sleep(self._chance.uniform(*_BETWEEN_SECONDS))  # the weather changes now and then
            kind = self._chance.choice(kinds)
            self.told.append(kind.__name__.strip("_"))
            await kind()

    async def clear(self) -> None:
        """All is well again, and what was held goes on."""
        await self._books.clear_faults()
        await self._shop.control("DELETE", "faults")

    async def _answer_lost(self) -> None:
        await self._books.add_fault("drop_after_commit", match=_RECEIPTS, times=self._chance.randint(1, 2))

    async def _call_lost(self) -> None:
        await self._books.add_fault("drop_before_commit", match=_RECEIPTS, times=1)

    async def _slow_booking(self) -> None:
        await self._books.add_fault("delay", match=_RECEIPTS, times=6, seconds=0.2, seconds_max=2.0)

    async def _slow_looks(self) -> None:
        await self._books.add_fault("delay", match={"operation": "cdc"}, times=2, seconds=0.2, seconds_max=2.0)

    async def _write_lost(self) -> None:
        """A batch of quantities is taken, or isn't, and nobody answers."""
        effect = self._chance.choice(("drop_before_commit", "drop_after_commit"))
        await self._shop.control(
            "POST", "faults", {"match": {"route": _SOURCES, "method": "POST"}, "effect": effect, "times": 1}
        )

    async def _slow_source(self) -> None:
        """Between reading what is there and writing, orders are placed and shipped."""
        await self._shop.fault("delay", _SOURCES, times=4, seconds=0.2, seconds_max=1.5)

    async def _shop_away(self) -> None:
        rule = await self._shop.fault("status", status=503, times=None)
        await asyncio.sleep(self._chance.uniform(*_OUTAGE_SECONDS))  # so long it is away
        await self._end(rule)

    async def _books_away(self) -> None:
        await self._books.add_fault("status", status=503)
        await asyncio.sleep(self._chance.uniform(*_OUTAGE_SECONDS))  # so long they are away
        await self._books.clear_faults()

    async def _end(self, rule: object) -> None:
        await self._shop.control("DELETE", "faults")
