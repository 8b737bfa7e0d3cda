"""Fields that people change in the sandbox's books: restored or left as settings say; accounts by type and category."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.integration.catalog.test_categories_are_made import product as in_categories
from tests.integration.catalog.test_products_become_items import items, publish, quiet, until_linked
from tests.integration.orders.in_the_books import change, told
from tests.support.deployment import SALES, Deployment

pytestmark = pytest.mark.timeout(180)
RULES = """
[products]
workflow = "all"
make_categories = true
[products.owners]
accounts = "shop"
category = "shop"
cost = "books"
[products.categories]
"14" = "Lamps"
[[products.accounts]]
category = 14
income_account = "{lamps}"
[[products.accounts]]
type = "virtual"
income_account = "Services"
"""
LAMPS, SERVICES, SALES_ACCOUNT = "Lamps sold", "Services", "Sales of Product Income"


async def accounts(deployed: Deployment) -> dict[str, Mapping[str, Any]]:
    return {str(one["Name"]): one for one in await deployed.books.objects("Account")}


async def by_sku(deployed: Deployment) -> dict[str, dict[str, Any]]:
    return {str(one["Sku"]): one for one in await items(deployed)}


async def test_accounts_follow_type_and_category_and_what_the_shop_owns_is_restored(embedded: Deployment) -> None:
    income = {"AccountType": "Income", "AccountSubType": "SalesOfProductIncome"}
    wanted = [{"Name": name, **income} for name in (LAMPS, SERVICES) if name not in await accounts(embedded)]
    await embedded.books.seed({"Account": wanted})
    embedded.configure(SALES + RULES.format(lamps=LAMPS))
    await embedded.start_all()
    await publish(embedded, [in_categories(1, 14), {**in_categories(2), "type_id": "virtual"}, in_categories(3)])
    await until_linked(embedded, [1, 2, 3])
    numbers = {name: str(one["Id"]) for name, one in (await accounts(embedded)).items()}
    made = await by_sku(embedded)
    assert [made[sku]["IncomeAccountRef"]["value"] for sku in ("P1", "P2", "P3")] == [
        numbers[LAMPS],
        numbers[SERVICES],
        numbers[SALES_ACCOUNT],
    ]
    await quiet(embedded)
    edited = {
        "UnitPrice": 99,
        "Description": "Typed by hand",
        "PurchaseCost": 3,
        "ExpenseAccountRef": {"value": numbers["Cost of Goods Sold"]},
        "IncomeAccountRef": {"value": numbers[SERVICES]},
    }
    other = (await embedded.books.seed({"Item": [{"Name": "Elsewhere", "Type": "Category"}]}))["Item"][0]
    await change(embedded, "Item", made["P1"], **edited, SubItem=True, ParentRef={"value": str(other["Id"])})
    await told(embedded, ("Item", made["P1"]["Id"]))
    await embedded.until_settled("main:product:1", "updated")
    before = await quiet(embedded)
    now = (await by_sku(embedded))["P1"]
    assert (now["UnitPrice"], now["IncomeAccountRef"]["value"]) == (1, numbers[LAMPS])
    assert now["ParentRef"]["value"] == made["P1"]["ParentRef"]["value"]
    assert (now["Description"], now["PurchaseCost"]) == ("Typed by hand", 3)
    await embedded.reconfigure(SALES + RULES.format(lamps=LAMPS) + "# again\n")
    assert await quiet(embedded) == before, "what is left is left for good"


async def test_products_of_an_account_that_is_missing_wait_and_go_on_once_it_is_there(embedded: Deployment) -> None:
    embedded.configure(SALES + RULES.format(lamps="Nowhere"))
    await embedded.start_all()
    await publish(embedded, [in_categories(1, 14), in_categories(3)])
    waits = await embedded.until_outcome("main:product:1", "conflict")
    assert (waits["reason"], waits["setting"]) == ("account_missing", "products.accounts")
    await embedded.until_outcome("main:product:3", "created")
    income = {"AccountType": "Income", "AccountSubType": "SalesOfProductIncome"}
    (account,) = (await embedded.books.seed({"Account": [{"Name": "Nowhere", **income}]}))["Account"]
    await told(embedded, ("Account", str(account["Id"])))
    await embedded.until_outcome("main:product:1", "created")
    assert (await by_sku(embedded))["P1"]["IncomeAccountRef"]["value"] == str(account["Id"])
