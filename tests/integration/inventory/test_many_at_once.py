"""Many SKUs that change together are written in batches, and a change that comes meanwhile isn't kept waiting."""

from __future__ import annotations

import pytest

from shared import limits
from tests.integration.inventory.conftest import running_inside
from tests.support.stocking import ON, Warehouse, same

pytestmark = pytest.mark.timeout(180)
MANY = [f"SKU-{number:03}" for number in range(250)]


async def test_a_delivery_of_many_goods_takes_few_calls_and_a_second_look_none(
    goods: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    await goods.offer(same(MANY, 10))
    await goods.have(same(MANY, 10))
    async with running_inside(goods, monkeypatch) as inside:
        await inside.until_at_work()
        before = await goods.calls()
        await goods.receive(same(MANY, 1))
        await goods.until_held(same(MANY, 11))
        await inside.until(lambda: inside.counted("written") == len(MANY), "all are read back")
        made = await goods.calls() - before
        assert made["POST inventory/source-items"] <= len(MANY) // limits.STOCK_BATCH + 6, made
        assert made["GET inventory/source-items"] <= 2 * (len(MANY) // limits.STOCK_BATCH + 6), made
        for sku in MANY[::50]:
            await goods.until_told(sku, "written")
            assert len(await goods.outcomes(sku)) == 1
        before = await goods.calls()
        await inside.look_at_all()
        made = await goods.calls() - before
        assert made["POST inventory/source-items"] == 0
        assert made["GET inventory/source-items"] <= len(MANY) // limits.STOCK_BATCH + 1


async def test_a_change_does_not_wait_for_a_walk_over_all(goods: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STOCK_WALK_SKUS", 10)
    await goods.offer(same(MANY, 10))
    await goods.have(same(MANY, 10))
    async with running_inside(goods, monkeypatch) as inside:
        await inside.until_at_work()
        seen = inside.counted("unchanged")
        await goods.disturb("delay", "GET", times=100, seconds=0.3)
        await inside.settings(f"{ON}# again\n")
        await goods.count("MUG", 15)
        await goods.until_held({"MUG": 15})
        assert inside.counted("unchanged") - seen < len(MANY), "the walk goes on"
        await goods.mend()
        await inside.until(lambda: inside.counted("unchanged") - seen >= len(MANY), "it ends")
