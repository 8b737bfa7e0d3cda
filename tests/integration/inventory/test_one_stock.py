"""A shop without multi-source inventory: its stock falls when an order is placed, and is written product by product."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sandbox.magento.config import Config
from tests.integration.inventory.conftest import running_inside
from tests.support.deployment import deployment
from tests.support.stocking import ON, Warehouse

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
async def plain(tmp_path: Path) -> AsyncIterator[Warehouse]:
    """Mugs and cups in a shop without sources."""
    async with deployment("embedded", tmp_path, shop_config=Config(msi=False)) as made:
        found = Warehouse(made)
        for sku, quantity in (("MUG", 10), ("CUP", 5)):
            stock = {"qty": quantity, "is_in_stock": True}
            await found.product(sku, extension_attributes={"stock_item": stock})
        await found.have({"MUG": 10, "CUP": 5})
        made.configure(ON)
        yield found


async def stock_item(goods: Warehouse, sku: str) -> Decimal:
    found: dict[str, Any] = await goods.deployed.shop.get_json(f"/rest/V1/stockItems/{sku}")
    return Decimal(str(found["qty"]))


async def puts(goods: Warehouse) -> int:
    usage = await goods.deployed.shop.usage()
    return sum(count for call, count in usage.items() if call.startswith("PUT products/"))


async def test_an_order_is_not_counted_twice_and_goods_that_come_are_written(
    plain: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_inside(plain, monkeypatch) as inside:
        await inside.until_at_work()
        before = await puts(plain)
        placed = await plain.order("MUG", 3)
        assert await stock_item(plain, "MUG") == 7, "the shop takes them off at once"
        await plain.deployed.until_outcome(plain.deployed.key(placed), "posted")
        await plain.count("CUP", 6)

        async def six() -> bool:
            return await stock_item(plain, "CUP") == 6

        await plain.deployed.until(six, "the sixth cup is in the shop")
        assert await stock_item(plain, "MUG") == 7
        assert await puts(plain) - before == 1
        assert (await plain.until_told("CUP", "written"))["quantity"] == 6
