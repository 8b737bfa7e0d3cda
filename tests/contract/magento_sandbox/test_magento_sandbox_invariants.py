"""What holds for any cart under any settings, with every charge and tender there is."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sandbox.magento.cart import Buyer, Cart, Child, Coupon, CouponAction, Item
from sandbox.magento.cart_money import CustomFee, FixedTax, ForeignFee, GiftCard, Tenders, Wrapping
from sandbox.magento.config import Config
from sandbox.magento.conversion import in_order_currency
from sandbox.magento.placing import place
from sandbox.magento.pricing import price
from sandbox.magento.shop import Body, Shop
from sandbox.magento.tax_settings import Algorithm, Place, TaxSettings
from tests.contract.magento_sandbox.carts_by_hand import CALIFORNIA, cart, tax

ZERO = Decimal(0)
CENT = Decimal("0.01")
money = st.decimals("0", "500", places=2)
positive = st.decimals("0.01", "500", places=2)
percents = st.decimals("0", "25", places=3)
pieces = st.integers(1, 9).map(Decimal)
algorithms = st.sampled_from(["UNIT_BASE_CALCULATION", "ROW_BASE_CALCULATION", "TOTAL_BASE_CALCULATION"])
TERMS = ("subtotal", "discount_amount", "tax_amount", "discount_tax_compensation_amount", "shipping_amount")
HIDDEN = "shipping_discount_tax_compensation_amount"
HIDDEN_BASE = "base_shipping_discount_tax_compensation_amnt"
TENDERED = ("customer_balance_amount", "gift_cards_amount", "reward_currency_amount")
ACTIONS: tuple[CouponAction, ...] = ("by_percent", "by_fixed", "cart_fixed", "buy_x_get_y", "to_percent")


@st.composite
def settings(draw: st.DrawFn) -> TaxSettings:
    switches = ("price_includes_tax", "shipping_includes_tax", "apply_after_discount", "discount_tax", "cross_border",
                "fixed_taxes_taxed", "fixed_taxes_in_subtotal", "tax_on_original_price")  # fmt: skip
    codes = "ABC"[: draw(st.integers(0, 3))]
    return tax(
        {code: str(draw(percents)) for code in codes},
        priorities={code: draw(st.integers(0, 1)) for code in codes},
        subtotal=[code for code in codes if draw(st.booleans())],
        algorithm=draw(algorithms),
        shipping_tax_class=draw(st.sampled_from([None, "Shipping"])),
        wrapping_tax_class=draw(st.sampled_from([None, "Taxable Goods"])),
        **{name: draw(st.booleans()) for name in switches},
    )


fixed = st.lists(st.builds(FixedTax, amount=money, title=st.sampled_from(["FPT", "Battery"])), max_size=2).map(tuple)


@st.composite
def items(draw: st.DrawFn) -> Item:
    kind = draw(st.sampled_from(["simple", "virtual", "configurable", "bundle_fixed", "bundle_dynamic", "giftcard"]))
    sku = draw(st.uuids()).hex
    count = {"configurable": 1, "bundle_fixed": 2, "bundle_dynamic": draw(st.integers(1, 3))}.get(kind, 0)
    children = tuple(
        Child(sku=f"{sku}-{number}", name="c", price=draw(positive), qty=draw(pieces), fixed_taxes=draw(fixed))
        for number in range(count)
    )
    return Item(
        sku=sku,
        name="n",
        type=kind,
        price=draw(positive),
        custom_price=draw(st.none() | positive),
        qty=draw(pieces),
        tax_class=draw(st.sampled_from(["Taxable Goods", None])),
        children=children,
        fixed_taxes=() if children else draw(fixed),
        wrapping_price=draw(st.none() | money),
    )


@st.composite
def rules(draw: st.DrawFn) -> Coupon:
    return Coupon(
        action=draw(st.sampled_from(ACTIONS)),
        amount=draw(st.sampled_from([Decimal(1), Decimal(100), Decimal("33.333"), Decimal("0.07"), Decimal(12)])),
        step=draw(st.integers(0, 3).map(Decimal)),
        quantity=draw(st.none() | pieces),
        apply_to_shipping=draw(st.booleans()),
        stop_rules_processing=draw(st.booleans()),
    )


def _fee(amount: Decimal) -> CustomFee:
    return CustomFee(code="f", label="F", amount=amount)


@st.composite
def carts(draw: st.DrawFn, /, **given_: Any) -> Cart:
    currency, rate = draw(st.sampled_from([(None, "1"), ("EUR", "0.8971"), ("JPY", "149.52")]))
    points = draw(st.integers(0, 1))
    tenders = Tenders(
        gift_cards=draw(st.lists(st.builds(GiftCard, code=st.sampled_from("GH"), balance=positive), max_size=1)),
        store_credit=draw(st.sampled_from([ZERO, Decimal(25), Decimal(9999)])),
        points=100 * points,
        points_amount=Decimal(points),
    )
    more: dict[str, Any] = {
        "shipping_amount": draw(money),
        "coupons": tuple(draw(st.lists(rules(), max_size=3))),
        "tax": draw(settings()),
        "currency": currency,
        "rate": Decimal(rate),
        "wrapping": draw(st.none() | st.builds(Wrapping, price=money, card_price=money)),
        "custom_fees": draw(st.lists(money.map(_fee), max_size=1)),
        "foreign_fees": draw(st.lists(st.builds(ForeignFee, amount=money), max_size=1)),
        "tenders": tenders,
    }  # fmt: skip
    lines = draw(st.lists(items(), min_size=1, max_size=5))
    return Cart.model_validate(
        {"items": lines, "buyer": Buyer(email="a@example.com"), "billing": CALIFORNIA, **more, **given_}
    )


def _amount(attributes: Body, name: str) -> Decimal:
    return Decimal(attributes.get(name) or 0)


@given(carts())
def test_grand_total_is_the_sum_of_its_terms_in_both_currencies(sold: Cart) -> None:
    body = place(Shop(Config()), sold).body
    attributes = body["extension_attributes"]
    for prefix, own in (("", in_order_currency(sold)), ("base_", sold)):
        terms = [_amount(body, prefix + name) for name in TERMS]
        terms.append(_amount(body, HIDDEN_BASE if prefix else HIDDEN))
        if not sold.tax.fixed_taxes_in_subtotal:
            column = "base_weee_tax_applied_row_amnt" if prefix else "weee_tax_applied_row_amount"
            terms += [_amount(item, column) for item in body["items"]]
        terms += [_amount(attributes, f"gw_{level}{prefix}price") for level in ("", "items_", "card_")]
        terms += [-_amount(attributes, prefix + name) for name in TENDERED]
        terms += [fee[f"{prefix}custom_fee_amount"] for fee in attributes.get("custom_fees", [])]
        terms += [fee.amount for fee in own.foreign_fees]  # shown nowhere: only the sum knows them
        assert body[f"{prefix}grand_total"] == sum(terms, ZERO)


@given(carts())
def test_rows_and_fees_make_the_subtotal_and_taxes_of_lines_the_tax(sold: Cart) -> None:
    priced = price(sold)
    goods = [line for line in priced.lines.values() if line.counts]
    fees = priced.fixed_taxes if sold.tax.fixed_taxes_in_subtotal else ZERO
    assert sum((line.taxed.row_total for line in goods), ZERO) + fees == priced.subtotal
    assert sum((taxed.row_tax for taxed in priced.all_taxed()), ZERO) == priced.tax_amount
    assert -(sum((line.discount for line in goods), ZERO) + priced.shipping_discount) == priced.discount_amount


@given(carts())
def test_what_is_listed_by_line_is_what_is_listed_by_code(sold: Cart) -> None:
    attributes = place(Shop(Config(itemized_taxes=True)), sold).body["extension_attributes"]
    for amount in ("amount", "base_amount"):
        by_code: dict[str, Decimal] = {}
        for row in (row for entry in attributes["item_applied_taxes"] for row in entry["applied_taxes"]):
            by_code[row["code"]] = by_code.get(row["code"], ZERO) + row[amount]
        assert by_code == {entry["code"]: entry[amount] for entry in attributes["applied_taxes"]}
    assert {row["code"] for row in attributes["taxes"]} == {row["code"] for row in attributes["applied_taxes"]}


@given(carts(tax=TaxSettings()), st.data())
def test_no_line_is_discounted_below_nothing(sold: Cart, data: st.DataObject) -> None:
    priced = price(sold)
    for line in priced.lines.values():
        # A dynamic bundle's price was rounded, and its discount is spread by shares: a cent a child may be over.
        assert ZERO <= line.discount <= line.taxed.row_total + CENT * (2 if "." in line.code else 0)
    assert ZERO <= priced.shipping_discount <= priced.shipping.row_total


@given(positive, percents, st.booleans(), st.booleans(), st.booleans())
def test_one_piece_of_one_line_costs_the_same_under_every_algorithm(
    amount: Decimal, percent: Decimal, gross: bool, after: bool, off: bool
) -> None:
    def under(algorithm: Algorithm) -> tuple[Decimal, ...]:
        rule = Coupon(action="by_percent", amount=Decimal(15))
        shop = tax({"A": str(percent)}, price_includes_tax=gross, apply_after_discount=after, algorithm=algorithm)
        priced = price(cart((str(amount), 1), rules=(rule,) if off else (), tax=shop))
        return priced.subtotal, priced.tax_amount, priced.discount_amount, priced.compensation, priced.grand_total

    names: tuple[Algorithm, ...] = ("UNIT_BASE_CALCULATION", "ROW_BASE_CALCULATION", "TOTAL_BASE_CALCULATION")
    assert len({under(name) for name in names}) == 1


@given(st.lists(st.tuples(positive, st.integers(1, 9)), min_size=2, max_size=6), percents, st.booleans(), st.data())
def test_the_order_of_lines_moves_the_tax_of_a_total_by_a_cent_at_most(
    lines: list[tuple[Decimal, int]], percent: Decimal, gross: bool, data: st.DataObject
) -> None:
    shop = tax({"A": str(percent)}, price_includes_tax=gross, algorithm="TOTAL_BASE_CALCULATION")
    shuffled = data.draw(st.permutations(lines))
    first, second = (
        price(cart(*((str(amount), qty) for amount, qty in order), tax=shop)) for order in (lines, shuffled)
    )
    assert abs(first.tax_amount - second.tax_amount) <= CENT
    exact = sum((amount * qty for amount, qty in lines), ZERO) * percent / (100 + (percent if gross else 0))
    assert abs(first.tax_amount - exact) <= CENT  # remainders carry, so the whole is off by less than one line


@given(st.lists(st.tuples(positive, st.integers(1, 9)), min_size=1, max_size=5), percents, algorithms)
def test_a_gross_price_stays_what_the_buyer_pays_when_the_stores_rate_is_the_buyers(
    lines: list[tuple[Decimal, int]], percent: Decimal, algorithm: Algorithm
) -> None:
    shop = tax({"A": str(percent)}, price_includes_tax=True, algorithm=algorithm)
    assert shop.origin == Place(region_id=12, postcode="90034")
    priced = price(cart(*((str(amount), qty) for amount, qty in lines), tax=shop))
    assert priced.grand_total == sum((amount * qty for amount, qty in lines), ZERO)


@given(carts())
def test_a_virtual_order_ships_nothing_whatever_the_cart_says(sold: Cart) -> None:
    service = [item for item in sold.items if item.type in ("virtual", "giftcard")]
    if not service:
        return
    body = place(Shop(Config()), sold.model_copy(update={"items": tuple(service)})).body
    assert (body["is_virtual"], body["shipping_amount"]) == (1, 0)
    assert "address" not in body["extension_attributes"]["shipping_assignments"][0]["shipping"]
