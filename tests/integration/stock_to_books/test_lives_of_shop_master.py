"""Random lives of SKUs with the shop as master: orders, shipments in parts, counts in the shop and deliveries in the
books, with webhooks that are lost or late and answers that never come. Once quiet, the books have what lies in the
shop, and nothing was corrected that wasn't counted or delivered."""

from __future__ import annotations

import asyncio
import os
import random
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from tests.integration.inventory.conftest import Inside
from tests.integration.stock_to_books.test_shop_is_master import MASTER, confirmed, goods, inside
from tests.support.deployment import TOKEN
from tests.support.stocking import Warehouse

__all__ = ["goods", "inside"]  # the fixtures
pytestmark = pytest.mark.timeout(240)
SKUS, STEPS = 6, 6
CREATE = {"method": "POST", "entity": "InventoryAdjustment"}


@dataclass
class Life:
    """One SKU. `moved`: counts in the shop and deliveries in the books, which are what corrections are for."""

    sku: str
    goods: Warehouse
    chance: random.Random
    open: list[tuple[int, int, int]] = field(default_factory=list)  # order, its row, pieces still to be shipped
    moved: int = 0
    told: list[str] = field(default_factory=list)

    async def live(self) -> None:
        for _ in range(STEPS):
            await asyncio.sleep(self.chance.choice([0.0, 0.3, 1.5]))
            what = self.chance.choice([self.order, self.ship, self.ship, self.count, self.deliver])
            await what(self.chance.randint(1, 3))

    async def order(self, pieces: int) -> None:
        placed = await self.goods.order(self.sku, pieces)
        shown = await self.goods.deployed.shop.get_json(f"/rest/V1/orders/{placed['entity_id']}")
        self.open.append((placed["entity_id"], shown["items"][0]["item_id"], pieces))
        self.told.append(f"ordered {pieces}")

    async def ship(self, pieces: int) -> None:
        if self.open:
            order, row, left = self.open.pop(self.chance.randrange(len(self.open)))
            count = min(pieces, left)
            await self.goods.deployed.shop.ship(order, {row: count})
            if left > count:
                self.open.append((order, row, left - count))
            self.told.append(f"shipped {count}")

    async def count(self, pieces: int) -> None:
        """More is found than the shop knows of."""
        held = (await self.goods.held())[self.sku]
        await self.goods.set_source(self.sku, int(held) + pieces)
        self.moved += 1
        self.told.append(f"counted {pieces} more")

    async def deliver(self, pieces: int) -> None:
        """Entered in the books alone."""
        await self.goods.receive({self.sku: pieces})
        self.moved += 1
        self.told.append(f"delivered {pieces} to the books")

    async def ship_all(self) -> None:
        while self.open:
            await self.ship(99)


async def corrections(goods: Warehouse) -> dict[str, list[Decimal]]:
    """Ours, by SKU."""
    names = {one["Id"]: one["Sku"] for one in await goods.deployed.books.objects("Item") if one.get("Sku")}
    found: dict[str, list[Decimal]] = defaultdict(list)
    for one in await goods.deployed.books.objects("InventoryAdjustment"):
        if "[bookbridge " in one.get("PrivateNote", ""):
            detail: dict[str, Any] = one["Line"][0]["ItemAdjustmentLineDetail"]
            found[names[detail["ItemRef"]["value"]]].append(Decimal(str(detail["QtyDiff"])))
    return found


async def test_once_quiet_the_books_have_what_lies_in_the_shop_and_no_more_was_corrected_than_happened(
    inside: Inside,
) -> None:
    goods, deployed = inside.goods, inside.goods.deployed
    seed = int(os.environ.get("BOOKBRIDGE_TEST_SEED") or random.SystemRandom().randrange(10**6))
    print(f"BOOKBRIDGE_TEST_SEED={seed}")  # noqa: T201 - pytest shows it when the test fails
    skus = [f"LIFE-{number}" for number in range(SKUS)]
    await goods.have(dict.fromkeys(skus, 20))
    await goods.offer(dict.fromkeys(skus, 20))
    await confirmed(inside)
    await inside.settings(f"{MASTER}guard_percent = 100\n")
    url = f"http://127.0.0.1:{deployed.port}/webhooks/main/mageos/{{event}}"
    await deployed.shop.webhooks(url, TOKEN, lose=0.3, copies_max=2, shuffle=True, delay_seconds=1.5, seed=seed)
    for effect in ("drop_before_commit", "drop_after_commit"):
        await deployed.books.add_fault(effect, match=CREATE, times=3, skip=1)
    lives = [Life(sku, goods, random.Random(f"{seed} {sku}")) for sku in skus]
    async with asyncio.TaskGroup() as group:
        for life in lives:
            group.create_task(life.live())
    for life in lives:
        await life.ship_all()

    async def quiet() -> bool:
        held = await goods.held()
        items = {one.get("Sku"): one for one in await deployed.books.objects("Item")}
        return all(Decimal(str(items[sku]["QtyOnHand"])) == held[sku] for sku in skus)

    said = "\n".join(f"{life.sku}: {', '.join(life.told)}" for life in lives)
    await deployed.until(quiet, f"the books have what lies in the shop\n{said}", 120)
    made = await corrections(goods)
    for life in lives:
        assert len(made[life.sku]) <= life.moved, f"{made[life.sku]} of {said}"
    assert sum(map(len, made.values())) > 0, "the steps asked for nothing"
