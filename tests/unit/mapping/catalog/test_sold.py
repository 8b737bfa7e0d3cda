"""The workflow `sold`: which products count as sold, by which rows of which orders."""

from __future__ import annotations

from typing import Any

import pytest

from shared.commerce.product import ProductKind
from shared.mapping.catalog.plan import CatalogPlan, OperationKind, SkipReason
from shared.mapping.catalog.sold import Sold, SoldRows, named_in
from shared.settings.model import ItemMatch
from tests.unit.mapping.catalog.catalogue import item, linked, only, planned, product, settings, used

CHOSEN = settings("sold")


def order(*rows: Any) -> dict[str, Any]:
    return {"connection": "main", "order": {"entity_id": 1, "items": list(rows)}}


def sold(*orders: Any, match: ItemMatch = ItemMatch.SKU) -> Sold:
    rows = SoldRows(match)
    for one in orders:
        rows.add(named_in(one))
    return rows.sold()


def made(found: CatalogPlan) -> list[int]:
    assert {one.kind for one in found.operations} <= {OperationKind.CREATE}
    return [one.product_id for one in found.operations]


def test_only_what_an_order_sold_gets_an_item_in_whatever_letter_case_it_was_written() -> None:
    what = sold(order({"sku": " Lamp "}))
    found = planned([product(1, "LAMP"), product(2, "CHAIR")], chosen=CHOSEN, sold=what)
    assert made(found) == [1]
    assert [(one.product_id, one.reason) for one in found.skipped] == [(2, SkipReason.NOT_SOLD)]


def test_a_variant_gets_an_item_and_its_configurable_product_none() -> None:
    rows = ({"sku": "HOODIE-M", "product_id": 1}, {"sku": "HOODIE-M", "product_id": 2, "parent_item_id": 1})
    parent = product(1, "HOODIE", type="configurable", kind=ProductKind.PARENT)
    found = planned([parent, product(2, "HOODIE-M"), product(3, "HOODIE-L")], chosen=CHOSEN, sold=sold(order(*rows)))
    assert made(found) == [2]


def test_a_bundle_is_known_by_its_id_since_its_sku_in_an_order_names_its_parts() -> None:
    rows = ({"sku": "KIT-LAMP-BULB", "product_id": 7}, {"sku": "LAMP", "product_id": "8"}, {"sku": "BULB"})
    kit = product(7, "KIT", type="bundle", kind=ProductKind.BUNDLE)
    parts = [product(8, "RENAMED-LAMP"), product(9, "BULB"), product(10, "SHADE")]
    assert made(planned([kit, *parts], chosen=CHOSEN, sold=sold(order(*rows)))) == [7, 8, 9]


def test_a_product_with_chosen_options_behind_its_sku_is_known_by_its_id() -> None:
    assert made(planned([product(5, "MUG")], chosen=CHOSEN, sold=sold(order({"sku": "MUG-red", "product_id": 5})))) == [
        5
    ]


def test_what_has_an_item_counts_as_sold_when_its_orders_have_left_the_log() -> None:
    dearer = [product(1, "A"), product(2, "B"), product(3, "C")]
    items = [item(11, "A", "A", UnitPrice=1), item(12, "B", "B", UnitPrice=1), item(13, "C", "C", UnitPrice=1)]
    found = planned(dearer, items, used(("B", "12")), [linked(1, "11")], CHOSEN)
    assert {one.product_id: one.kind for one in found.operations} == {
        1: OperationKind.UPDATE,
        2: OperationKind.ADOPT,
    }
    assert [(one.product_id, one.reason) for one in found.skipped] == [(3, SkipReason.NOT_SOLD)]


def test_a_sold_product_that_was_disabled_meanwhile_gets_no_item_but_keeps_the_one_it_has() -> None:
    what = sold(order({"sku": "A"}))
    [skipped] = planned([product(1, "A", enabled=False)], chosen=CHOSEN, sold=what).skipped
    assert skipped.reason is SkipReason.DISABLED
    found = planned([product(1, "A")], [item(12, "A", "A")], chosen=CHOSEN, sold=what)
    assert only(found).kind is OperationKind.ADOPT


def test_skus_are_compared_as_names_where_items_are_matched_by_name() -> None:
    chosen = settings("sold", {"match": "name"})
    what = sold(order({"sku": "A:1"}), match=ItemMatch.NAME)
    assert made(planned([product(1, "A:1"), product(2, "B:1")], chosen=chosen, sold=what)) == [1]


@pytest.mark.parametrize(
    "snapshot",
    [
        None,
        [],
        {},
        {"order": None},
        order(),
        order(None, 7, {"sku": None}, {"product_id": "x"}),
        {"order": {"items": 3}},
    ],
)
def test_a_snapshot_that_cannot_be_read_sold_nothing(snapshot: Any) -> None:
    assert named_in(snapshot) == []


def test_rows_that_php_wrote_as_an_object_are_read_too() -> None:
    assert named_in({"order": {"items": {"0": {"sku": "A", "product_id": 3}, "2": {"sku": "B"}}}}) == [3, "A", "B"]
