"""Categories that products need are made in the sandbox's books, each once, whatever happens on the way."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.catalog.test_products_become_items import product as plain
from tests.integration.catalog.test_products_become_items import publish
from tests.support.deployment import SALES, Deployment, kill

pytestmark = pytest.mark.timeout(180)
MAKING = f"""{SALES}
[products]
workflow = "all"
make_categories = true
[products.categories]
"14" = "Light:Lamps:Desk"
"15" = "Light:Lamps"
"16" = "Gadgets"
"""
CREATE = {"method": "POST", "entity": "Item", "operation": "create"}
SERVICE = {"Name": "Gadgets", "Type": "Service", "IncomeAccountRef": {"value": "1"}}


def product(number: int, *categories: int) -> dict[str, Any]:
    links = [{"category_id": str(one), "position": 0} for one in categories]
    return plain(number, extension_attributes={"category_links": links})


async def categories(deployed: Deployment) -> dict[str, str]:
    """Full name -> Id; a category made twice fails."""
    rows = [one for one in await deployed.books.objects("Item") if one["Type"] == "Category"]
    found = {str(one["FullyQualifiedName"]): str(one["Id"]) for one in rows}
    assert len(found) == len(rows)
    return found


async def parents(deployed: Deployment) -> dict[str, str]:
    items = [one for one in await deployed.books.objects("Item") if one.get("Sku")]
    return {str(one["Sku"]): str(one.get("ParentRef", {}).get("value", "")) for one in items}


async def until_created(deployed: Deployment, *numbers: int) -> None:
    for number in numbers:
        await deployed.until_outcome(f"main:product:{number}", "created")


@pytest.mark.parametrize("effect", ["hold_before_commit", "hold_after_commit"])
async def test_each_category_is_made_once_though_the_process_is_killed_in_between(
    embedded: Deployment, effect: str
) -> None:
    first = await embedded.start_all()
    await publish(embedded, [product(1, 14), product(2, 15), product(3)])
    rule = await embedded.books.add_fault(effect, match=CREATE, times=1, skip=1)
    await embedded.reconfigure(MAKING)
    await embedded.books.wait_held(rule, seconds=60)
    kill(first)
    await first.process.wait()
    await embedded.books.release(rule)
    await embedded.restart_writer()
    await until_created(embedded, 1, 2, 3)
    made = await categories(embedded)
    assert sorted(made) == ["Light", "Light:Lamps", "Light:Lamps:Desk"]
    assert await parents(embedded) == {"P1": made["Light:Lamps:Desk"], "P2": made["Light:Lamps"], "P3": ""}


async def test_the_shops_tree_is_read_with_the_products_and_made_in_the_books(embedded: Deployment) -> None:
    """From the shop on; the sandbox's tree is flat."""
    rules = 'workflow = "all"\nmake_categories = true\nmirror_categories = true\n'
    embedded.configure(f"{SALES}\n[products]\n{rules}")
    await embedded.start_all()
    links = {"category_links": [{"category_id": "30", "position": 0}], "website_ids": [1]}
    row = {"id": 9001, "sku": "P1", "name": "P1", "type_id": "simple", "status": 1, "price": 5}
    await embedded.shop.put_product({**row, "extension_attributes": links})
    await until_created(embedded, 9001)
    made = await categories(embedded)
    assert list(made) == ["Category 30"]
    assert await parents(embedded) == {"P1": made["Category 30"]}


async def test_a_name_that_another_item_has_is_told_and_holds_up_no_other_product(embedded: Deployment) -> None:
    await embedded.books.seed({"Item": [SERVICE, {"Name": "Light", "Type": "Category"}]})
    embedded.configure(MAKING)
    await embedded.start_all()
    await publish(embedded, [product(1, 16), product(2, 15)])
    told = await embedded.until_outcome("main:product:1", "conflict")
    assert told["reason"] == "category_missing" and "6240" in told["text"]
    await until_created(embedded, 2)
    made = await categories(embedded)
    assert sorted(made) == ["Light", "Light:Lamps"]
    assert await parents(embedded) == {"P2": made["Light:Lamps"]}
