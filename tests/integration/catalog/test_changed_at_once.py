"""A product that changes has its item changed beside the plans, each change once; attributes become descriptions."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from tests.integration.catalog.test_products_become_items import ALL, items, product, publish, quiet, until_linked
from tests.support.deployment import Deployment, kill

pytestmark = pytest.mark.timeout(180)
UPDATE = {"method": "POST", "entity": "Item", "operation": "update"}


def told(number: int, text: str, **more: Any) -> dict[str, Any]:
    return product(number, custom_attributes=[{"attribute_code": "short_description", "value": text}], **more)


async def test_a_change_is_written_once_beside_the_plan_and_the_last_one_counts(embedded: Deployment) -> None:
    embedded.configure(ALL + 'description = "short_description"\n[products.owners]\ndescription = "shop"\n')
    await embedded.start_all()
    await publish(embedded, [told(number, "<b>Old</b> text") for number in range(1, 31)])
    await until_linked(embedded, range(1, 31))
    before = await quiet(embedded)
    rule = await embedded.books.add_fault("hold_before_commit", match=UPDATE, times=1)
    await publish(embedded, [told(5, "New text", price=Decimal("50.5"))])
    await embedded.books.wait_held(rule, seconds=30)
    await publish(embedded, [told(5, "Newest text", price=Decimal("51")), told(6, "Old text", price=Decimal("6.6"))])
    await asyncio.sleep(2.5)  # a plan falls due meanwhile, and must not write beside the one that is held
    await embedded.books.release(rule)

    async def changed() -> bool:
        found = {one["Sku"]: one for one in await items(embedded)}
        return (found["P5"]["UnitPrice"], found["P6"]["UnitPrice"]) == (51, Decimal("6.6"))

    await embedded.until(changed, "both items are changed")
    assert await quiet(embedded) - before == 3, "each change once"
    found = {one["Sku"]: one for one in await items(embedded)}
    assert (found["P5"]["Description"], found["P6"]["Description"]) == ("Newest text", "Old text")
    assert {one["SyncToken"] for name, one in found.items() if name not in ("P5", "P6")} == {"0"}


@pytest.mark.parametrize("effect", ["hold_before_commit", "hold_after_commit"])
async def test_a_process_killed_while_it_writes_a_change_leaves_it_written_once(
    embedded: Deployment, effect: str
) -> None:
    embedded.configure(ALL)
    first = await embedded.start_all()
    await publish(embedded, [product(number) for number in range(1, 4)])
    await until_linked(embedded, range(1, 4))
    rule = await embedded.books.add_fault(effect, match=UPDATE, times=1)
    await publish(embedded, [product(2, price=Decimal("20.5"))])
    await embedded.books.wait_held(rule, seconds=30)
    kill(first)
    await first.process.wait()
    await embedded.books.release(rule)
    await embedded.restart_writer()

    async def changed() -> bool:
        link = await embedded.link(f"{embedded.books.realm}:item:sku:p2")
        found = {one["Sku"]: one for one in await items(embedded)}
        return found["P2"]["UnitPrice"] == Decimal("20.5") and link.intent is None

    await embedded.until(changed, "the change is in the books, and no intent stands")
    await quiet(embedded)
    tokens = {one["Sku"]: one["SyncToken"] for one in await items(embedded)}
    assert tokens == {"P1": "0", "P2": "1", "P3": "0"}
