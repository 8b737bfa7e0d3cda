"""Discounts on the lines they belong to: the shop's own, to the cent, and never more than a line costs."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from sandbox.scenarios.orders import SHAPES, carts
from shared.commerce.money import ZERO, quantise
from shared.commerce.sale import Line, LineKind
from shared.magento.lines import rebates, share_discount
from tests.unit.magento.shop_orders import sale_of, shown_order, stored_order
from tests.unit.mapping.sales import line

cents = st.integers(0, 10**6).map(lambda n: Decimal(n) / 100)
lines = st.lists(st.builds(line, amount=cents, discount=cents), min_size=1, max_size=8)


@given(lines, cents)
def test_shares_sum_to_the_discount_and_none_is_more_than_its_line(drawn: list[Line], discount: Decimal) -> None:
    assume(discount <= sum((one.amount for one in drawn), ZERO))
    shared = share_discount(drawn, discount, "USD")
    assert sum((one.discount for one in shared), ZERO) == discount
    assert all(ZERO <= one.discount <= one.amount for one in shared)


def test_what_one_line_cannot_take_goes_to_the_others() -> None:
    drawn = [line(amount=Decimal("1.00"), discount=Decimal("3.00")), line(amount=Decimal("5.00"))]
    assert [one.discount for one in share_discount(drawn, Decimal("3.00"), "USD")] == [Decimal("1.00"), Decimal("2.00")]


def test_a_discount_that_no_line_names_is_shared_by_amount() -> None:
    drawn = [line(amount=Decimal("10.00")), line(amount=Decimal("20.00")), line(amount=ZERO)]
    assert [one.discount for one in share_discount(drawn, Decimal("1.00"), "USD")] == [
        Decimal("0.33"), Decimal("0.67"), ZERO,
    ]  # fmt: skip


def test_own_discounts_that_sum_up_stay() -> None:
    drawn = [line(discount=Decimal("0.10")), line(discount=Decimal("0.25"))]
    assert share_discount(drawn, Decimal("0.35"), "USD") == tuple(drawn)


def test_each_line_has_the_shops_own_discount_without_the_tax_inside_it() -> None:
    shape = next(i for i, shape in enumerate(SHAPES) if shape.name == "tax-inclusive prices")
    seen = 0
    for seed in range(30):
        stored = stored_order(carts(seed, shape + 1)[-1])
        own = [
            quantise(Decimal(row["discount_amount"]) - Decimal(row["discount_tax_compensation_amount"]), "USD")
            for row in stored["items"]
        ]
        sale = sale_of(shown_order(stored, "2.4.7"))
        assert [one.discount for one in sale.lines if one.kind is not LineKind.SHIPPING] == own
        seen += any(Decimal(row["discount_tax_compensation_amount"]) for row in stored["items"])
    assert seen > 3


def test_negative_fees_are_taken_off_and_the_others_stay() -> None:
    fee, rebate = line(kind=LineKind.FEE), line(kind=LineKind.FEE, amount=Decimal("-2.50"))
    assert rebates([fee, rebate]) == ([fee], Decimal("2.50"))
    assert rebates([]) == ([], ZERO)
