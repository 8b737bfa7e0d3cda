"""The demo's second opinion: what it expects of the books for an order's raw JSON."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.demo.audit import Expected, expect
from sandbox.demo.documents import STATES
from sandbox.magento.config import Config, RowTotals
from sandbox.magento.placing import place
from sandbox.magento.shop import Shop
from sandbox.scenarios.orders import SHAPES, carts
from shared.magento.reading import ReadingOptions, Unreadable, parse_snapshot, read_sale
from shared.wire import decode, encode

SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "samples" / "magento"
Change = Callable[[dict[str, Any]], object]


def plain_order(**changes: Any) -> dict[str, Any]:
    """Two rows of 10.00 and 5.00, 3.00 shipping, 1.50 tax."""
    rows = [
        {"item_id": 1, "product_type": "simple", "sku": "A", "qty_ordered": 2, "price": Decimal("5.00"),
         "row_total": Decimal("10.00"), "row_total_incl_tax": Decimal("11.00"), "tax_amount": Decimal("1.00")},
        {"item_id": 2, "product_type": "simple", "sku": "B", "qty_ordered": 1, "price": Decimal("5.00"),
         "row_total": Decimal("5.00"), "row_total_incl_tax": Decimal("5.50"), "tax_amount": Decimal("0.50")},
    ]  # fmt: skip
    order = {
        "entity_id": 7, "increment_id": "000000007", "state": "processing", "created_at": "2026-03-02 10:00:00",
        "order_currency_code": "USD", "base_currency_code": "USD", "subtotal": Decimal("15.00"),
        "shipping_amount": Decimal("3.00"), "tax_amount": Decimal("1.50"), "discount_amount": Decimal("0.00"),
        "grand_total": Decimal("19.50"), "items": rows,
    }  # fmt: skip
    return {**order, **changes}


def expected(order: Any) -> Expected:
    return expect(encode(order), STATES)


def test_a_plain_order_is_expected_with_its_total_and_tax() -> None:
    assert expected(plain_order()) == Expected(Decimal("19.50"), Decimal("1.50"), "USD")


@given(st.integers(0, 10**6), st.integers(0, len(SHAPES) - 1), st.sampled_from(["2.4.7", "2.4.8", "raw"]))
def test_a_generated_order_of_any_shape_and_release_is_expected_as_the_shop_engine_totals_it(
    seed: int, number: int, row_totals: RowTotals
) -> None:
    shop = Shop(Config(row_totals=row_totals))
    document = place(shop, carts(seed, number + 1)[number])

    found = expect(shop.text(document).encode(), STATES)

    assert found.reasons == frozenset()
    assert (found.total, found.tax) == (
        Decimal(document.body["grand_total"]).quantize(Decimal("0.01")),
        Decimal(document.body["tax_amount"]).quantize(Decimal("0.01")),
    )


@given(st.integers(0, 10**6), st.integers(0, len(SHAPES) - 1), st.integers(1, 10_000))
def test_a_total_that_is_off_by_any_number_of_cents_is_noticed(seed: int, number: int, cents: int) -> None:
    shop = Shop(Config())
    order = decode(shop.text(place(shop, carts(seed, number + 1)[number])).encode())
    order["grand_total"] += Decimal(cents) / 100

    assert "totals_differ" in expected(order).reasons


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda order: order.update(state="canceled"), "cancelled"),
        (lambda order: order.update(state="fraud"), "state_not_chosen"),
        (lambda order: order.update(state=None), "state_not_chosen"),
        (lambda order: order.update(total_canceled=Decimal("5.50")), "partly_cancelled"),
        (lambda order: order.update(grand_total=Decimal("19.51")), "totals_differ"),
        (lambda order: order["items"].pop(), "lines_differ"),
        (
            lambda order: order.update(items=[], subtotal=0, shipping_amount=0, tax_amount=0, grand_total=0),
            "lines_differ",
        ),
        (lambda order: order.update(order_currency_code=None, base_currency_code=None), "unreadable"),
        (lambda order: order.update(created_at="yesterday"), "unreadable"),
        (lambda order: order.update(tax_amount="n/a"), "unreadable"),
        (lambda order: order.pop("grand_total"), "unreadable"),
        (
            lambda order: order.update(
                grand_total=Decimal("9.50"), extension_attributes={"gift_cards_amount": Decimal("10.00")}
            ),
            "tender_not_mapped",
        ),
    ],
)  # fmt: skip
def test_what_can_not_be_booked_is_expected_to_be_parked_for_just_that(change: Change, reason: str) -> None:
    order = plain_order()
    change(order)

    assert expected(order).reasons == {reason}


def test_fixed_product_taxes_count_once_whether_the_subtotal_includes_them_or_not() -> None:
    for subtotal in ("15.00", "17.00"):
        order = plain_order(subtotal=Decimal(subtotal), grand_total=Decimal("21.50"))
        order["items"][0] |= {"weee_tax_applied_row_amount": Decimal("2.00"), "row_total_incl_tax": Decimal("13.00")}

        assert expected(order) == Expected(Decimal("21.50"), Decimal("1.50"), "USD")


def test_base_amounts_count_when_the_shop_keeps_them_in_the_currency_of_the_books() -> None:
    order = plain_order(order_currency_code="EUR")
    order |= {f"base_{name}": order[name] * 2 for name in ("subtotal", "shipping_amount", "tax_amount", "grand_total")}
    for row in order["items"]:
        row |= {f"base_{name}": row[name] * 2 for name in ("row_total_incl_tax", "tax_amount", "row_total")}

    assert expected(order) == Expected(Decimal("39.00"), Decimal("3.00"), "USD")


def test_an_order_in_a_currency_without_cents_is_expected_in_whole_units() -> None:
    order = plain_order(order_currency_code="JPY", base_currency_code="JPY")
    order |= {"tax_amount": 2, "grand_total": 20}

    assert expected(order) == Expected(Decimal(20), Decimal(2), "JPY")


def test_a_fixed_bundle_counts_by_its_parent_and_a_dynamic_one_by_its_children() -> None:
    parent = {"item_id": 1, "product_type": "bundle", "row_total_incl_tax": Decimal("16.50"), "tax_amount": "1.50"}
    child = {"item_id": 2, "parent_item_id": 1, "row_total_incl_tax": Decimal("11.00"), "tax_amount": Decimal("1.00")}
    other = {"item_id": 3, "parent_item_id": 1, "row_total_incl_tax": Decimal("5.50"), "tax_amount": Decimal("0.50")}
    empty = {"item_id": 4, "parent_item_id": 1, "row_total_incl_tax": 0}

    assert expected(plain_order(items=[parent, empty])).posted
    assert expected(plain_order(items=[parent, child, other])).posted
    assert expected(plain_order(items=[child, parent])).posted  # the parent's figure alone fits
    assert expected(plain_order(items=[{**parent, "row_total_incl_tax": 0}, child])).reasons == {"lines_differ"}


@given(
    st.integers(0, 10**6),
    st.integers(0, len(SHAPES) - 1),
    st.sampled_from(["grand_total", "subtotal", "tax_amount", "discount_amount", "shipping_amount", "state", "row"]),
    st.sampled_from([Decimal(0), Decimal("-0.01"), Decimal("0.004"), Decimal("0.01"), Decimal("7.77")]),
)
def test_audit_and_product_agree_on_which_disturbed_orders_can_be_read(
    seed: int, number: int, what: str, by: Decimal
) -> None:
    shop = Shop(Config())
    order = decode(shop.text(place(shop, carts(seed, number + 1)[number])).encode())
    if what == "state":
        order["state"] = "processing"
    elif what == "row":
        order["items"][0]["row_total_incl_tax"] += by
        order["items"][0]["row_total"] += 3 * by
    else:
        order[what] += by
    snapshot = {"connection": "main", "fetched_at": "2026-03-02T10:00:00+00:00", "time_zone": "UTC", "order": order}
    try:
        read_sale(parse_snapshot(decode(encode(snapshot))), ReadingOptions("USD"))
        reason = ""
    except Unreadable as error:
        reason = error.reason

    found = expected(order)

    assert (reason in found.reasons) if reason else found.posted, (reason, found)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the recorded orders are not on this machine")
def test_every_recorded_order_is_expected_in_the_books() -> None:
    found = {path.name: expect(path.read_bytes(), STATES) for path in SAMPLES.glob("order-*.json")}

    assert found
    assert {name: expectation.reasons for name, expectation in found.items() if not expectation.posted} == {}
