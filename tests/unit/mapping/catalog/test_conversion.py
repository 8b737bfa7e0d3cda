"""Items that become inventory items: only where settings say so, never back."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from shared.mapping.catalog.plan import CatalogPlan, ConflictKind, OperationKind
from tests.unit.mapping.catalog.catalogue import BOOKS, World, item, linked, only, planned, product, settings, used

STANDS = used(("A", "12")), [linked(1, "12")]
CONVERTING: dict[str, Any] = {"goods": "inventory", "convert": True, "opening_date": "2026-11-01"}


def converted(kind: str = "NonInventory", books: Any = BOOKS, **chosen: Any) -> CatalogPlan:
    stands = [item(12, "A", "A", Type=kind)]
    return planned([product(1, "A")], stands, *STANDS, chosen=settings(**{**CONVERTING, **chosen}), books=books)


@pytest.mark.parametrize("kind", ["NonInventory", "Service"])
def test_an_item_becomes_an_inventory_item_as_of_the_day_that_settings_name(kind: str) -> None:
    found = only(converted(kind, opening="shop"))
    assert found.kind is OperationKind.UPDATE
    assert found.reason == f"type: {kind} -> Inventory"
    assert found.body == {
        "Id": "12",
        "SyncToken": "0",
        "sparse": True,
        "Type": "Inventory",
        "TrackQtyOnHand": True,
        "QtyOnHand": Decimal(5),
        "InvStartDate": "2026-11-01",
        "AssetAccountRef": {"value": "7"},
        "ExpenseAccountRef": {"value": "6"},
    }


def test_once_it_is_done_nothing_more_is_to_do() -> None:
    world = World.of([item(12, "A", "A")], *STANDS)
    chosen = settings(**CONVERTING)
    world.apply(world.planned([product(1, "A")], chosen))
    assert world.planned([product(1, "A")], chosen).unchanged == 1


def test_without_the_setting_an_item_keeps_its_type_and_the_difference_is_shown() -> None:
    found = converted(convert=False)
    assert (found.operations, [one.field for one in found.drift]) == ((), ["type"])


def test_an_inventory_item_never_becomes_another() -> None:
    found = converted("Inventory", goods="noninventory")
    assert found.operations == ()
    [drift] = found.drift
    assert (drift.field, drift.shop, drift.books, drift.restored) == ("type", "NonInventory", "Inventory", False)


def test_without_a_day_people_are_asked_for_one() -> None:
    [conflict] = converted(opening_date=None).conflicts
    assert (conflict.kind, conflict.setting) == (ConflictKind.NO_OPENING_DATE, "products.opening_date")


def test_a_company_that_counts_no_pieces_is_told_so() -> None:
    books = replace(BOOKS, company=replace(BOOKS.company, tracks_quantity=False))
    assert [one.kind for one in converted(books=books).conflicts] == [ConflictKind.INVENTORY_OFF]


def test_goods_without_managed_stock_are_left_alone() -> None:
    unmanaged = product(1, "A", manages_stock=False)
    found = planned([unmanaged], [item(12, "A", "A")], *STANDS, chosen=settings(**CONVERTING))
    assert (found.operations, found.unchanged) == ((), 1)
