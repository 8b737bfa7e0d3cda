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
    return order_of(item(1, "A", "10.00", "2"), item(2, "B", "5.00"), subtotal="25.00", grand_total="25.00", **more)


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


ODDITIES: dict[str, Change] = {
    "none": lambda order: None,
    "dollars kept, euros shown": in_base_currency,
    "gift wrapping": wrapped,
    "a row cancelled": lambda order: order["items"][-1].update(qty_canceled="1.0000"),
    "no row cancelled": lambda order: order["items"][-1].update(qty_canceled="0.0000"),
    "rows by key": rows_by_key,
    "no rows": lambda order: order.update(items=None),
    "rows as text": lambda order: order.update(items=""),
    "small currency codes": lambda order: order.update(order_currency_code=" usd ", base_currency_code="usd"),
    "no base currency": lambda order: order.update(base_currency_code=None),
    "attributes as a list": lambda order: order.update(extension_attributes=[]),
    "attributes as text": lambda order: order.update(extension_attributes={"applied_taxes": "", "gw_price": ""}),
    "cancelled": lambda order: order.update(state="canceled"),
    "cancelled without figures": lambda order: [order.update(state="canceled"), order.pop("grand_total")],
    "a fee that no column holds": lambda order: order.update(grand_total=order["grand_total"] + Decimal("5.33")),
    "amounts as text": lambda order: order.update(grand_total=f"{order['grand_total']:.4f}", tax_amount=""),
}


@given(st.integers(0, 10**6), st.sampled_from(["raw", "2.4.7", "2.4.8"]), st.lists(st.sampled_from([*ODDITIES]), max_size=3))
def test_audit_and_product_agree_on_what_shops_make_of_an_order(seed: int, release: str, names: list[str]) -> None:
    order = shown_order(stored_order(any_cart(seed)), release)
    done = []
    for name in dict.fromkeys(names):
        if name not in ("gift wrapping", "a row cancelled", "no row cancelled", "dollars kept, euros shown") or (
            isinstance(order["items"], list) and isinstance(order.get("grand_total"), Decimal)
        ):
            if "figures" not in name or "grand_total" in order:
                if "fee" not in name and "amounts" not in name or isinstance(order.get("grand_total"), Decimal):
                    if name != "rows by key" or isinstance(order["items"], list):
                        ODDITIES[name](order)
                        done.append(name)

    found = expected(order)

    try:
        sale = sale_of(order)
    except Unreadable as error:
        assert error.reason in found.reasons, (done, error, found)
        return
    if found.posted:
        assert (sale.total, sale.tax, sale.currency) == (found.total, found.tax, found.currency), done
    else:
        assert found.reasons & {"cancelled", "state_not_chosen", "tender_not_mapped"}, (done, found)
