"""The names of categories come with the products where settings want them, at one call an hour."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from services.ingest.reading.categories import paths_of
from services.ingest.reading.fetched import Kind
from services.ingest.reading.pages import read_page
from services.ingest.reading.reader import read_one
from services.ingest.shops import NoRight
from shared.magento.faults import BadAnswer
from shared.magento.product_reading import read_product
from tests.integration.ingest_reading.test_store_view import shop
from tests.support.magento_sandbox import MagentoSandbox

pytestmark = pytest.mark.timeout(60)
MIRROR = "[products]\nmirror_categories = true\n"


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as made:
        yield made


async def add(sandbox: MagentoSandbox, number: int, *categories: int) -> None:
    links = [{"category_id": str(one), "position": 0} for one in categories]
    row = {"id": number, "sku": f"P{number}", "name": "P", "type_id": "simple", "status": 1, "price": 5}
    await sandbox.put_product({**row, "extension_attributes": {"category_links": links}})


async def test_each_product_comes_with_the_names_of_its_own_categories(
    sandbox: MagentoSandbox, session: aiohttp.ClientSession
) -> None:
    await add(sandbox, 1, 30, 31)
    await add(sandbox, 2)
    reads, plain = shop(sandbox, session, MIRROR), shop(sandbox, session)
    listed = (await read_page(reads, Kind.PRODUCT, [])).fetched
    alone = [await read_one(reads, "product", number) for number in (1, 2)]
    assert [one.content for one in listed] == [one.content for one in alone]
    assert read_product(alone[0].snapshot("main")).category_paths == {30: "Category 30", 31: "Category 31"}
    assert read_product(alone[1].snapshot("main")).category_paths == {}
    assert "category_paths" not in (await read_one(plain, "product", 1)).content
    assert (await sandbox.usage())["GET categories"] == 1


async def test_a_tree_that_the_shop_does_not_show_makes_no_product_vanish(
    sandbox: MagentoSandbox, session: aiohttp.ClientSession
) -> None:
    await add(sandbox, 1, 30)
    for status, error in ((404, BadAnswer), (401, NoRight)):
        await sandbox.fault("status", "categories", status=status, body="json")
        with pytest.raises(error):
            await read_one(shop(sandbox, session, MIRROR), "product", 1)


def test_names_are_those_below_the_root_without_colons() -> None:
    lamp = {"id": 5, "name": " Desk:  lamps ", "children_data": [{"id": 6, "name": "LED", "children_data": None}]}
    tree = {"id": 2, "name": "Default Category", "children_data": [lamp, {"id": 7, "name": None}, 3]}
    assert paths_of(tree) == {"5": "Desk- lamps", "6": "Desk- lamps:LED"}
    with pytest.raises(BadAnswer):
        paths_of([])
