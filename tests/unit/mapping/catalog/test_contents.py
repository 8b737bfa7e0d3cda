"""What items hold that are made, by the settings; and what a setting asks for in vain."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from shared.commerce.product import ProductKind
from shared.mapping.catalog.plan import ConflictKind, SkipReason
from tests.unit.mapping.catalog.catalogue import BOOKS, item, linked, only, planned, product, settings, used


def body(*, chosen: dict[str, Any], **values: Any) -> dict[str, Any]:
    return dict(only(planned([product(1, "A", **values)], chosen=settings(**chosen))).body)


@pytest.mark.parametrize(
    ("chosen", "values", "expected"),
    [
        ({}, {}, "NonInventory"),
        ({"goods": "inventory"}, {}, "Inventory"),
        ({"goods": "inventory"}, {"manages_stock": False}, "NonInventory"),
        ({"goods": "service"}, {}, "Service"),
        ({}, {"kind": ProductKind.SERVICE, "type": "virtual"}, "Service"),
        ({}, {"kind": ProductKind.BUNDLE, "type": "bundle"}, "NonInventory"),
        ({"types": {"bundle": "service"}}, {"kind": ProductKind.PARTS, "type": "bundle"}, "Service"),
        ({"types": {"kit": "inventory"}}, {"kind": ProductKind.OTHER, "type": "kit"}, "Inventory"),
    ],
)
def test_the_type_of_an_item_follows_the_settings(
    chosen: dict[str, Any], values: dict[str, Any], expected: str
) -> None:
    assert body(chosen=chosen, **values)["Type"] == expected


@pytest.mark.parametrize(
    ("chosen", "values", "reason"),
    [
        ({"goods": "skip"}, {}, SkipReason.TYPE_NOT_CHOSEN),
        ({}, {"kind": ProductKind.OTHER, "type": "kit"}, SkipReason.TYPE_NOT_CHOSEN),
        ({}, {"kind": ProductKind.PARTS, "type": "grouped"}, SkipReason.PARTS),
        ({"types": {"bundle": "skip"}}, {"kind": ProductKind.BUNDLE, "type": "bundle"}, SkipReason.TYPE_NOT_CHOSEN),
        ({"workflow": "filtered", "filter": {"websites": [2]}}, {"websites": (1,)}, SkipReason.FILTERED),
        ({"workflow": "filtered", "filter": {"types": ["virtual"]}}, {}, SkipReason.FILTERED),
        ({"workflow": "filtered", "filter": {"attributes": {"color": ["5"]}}}, {"attributes": {"color": "55,6"}},
         SkipReason.FILTERED),
        ({"workflow": "sold"}, {}, SkipReason.NOT_SOLD),
    ],
)  # fmt: skip
def test_a_product_that_is_not_chosen_is_left_out_with_the_reason(
    chosen: dict[str, Any], values: dict[str, Any], reason: SkipReason
) -> None:
    found = planned([product(1, "A", **values)], chosen=settings(**chosen))
    assert (found.operations, [one.reason for one in found.skipped]) == ((), [reason])


def test_a_product_that_meets_every_line_of_the_filter_is_taken() -> None:
    wanted = {"websites": [1, 2], "types": ["simple"], "attributes": {"color": ["5", "6"]}}
    values = {"websites": (2, 3), "attributes": {"color": "7,6"}}
    assert body(chosen={"workflow": "filtered", "filter": wanted}, **values)["Name"] == "A"


def test_an_inventory_item_has_all_that_quickbooks_asks_for() -> None:
    made = body(chosen={"goods": "inventory"}, cost=Decimal("4.5"), quantity=Decimal(5))
    assert made["TrackQtyOnHand"] is True
    assert (made["QtyOnHand"], made["InvStartDate"]) == (0, "2026-01-02")
    assert (made["AssetAccountRef"], made["ExpenseAccountRef"]) == ({"value": "7"}, {"value": "6"})
    assert made["PurchaseCost"] == Decimal("4.5")


def test_an_inventory_item_may_begin_with_what_the_shop_has_but_never_below_nothing() -> None:
    chosen = {"goods": "inventory", "opening": "shop", "opening_date": "2026-02-03"}
    made = body(chosen=chosen, quantity=Decimal("5.5"))
    assert (made["QtyOnHand"], made["InvStartDate"]) == (Decimal("5.5"), "2026-02-03")
    assert body(chosen=chosen, quantity=Decimal(-2))["QtyOnHand"] == 0


def test_the_first_rule_that_fits_names_the_account() -> None:
    rules = [
        {"type": "virtual", "income_account": "Inventory Asset"},
        {"category": 14, "expense_account": "Services"},
        {"type": "simple", "category": 14, "income_account": "Services"},
        {"category": 14, "income_account": "Inventory Asset"},
    ]
    made = body(chosen={"accounts": rules}, categories=(3, 14), cost=Decimal(1))
    assert (made["IncomeAccountRef"], made["ExpenseAccountRef"]) == ({"value": "2"}, {"value": "2"})
    assert body(chosen={"accounts": rules}, categories=(3,))["IncomeAccountRef"] == {"value": "1"}


def test_an_account_that_the_books_lack_is_one_conflict_however_many_products_wait() -> None:
    chosen = settings(items={"income_account": "Nowhere"})
    found = planned([product(1, "A"), product(2, "B")], chosen=chosen)
    [conflict] = found.conflicts
    assert (conflict.kind, conflict.products) == (ConflictKind.ACCOUNT_MISSING, (1, 2))
    assert (conflict.setting, "'Nowhere'" in conflict.text) == ("items.income_account", True)
    # An item that stands has an account already.
    standing = planned([product(1, "A")], [item(12, "A", "A")], used(("A", "12")), [linked(1, "12")], chosen)
    assert standing.unchanged == 1


def test_a_company_that_tracks_no_quantities_gets_no_inventory_items() -> None:
    books = replace(BOOKS, company=replace(BOOKS.company, tracks_quantity=False))
    found = planned([product(1, "A")], chosen=settings(goods="inventory"), books=books)
    assert [(one.kind, one.setting) for one in found.conflicts] == [(ConflictKind.INVENTORY_OFF, "products.goods")]


def test_an_item_lies_in_the_category_of_the_first_entry_that_fits() -> None:
    light = item(40, "Light", Type="Category")
    lamps = item(41, "Lamps", Type="Category", FullyQualifiedName="Light:Lamps", ParentRef={"value": "40"})
    chosen = settings(categories={"14": "light:lamps", "3": "Light", "9": "Absent"})
    made = only(planned([product(1, "A", categories=(3, 14))], [light, lamps], chosen=chosen)).body
    assert (made["ParentRef"], made["SubItem"]) == ({"value": "41"}, True)
    found = planned([product(1, "A", categories=(9,))], [light, lamps], chosen=chosen)
    assert [one.kind for one in found.conflicts] == [ConflictKind.CATEGORY_MISSING]


def test_taxability_is_told_in_the_united_states_only() -> None:
    assert body(chosen={}, tax_class="0")["Taxable"] is False
    books = replace(BOOKS, company=replace(BOOKS.company, country="GB"))
    assert "Taxable" not in only(planned([product(1, "A")], books=books)).body


def test_a_price_beyond_quickbooks_is_for_people() -> None:
    found = planned([product(1, "A", price=Decimal(10) ** 12)])
    assert [one.kind for one in found.conflicts] == [ConflictKind.PRICE_REFUSED]


def test_products_that_share_a_name_all_have_their_sku_behind_it() -> None:
    products = [product(1, "A", name="Lamp"), product(2, "B", name="LAMP"), product(3, "C", name="Mug: red")]
    found = planned(products, [item(12, "mug- red", "X")], chosen=settings(names="name"))
    assert [one.body["Name"] for one in found.operations] == ["Lamp (A)", "LAMP (B)", "Mug- red (C)"]


def test_a_long_name_is_cut_before_its_ending() -> None:
    products = [product(1, "A", name="N" * 120), product(2, "B", name="N" * 120)]
    names = [one.body["Name"] for one in planned(products, chosen=settings(names="name")).operations]
    assert names == ["N" * 96 + " (A)", "N" * 96 + " (B)"]


def test_a_renamed_product_keeps_its_items_name_unless_the_shop_owns_names() -> None:
    standing = ([item(12, "Old name", "A")], used(("A", "12")), [linked(1, "12")])
    renamed = [product(1, "A", name="New name")]
    kept = planned(renamed, *standing, settings(names="name", owners={"description": "books"}))
    assert (kept.operations, [one.field for one in kept.drift]) == ((), ["description", "name"])
    chosen = settings(names="name", owners={"name": "shop", "description": "books"})
    assert only(planned(renamed, *standing, chosen)).body["Name"] == "New name"


def test_where_items_are_matched_by_name_the_name_is_the_sku_and_follows_it() -> None:
    chosen = settings(items={"match": "name"}, names="name")
    made = only(planned([product(1, "A:1", name="Lamp")], chosen=chosen))
    assert (made.body["Name"], made.link_key) == ("A-1", "7:item:name:a-1")
    found = planned([product(1, "A:1"), product(2, "A-1")], chosen=chosen)
    assert [one.kind for one in found.conflicts] == [ConflictKind.SKU_CLASH]
    renamed = only(planned([product(1, "NEW")], [item(12, "OLD", "OLD")], {}, [linked(1, "12")], chosen))
    assert (renamed.body["Name"], renamed.link_key) == ("NEW", "7:item:name:new")
