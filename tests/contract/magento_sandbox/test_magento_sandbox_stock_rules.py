"""The rules of stock as tables: settings in force, what can be sold, which source serves, what is cleaned up."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.magento.errors import InvalidInput
from sandbox.magento.stock import salable, sources
from sandbox.magento.stock.configuration import Backorders, Defaults, Settings, StockItem, in_force, stock_item_of
from sandbox.magento.stock.leaves import leaves, moved
from sandbox.magento.stock.reservations import Reservation, inconsistencies, metadata, settled
from sandbox.magento.stock.salable import Holding
from sandbox.magento.stock.sources import SourceItem

D = Decimal


def settings(**own: Any) -> Settings:
    """The given settings as the product's own; the others as the shop ships them."""
    flags = {"use_config_enable_qty_inc" if n == "enable_qty_increments" else f"use_config_{n}": False for n in own}
    known = {name: value for name, value in flags.items() if name in StockItem.__dataclass_fields__}
    return in_force(Defaults(), stock_item_of({**known, **own}))


@pytest.mark.parametrize(
    ("own", "held", "reserved", "quantity"),
    [
        ({}, Holding(D(5), True), 0, 5),
        ({}, Holding(D(5), True), -5, 0),  # nothing left: not salable
        ({}, Holding(D(5), False), 0, 0),  # no row in stock
        ({}, None, 0, 0),  # not on the stock
        ({"min_qty": "2"}, Holding(D(5), True), -1, 2),
        ({"min_qty": "-2"}, Holding(D(5), True), -1, 4),  # a negative threshold counts with backorders only
        ({"min_qty": "-2", "backorders": "yes"}, Holding(D(5), True), -6, 1),
        ({"min_qty": "-2", "backorders": "notify"}, Holding(D(5), True), -7, 0),  # the cap is reached
        ({"min_qty": "3", "backorders": "yes"}, Holding(D(5), True), -6, -4),  # unlimited: below zero goes on
        ({"backorders": "notify"}, Holding(D(0), True), -6, -6),
        ({"backorders": "yes"}, Holding(D(0), False), 0, 0),
        ({"manage_stock": False}, Holding(D(0), False), -6, -6),
    ],
)
def test_salable_quantity(own: dict[str, Any], held: Holding | None, reserved: int, quantity: int) -> None:
    assert salable.salable_quantity(settings(**own), held, D(reserved)) == quantity


@pytest.mark.parametrize(
    ("own", "requested", "code"),
    [
        ({}, "5", None),
        ({}, "5.0001", "is_correct_qty-is_qty_decimal"),
        ({"is_qty_decimal": True}, "5.0001", "is_salable_with_reservations-not_enough_qty"),
        ({"is_qty_decimal": True, "min_sale_qty": "0"}, "0.0001", None),  # zero is no bound
        ({"min_sale_qty": "2"}, "1", "is_correct_qty-min_sale_qty"),
        ({"max_sale_qty": "4"}, "5", "is_correct_qty-max_sale_qty"),
        ({"max_sale_qty": "0"}, "5", None),
        ({"qty_increments": "3"}, "4", None),  # increments are off
        ({"enable_qty_increments": True, "qty_increments": "3"}, "4", "is_correct_qty-qty_increment"),
        ({"enable_qty_increments": True, "qty_increments": "3"}, "3", None),
        ({"enable_qty_increments": True, "qty_increments": "0.5"}, "1", None),  # cast to 0 pieces: none
        ({"enable_qty_increments": True, "qty_increments": "0.5", "is_qty_decimal": True}, "1.5", None),
        (
            {"enable_qty_increments": True, "qty_increments": "0.5", "is_qty_decimal": True},
            "1.6",
            "is_correct_qty-qty_increment",
        ),
        ({"backorders": "yes"}, "900", None),
        ({"backorders": "yes", "min_qty": "-2"}, "7", None),
        ({"backorders": "yes", "min_qty": "-2"}, "8", "is_salable_with_reservations-not_enough_qty"),
        ({"manage_stock": False}, "900", None),
        ({"manage_stock": False}, "1.5", "is_correct_qty-is_qty_decimal"),
        ({"manage_stock": False, "max_sale_qty": "8"}, "9", "is_correct_qty-max_sale_qty"),
    ],
)
def test_a_requested_quantity_of_five_in_stock(own: dict[str, Any], requested: str, code: str | None) -> None:
    refusal = salable.refusal(settings(**own), Holding(D(5), True), D(0), D(requested))
    assert (refusal and refusal.code) == code


@pytest.mark.parametrize(
    ("own", "requested", "part"),
    [
        ({}, 9, 0),
        ({"backorders": "notify"}, 4, 0),
        ({"backorders": "notify"}, 9, 4),
        ({"backorders": "yes", "min_qty": "-10"}, 9, 4),  # the cap is no stock
        ({"backorders": "yes", "manage_stock": False}, 9, 0),
    ],
)
def test_the_backordered_part_of_a_quantity_with_five_in_stock(own: dict[str, Any], requested: int, part: int) -> None:
    assert salable.backordered(settings(**own), Holding(D(5), True), D(0), D(requested)) == part


def test_earlier_backorders_do_not_raise_the_part_above_what_is_requested() -> None:
    assert salable.backordered(settings(backorders="yes"), Holding(D(0), True), D(-5), D(3)) == 3


def test_a_products_value_counts_only_without_use_config() -> None:
    defaults = Defaults(min_qty=D(3), backorders=Backorders.NOTIFY, manage_stock=False)
    item = StockItem(min_qty=D(9), backorders=Backorders.NO, use_config_backorders=False)
    force = in_force(defaults, item)
    assert (force.min_qty, force.backorders, force.manage_stock) == (D(3), Backorders.NO, False)


@pytest.mark.parametrize(
    ("quantity", "own", "in_stock", "can_back", "left", "status"),
    [
        ("4", {}, True, True, "6", True),
        ("10", {}, True, True, "0", False),  # exactly at the threshold
        ("10", {"backorders": "yes"}, True, True, "0", True),
        ("7", {"min_qty": "3"}, True, True, "3", False),
        ("8", {"min_qty": "3"}, True, True, "2", True),  # below it the status stays: Magento compares for equality
        ("-4", {}, False, True, "14", True),
        ("-4", {}, False, False, "14", False),
        ("4", {"min_qty": "6"}, False, True, "6", False),
    ],
)
def test_a_deduction_from_ten(
    quantity: str, own: dict[str, Any], in_stock: bool, can_back: bool, left: str, status: bool
) -> None:
    row = SourceItem("A", "s", D(10))
    after = sources.deducted(
        row, D(quantity), settings(**own), stock_item_in_stock=in_stock, can_back_in_stock=can_back
    )
    assert (after.quantity, after.in_stock) == (D(left), status)


def test_no_source_gives_more_than_it_has() -> None:
    with pytest.raises(InvalidInput):
        sources.deducted(SourceItem("A", "s", D(1)), D(2), settings(), stock_item_in_stock=True, can_back_in_stock=True)


ROWS = st.lists(
    st.builds(
        SourceItem,
        st.sampled_from(["A", "a", "B"]),
        st.sampled_from(["x", "y", "z"]),
        st.decimals("-3", "9", places=1),
        st.booleans(),
    ),
    unique_by=lambda row: (row.sku.casefold(), row.source),
)


@given(ROWS, st.decimals("0", "20", places=1), st.permutations(["x", "y"]))
def test_selection_takes_from_sources_in_order_and_never_more_than_asked(
    rows: list[SourceItem], wanted: Decimal, order: list[str]
) -> None:
    taken, all_served = sources.select([("A", wanted)], order, rows)
    assert [one.source for one in taken] == [code for code in order if code in {one.source for one in taken}]
    assert all(0 <= one.deduct <= max(one.available, D(0)) for one in taken)
    assert all_served == (sum(one.deduct for one in taken) == wanted)
    had = sum((max(r.quantity, D(0)) for r in rows if r.in_stock and r.source in order and r.sku in "Aa"), D(0))
    assert sum(one.deduct for one in taken) == min(wanted, had)
    emptied = [one for one in taken if one.deduct < max(one.available, D(0))]
    if emptied:  # once a source keeps something, later ones give nothing
        later = taken[taken.index(emptied[0]) + 1 :]
        assert all(one.deduct == 0 for one in later)


def reservation(number: int, quantity: int, order: str, sku: str = "A", stock: int = 1) -> Reservation:
    event = metadata("order_placed", None, order) if order else {}
    return Reservation(number, stock, sku, D(quantity), event)


def test_clean_up_takes_only_rows_of_one_order_sku_and_stock_that_sum_to_zero() -> None:
    rows = [
        reservation(1, -2, "1"),
        reservation(2, 2, "1"),
        reservation(3, -2, "2"),
        reservation(4, 2, "3"),
        reservation(5, -1, "4", "A"),
        reservation(6, 1, "4", "B"),
        reservation(7, -1, "5", "A", 1),
        reservation(8, 1, "5", "A", 2),
        reservation(9, -1, ""),
        reservation(10, 1, ""),
    ]
    assert settled(rows) == {1, 2}


def test_an_audit_names_what_is_missing_and_what_is_left_over() -> None:
    by_id = Reservation(4, 1, "C", D(-1), {"object_id": "70"})
    rows = [reservation(1, -2, "1"), reservation(2, -3, "2"), reservation(3, -1, "9"), by_id]
    found = inconsistencies({"1": {"A": D(2)}, "2": {}, "3": {"B": D(4)}, "7": {"C": D(1)}}, rows, {"70": "7"})
    assert found == {"2": {"A": -3}, "3": {"B": 4}}


ORDER = {
    "items": [
        {"item_id": 1, "sku": "SET", "product_type": "bundle", "qty_ordered": 2},
        {"item_id": 2, "parent_item_id": 1, "sku": "A", "product_type": "simple", "qty_ordered": 6},
        {"item_id": 3, "parent_item_id": 1, "sku": "B", "product_type": "simple", "qty_ordered": 2},
        {"item_id": 4, "sku": "C", "product_type": "configurable", "qty_ordered": 5},
        {"item_id": 5, "parent_item_id": 4, "sku": "C", "product_type": "simple", "qty_ordered": 5},
        {"item_id": 6, "sku": "D", "product_type": "grouped", "qty_ordered": 1},
    ]
}


@pytest.mark.parametrize(
    ("quantities", "expected"),
    [
        ({1: 1}, {2: 3, 3: 1}),  # the bundle as a whole
        ({2: 2}, {2: 2}),  # a child by itself
        ({1: 2, 2: 2}, {2: 2}),  # children named: the parent's number says nothing
        ({4: 3}, {5: 3}),
        ({4: 3, 5: 3}, {5: 3}),
        ({6: 1}, {6: 1}),
    ],
)
def test_which_pieces_a_documents_rows_move(quantities: dict[int, int], expected: dict[int, int]) -> None:
    found = leaves(ORDER)
    assert [leaf.item_id for leaf in found] == [2, 3, 5, 6]
    assert moved(found, {number: D(count) for number, count in quantities.items()}) == expected
