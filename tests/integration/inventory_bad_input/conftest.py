"""A shop and books with odd goods, and the inventory service between them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.integration.inventory.conftest import Inside, running_inside
from tests.support.deployment import Deployment
from tests.support.stocking import ON, Warehouse

Begin = Callable[..., Awaitable[Inside]]


@pytest.fixture
def goods(embedded: Deployment) -> Warehouse:
    """Nothing yet; who offers and has goods is the test."""
    return Warehouse(embedded)


@pytest.fixture
async def begin(goods: Warehouse, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Begin]:
    """Starts the services, and returns when every SKU was looked at."""
    async with AsyncExitStack() as stack:

        async def start(rest: str = ON) -> Inside:
            inside = await stack.enter_async_context(running_inside(goods, monkeypatch, rest))
            await inside.until_at_work()
            return inside

        yield start


async def put_product(goods: Warehouse, number: int, sku: str, **more: Any) -> None:
    """As an importer writes it into the database: no rule of the shop looks at it."""
    stamp = "2026-01-02 03:04:05"
    product = {
        "id": number,
        "sku": sku,
        "name": f"Imported {number}",
        "attribute_set_id": 4,
        "price": 5,
        "status": 1,
        "visibility": 4,
        "type_id": "simple",
        "created_at": stamp,
        "updated_at": stamp,
        "custom_attributes": [],
        **more,
    }
    await goods.deployed.shop.put_product(product, announce=False)


async def offer_odd(goods: Warehouse, skus: Iterable[str], quantity: int) -> None:
    """Each by a name of its own: two that differ in signs alone would have one address in the shop."""
    for number, sku in enumerate(skus):
        product = {"sku": sku, "name": f"Odd {number}", "price": 12.5, "attribute_set_id": 4, "type_id": "simple"}
        await goods.send("POST", "products", {"product": {**product, "status": 1}})
        await goods.set_source(sku, quantity)
