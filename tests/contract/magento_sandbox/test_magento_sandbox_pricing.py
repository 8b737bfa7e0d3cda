"""The shop engine: Magento's own figures, and identities that hold for any cart under any settings."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.magento.cart import Address, Buyer, Cart, Child, Coupon, Item
from sandbox.magento.config import Config
from sandbox.magento.lifecycle import invoice
from sandbox.magento.placing import place
from sandbox.magento.pricing import price
from sandbox.magento.shop import Kind, Shop
from sandbox.magento.tax_settings import GOODS, SHIPPING, TaxRate, TaxRule, TaxSettings
from sandbox.magento.vectors import compare
from sandbox.scenarios.orders import SHAPES, carts

VECTORS = Path(__file__).resolve().parents[4] / "shared" / "vectors" / "magento-totals"
BILLING = Address(firstname="A", lastname="B", street=("1",), city="Los Angeles", region="CA", postcode="90034")
ZERO = Decimal(0)
FOUR_PLACES = Decimal("0.0002")  # amounts per rate are stored with four, up to three rates share one

money = st.decimals("0.01", "2000", places=2)
percents = st.decimals("0", "25", places=3)
quantities = st.integers(1, 12).map(Decimal)


@st.composite
def items(draw: st.DrawFn) -> Item:
    kind = draw(st.sampled_from(["simple", "virtual", "configurable", "bundle_fixed", "bundle_dynamic"]))
    sku = draw(st.uuids()).hex
    count = {"configurable": 1, "bundle_fixed": 2, "bundle_dynamic": draw(st.integers(1, 4))}.get(kind, 0)
    children = tuple(
        Child(sku=f"{sku}-{n}", name="c", price=draw(money), qty=draw(st.integers(1, 3).map(Decimal)))
        for n in range(count)
    )
    taxed = draw(st.sampled_from([GOODS, GOODS, None]))
    return Item.model_validate(
        {"sku": sku, "name": "n", "type": kind, "price": draw(money), "qty": draw(quantities)}
        | {"children": children, "tax_class": taxed}
    )


@st.composite
def settings(draw: st.DrawFn) -> TaxSettings:
    booleans = ("price_includes_tax", "shipping_includes_tax", "apply_after_discount", "discount_tax", "cross_border")
    switches: dict[str, Any] = {name: draw(st.booleans()) for name in booleans}
    rates = tuple(TaxRate(code=code, percent=draw(percents), region_id=12) for code in "ABC")
    classes = (GOODS, SHIPPING) if draw(st.booleans()) else (GOODS,)
    rules = tuple(
        TaxRule(
            code=rate.code,
            rates=(rate.code,),
            product_classes=classes,
            priority=draw(st.integers(0, 1)),
            calculate_subtotal=draw(st.booleans()),
        )
        for rate in rates[: draw(st.integers(0, 3))]
    )
    algorithm = draw(st.sampled_from(["UNIT_BASE_CALCULATION", "ROW_BASE_CALCULATION", "TOTAL_BASE_CALCULATION"]))
    return TaxSettings(algorithm=algorithm, rates=rates, rules=rules, shipping_tax_class=SHIPPING, **switches)


@st.composite
def coupons(draw: st.DrawFn) -> Coupon:
    action = draw(st.sampled_from(["by_percent", "by_fixed", "cart_fixed"]))
    amount = draw(st.sampled_from([Decimal(100), Decimal(50), Decimal("33.333"), Decimal("0.07"), Decimal(10)]))
    shipping, stop = draw(st.booleans()), draw(st.booleans())
    return Coupon(action=action, amount=amount, apply_to_shipping=shipping, stop_rules_processing=stop)


random_carts = st.builds(
    Cart,
    items=st.lists(items(), min_size=1, max_size=6).map(tuple),
    buyer=st.just(Buyer(email="a@example.com")),
    billing=st.just(BILLING),
    shipping=st.just(None),
    shipping_method=st.just("flatrate_flatrate"),
    shipping_description=st.just("Flat Rate - Fixed"),
    shipping_amount=st.decimals("0", "50", places=2),
    coupons=st.lists(coupons(), max_size=2).map(tuple),
    tax=settings(),
    payment_method=st.just("checkmo"),
    payment_title=st.just("Check / Money order"),
    paid_at_once=st.just(False),
    created_at=st.none(),
    shape=st.just("random"),
)


@pytest.mark.skipif(not VECTORS.is_dir(), reason="the folder of Magento's figures is not here")
def test_every_figure_of_magentos_own_scenarios_agrees() -> None:
    report = compare(VECTORS)
    assert report.total > 1000
    assert report.differences == [], f"{report.agreed} of {report.total} figures agree"


@given(random_carts)
def test_the_identities_of_totals_hold_for_any_cart(cart: Cart) -> None:
    body = place(Shop(Config()), cart).body
    assert body["grand_total"] == (
        body["subtotal"]
        + body["discount_amount"]
        + body["tax_amount"]
        + body["discount_tax_compensation_amount"]
        + body["shipping_amount"]
        + body["shipping_discount_tax_compensation_amount"]
    )
    # A discount on gross value off net prices, of goods or shipping, can pass what is charged (magento/magento2#33379).
    gross_prices = cart.tax.price_includes_tax and cart.tax.shipping_includes_tax
    assert body["grand_total"] >= 0 or (cart.tax.discount_tax and not gross_prices)
    rows = [item for item in body["items"] if "parent_item_id" not in item]
    assert sum((row["row_total"] for row in rows), ZERO) == body["subtotal"]
    assert sum((row["tax_amount"] for row in rows), ZERO) + body["shipping_tax_amount"] == body["tax_amount"]
    discounts = sum((item["discount_amount"] for item in body["items"]), ZERO)
    assert -(discounts + body["shipping_discount_amount"]) == body["discount_amount"]


@given(random_carts, st.sampled_from([Decimal(50), Decimal(100), Decimal("12.5")]))
def test_the_hidden_tax_of_a_discount_on_gross_prices_belongs_to_the_total(cart: Cart, percent: Decimal) -> None:
    gross = {"price_includes_tax": True, "shipping_includes_tax": True, "apply_after_discount": True}
    off = Coupon(action="by_percent", amount=percent, apply_to_shipping=True)
    priced = price(cart.model_copy(update={"tax": cart.tax.model_copy(update=gross), "coupons": (off,)}))
    # What is paid is the gross value less the discount, whatever part of either is called tax.
    gross_value = priced.subtotal_incl_tax + priced.shipping.row_total_incl_tax
    assert priced.grand_total == gross_value + priced.discount_amount


@given(random_carts)
def test_every_amount_of_an_order_is_in_whole_cents(cart: Cart) -> None:
    priced = price(cart)
    for amount in (priced.subtotal, priced.tax_amount, priced.discount_amount, priced.compensation, priced.grand_total):
        assert amount == amount.quantize(Decimal("0.01"))


@given(random_carts)
def test_taxes_by_item_add_up_to_the_items_tax(cart: Cart) -> None:
    body = place(Shop(Config()), cart).body
    by_item = {item["item_id"]: item for item in body["items"]}
    for entry in body["extension_attributes"]["item_applied_taxes"]:
        tax = by_item[entry["item_id"]]["tax_amount"] if entry["type"] == "product" else body["shipping_tax_amount"]
        listed = sum((row["amount"] for row in entry["applied_taxes"]), ZERO)
        # Several rates compounding in one group list less than its tax: Magento divides by the effective percent.
        assert listed <= tax + FOUR_PLACES
        if len({rule.priority for rule in cart.tax.rules}) <= 1:
            assert abs(listed - tax) <= FOUR_PLACES


@given(random_carts)
def test_an_invoice_over_everything_equals_the_order(cart: Cart) -> None:
    shop = Shop(Config())
    order = place(shop, cart)
    due = order.body["grand_total"]
    document = invoice(shop, order, {})
    assert document.body["grand_total"] == due
    assert order.body["total_due"] == 0


@given(st.integers(0, 10_000))
def test_generated_carts_cover_every_shape_and_repeat_by_seed(seed: int) -> None:
    made = carts(seed, len(SHAPES))
    assert [cart.shape for cart in made] == [shape.name for shape in SHAPES]
    assert carts(seed, 3) == made[:3]


def test_generated_carts_share_customers_and_goods_and_fall_around_midnight() -> None:
    made = carts(1, 56)
    accounts = [cart.buyer.email for cart in made if cart.buyer.registered]
    skus = [item.sku for cart in made for item in cart.items]
    assert len(set(accounts)) < len(accounts) / 2
    assert len(set(skus)) < len(skus) / 3
    near = [
        cart
        for cart in made
        if cart.created_at and (cart.created_at.hour, cart.created_at.minute) in {(23, 59), (0, 0)}
    ]
    assert len(near) >= 10
    assert {cart.billing.region for cart in made} >= {"CA", "NY", "TX", "OR"}


@pytest.mark.parametrize("algorithm", ["UNIT_BASE_CALCULATION", "ROW_BASE_CALCULATION", "TOTAL_BASE_CALCULATION"])
def test_generated_orders_keep_their_identity_under_every_algorithm(algorithm: str) -> None:
    shop = Shop(Config())
    for cart in carts(3, 42):
        tax = cart.tax.model_copy(update={"algorithm": algorithm})
        body = place(shop, cart.model_copy(update={"tax": tax})).body
        rows = [item["row_total"] for item in body["items"] if "parent_item_id" not in item]
        assert sum(rows, ZERO) == body["subtotal"], cart.shape
    assert len(list(shop.documents(Kind.ORDER))) == 42


def _sold(*lines: tuple[str, int], rates: dict[str, str] | None = None, percent_off: int = 0, **tax: Any) -> Cart:
    """Simple items (price, quantity) in a shop whose rates all apply in California, one rule each."""
    percents = rates or {"A": "8.25"}
    priorities = tax.pop("priorities", {})
    settings = TaxSettings(
        rates=tuple(TaxRate(code=code, percent=Decimal(percent), region_id=12) for code, percent in percents.items()),
        rules=tuple(TaxRule(code=code, rates=(code,), priority=priorities.get(code, 0)) for code in percents),
        **{"algorithm": "ROW_BASE_CALCULATION", **tax},
    )
    goods = tuple(
        Item(sku=f"S{number}", name="S", price=Decimal(amount), qty=Decimal(qty))
        for number, (amount, qty) in enumerate(lines)
    )
    off = (Coupon(action="by_percent", amount=Decimal(percent_off)),) if percent_off else ()
    return Cart(items=goods, buyer=Buyer(email="a@example.com"), billing=BILLING, coupons=off, tax=settings)


UNIT: dict[str, Any] = {"algorithm": "UNIT_BASE_CALCULATION"}
TOTAL: dict[str, Any] = {"algorithm": "TOTAL_BASE_CALCULATION"}
TEN: dict[str, Any] = {"rates": {"A": "10"}, "price_includes_tax": True}


@pytest.mark.parametrize(
    ("cart", "tax"),
    [
        (_sold(("10", 1), ("11", 1)), "1.74"),
        (_sold(("10", 1), ("11", 1), **TOTAL), "1.73"),
        (_sold(("1", 10), rates={"A": "7.5", "B": "5.5"}, priorities={"B": 1}, **UNIT), "1.40"),
        (_sold(("29", 1), percent_off=50, **TEN), "1.44"),
        (_sold(("1.69", 10), rates={"A": "8.25"}, price_includes_tax=True, **UNIT), "1.30"),
    ],
)
def test_tax_follows_the_algorithm_to_the_cent(cart: Cart, tax: str) -> None:
    assert price(cart).tax_amount == Decimal(tax)


def test_a_later_priority_compounds_and_its_group_shows_the_effective_percent() -> None:
    rates = {"A": "8.25", "B": "5", "C": "11"}
    taxed = price(_sold(("100", 1), rates=rates, priorities={"C": 1})).lines["0"].taxed
    assert [(one.group.id, one.group.percent) for one in taxed.applied] == [
        ("AB", Decimal("13.25")),
        ("C", Decimal("12.4575")),
    ]
    assert taxed.percent == Decimal("25.7075")


def test_a_gross_price_of_another_rate_is_rebased_for_the_buyer_unless_trade_is_cross_border() -> None:
    cart = _sold(("9.99", 1), rates={"A": "20"}, price_includes_tax=True)
    store = TaxRate(code="STORE", percent=Decimal(10), region_id=57)
    tax = cart.tax.model_copy(
        update={
            "rates": (*cart.tax.rates, store),
            "rules": (TaxRule(code="R", rates=("A", "STORE")),),
            "origin": cart.tax.origin.model_copy(update={"region_id": 57}),
        }
    )
    rebased = cart.model_copy(update={"tax": tax})
    assert price(rebased).lines["0"].taxed.price_incl_tax == Decimal("10.90")
    kept = cart.model_copy(update={"tax": tax.model_copy(update={"cross_border": True})})
    assert price(kept).lines["0"].taxed.price_incl_tax == Decimal("9.99")


def test_half_off_a_gross_price_splits_into_discount_tax_and_hidden_tax() -> None:
    priced = price(_sold(("29", 1), percent_off=50, **TEN))
    figures = (priced.subtotal, priced.discount_amount, priced.tax_amount, priced.compensation, priced.grand_total)
    assert figures == tuple(map(Decimal, ("26.36", "-13.18", "1.44", "1.20", "15.82")))


def test_a_whole_discount_leaves_nothing_of_net_prices_and_of_gross_ones_where_it_covers_tax() -> None:
    assert price(_sold(("2999.995", 2), percent_off=100)).grand_total == 0
    assert price(_sold(("29", 3), ("0.45", 1), percent_off=100, discount_tax=True, **TEN)).grand_total == 0
