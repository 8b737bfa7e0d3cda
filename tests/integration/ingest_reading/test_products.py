"""Products with their stock, of shops with multi-source inventory and without, whatever their SKU."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.magento.config import Config
from services.ingest.reading.fetched import Fetched, Kind
from services.ingest.reading.pages import read_page
from services.ingest.reading.publisher import Verdict
from services.ingest.reading.reader import read_one
from shared.wire import decode
from tests.integration.ingest_reading.support import WEBHOOK, Reading, reading_from
from tests.support import magento_sandbox
from tests.support.magento_sandbox import MagentoSandbox

pytestmark = pytest.mark.timeout(60)


async def call(sandbox: MagentoSandbox, method: str, path: str, body: Any) -> Any:
    status, answer = await sandbox.send(method, f"/rest/V1/{path}", body, sandbox.sign(method, f"/rest/V1/{path}"))
    assert status == 200, answer
    return decode(answer)


async def add(sandbox: MagentoSandbox, sku: str, **more: Any) -> int:
    product = {"sku": sku, "name": f"The {sku}", "price": 10, "attribute_set_id": 4, "type_id": "simple", **more}
    return int((await call(sandbox, "POST", "products", {"product": product}))["id"])


async def stock(sandbox: MagentoSandbox, sku: str, quantity: int, source: str = "default") -> None:
    row = {"sku": sku, "source_code": source, "quantity": quantity, "status": 1}
    await call(sandbox, "POST", "inventory/source-items", {"sourceItems": [row]})


async def publish(reading: Reading, fetched: Fetched) -> Verdict:
    return await reading.publisher.publish(reading.loaded, fetched, WEBHOOK)


async def test_a_change_of_stock_is_news_and_a_save_that_changes_nothing_is_not(reading: Reading) -> None:
    number = await add(reading.sandbox, "MUG")
    first = await read_one(reading.shop, "product", number)
    assert await publish(reading, first) is Verdict.PUBLISHED
    await reading.sandbox.advance(60)
    assert await add(reading.sandbox, "MUG") == number
    saved = await read_one(reading.shop, "product", number)
    assert saved.document["updated_at"] > first.document["updated_at"]
    assert await publish(reading, saved) is Verdict.UNCHANGED
    await stock(reading.sandbox, "MUG", 7)
    assert await publish(reading, await read_one(reading.shop, "stock_item", number)) is Verdict.PUBLISHED
    assert (await reading.snapshots(Kind.PRODUCT, number))[-1]["source_items"][0]["quantity"] == 7


async def test_a_page_of_products_shows_what_one_reading_shows(reading: Reading) -> None:
    skus = ["MUG", "a/b", "x,y", "100%", "ключ", "two words"]
    for sku in skus:
        await add(reading.sandbox, sku)
        await stock(reading.sandbox, sku, len(sku))
    page = await read_page(reading.shop, Kind.PRODUCT, [])
    assert [fetched.document["sku"] for fetched in page.fetched] == skus
    for fetched in page.fetched:
        assert (await read_one(reading.shop, "product", fetched.id)).content == fetched.content
        assert fetched.content["source_items"][0]["quantity"] == len(fetched.document["sku"])


@pytest.mark.parametrize(("row", "sku"), [("CAFE", "café"), ("sock 🍣", "sock 🧦"), ("STRASE", "straße")])
async def test_a_row_that_the_shop_takes_for_the_products_is_its_row(reading: Reading, row: str, sku: str) -> None:
    await stock(reading.sandbox, row, 4)
    number = await add(reading.sandbox, sku)
    await add(reading.sandbox, "other")
    for fetched in (
        await read_one(reading.shop, "product", number),
        *(await read_page(reading.shop, Kind.PRODUCT, [])).fetched,
    ):
        if fetched.id == number:
            assert [(one["sku"], one["quantity"]) for one in fetched.content["source_items"]] == [(row, 4)]


async def test_source_items_are_complete_when_they_do_not_fit_on_a_page(reading: Reading) -> None:
    codes = [f"s{number:03d}" for number in range(130)]
    for code in codes:
        await call(
            reading.sandbox,
            "POST",
            "inventory/sources",
            {"source": {"source_code": code, "name": code, "country_id": "US", "postcode": "90034", "enabled": True}},
        )
    rows = [{"sku": sku, "source_code": code, "quantity": 1, "status": 1} for sku in ("MUG", "CUP") for code in codes]
    for sku in ("MUG", "CUP"):
        await add(reading.sandbox, sku)
    await call(reading.sandbox, "POST", "inventory/source-items", {"sourceItems": rows})
    for fetched in (await read_page(reading.shop, Kind.PRODUCT, [])).fetched:
        assert [item["source_code"] for item in fetched.content["source_items"]] == codes


async def test_a_shop_without_multi_source_inventory_has_no_source_items_and_is_asked_once(tmp_path: Path) -> None:
    async with (
        magento_sandbox.in_process(Config(msi=False)) as sandbox,
        reading_from(sandbox, tmp_path) as reading,
    ):
        numbers = [await add(sandbox, sku) for sku in ("MUG", "CUP")]
        for number in numbers:
            fetched = await read_one(reading.shop, "product", number)
            assert fetched.content["source_items"] is None
            assert "qty" in fetched.document["extension_attributes"]["stock_item"]
        asked = {route: count for route, count in (await sandbox.usage()).items() if "source-items" in route}
        assert sum(asked.values()) <= 1


async def test_where_the_web_server_takes_no_slash_the_product_is_what_a_list_shows(reading: Reading) -> None:
    number = await add(reading.sandbox, "A/B")
    await stock(reading.sandbox, "A/B", 3)
    await reading.sandbox.fault("status", route="products/:sku", status=404, body="html", times=None)
    fetched = await read_one(reading.shop, "product", number)
    assert fetched.document["sku"] == "A/B" and fetched.document["partial"] is True
    assert fetched.content["source_items"][0]["quantity"] == 3
