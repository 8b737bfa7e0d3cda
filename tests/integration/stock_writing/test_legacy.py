"""Stock written to a shop without multi-source inventory."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from shared.magento.legacy_stock import LegacyStock
from shared.magento.search import percent_encode
from shared.magento.stock_rows import Target, Written
from shared.magento.stock_writing import StockWriter
from tests.integration.stock_writing.conftest import StockShop


async def product(shop: StockShop, sku: str, quantity: int) -> None:
    await shop.client.post(
        "products",
        {
            "product": {
                "sku": sku,
                "name": sku,
                "price": 5,
                "attribute_set_id": 4,
                "type_id": "simple",
                "extension_attributes": {"stock_item": {"qty": quantity, "is_in_stock": True}},
            }
        },
    )


async def held(shop: StockShop, sku: str) -> tuple[Any, bool]:
    item = await shop.client.get(f"stockItems/{percent_encode(sku)}")
    return item["qty"], item["is_in_stock"]


async def test_stock_items_are_written_one_by_one_where_they_differ(open_shop: Callable[..., Any]) -> None:
    shop = await open_shop(msi=False)
    for sku in ("A", "B", "two words", "c+d"):
        await product(shop, sku, 5)
    wanted = [
        Target("A", Decimal(5)),
        Target("B", Decimal(2)),
        Target("two words", Decimal(0), in_stock=False),
        Target("c+d", Decimal("1.5")),
        Target("gone", Decimal(1), assign=True),
    ]
    found = {result.sku: result.outcome for result in await StockWriter(LegacyStock(shop.client)).write(wanted)}
    assert found == {
        "A": Written.UNCHANGED,
        "B": Written.WRITTEN,
        "two words": Written.WRITTEN,
        "c+d": Written.WRITTEN,
        "gone": Written.NO_PRODUCT,
    }
    assert await held(shop, "B") == (2, True)
    assert await held(shop, "two words") == (0, False)
    assert (await held(shop, "c+d"))[0] == Decimal("1.5")
    puts = await shop.sandbox.usage()
    again = [one for one in wanted if one.sku != "gone"]
    assert {result.outcome for result in await StockWriter(LegacyStock(shop.client)).write(again)} == {
        Written.UNCHANGED
    }
    assert {name: count for name, count in (await shop.sandbox.usage()).items() if name.startswith("PUT")} == {
        name: count for name, count in puts.items() if name.startswith("PUT")
    }
