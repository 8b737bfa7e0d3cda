"""Which rows are lines and what they came to: parents, children, fixed product taxes, missing figures."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.magento.row_totals import as_rest_shows
from shared.commerce.money import ZERO
from shared.commerce.sale import LineKind, Sale
from shared.magento.models import OrderItem
from shared.magento.reading import ReadingOptions
from shared.magento.rows import NoReadingFits, read_rows
from tests.unit.magento.shop_orders import item, order_of, sale_of, shown_order

RELEASES = ("raw", "2.4.7", "2.4.8")


def skus(sale: Sale) -> list[tuple[str, Decimal]]:
    return [(line.sku, line.amount) for line in sale.lines]


def rows_of(*rows: dict[str, Any], subtotal: str) -> list[tuple[str | None, Decimal]]:
    reading = read_rows([OrderItem.model_validate(row) for row in rows], Decimal(subtotal), False, "USD")
    return [(row.item.sku, row.amount) for row in reading.rows]


def test_a_variant_that_repeats_its_parents_price_is_not_counted() -> None:
    parent = item(1, "HOODIE-S", "69.00", "2", product_type="configurable")
    child = item(2, "HOODIE-S", "69.00", "2", parent_item_id=1, row_total=0, row_total_incl_tax=0)
    assert rows_of(parent, child, subtotal="138.00") == [("HOODIE-S", Decimal("138.00"))]


def test_a_variant_that_repeats_even_its_parents_totals_is_not_counted() -> None:
    parent = item(1, "HOODIE-S", "69.00", "2", product_type="configurable")
    child = item(2, "HOODIE-S", "69.00", "2", parent_item_id=1)
    assert rows_of(parent, child, subtotal="138.00") == [("HOODIE-S", Decimal("138.00"))]


def test_a_fixed_bundle_is_its_parent() -> None:
    parent = item(1, "KIT", "150.00", product_type="bundle")
    below = [item(n, f"PART{n}", "0", parent_item_id=1) for n in (2, 3)]
    assert rows_of(parent, *below, subtotal="150.00") == [("KIT", Decimal("150.00"))]


def test_a_fixed_bundle_whose_children_show_prices_is_still_its_parent() -> None:
    parent = item(1, "KIT", "150.00", product_type="bundle")
    below = [item(n, f"PART{n}", "40.00", parent_item_id=1, row_total=0, row_total_incl_tax=0) for n in (2, 3)]
    assert rows_of(parent, *below, subtotal="150.00") == [("KIT", Decimal("150.00"))]


def test_a_dynamic_bundle_is_its_children() -> None:
    parent = item(1, "BOX", "80.00", product_type="bundle")
    below = [item(n, f"PART{n}", "40.00", parent_item_id=1) for n in (2, 3)]
    assert rows_of(parent, *below, subtotal="80.00") == [("PART2", Decimal("40.00")), ("PART3", Decimal("40.00"))]


def test_both_bundles_and_a_free_selection_in_one_order_are_each_read_their_own_way() -> None:
    fixed = item(1, "KIT", "150.00", product_type="bundle")
    part = item(2, "SCREW", "0", parent_item_id=1)
    dynamic = item(3, "BOX", "40.00", product_type="bundle")
    one, free = item(4, "TEA", "40.00", parent_item_id=3), item(5, "SPOON", "0", parent_item_id=3)
    assert rows_of(fixed, part, dynamic, one, free, subtotal="190.00") == [
        ("KIT", Decimal("150.00")),
        ("TEA", Decimal("40.00")),
        ("SPOON", Decimal("0.00")),
    ]


def test_children_that_alone_make_the_subtotal_are_the_lines_whatever_the_parent_is_called() -> None:
    parent = item(1, "SET", "0", product_type="ruckus_set")
    below = [item(n, f"PART{n}", "40.00", parent_item_id=1) for n in (2, 3)]
    assert rows_of(parent, *below, subtotal="80.00") == [("PART2", Decimal("40.00")), ("PART3", Decimal("40.00"))]


def test_a_row_whose_parent_is_not_in_the_order_is_a_line() -> None:
    assert rows_of(item(2, "A", "5.00", parent_item_id=99), subtotal="5.00") == [("A", Decimal("5.00"))]


def test_a_parent_number_of_zero_or_nothing_means_none() -> None:
    for none in (0, "", None):
        assert rows_of(item(2, "A", "5.00", parent_item_id=none), subtotal="5.00") == [("A", Decimal("5.00"))]


def test_rows_that_are_each_others_parents_are_held() -> None:
    with pytest.raises(NoReadingFits):
        rows_of(item(1, "A", "5.00", parent_item_id=2), item(2, "B", "5.00", parent_item_id=1), subtotal="10.00")


def test_rows_without_numbers_are_plain_rows() -> None:
    rows = [item(1, sku, "5.00", item_id=None) for sku in "AB"]
    assert rows_of(*rows, subtotal="10.00") == [("A", Decimal("5.00")), ("B", Decimal("5.00"))]


@pytest.mark.parametrize("left", ["row_total", "row_total_incl_tax", "price"])
def test_a_row_total_is_found_whichever_one_figure_is_missing(left: str) -> None:
    rows = [item(1, "A", "5.00", "2") | {left: None}, item(2, "B", "3.00") | {left: None}]
    assert rows_of(*rows, subtotal="13.00") == [("A", Decimal("10.00")), ("B", Decimal("3.00"))]


def test_a_client_that_writes_no_totals_with_tax_is_read_net_of_the_discount() -> None:
    rows = [item(1, "A", "9.99", "2", discount_amount=Decimal("3.00")), item(2, "B", "5.00")]
    shown = as_rest_shows({"items": rows}, "2.4.7")["items"]
    without = [row | {"row_total_incl_tax": None, "price": None} for row in shown]
    assert rows_of(*without, subtotal="24.98") == [("A", Decimal("19.98")), ("B", Decimal("5.00"))]


@pytest.mark.parametrize("count", [1, 2])
def test_whole_cents_that_miss_the_subtotal_are_not_rounded_away(count: int) -> None:
    rows = [item(n, f"S{n}", "5.00") for n in range(1, count + 1)]
    with pytest.raises(NoReadingFits) as caught:
        rows_of(*rows, subtotal=str(5 * count + Decimal("0.01")))
    assert caught.value.nearest == Decimal("-0.01")


def test_parts_of_a_cent_are_rounded_where_they_are() -> None:
    """1.5 x 6.47 and two rows in whole cents, taxed in parts of a cent as well: the whole rows stay as they are."""
    rows = [item(1, "TEA", "6.47", "1.5"), item(2, "SOCKS", "37.05"), item(3, "WATCH", "254.97")]
    order = order_of(*rows, subtotal="301.725", grand_total="326.61", tax_amount=Decimal("24.885"))
    sale = sale_of(order)
    assert skus(sale) == [("TEA", Decimal("9.70")), ("SOCKS", Decimal("37.05")), ("WATCH", Decimal("254.97"))]
    assert (sale.discount, sale.notes) == (ZERO, ())


def test_the_lines_of_a_configurable_carry_its_own_tax_and_discount() -> None:
    parent = item(1, "H", "69.00", product_type="configurable", tax_amount=Decimal("5.00"))
    child = item(2, "H", "69.00", parent_item_id=1, tax_amount=Decimal("1.00"))
    order = order_of(
        parent | {"row_total_incl_tax": Decimal("74.00")}, child, subtotal="69.00", grand_total="74.00", tax_amount=5
    )
    (line,) = sale_of(order).lines
    assert (line.amount, line.tax) == (Decimal("69.00"), Decimal("5.00"))


def test_a_gift_without_any_figure_does_not_hide_the_others() -> None:
    gift = {"item_id": 2, "sku": "GIFT", "qty_ordered": "1"}
    assert rows_of(item(1, "A", "5.00"), gift, subtotal="5.00") == [("A", Decimal("5.00")), ("GIFT", Decimal("0.00"))]


def test_rounding_never_puts_a_cent_on_what_was_free() -> None:
    rows = [item(1, "FREE", "0"), item(2, "A", "3.333"), item(3, "B", "3.333"), item(4, "C", "3.333")]
    assert rows_of(*rows, subtotal="10.00")[0] == ("FREE", Decimal("0.00"))


def test_an_order_without_rows_and_amount_has_no_rows() -> None:
    assert rows_of(subtotal="0") == []


FPT = {"weee_tax_applied_amount": Decimal("1.50"), "weee_tax_applied_row_amount": Decimal("4.50")}
FPT_BASE = {"base_weee_tax_applied_amount": Decimal("1.50"), "base_weee_tax_applied_row_amnt": Decimal("4.50")}


def fpt_order(release: str, included: bool) -> dict[str, Any]:
    """3 x 20.00 with 1.50 of fixed product tax each, 10.00 off, 5.00 of tax; base currency USD, shown too."""
    row = item(1, "TV", "20.00", "3", **FPT, **FPT_BASE)
    row |= {"tax_amount": Decimal("5.00"), "discount_amount": Decimal("10.00"), "base_price": Decimal("20.01")}
    row |= {f"base_{name}": row[name] for name in ("row_total", "tax_amount", "discount_amount")}
    subtotal = "64.50" if included else "60.00"
    totals = {"tax_amount": Decimal("5.00"), "discount_amount": Decimal("-10.00")}
    order = order_of(row, subtotal=subtotal, grand_total="59.50", **totals)
    order |= {f"base_{name}": order[name] for name in ("subtotal", "grand_total", *totals)}
    return shown_order(order, release)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("included", [False, True])
@pytest.mark.parametrize("base", [False, True])
def test_fixed_product_tax_is_a_line_of_its_own(release: str, included: bool, base: bool) -> None:
    order = fpt_order(release, included)
    if base:
        order |= {"order_currency_code": "EUR", "subtotal": Decimal("1"), "grand_total": Decimal("1")}
    sale = sale_of(order)
    assert [(line.kind, line.amount) for line in sale.lines] == [
        (LineKind.GOODS, Decimal("60.00")),
        (LineKind.FEE, Decimal("4.50")),
    ]
    assert (sale.total, sale.discount, sale.tax, sale.currency) == (
        Decimal("59.50"), Decimal("10.00"), Decimal("5.00"), "USD",
    )  # fmt: skip
    assert sale.notes == ()


def test_gift_wrapping_is_read_in_the_currency_of_the_books() -> None:
    wrapping = {"gw_price": "5.0000", "gw_base_price": "4.0000", "gw_items_price": None, "gw_card_base_price": "1.0000"}
    order = order_of(item(1, "A", "20.00"), subtotal="20.00", grand_total="25.00", extension_attributes=wrapping)
    assert skus(sale_of(order))[1:] == [("", Decimal("5.00"))]
    row = {"base_price": 10, "base_row_total": 10, "base_row_total_incl_tax": 10}
    base = order | {"order_currency_code": "EUR", "base_subtotal": 10, "base_grand_total": 15}
    base["items"] = [order["items"][0] | row]
    sale = sale_of(base)
    assert [(line.name, line.amount) for line in sale.lines[1:]] == [
        ("Gift wrapping", Decimal("4.00")),
        ("Printed card", Decimal("1.00")),
    ]


@pytest.mark.parametrize("fees", [None, "", {}, [None], [{"label": None, "custom_fee_amount": None}]])
def test_custom_fees_that_say_nothing_are_nothing(fees: Any) -> None:
    order = order_of(item(1, "A", "20.00"), subtotal="20.00", grand_total="20.00")
    assert len(sale_of(order | {"extension_attributes": {"custom_fees": fees}}).lines) == 1


def test_custom_fees_are_lines_under_their_labels() -> None:
    fees = [{"label": "Handling", "custom_fee_amount": "2.5"}, {"custom_fee_amount": 1}]
    order = order_of(item(1, "A", "20.00"), subtotal="20.00", grand_total="23.50")
    sale = sale_of(order | {"extension_attributes": {"custom_fees": fees}})
    assert [(line.name, line.amount) for line in sale.lines[1:]] == [
        ("Handling", Decimal("2.50")),
        ("Fee", Decimal("1.00")),
    ]


@pytest.mark.parametrize("quantity", [None, 0, "0.0000", -1])
def test_a_row_with_money_and_no_quantity_is_one_piece(quantity: Any) -> None:
    row = item(1, "A", "20.00", qty_ordered=quantity)
    (line,) = sale_of(order_of(row, subtotal="20.00", grand_total="20.00")).lines
    assert line.quantity == 1


def test_a_row_with_neither_money_nor_quantity_is_no_line() -> None:
    rows = (item(1, "A", "20.00"), item(2, "B", "0", "0"))
    assert skus(sale_of(order_of(*rows, subtotal="20.00", grand_total="20.00"))) == [("A", Decimal("20.00"))]


def test_a_row_without_sku_and_name_still_is_a_line() -> None:
    row = item(1, " ", "20.00", name=None)
    (line,) = sale_of(order_of(row, subtotal="20.00", grand_total="20.00")).lines
    assert (line.sku, line.name) == ("?", "?")


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ({"product_type": "virtual"}, LineKind.SERVICE),
        ({"product_type": "downloadable"}, LineKind.SERVICE),
        ({"is_virtual": "1"}, LineKind.SERVICE),
        ({"is_virtual": 1}, LineKind.SERVICE),
        ({"is_virtual": "0"}, LineKind.GOODS),
        ({"is_virtual": ""}, LineKind.GOODS),
        ({"is_virtual": None}, LineKind.GOODS),
        ({"product_type": "grouped"}, LineKind.GOODS),
        ({"product_type": None}, LineKind.GOODS),
    ],
)
def test_what_is_not_shipped_is_a_service(row: dict[str, Any], kind: LineKind) -> None:
    (line,) = sale_of(order_of(item(1, "A", "20.00", **row), subtotal="20.00", grand_total="20.00")).lines
    assert line.kind is kind


money = st.decimals(0, 5000, places=2)


@given(
    st.lists(st.tuples(money, st.integers(1, 9), money, money, money), min_size=1, max_size=6),
    st.sampled_from(RELEASES),
)
def test_any_rows_read_as_they_were_stored(
    drawn: list[tuple[Decimal, int, Decimal, Decimal, Decimal]], release: str
) -> None:
    """Discount, tax and hidden tax of any size, as long as no figure is cut off at 0."""
    rows, subtotal = [], ZERO
    for n, (price, quantity, tax, hidden, share) in enumerate(drawn, 1):
        total = price * quantity
        discount = min(share, total)
        row = item(n, f"S{n}", str(price), str(quantity), tax_amount=tax, discount_amount=discount)
        rows.append(row | {"discount_tax_compensation_amount": hidden, "row_total_incl_tax": total + tax + hidden})
        subtotal += total
    shown = as_rest_shows({"items": rows}, release)["items"]  # type: ignore[arg-type]
    expected = [(row["sku"], row["row_total"]) for row in rows]
    assert rows_of(*shown, subtotal=str(subtotal)) == expected


def test_a_fee_in_base_currency_falls_back_to_an_attribute_without_a_base_twin() -> None:
    order = order_of(
        item(1, "A", "20.00", base_price=10, base_row_total=10, base_row_total_incl_tax=10),
        subtotal="20.00", grand_total="22.00", base_subtotal=10, base_grand_total=12, order_currency_code="EUR",
        extension_attributes={"fee": 2},
    )  # fmt: skip
    assert sale_of(order, ReadingOptions("USD", fees={"fee": "Fee"})).total == Decimal("12.00")
