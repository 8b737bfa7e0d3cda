"""What lies in the sandbox shop: which sources count, and what happens when one of them isn't there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal

import pytest

from services.inventory.adjusting_sources import open_sources
from shared.commerce.stock import Deducts, SourceRow
from shared.magento.source_stock import NoSource
from tests.integration.stock_writing.conftest import StockShop, stock_shop
from tests.integration.stock_writing.test_legacy import product


@pytest.fixture
async def shop() -> AsyncIterator[StockShop]:
    """Mugs in three sources, one of which is disabled; cups in one."""
    async with stock_shop() as made:
        for code, enabled in (("east", True), ("attic", False)):
            source = {"source_code": code, "name": code, "enabled": enabled, "postcode": "1", "country_id": "US"}
            await made.client.post("inventory/sources", {"source": source})
        await made.hold({"MUG": 10, "CUP": 5})
        await made.hold({"MUG": "2.5"}, source="east", in_stock=False)
        await made.hold({"MUG": 70}, source="attic")
        yield made


async def lying(shop: StockShop, *codes: str, skus: Sequence[str] = ("MUG", "CUP", "GONE")) -> dict[str, list[str]]:
    sources = await open_sources(shop.client, codes)
    assert sources.deducts is Deducts.AT_SHIPMENT
    found = await sources.read(skus)
    return {sku: [f"{row.source} {row.quantity.normalize():f}" for row in rows] for sku, rows in found.items()}


async def test_all_enabled_sources_count_with_what_they_hold_in_stock_or_not(shop: StockShop) -> None:
    assert await lying(shop) == {"mug": ["default 10", "east 2.5"], "cup": ["default 5"]}


async def test_or_those_that_the_settings_name(shop: StockShop) -> None:
    assert await lying(shop, "east") == {"mug": ["east 2.5"]}
    assert await lying(shop, "east", "default") == {"mug": ["default 10", "east 2.5"], "cup": ["default 5"]}


@pytest.mark.parametrize("code", ["attic", "nowhere"])
async def test_what_a_source_held_that_is_no_longer_there_isnt_taken_for_gone(shop: StockShop, code: str) -> None:
    with pytest.raises(NoSource, match=code):
        await lying(shop, "default", code)


async def test_without_multi_source_inventory_the_one_stock_counts() -> None:
    async with stock_shop(msi=False) as shop:
        await product(shop, "MUG", 10)
        sources = await open_sources(shop.client, ["default"])
        assert sources.deducts is Deducts.AT_ORDER
        assert await sources.read(["MUG", "GONE"]) == {"mug": (SourceRow("", Decimal(10)),)}
