"""Discounts and taxes worked out by hand from Magento's rules, each to the cent."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sandbox.magento.cart import Cart, Child, Coupon, Item
from sandbox.magento.pricing import price
from tests.contract.magento_sandbox.carts_by_hand import TOTAL, UNIT, cart, money, rule, tax

TEN_OFF = rule("by_percent", "10")


@pytest.mark.parametrize(
    ("sold", "discounts"),
    [
        # 0.045 each: 0.05 leaves -0.005, which makes the second 0.04; the third begins anew.
        (cart(("0.45", 1), ("0.45", 1), ("0.45", 1), rules=(TEN_OFF,)), ["0.05", "0.04", "0.05"]),
        # 10 % of 100, then 20 % of the 90 that are left.
        (cart(("100", 1), rules=(TEN_OFF, rule("by_percent", "20"))), ["28.00"]),
        # At most 2 of 5 pieces: 10 % of 19.98.
        (cart(("9.99", 5), rules=(rule("by_percent", "10", quantity="2"),)), ["2.00"]),
        # In steps of 3: 6 of 8 pieces; a line of 2 gets nothing.
        (cart(("1.00", 8), ("1.00", 2), rules=(rule("by_fixed", "0.20", step="3"),)), ["1.20", "0.00"]),
        (cart(("1.00", 8), ("1.00", 2), rules=(rule("by_percent", "50", step="3"),)), ["3.00", "0.00"]),
        # To 30 % of the price, to 7.50 a piece.
        (cart(("10.00", 1), rules=(rule("to_percent", "30"),)), ["7.00"]),
        (cart(("10.00", 2), rules=(rule("to_fixed", "7.50"),)), ["5.00"]),
        # A price below the fixed one becomes dearer: Magento doesn't look at the sign.
        (cart(("5.00", 2), rules=(rule("to_fixed", "7.50"),)), ["-5.00"]),
        # 2 + 1: of 7 two are free, of 8 still two, of 9 three; a line of 2 is too small.
        (cart(("10", 7), ("10", 8), rules=(rule("buy_x_get_y", "1", step="2"),)), ["20.00", "20.00"]),
        (cart(("10", 9), ("10", 2), rules=(rule("buy_x_get_y", "1", step="2"),)), ["30.00", "0.00"]),
        # 3 + 2: of 9 two and, past the bought three of the second round, one more.
        (cart(("10", 9), rules=(rule("buy_x_get_y", "2", step="3"),)), ["30.00"]),
        # More free than bought is no rule at all.
        (cart(("10", 9), rules=(rule("buy_x_get_y", "3", step="2"),)), ["0.00"]),
        # A third each with the remainder carried: 3.33 leaves 0.0033, which makes the second 3.34.
        (cart(("10", 1), ("10", 1), ("10", 1), rules=(rule("cart_fixed", "10"),)), ["3.33", "3.34", "3.33"]),
        # More than the cart is worth.
        (cart(("10", 1), ("2.50", 2), rules=(rule("cart_fixed", "99"),)), ["10.00", "5.00"]),
        # By what is still to be paid: 10 off of 45 + 45 after 10 %.
        (cart(("50", 1), ("50", 1), rules=(TEN_OFF, rule("cart_fixed", "10"))), ["10.00", "10.00"]),
        # A fixed amount stops at the price of the line.
        (cart(("0.15", 4), rules=(rule("by_fixed", "0.40"),)), ["0.60"]),
    ],
)
def test_a_rule_takes_off_to_the_cent_what_magento_takes_off(sold: Cart, discounts: list[str]) -> None:
    assert [line.discount for line in price(sold).lines.values()] == money(*discounts)


def test_a_rule_that_stops_others_stops_them_only_for_lines_it_was_applied_to() -> None:
    stopping = rule("by_fixed", "1", step="2", stop_rules_processing=True)
    priced = price(cart(("10", 1), ("10", 2), rules=(stopping, TEN_OFF)))
    assert [line.discount for line in priced.lines.values()] == money("1.00", "2.00")


def test_a_line_shows_the_sum_of_its_percents_and_none_of_its_amounts() -> None:
    priced = price(cart(("100", 1), rules=(TEN_OFF, rule("by_fixed", "5"), rule("by_percent", "20"))))
    line = priced.lines["0"]
    # 10, then 5, then 20 % of 85
    assert (line.discount, line.discount_percent) == (Decimal("32.00"), Decimal(30))


def _shipped(*rules: Coupon, amount: str = "10", **more: str) -> Decimal:
    sold = cart(("20", 1), ("20", 2), rules=rules, shipping_amount=Decimal(amount))
    return price(sold).shipping_discount


@pytest.mark.parametrize(
    ("rules", "amount", "discount"),
    [
        ((rule("by_percent", "50", apply_to_shipping=True),), "4.55", "2.28"),
        # 10 % of 10.00, then 20 % of 9.00
        ((rule("by_percent", "10", apply_to_shipping=True), rule("by_percent", "20", apply_to_shipping=True)),
         "10", "2.80"),
        ((rule("by_fixed", "3", apply_to_shipping=True),), "10", "3.00"),
        ((rule("by_fixed", "30", apply_to_shipping=True),), "10", "10.00"),
        ((rule("to_fixed", "4", apply_to_shipping=True),), "10", "6.00"),
        ((rule("to_percent", "25", apply_to_shipping=True),), "10", "7.50"),
        # 14 off of 60 + 10: shipping carries a seventh of it
        ((rule("cart_fixed", "14", apply_to_shipping=True),), "10", "2.00"),
        # one piece of three is free, and so is a third of the shipping
        ((rule("buy_x_get_y", "1", step="1", apply_to_shipping=True),), "9", "3.00"),
        # what isn't applied to shipping doesn't stop what is
        ((rule("by_percent", "10", stop_rules_processing=True),
          rule("by_percent", "50", apply_to_shipping=True)), "10", "5.00"),
        ((rule("by_percent", "10", apply_to_shipping=True, stop_rules_processing=True),
          rule("by_percent", "50", apply_to_shipping=True)), "10", "1.00"),
    ],
)  # fmt: skip
def test_shipping_is_discounted_by_the_rules_that_concern_it(
    rules: tuple[Coupon, ...], amount: str, discount: str
) -> None:
    assert _shipped(*rules, amount=amount) == Decimal(discount)


def test_an_amount_for_the_cart_that_shipping_shares_in_leaves_the_lines_the_rest() -> None:
    shared = rule("cart_fixed", "14", apply_to_shipping=True)
    priced = price(cart(("20", 1), ("20", 2), rules=(shared,), shipping_amount=Decimal(10)))
    assert [line.discount for line in priced.lines.values()] == money("4.00", "8.00")
    assert priced.discount_amount == Decimal("-14.00")


def test_a_dynamic_bundle_spreads_its_discount_over_its_children_and_keeps_the_percent() -> None:
    children = tuple(Child(sku=f"C{n}", name="c", price=Decimal(amount)) for n, amount in enumerate(("3.33", "6.66")))
    kit = Item(sku="KIT", name="Kit", type="bundle_dynamic", qty=Decimal(1), children=children)
    priced = price(cart(kit, rules=(TEN_OFF,)))
    # 10 % of 9.99 is 1.00: 0.3333 and 0.6667
    assert [priced.lines[code].discount for code in ("0", "0.0", "0.1")] == money("0", "0.33", "0.67")
    assert [priced.lines[code].discount_percent for code in ("0", "0.0", "0.1")] == money("10", "0", "0")


QUEBEC = {"GST": "5", "QST": "9.975"}


@pytest.mark.parametrize(
    ("sold", "taxed"),
    [
        # Equal priorities make one percent of 14.975: 14.975001 rounds up.
        (cart(("100", 1), tax=tax(QUEBEC)), "14.98"),
        # The second on top of the first: 5.00 and 10.47375 %.
        (cart(("100", 1), tax=tax(QUEBEC, priorities={"QST": 1})), "15.47"),
        # Both on the net amount, rounded one by one: 5.00 + 9.98.
        (cart(("100", 1), tax=tax(QUEBEC, priorities={"QST": 1}, subtotal=("QST",))), "14.98"),
        # 0.0875 a piece makes 0.09 by unit, 3 x 0.0875 makes 0.26 by row.
        (cart(("1.00", 3), tax=tax({"A": "8.75"}, **UNIT)), "0.27"),
        (cart(("1.00", 3), tax=tax({"A": "8.75"})), "0.26"),
        # By total 0.0875 thrice: 0.09, 0.08 (0.0850 - rest), 0.09.
        (cart(("1.00", 1), ("1.00", 1), ("1.00", 1), tax=tax({"A": "8.75"}, **TOTAL)), "0.26"),
        (cart(("1.00", 1), ("1.00", 1), ("1.00", 1), tax=tax({"A": "8.75"})), "0.27"),
        # Tax before discount stays on 100; after it, on 90.
        (cart(("100", 1), rules=(TEN_OFF,), tax=tax({"A": "8.25"}, apply_after_discount=False)), "8.25"),
        (cart(("100", 1), rules=(TEN_OFF,), tax=tax({"A": "8.25"})), "7.43"),
        # 10 % of the gross 108.25 off of the net 100.
        (cart(("100", 1), rules=(TEN_OFF,), tax=tax({"A": "8.25"}, discount_tax=True)), "7.36"),
    ],
)
def test_tax_comes_to_the_cent_worked_out_by_hand(sold: Cart, taxed: str) -> None:
    assert price(sold).tax_amount == Decimal(taxed)


def test_the_remainder_of_a_line_without_discount_carries_to_one_that_has_it_by_total() -> None:
    settings = tax({"A": "10"}, price_includes_tax=True, **TOTAL)
    half_off = rule("by_fixed", "0.50", step="2")
    priced = price(cart(("10.05", 1), ("5.02", 2), rules=(half_off,), tax=settings))
    # 0.913637 is 0.91 and leaves 0.003637; (10.04 - 1.00) / 11 + 0.003637 = 0.825455
    assert [line.taxed.row_tax for line in priced.lines.values()] == money("0.91", "0.83")
    assert [line.taxed.compensation for line in priced.lines.values()] == money("0.00", "0.09")
    assert priced.grand_total == Decimal("20.09") - 1


def test_by_unit_a_gross_price_is_taken_as_it_is_by_row_to_the_cent() -> None:
    for algorithm, gross in ((UNIT, "20.01"), (TOTAL, "20.02")):
        settings = tax({"A": "10"}, price_includes_tax=True, **algorithm)
        assert price(cart(("10.005", 2), tax=settings)).subtotal_incl_tax == Decimal(gross)


def test_a_repriced_line_is_taxed_on_the_catalogue_price_when_the_shop_says_so() -> None:
    item = Item(sku="S", name="S", price=Decimal(100), custom_price=Decimal(80))
    assert price(cart(item, tax=tax({"A": "10"}))).tax_amount == Decimal("8.00")
    assert price(cart(item, tax=tax({"A": "10"}, tax_on_original_price=True))).tax_amount == Decimal("10.00")
    by_unit = tax({"A": "10"}, tax_on_original_price=True, **UNIT)
    assert price(cart(item, tax=by_unit)).tax_amount == Decimal("8.00")
