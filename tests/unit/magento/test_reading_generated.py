"""Orders of every shape and release: whatever row_total shows, the sale is the same, to the cent."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sandbox.scenarios.orders import SHAPES, carts
from shared.commerce.money import ZERO, quantise
from shared.commerce.sale import LineKind, Sale
from shared.magento.reading import Unreadable
from shared.wire import decode
from tests.unit.magento.shop_orders import any_cart, sale_of, shown_order, shuffled, stored_order

RELEASES = ("raw", "2.4.7", "2.4.8")
SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "magento"
CENT = Decimal("0.01")
seeds = st.integers(0, 100_000)


def goods(sale: Sale) -> list[tuple[str, Decimal, Decimal]]:
    return [(line.sku, line.quantity, line.amount) for line in sale.lines if line.kind is not LineKind.SHIPPING]


def assert_sold(sale: Sale, stored: dict[str, Any]) -> None:
    """Line by line what the shop stored; a row with parts of a cent (1.5 pieces at 9.99) is off by less than one."""
    expected = bookable(stored)
    assert [(sku, quantity) for sku, quantity, _ in goods(sale)] == [(sku, quantity) for sku, quantity, _ in expected]
    whole = all(amount == quantise(amount, "USD") for _, _, amount in expected)
    for (_, _, amount), (_, _, stored_amount) in zip(goods(sale), expected, strict=True):
        assert amount == stored_amount if whole else abs(amount - stored_amount) < CENT
    assert (
        sum((amount for _, _, amount in goods(sale)), ZERO) == quantise(Decimal(stored["subtotal"]), "USD") or not whole
    )


def bookable(stored: dict[str, Any]) -> list[tuple[str, Decimal, Decimal]]:
    """What was sold, told from the database's row totals in a way of its own: by the product types."""
    rows = []
    kinds = {row["item_id"]: row["product_type"] for row in stored["items"]}
    dynamic = {row["parent_item_id"] for row in stored["items"] if row.get("parent_item_id") and row["row_total"]}
    for row in stored["items"]:
        parent = row.get("parent_item_id")
        if parent is not None and (kinds[parent] == "configurable" or parent not in dynamic):
            continue
        if row["item_id"] in dynamic:
            continue
        rows.append((row["sku"], Decimal(row["qty_ordered"]), Decimal(row["row_total"])))
    return rows


@settings(max_examples=150)
@given(seeds)
def test_every_release_shows_the_same_sale_and_it_is_the_one_the_shop_stored(seed: int) -> None:
    stored = stored_order(any_cart(seed))
    sales = [sale_of(shown_order(stored, release)) for release in RELEASES]
    assert_sold(sales[0], stored)
    for sale in sales:
        sale.check()
        assert sale.total == quantise(Decimal(stored["grand_total"]), "USD")
        assert sale.tax == quantise(Decimal(stored["tax_amount"]), "USD")
        assert sale == sales[0]


@pytest.mark.parametrize("shape", range(len(SHAPES)), ids=[shape.name for shape in SHAPES])
@pytest.mark.parametrize("release", RELEASES)
def test_each_shape_reads_without_a_note_under_each_release(shape: int, release: str) -> None:
    for seed in range(6):
        stored = stored_order(carts(seed, shape + 1)[-1])
        sale = sale_of(shown_order(stored, release))
        assert sale.notes == ()
        assert goods(sale) == bookable(stored)


@settings(max_examples=60)
@given(seeds)
@example(401)  # shipping's discount is 0.00, the tax inside it 0.01
def test_the_parts_keep_their_own_sums(seed: int) -> None:
    stored = stored_order(any_cart(seed))
    sale = sale_of(shown_order(stored, "2.4.7"))
    assert sum((line.discount for line in sale.lines), ZERO) == sale.discount
    taken = sum((line.amount for line in sale.lines), ZERO) >= sale.discount
    assert all(line.discount >= ZERO and (line.discount <= line.amount or not taken) for line in sale.lines)
    assert sum((share.amount for share in sale.taxes), ZERO) == sale.tax
    shipping = [line.amount for line in sale.lines if line.kind is LineKind.SHIPPING]
    assert sum(shipping, ZERO) == Decimal(stored["shipping_amount"])
    hidden = Decimal(stored["discount_tax_compensation_amount"])
    hidden += Decimal(stored["shipping_discount_tax_compensation_amount"])
    exact = -Decimal(stored["discount_amount"]) - hidden
    # What rounding leaves goes to the discount only where no row holds parts of a cent, and the sale says so.
    assert sale.discount == quantise(exact, "USD") or (sale.notes and abs(sale.discount - exact) <= 2 * CENT)


@settings(max_examples=60)
@given(seeds, seeds)
def test_the_order_of_keys_and_rows_makes_no_other_sale(seed: int, other: int) -> None:
    order = shown_order(stored_order(any_cart(seed)), "2.4.7")
    one, two = sale_of(order), sale_of(shuffled(order, other))
    assert (one.total, one.tax, one.discount) == (two.total, two.tax, two.discount)
    assert sorted(goods(one)) == sorted(goods(two))


@settings(max_examples=60)
@given(seeds)
def test_numbers_as_strings_with_four_decimals_make_the_same_sale(seed: int) -> None:
    order = shown_order(stored_order(any_cart(seed)), "2.4.7")
    assert sale_of(_as_strings(order)) == sale_of(order)


@settings(max_examples=40)
@given(seeds)
def test_a_cent_more_in_the_total_never_passes(seed: int) -> None:
    order = shown_order(stored_order(any_cart(seed)), "2.4.7")
    order["grand_total"] = Decimal(order["grand_total"]) + CENT
    with pytest.raises(Unreadable, match=r"0\.01 is unexplained") as caught:
        sale_of(order)
    assert caught.value.reason == "totals_differ"


@settings(max_examples=40)
@given(seeds)
def test_base_amounts_are_read_where_the_books_are_kept_in_them(seed: int) -> None:
    stored = stored_order(any_cart(seed))
    order = shown_order(stored, "2.4.8") | {"order_currency_code": "EUR"}
    for name in ("subtotal", "grand_total", "tax_amount", "discount_amount", "shipping_amount"):
        order[name] = Decimal(order[name]) * Decimal("0.9137")
    sale = sale_of(order)
    assert (sale.currency, sale.total) == ("USD", quantise(Decimal(stored["base_grand_total"]), "USD"))
    assert_sold(sale, stored)


@pytest.mark.parametrize("name", ["order-configurable-tax-customer.json", "order-discount-20pct.json"])
def test_recorded_orders_read_to_the_cent(name: str) -> None:
    path = SAMPLES / name
    if not path.exists():
        pytest.skip("no recorded orders here")
    order = decode(path.read_bytes())
    sale = sale_of(order)
    sale.check()
    assert sale.total == order["grand_total"]
    assert sale.tax == order["tax_amount"]
    assert [line.amount for line in sale.lines if line.kind is LineKind.GOODS] == {
        "order-configurable-tax-customer.json": [Decimal("138.00"), Decimal("224.00")],
        "order-discount-20pct.json": [Decimal("69.00"), Decimal("224.00")],
    }[name]


def _as_strings(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_strings(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_as_strings(part) for part in value]
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return str(value + Decimal("0.0000")) if isinstance(value, Decimal) else str(value)
    return value
