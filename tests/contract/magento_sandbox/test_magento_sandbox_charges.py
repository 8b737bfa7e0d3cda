"""Fixed product taxes, wrapping, fees and what pays before the payment method: on carts and on their orders."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.magento.cart import Cart, Child, Item
from sandbox.magento.cart_money import CustomFee, FixedTax, ForeignFee, GiftCard, Tenders, Wrapping, fixed_taxes_at
from sandbox.magento.config import Config
from sandbox.magento.lifecycle import credit, invoice
from sandbox.magento.placing import place
from sandbox.magento.pricing import price
from sandbox.magento.shop import Body, Shop
from sandbox.magento.tax_settings import Place
from sandbox.scenarios.orders import SHAPES, carts
from sandbox.scenarios.special import SPECIAL_SHAPES
from shared import wire
from tests.contract.magento_sandbox.carts_by_hand import TOTAL, UNIT, cart, money, rule, tax

SEVEN = (FixedTax(amount=Decimal(7)),)


def screen(amount: str = "10", qty: int = 1, **more: Any) -> Item:
    """Electronics with a recycling fee of 7.00."""
    return Item(sku="TV", name="Screen", price=Decimal(amount), qty=Decimal(qty), fixed_taxes=SEVEN, **more)


def ordered(sold: Cart, **config: Any) -> Body:
    return place(Shop(Config(**config)), sold).body


def shown(sold: Cart, **config: Any) -> Body:
    """As REST answers it."""
    shop = Shop(Config(**config))
    document: Body = wire.decode(shop.text(place(shop, sold)).encode())
    return document


def test_of_a_fixed_taxs_entries_the_region_goes_before_the_country() -> None:
    taxes = (
        FixedTax(amount=Decimal(1)),
        FixedTax(amount=Decimal(2), region_id=12),
        FixedTax(amount=Decimal(3), title="Battery"),
        FixedTax(amount=Decimal(4), country="DE"),
    )
    california, texas, germany = Place(region_id=12), Place(region_id=57), Place(country="DE")
    amounts = [[one.amount for one in fixed_taxes_at(taxes, where)] for where in (california, texas, germany)]
    assert amounts == [money("2", "3"), money("1", "3"), money("4")]


@pytest.mark.parametrize(
    ("settings", "taxed"),
    [
        # 0.825 is 0.83 and leaves -0.005, which makes 0.5775 of the fee 0.57; by unit the same twice.
        ({}, "1.40"),
        (UNIT, "1.40"),
        (TOTAL, "1.40"),
    ],
)
def test_a_taxed_fee_shares_the_remainder_of_its_item(settings: dict[str, Any], taxed: str) -> None:
    priced = price(cart(screen(), tax=tax({"A": "8.25"}, fixed_taxes_taxed=True, **settings)))
    assert priced.tax_amount == Decimal(taxed)
    # The item's own tax is on the item, the fee's only in the total.
    assert priced.lines["0"].taxed.row_tax == Decimal("0.83")
    assert priced.grand_total == Decimal("18.40")


def test_by_total_a_fee_stands_between_its_item_and_the_next() -> None:
    lines = (screen("0.55"), ("0.55", 1), ("0.55", 1))
    priced = price(cart(*lines, tax=tax({"A": "10"}, fixed_taxes_taxed=True, **TOTAL)))
    # 0.055 -> 0.06 (-0.005), 0.70 - 0.005 -> 0.70 (-0.005), 0.055 - 0.005 -> 0.05, 0.055 -> 0.06
    assert [line.taxed.row_tax for line in priced.lines.values()] == money("0.06", "0.05", "0.06")
    assert [one.taxed.row_tax for one in priced.charges if one.taxed] == money("0.70")


def test_an_untaxed_fee_is_added_as_it_is_and_never_discounted() -> None:
    half_off = rule("by_percent", "50")
    priced = price(cart(screen(qty=3), rules=(half_off,), tax=tax({"A": "10"})))
    assert (priced.subtotal, priced.fixed_taxes, priced.discount_amount) == (
        Decimal(30),
        Decimal(21),
        Decimal("-15.00"),
    )
    assert (priced.tax_amount, priced.grand_total) == (Decimal("1.50"), Decimal("37.50"))


def test_a_fee_in_the_subtotal_moves_there_and_changes_no_total() -> None:
    apart = price(cart(screen(qty=2), tax=tax({"A": "10"}, fixed_taxes_taxed=True)))
    within = price(cart(screen(qty=2), tax=tax({"A": "10"}, fixed_taxes_taxed=True, fixed_taxes_in_subtotal=True)))
    assert (apart.subtotal, within.subtotal) == (Decimal(20), Decimal(34))
    assert apart.subtotal_incl_tax == within.subtotal_incl_tax == Decimal("37.40")
    assert apart.grand_total == within.grand_total == Decimal("37.40")


def test_an_order_shows_its_fees_on_the_items_and_their_taxes_tied_to_them() -> None:
    body = ordered(cart(screen(qty=2), tax=tax({"A": "10"}, fixed_taxes_taxed=True)))
    (item,) = body["items"]
    assert [item[name] for name in ("weee_tax_applied_amount", "weee_tax_applied_row_amount", "tax_amount")] == money(
        "7", "14", "2"
    )
    assert item["base_weee_tax_applied_row_amnt"] == 14
    (entry,) = wire.decode(item["weee_tax_applied"].encode())
    assert (entry["title"], entry["row_amount"], entry["row_amount_incl_tax"]) == ("FPT", 14, Decimal("15.4"))
    taxes = body["extension_attributes"]["item_applied_taxes"]
    assert [(one["type"], one.get("item_id"), one.get("associated_item_id")) for one in taxes] == [
        ("product", item["item_id"], None),
        ("weee", None, item["item_id"]),
    ]
    assert taxes[1]["applied_taxes"][0]["amount"] == Decimal("1.40")
    assert body["extension_attributes"]["applied_taxes"][0]["amount"] == body["tax_amount"] == Decimal("3.40")


def test_rest_adds_one_fee_to_the_base_row_and_all_to_the_other() -> None:
    (item,) = shown(cart(screen(qty=3), tax=tax({"A": "10"})))["items"]
    assert (item["row_total_incl_tax"], item["base_row_total_incl_tax"]) == (54, 40)


def test_children_carry_the_fees_of_a_configurable_and_its_row_repeats_one_piece() -> None:
    child = Child(sku="TV-L", name="Large", fixed_taxes=SEVEN)
    item = Item(sku="TV", name="Screen", type="configurable", price=Decimal(10), qty=Decimal(2), children=(child,))
    parent, variant = ordered(cart(item, tax=tax({"A": "10"}, fixed_taxes_taxed=True)))["items"]
    assert [parent["weee_tax_applied_amount"], parent["weee_tax_applied_row_amount"]] == money("7", "0")
    assert variant["weee_tax_applied_row_amount"] == 14


def test_wrapping_is_taxed_by_its_own_class_and_shown_in_words_of_commerce() -> None:
    settings = tax({"A": "10"}, wrapping_tax_class="Taxable Goods")
    wrapped = Item(sku="S", name="S", price=Decimal(10), qty=Decimal(2), wrapping_price=Decimal("1.50"))
    paper = Wrapping(id=3, price=Decimal(4), card_price=Decimal(1))
    body = ordered(cart(wrapped, wrapping=paper, tax=settings))
    attributes = body["extension_attributes"]
    assert body["grand_total"] == Decimal("30.80")  # (20 + 3 + 4 + 1) with 10 %
    assert (attributes["gw_id"], attributes["gw_price"], attributes["gw_items_price"]) == ("3", "4.0000", "3.0000")
    assert (attributes["gw_card_tax_amount"], attributes["gw_base_price_incl_tax"]) == ("0.1000", "4.4000")
    assert body["items"][0]["gw_price"] == Decimal("1.50")
    types = [entry["type"] for entry in attributes["item_applied_taxes"]]
    assert types == ["product", "item_gw", "quote_gw", "printed_card_gw"]


def test_points_gift_cards_and_credit_pay_in_this_order_and_no_more_than_is_left() -> None:
    cards = (GiftCard(code="G1", balance=Decimal(30)), GiftCard(code="G2", balance=Decimal(50)))
    tenders = Tenders(points=400, points_amount=Decimal(4), gift_cards=cards, store_credit=Decimal(100))
    body = ordered(cart(("100", 1), tenders=tenders))
    attributes = body["extension_attributes"]
    assert (attributes["reward_points_balance"], attributes["reward_currency_amount"]) == (400, 4)
    assert [(card["code"], card["amount"]) for card in attributes["gift_cards"]] == [("G1", 30), ("G2", 50)]
    assert (attributes["gift_cards_amount"], attributes["customer_balance_amount"]) == (80, 16)
    assert (body["grand_total"], body["payment"]["method"]) == (0, "free")


def test_what_isnt_needed_of_a_tender_isnt_taken() -> None:
    cards = (GiftCard(code="G1", balance=Decimal(30)), GiftCard(code="G2", balance=Decimal(50)))
    tenders = Tenders(points=400, points_amount=Decimal(4), gift_cards=cards, store_credit=Decimal(9))
    attributes = ordered(cart(("3", 1), tenders=tenders))["extension_attributes"]
    assert attributes["reward_points_balance"] == 300
    assert not {"gift_cards", "gift_cards_amount", "customer_balance_amount"} & set(attributes)


def test_fees_are_in_the_total_and_shown_where_their_module_shows_them() -> None:
    body = ordered(
        cart(
            ("10", 1),
            custom_fees=(CustomFee(code="handling", label="Handling", amount=Decimal(2)),),
            foreign_fees=(ForeignFee(amount=Decimal(3), attribute="cod_fee"), ForeignFee(amount=Decimal("0.50"))),
        )
    )
    assert body["grand_total"] == Decimal("15.50")
    attributes = body["extension_attributes"]
    assert attributes["custom_fees"][0]["custom_fee_amount"] == 2
    assert (attributes["cod_fee"], attributes["base_cod_fee"]) == (3, 3)


def test_an_order_in_another_currency_is_reckoned_twice_and_not_multiplied() -> None:
    sold = cart(("9.99", 3), ("0.35", 1), currency="EUR", rate=Decimal("0.8971"), tax=tax({"A": "8.25"}))
    body = ordered(sold)
    assert (body["base_currency_code"], body["order_currency_code"]) == ("USD", "EUR")
    assert (body["base_to_order_rate"], body["store_to_base_rate"]) == (Decimal("0.8971"), 0)
    # 8.96 x 3 + 0.31, taxed 2.22 and 0.03
    assert (body["subtotal"], body["tax_amount"], body["grand_total"]) == tuple(money("27.19", "2.25", "29.44"))
    assert (body["base_subtotal"], body["base_tax_amount"], body["base_grand_total"]) == tuple(
        money("30.32", "2.50", "32.82")
    )
    first = body["items"][0]
    assert (first["price"], first["base_price"], first["original_price"]) == tuple(money("8.96", "9.99", "8.96"))
    applied = body["extension_attributes"]["applied_taxes"][0]
    assert (applied["amount"], applied["base_amount"]) == (body["tax_amount"], body["base_tax_amount"])


def test_a_release_of_2_4_8_shows_tax_rows_with_the_groups_amount_and_the_rates_own() -> None:
    sold = cart(("100", 1), tax=tax({"GST": "5", "QST": "9.975"}))
    assert "taxes" not in ordered(sold)["extension_attributes"]
    body = ordered(sold, itemized_taxes=True)
    rows = body["items"][0]["extension_attributes"]["itemized_taxes"]
    assert {(row["tax_code"], row["amount"], row["real_amount"]) for row in rows} == {
        ("GST", Decimal("14.98"), Decimal("5.0017")),
        ("QST", Decimal("14.98"), Decimal("9.9783")),
    }
    assert {tax_row["tax_id"] for tax_row in body["extension_attributes"]["taxes"]} == {row["tax_id"] for row in rows}


def test_a_part_of_a_piece_and_options_of_the_shopper_are_on_the_item() -> None:
    ribbon = Item.model_validate(
        {"sku": "R", "name": "Ribbon", "price": "4.50", "qty": "2.5", "custom_options": [{"id": 7, "value": "blue"}]}
    )
    (item,) = ordered(cart(ribbon))["items"]
    assert (item["is_qty_decimal"], item["row_total"]) == (1, Decimal("11.25"))
    options = item["product_option"]["extension_attributes"]["custom_options"]
    assert options == [{"option_id": "7", "option_value": "blue"}]


def test_a_gift_card_is_sold_without_shipping_or_tax_of_its_own() -> None:
    card = Item(sku="GC", name="Gift card", type="giftcard", price=Decimal(50), tax_class=None)
    body = ordered(cart(card, tax=tax({"A": "10"})))
    (item,) = body["items"]
    assert (body["is_virtual"], item["product_type"], body["tax_amount"]) == (1, "giftcard", 0)
    assert item["product_option"]["extension_attributes"]["giftcard_item_option"]["giftcard_amount"] == "50.0000"


@pytest.mark.parametrize("in_subtotal", [False, True])
def test_an_order_with_taxed_fees_is_invoiced_in_parts_and_to_the_end(in_subtotal: bool) -> None:
    shop = Shop(Config())
    settings = tax({"A": "8.25"}, fixed_taxes_taxed=True, fixed_taxes_in_subtotal=in_subtotal)
    order = place(shop, cart(screen("9.99", qty=3), shipping_amount=Decimal(5), tax=settings))
    item_id, total = order.body["items"][0]["item_id"], order.body["grand_total"]
    first = invoice(shop, order, {"items": {str(item_id): 1}})
    rest = invoice(shop, order, {})
    assert first.body["grand_total"] + rest.body["grand_total"] == total
    assert order.body["total_due"] == 0


@given(st.integers(0, 10_000))
def test_an_invoice_over_everything_of_a_special_order_is_over_its_total_in_both_currencies(seed: int) -> None:
    shop = Shop(Config())
    for one in carts(seed, len(SPECIAL_SHAPES), SPECIAL_SHAPES):
        order = place(shop, one.model_copy(update={"paid_at_once": False}))
        totals = order.body["grand_total"], order.body["base_grand_total"]
        document = invoice(shop, order, {})
        assert (document.body["grand_total"], document.body["base_grand_total"]) == totals, one.shape
        assert (order.body["total_due"], order.body["base_total_due"]) == (0, 0)


def test_credit_pays_the_first_invoices_and_goes_back_with_the_first_memos() -> None:
    shop = Shop(Config())
    order = place(shop, cart(("10", 4), tenders=Tenders(store_credit=Decimal(15))))
    item_id = str(order.body["items"][0]["item_id"])
    first, second = invoice(shop, order, {"items": {item_id: 1}}), invoice(shop, order, {"items": {item_id: 2}})
    last = invoice(shop, order, {})
    taken = [one.body.get("extension_attributes", {}).get("customer_balance_amount") for one in (first, second, last)]
    assert taken == [10, 5, None]
    assert [one.body["grand_total"] for one in (first, second, last)] == money("0", "15", "10")
    assert order.body["extension_attributes"]["customer_balance_invoiced"] == 15
    memo = credit(shop, order, {"items": {item_id: 2}})
    assert (memo.body["grand_total"], memo.body["extension_attributes"]["customer_balance_amount"]) == (5, 15)
    rest = credit(shop, order, {})
    assert (rest.body["grand_total"], order.body["total_refunded"]) == (20, 25)


def test_what_credit_paid_in_full_is_given_back_without_money() -> None:
    shop = Shop(Config())
    order = place(shop, cart(("10", 2), tenders=Tenders(store_credit=Decimal(50))))
    assert invoice(shop, order, {}).body["grand_total"] == 0
    memo = credit(shop, order, {})
    assert (memo.body["grand_total"], memo.body["extension_attributes"]["customer_balance_amount"]) == (0, 20)
    assert order.body["extension_attributes"]["customer_balance_refunded"] == 20


@given(st.integers(0, 10_000))
def test_special_carts_repeat_by_seed_and_leave_the_others_as_they_are(seed: int) -> None:
    made = carts(seed, len(SPECIAL_SHAPES), SPECIAL_SHAPES)
    assert [one.shape for one in made] == [shape.name for shape in SPECIAL_SHAPES]
    assert carts(seed, 2, SPECIAL_SHAPES) == made[:2]
    assert not {one.shape for one in carts(seed, len(SHAPES))} & {one.shape for one in made}
    shop = Shop(Config())
    for one in made:
        body = place(shop, one).body
        assert body["grand_total"] >= 0
        assert Cart.model_validate(one.model_dump()) == one  # a cart that could be sent over the wire


def test_special_carts_really_have_what_their_shape_says() -> None:
    shop = Shop(Config())
    orders = {one.shape: place(shop, one).body for one in carts(3, len(SPECIAL_SHAPES), SPECIAL_SHAPES)}
    attributes = {shape: set(body["extension_attributes"]) for shape, body in orders.items()}
    assert "gift_cards" in attributes["paid with gift card and credit"]
    assert {"gw_price", "gw_items_price"} <= attributes["gift wrapped"]
    assert "custom_fees" in attributes["custom fee"]
    assert orders["other currency"]["order_currency_code"] == "EUR"
    assert orders["European buyer"]["billing_address"]["country_id"] in {"DE", "NL", "DK"}
    assert orders["fixed product tax"]["items"][0]["weee_tax_applied_row_amount"] > 0
    assert orders["zero price"]["items"][0]["row_total"] == 0
