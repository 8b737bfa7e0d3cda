"""Items of the books and keys of products as they are read."""

from __future__ import annotations

from decimal import Decimal

import pytest

from shared.commerce.product import ProductKey
from shared.mapping.catalog.standing import read_item
from shared.mapping.identity import linked_product, product_link


def test_an_item_is_read_with_its_accounts_and_figures() -> None:
    item = read_item(
        {
            "Id": "12",
            "SyncToken": "3",
            "Name": "Lamp",
            "FullyQualifiedName": "Light:Lamp",
            "ParentRef": {"value": "4", "name": "Light"},
            "Sku": "LAMP-07",
            "Type": "Inventory",
            "Active": True,
            "UnitPrice": Decimal("118.5"),
            "PurchaseCost": 60,
            "Taxable": True,
            "QtyOnHand": -2,
            "IncomeAccountRef": {"value": "1"},
            "ExpenseAccountRef": {"value": "6"},
            "AssetAccountRef": {"value": "7"},
        }
    )
    assert (item.id, item.sync_token, item.name, item.full_name) == ("12", "3", "Lamp", "Light:Lamp")
    assert (item.sku, item.type, item.active, item.parent) == ("LAMP-07", "Inventory", True, "4")
    assert (item.price, item.cost, item.on_hand, item.taxable) == (Decimal("118.5"), Decimal(60), Decimal(-2), True)
    assert (item.income_account, item.expense_account, item.asset_account) == ("1", "6", "7")


def test_of_an_item_that_says_little_nothing_is_made_up() -> None:
    item = read_item({"Id": "12", "Active": False})
    assert not item.active
    assert (item.name, item.sku, item.price, item.taxable, item.on_hand) == ("", "", None, None, None)


def test_links_of_products_say_whose_they_are() -> None:
    key = ProductKey("main", 44)
    assert product_link("7", key) == "7:product:main:44"
    assert linked_product("7:product:main:44") == key
    with pytest.raises(ValueError, match="no link of a product"):
        linked_product("7:item:sku:44")
