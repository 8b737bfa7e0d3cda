"""What people do in the books and the shop behind the catalogue's back, through to the sandbox's books."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from shared.log.port import NewRecord
from shared.topics import PRODUCTS
from shared.wire import encode
from tests.integration.catalog.test_products_become_items import ALL, ITEM, product, publish, quiet, until_linked
from tests.integration.orders.in_the_books import change, documents_of, told
from tests.support.deployment import SALES, Deployment
from tests.support.shopping import cart

pytestmark = pytest.mark.timeout(180)


async def items(deployed: Deployment) -> dict[str, Mapping[str, Any]]:
    """Every item of a SKU, by Id."""
    return {str(one["Id"]): one for one in await deployed.books.objects("Item") if one.get("Sku")}


async def item_of(deployed: Deployment, number: int) -> str:
    return str((await deployed.outcomes(f"main:product:{number}"))[-1]["item"])


async def sold(deployed: Deployment, sku: str) -> str:
    """The item of the first line of an order of the SKU."""
    placed = await deployed.place(cart(sku))
    await deployed.until_outcome(deployed.key(placed), "posted")
    (booked,) = await documents_of(deployed, placed)
    (document,) = [one for one in await deployed.books.objects(booked["type"]) if one["Id"] == booked["id"]]
    return str(document["Line"][0]["SalesItemLineDetail"]["ItemRef"]["value"])


async def test_two_products_swap_their_skus_and_orders_go_on_with_the_right_items(embedded: Deployment) -> None:
    embedded.configure(ALL)
    await embedded.start_all()
    await publish(embedded, [product(1), product(2)])
    await until_linked(embedded, [1, 2])
    first, second = await item_of(embedded, 1), await item_of(embedded, 2)
    await publish(embedded, [product(1, sku="P2"), product(2, sku="P1")])
    for number in (1, 2):
        await embedded.until_outcome(f"main:product:{number}", "updated")
    await quiet(embedded)
    assert {number: one["Sku"] for number, one in (await items(embedded)).items()} == {first: "P2", second: "P1"}
    assert await sold(embedded, "P1") == second
    assert await sold(embedded, "P2") == first


async def test_an_item_that_people_replaced_stays_replaced_and_one_that_came_back_is_no_second(
    embedded: Deployment,
) -> None:
    embedded.configure(ALL)
    await embedded.start_all()
    await publish(embedded, [product(1), product(2)])
    await until_linked(embedded, [1, 2])
    first, second = await item_of(embedded, 1), await item_of(embedded, 2)
    by_id = await items(embedded)
    (instead,) = (await embedded.books.seed({"Item": [{"Name": "P1 anew", "Sku": "P1", "UnitPrice": 1, **ITEM}]}))[
        "Item"
    ]
    await change(embedded, "Item", by_id[first], Active=False)
    await told(embedded, ("Item", first), ("Item", str(instead["Id"])))
    await embedded.until_outcome("main:product:1", "adopted")
    await change(embedded, "Item", by_id[second], Active=False)
    await told(embedded, ("Item", second))
    await embedded.until_outcome("main:product:2", "reactivated")
    await quiet(embedded)
    active = {number: one["Sku"] for number, one in (await items(embedded)).items() if one["Active"]}
    assert active == {str(instead["Id"]): "P1", second: "P2"}
    assert await sold(embedded, "P1") == str(instead["Id"])


async def test_a_product_deleted_and_made_again_has_one_item(embedded: Deployment) -> None:
    embedded.configure(f'{ALL}deleted = "inactive"\n')
    await embedded.start_all()
    await publish(embedded, [product(1)])
    await until_linked(embedded, [1])
    gone = NewRecord(
        PRODUCTS,
        "main:product:1",
        encode({"connection": "main", "deleted": True, "id": 1}),
        embedded.books.realm,
        {"schema": "1"},
    )
    await embedded.log.append(gone)
    await embedded.until_outcome("main:product:1", "deactivated")
    await publish(embedded, [product(7, sku="P1")])
    await embedded.until_outcome("main:product:7", "reactivated")
    await quiet(embedded)
    assert [(one["Sku"], one["Active"]) for one in (await items(embedded)).values()] == [("P1", True)]


async def test_items_become_inventory_items_and_what_quickbooks_refuses_is_told(embedded: Deployment) -> None:
    """The second one's income account is none that QuickBooks takes for an inventory item."""
    odd = {**ITEM, "IncomeAccountRef": {"value": "2"}}
    await embedded.books.seed({"Item": [{"Name": "P1", "Sku": "P1", **ITEM}, {"Name": "P2", "Sku": "P2", **odd}]})
    embedded.configure(f'{SALES}\n[products]\nworkflow = "all"\ngoods = "inventory"\n')
    await embedded.start_all()
    stock = {"stock_item": {"manage_stock": True, "qty": 4}}
    await publish(embedded, [product(number, extension_attributes=stock) for number in (1, 2)])
    await until_linked(embedded, [1, 2])
    assert {one["Type"] for one in (await items(embedded)).values()} == {"NonInventory"}
    rules = 'goods = "inventory"\nconvert = true\nopening = "shop"\nopening_date = 2026-01-01\n'
    await embedded.reconfigure(f'{SALES}\n[products]\nworkflow = "all"\n{rules}')
    await embedded.until_outcome("main:product:1", "updated")
    refused = await embedded.until_outcome("main:product:2", "refused")
    assert "6430" in refused["text"]
    found = {str(one["Sku"]): one for one in (await items(embedded)).values()}
    assert (found["P1"]["Type"], found["P1"]["QtyOnHand"], found["P1"]["InvStartDate"]) == (
        "Inventory",
        4,
        "2026-01-01",
    )
    assert found["P2"]["Type"] == "NonInventory"
