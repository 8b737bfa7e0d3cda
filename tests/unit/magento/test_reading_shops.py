"""What shops and their extensions leave in an order, and what an accountant makes of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.commerce.sale import LineKind, Sale, TaxShare
from shared.magento.reading import Unreadable
from tests.unit.magento.shop_orders import item, order_of, sale_of


def booked(sale: Sale) -> list[tuple[str, str, str]]:
    """What the document will show: name or SKU, amount, discount."""
    return [(line.sku or line.kind.name, str(line.amount), str(line.discount)) for line in sale.lines]


def plain(**attributes: Any) -> dict[str, Any]:
    order = order_of(item(1, "A", "10.00", "2", tax_amount="1.60"), subtotal="20.00", grand_total="21.60")
    order["items"][0]["row_total_incl_tax"] = Decimal("21.60")
    return order | {"tax_amount": Decimal("1.60"), "extension_attributes": attributes}


@pytest.mark.parametrize("nothing", ["", 0, "[]", 7, [None], ["x"], {"0": None}])
@pytest.mark.parametrize("name", ["applied_taxes", "shipping_assignments"])
def test_a_list_that_no_amount_depends_on_holds_no_order(name: str, nothing: Any) -> None:
    sale = sale_of(plain(**{name: nothing}))

    assert (sale.total, sale.taxes) == (Decimal("21.60"), (TaxShare("", Decimal(0), Decimal("1.60")),))
    assert sale.buyer.shipping is None


def test_the_objects_of_such_a_list_are_read_beside_what_is_none() -> None:
    rate = {"code": "NY-8", "percent": 8, "amount": Decimal("1.60")}

    assert sale_of(plain(applied_taxes=[None, rate])).taxes == (TaxShare("NY-8", Decimal(8), Decimal("1.60")),)


def test_a_rate_of_two_authorities_is_told_apart_as_a_tax_service_states_it() -> None:
    rates = [
        {"code": "STATE", "percent": "4.3", "amount": "1.3000"},
        {"code": "CITY", "percent": 1, "amount": "0.3000"},
    ]

    taxes = sale_of(plain(applied_taxes=rates)).taxes

    assert [(tax.code, tax.amount) for tax in taxes] == [("STATE", Decimal("1.30")), ("CITY", Decimal("0.30"))]


def test_a_coupon_over_all_goods_leaves_the_shipping_to_be_paid() -> None:
    row = item(1, "A", "20.00", row_total=0, row_total_incl_tax=0, discount_amount=20)
    order = order_of(row, subtotal="20", grand_total="5", discount_amount=-20, shipping_amount=5, coupon_code="ALL")

    sale = sale_of(order)

    assert (sale.total, sale.discount, sale.discount_label) == (Decimal(5), Decimal(20), "ALL")
    assert booked(sale) == [("A", "20.00", "20.00"), ("SHIPPING", "5.00", "0.00")]


def test_a_shop_with_vat_in_its_prices_and_four_decimals_is_booked_to_the_cent() -> None:
    """20 % in the prices, 30 % off the goods, amounts as the database keeps them."""
    row = item(1, "A", "24.5834", "2", row_total=Decimal("34.4168"), row_total_incl_tax=Decimal("41.3000"))
    row |= {"tax_amount": "6.8834", "discount_amount": "17.7000", "discount_tax_compensation_amount": "2.9500"}
    order = order_of(row, subtotal="49.1668", grand_total="46.2500", tax_amount="7.7084", discount_amount="-17.7000")
    order |= {
        "discount_tax_compensation_amount": "2.9500",
        "shipping_amount": "4.1250",
        "shipping_tax_amount": "0.8250",
    }

    sale = sale_of(order)

    assert (sale.total, sale.tax, sale.discount) == (Decimal("46.25"), Decimal("7.71"), Decimal("14.75"))
    assert sale.parts() == sale.total
    assert [(line.kind, abs(line.amount - amount) <= Decimal("0.01")) for line, amount in zip(
        sale.lines, (Decimal("49.1668"), Decimal("4.125")), strict=True
    )] == [(LineKind.GOODS, True), (LineKind.SHIPPING, True)]  # fmt: skip


def test_an_order_imported_without_compensation_columns_and_rates_is_booked() -> None:
    """Orders that an importer wrote lack what Magento itself computes, and state unit prices for base columns."""
    order = order_of(item(1, "A", "172.50", "2"), subtotal="345.00", grand_total="359.22")
    order |= {"shipping_amount": Decimal("14.22"), "hold_before_state": "0", "extension_attributes": {"taxes": []}}
    order["items"][0] |= {"base_price": Decimal("0.43"), "quote_item_id": 0}

    assert booked(sale_of(order)) == [("A", "345.00", "0.00"), ("SHIPPING", "14.22", "0.00")]


def test_a_charge_that_no_column_holds_parks_the_order_and_is_named() -> None:
    order = order_of(item(1, "A", "799.00"), subtotal="799.00", grand_total="804.33")

    with pytest.raises(Unreadable, match=r"5\.33 is unexplained") as caught:
        sale_of(order)

    assert (caught.value.reason, caught.value.setting) == ("totals_differ", "")


def test_a_charge_that_an_attribute_holds_parks_the_order_with_the_setting_that_helps() -> None:
    order = order_of(item(1, "A", "799.00"), subtotal="799.00", grand_total="804.33")
    order["extension_attributes"] = {"some_fee_amount": "5.3300", "points_earned": 398}

    with pytest.raises(Unreadable, match="some_fee_amount holds just that") as caught:
        sale_of(order)

    assert caught.value.setting == "fees"


def test_a_rebate_that_is_sold_as_a_product_is_a_discount_and_named() -> None:
    """Books know no line below zero: a trade-in, a voucher as a product."""
    order = order_of(item(1, "A", "22.00"), item(2, "BACK", "-10.00"), subtotal="12.00", grand_total="12.00")

    sale = sale_of(order)

    assert (sale.total, sale.discount, booked(sale)) == (Decimal(12), Decimal(10), [("A", "22.00", "10.00")])
    assert sale.notes == ("Product BACK (-10.00 USD) is a discount",)


def test_shipping_below_zero_is_a_discount() -> None:
    order = order_of(item(1, "A", "22.00"), subtotal="22.00", grand_total="20.00", shipping_amount="-2.00")

    assert booked(sale_of(order)) == [("A", "22.00", "2.00")]


def test_a_surcharge_kept_as_a_discount_below_zero_is_a_line() -> None:
    order = order_of(item(1, "A", "22.00"), subtotal="22.00", grand_total="23.50", discount_amount="1.50")
    order["items"][0] |= {"discount_amount": "-1.50", "row_total_incl_tax": Decimal("23.50")}
    order["discount_description"] = "Invoice by post"

    sale = sale_of(order)

    assert (sale.total, sale.discount) == (Decimal("23.50"), Decimal(0))
    assert booked(sale) == [("A", "22.00", "0.00"), ("FEE", "1.50", "0.00")]
    assert sale.lines[1].name == "Invoice by post"


@given(st.lists(st.integers(-5000, 9000), min_size=1, max_size=6), st.integers(-4000, 4000), st.integers(-900, 900))
def test_whatever_the_signs_no_line_is_below_zero_and_the_total_stays(
    rows: list[int], discount: int, shipping: int
) -> None:
    items = [item(number + 1, f"S{number}", str(Decimal(cents) / 100)) for number, cents in enumerate(rows)]
    total = Decimal(sum(rows) - discount + shipping) / 100
    order = order_of(*items, subtotal=str(Decimal(sum(rows)) / 100), grand_total=str(total))
    order |= {"discount_amount": Decimal(-discount) / 100, "shipping_amount": Decimal(shipping) / 100}

    sale = sale_of(order)

    assert sale.parts() == sale.total == total
    assert sale.discount >= 0
    assert all(line.amount >= 0 for line in sale.lines)
    assert sum(line.discount for line in sale.lines) == sale.discount or not any(line.amount for line in sale.lines)
