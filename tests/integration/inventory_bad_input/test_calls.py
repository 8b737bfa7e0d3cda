"""What the inventory costs: nothing of what QuickBooks meters, and no call for what isn't to be written."""

from __future__ import annotations

import time

import pytest

from shared import limits
from tests.integration.inventory_bad_input.conftest import Begin
from tests.support.stocking import Warehouse

pytestmark = pytest.mark.timeout(180)

SKUS = [f"SKU-{number:02}" for number in range(15)]


async def test_events_of_the_shop_and_of_the_books_cost_no_metered_read(goods: Warehouse, begin: Begin) -> None:
    """QuickBooks meters queries, reads and change data capture. Change data capture goes by its own pace, which no
    number of SKUs changes; all else is ours to answer for."""
    deployed, books = goods.deployed, goods.deployed.books
    await goods.offer(dict.fromkeys(SKUS, 10))
    await goods.have(dict.fromkeys(SKUS, 10))
    await begin()
    placed = [await goods.order(sku, 2) for sku in SKUS]
    for order in placed:
        await deployed.until_outcome(deployed.key(order), "posted")
    await books.control("DELETE", "webhooks")
    before, begun = (await books.usage())["coreplus"], time.monotonic()
    for sku, order in zip(SKUS, placed, strict=True):
        await goods.set_source(sku, 99)  # somebody's slip, found with the next event
        await deployed.shop.ship(order["entity_id"])
    await goods.until_held(dict.fromkeys(SKUS, 8))
    await goods.receive(dict.fromkeys(SKUS, 1))
    await goods.until_held(dict.fromkeys(SKUS, 9))
    after = (await books.usage())["coreplus"]
    spent = {kind: count - before.get(kind, 0) for kind, count in after.items() if count != before.get(kind, 0)}
    assert spent.pop("cdc") <= (time.monotonic() - begun) / limits.CDC_FAST_SECONDS + 2
    assert spent == {}
