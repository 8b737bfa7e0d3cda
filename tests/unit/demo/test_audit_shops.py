"""The demo's second opinion on what shops and their extensions make of an order, held against the product's reading."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.demo.audit import Expected, expect
from sandbox.demo.documents import STATES
from shared.magento.reading import Unreadable
from shared.wire import encode
from tests.unit.magento.shop_orders import any_cart, item, order_of, sale_of, shown_order, stored_order

Change = Callable[[dict[str, Any]], object]


def plain(**more: Any) -> dict[str, Any]:
    return order_of(item(1, "A", "10.00", "2"), item(2, "B", "5.00"), subtotal="25.00", grand_total="25.00") | more


def expected(order: dict[str, Any]) -> Expected:
    return expect(encode(order), STATES)


def in_base_currency(order: dict[str, Any]) -> None:
    """The shop keeps dollars, the customer saw euros."""
    amounts = {name: value for name, value in order.items() if isinstance(value, Decimal)}
    order |= {"order_currency_code": "EUR", "base_currency_code": "USD"} | {f"base_{n}": v for n, v in amounts.items()}
    for row in order["items"]:
        row |= {f"base_{name}": value for name, value in row.items() if isinstance(value, Decimal)}


def wrapped(order: dict[str, Any]) -> None:
    """Gift wrapping of Adobe Commerce at 2.50, whose base names have their "base" in the middle."""
    order["extension_attributes"] = {"gw_price": "2.5000", "gw_base_price": "2.5000"}
    for name in ("grand_total", "base_grand_total"):
        if name in order:
            order[name] += Decimal("2.50")


def rows_by_key(order: dict[str, Any]) -> None:
    order["items"] = {str(number + 3): row for number, row in enumerate(order["items"])}


# In the order in which they are done: what takes figures or rows away comes last.
ODDITIES: dict[str, Change] = {
    "dollars kept, euros shown": in_base_currency,
    "gift wrapping": wrapped,
    "a row cancelled": lambda order: order["items"][-1].update(qty_canceled="1.0000"),
    "no row cancelled": lambda order: order["items"][0].update(qty_canceled="0.0000"),
    "a fee that no column holds": lambda order: order.update(grand_total=order["grand_total"] + Decimal("5.33")),
    "shipping below zero": lambda order: order.update(
        shipping_amount=order.get("shipping_amount", 0) - 2, grand_total=order["grand_total"] - 2
    ),
    "a surcharge as discount": lambda order: order.update(
        discount_amount=order.get("discount_amount", 0) + 3, grand_total=order["grand_total"] + 3
    ),
    "small currency codes": lambda order: order.update(order_currency_code=" usd ", base_currency_code="usd"),
    "no base currency": lambda order: order.update(base_currency_code=None),
    "attributes as a list": lambda order: order.update(extension_attributes=[]),
    "attributes as text": lambda order: order.update(extension_attributes={"applied_taxes": "", "gw_price": ""}),
    "amounts as text": lambda order: order.update(grand_total=f"{order['grand_total']:.4f}", tax_amount=""),
    "cancelled": lambda order: order.update(state="canceled"),
    "no figures": lambda order: order.pop("grand_total"),
    "rows by key": rows_by_key,
    "no rows": lambda order: order.update(items=None),
    "rows as text": lambda order: order.update(items=""),
}


@given(
    st.integers(0, 10**6), st.sampled_from(["raw", "2.4.7", "2.4.8"]), st.sets(st.sampled_from([*ODDITIES]), max_size=3)
)
def test_audit_and_product_agree_on_what_shops_make_of_an_order(seed: int, release: str, odd: set[str]) -> None:
    order = shown_order(stored_order(any_cart(seed)), release)
    for name, change in ODDITIES.items():
        if name in odd:
            change(order)

    found = expected(order)

    try:
        sale = sale_of(order)
    except Unreadable as error:
        assert error.reason in found.reasons, (error, found)
        return
    if found.posted:
        assert (sale.total, sale.tax, sale.currency) == (found.total, found.tax, found.currency)
    else:
        assert found.reasons & {"cancelled", "state_not_chosen", "tender_not_mapped", "document_differs"}, found


@pytest.mark.parametrize(
    ("odd", "reasons"),
    [
        ("gift wrapping", set()),
        ("shipping below zero", set()),
        ("a surcharge as discount", set()),
        ("rows by key", set()),
        ("small currency codes", set()),
        ("no row cancelled", set()),
        ("a row cancelled", {"partly_cancelled"}),
        ("a fee that no column holds", {"totals_differ"}),
        ("no figures", {"unreadable"}),
        ("rows as text", {"unreadable"}),
        ("no rows", {"lines_differ"}),
    ],
)
def test_an_oddity_is_expected_in_the_books_or_parked_for_what_it_is(odd: str, reasons: set[str]) -> None:
    order = plain()
    ODDITIES[odd](order)

    assert expected(order).reasons == reasons


def test_gift_wrapping_counts_in_the_currency_of_the_books() -> None:
    order = plain()
    in_base_currency(order)
    wrapped(order)
    order["extension_attributes"]["gw_price"] = "9.9900"  # what the customer saw, in euros

    assert expected(order) == Expected(Decimal("27.50"), Decimal(0), "USD")


def test_a_cancelled_order_is_expected_as_cancelled_even_if_its_figures_cannot_be_read() -> None:
    order = plain(state="canceled")
    del order["grand_total"]

    assert "cancelled" in expected(order).reasons
    assert sale_of(order).total == 0


@pytest.mark.parametrize(
    "figures",
    [
        {"discount_amount": Decimal(-40), "grand_total": Decimal(-15)},
        {"tax_amount": Decimal(-1), "grand_total": Decimal(24)},
        {"discount_amount": Decimal(-26), "tax_amount": Decimal(2), "grand_total": Decimal(1)},
    ],
)
def test_taking_off_more_than_was_sold_is_expected_to_be_parked(figures: dict[str, Decimal]) -> None:
    assert expected(plain(**figures)).reasons == {"document_differs"}
