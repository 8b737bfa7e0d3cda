"""Stock written to a shop without multi-source inventory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest

from shared.magento.legacy_stock import LegacyStock
from shared.magento.search import percent_encode
from shared.magento.stock_rows import StockRow, Target, Written
from shared.magento.stock_writing import StockWriter
from tests.integration.stock_writing.conftest import StockShop


async def product(shop: StockShop, sku: str, quantity: int) -> None:
    await shop.client.post(
        "products",
        {
            "product": {
                "sku": sku,
                "name": f"Product {sku.encode().hex()}",
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


@pytest.mark.parametrize(
    ("sku", "quantity", "outcome"),
    [
        ("a/b", "7", Written.WRITTEN),
        ("a+b", "7", Written.WRITTEN),
        ("a%2Fb", "7", Written.WRITTEN),
        ("comma,one", "7", Written.WRITTEN),
        ("q?u=e&r#y", "7", Written.WRITTEN),
        ("\U0001f9e6 socks", "7", Written.WRITTEN),
        ("x" * 64, "7", Written.WRITTEN),
        ("back\\slash", "7", Written.WRITTEN),
        ("null", "-3", Written.WRITTEN),
        ("fine", "1.23456", Written.WRITTEN),
        (" edge", "7", Written.UNWRITABLE),
        ("x" * 65, "7", Written.UNWRITABLE),
        ("much", "1e9", Written.UNWRITABLE),
        ("unknown", "7", Written.NO_PRODUCT),
        ("..", "7", Written.NO_PRODUCT),  # no address leads there
        (".", "7", Written.NO_PRODUCT),
    ],
)
async def test_each_odd_row_has_its_outcome_and_stops_no_other(
    open_shop: Callable[..., Any], sku: str, quantity: str, outcome: Written
) -> None:
    shop = await open_shop(msi=False)
    for known in ("A", "B"):
        await product(shop, known, 5)
    if outcome is Written.WRITTEN or sku in (".", ".."):
        await product(shop, sku, 5)
    wanted = [Target("A", Decimal(6)), Target(sku, Decimal(quantity)), Target("B", Decimal(6))]
    found = await StockWriter(LegacyStock(shop.client)).write(wanted)
    assert [one.outcome for one in found] == [Written.WRITTEN, outcome, Written.WRITTEN]
    if outcome is Written.WRITTEN:
        assert (await held(shop, sku))[0] == Decimal(quantity).quantize(Decimal("0.0001"))


async def test_a_product_that_goes_away_between_reading_and_writing_is_told(open_shop: Callable[..., Any]) -> None:
    shop = await open_shop(msi=False)
    for sku in ("A", "B"):
        await product(shop, sku, 5)

    class Deleted(LegacyStock):
        async def put(self, rows: Sequence[StockRow]) -> None:
            if rows[0].sku == "A":
                await shop.sandbox.control("DELETE", "products/A")
            await super().put(rows)

    found = await StockWriter(Deleted(shop.client)).write([Target(sku, Decimal(6)) for sku in ("A", "B")])
    assert [one.outcome for one in found] == [Written.NO_PRODUCT, Written.WRITTEN]
