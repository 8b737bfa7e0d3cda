"""A cart in another currency than the shop's base. Pure.

Magento reckons every cart twice, in base currency and in the shopper's; neither is the other times the rate. Prices are
converted and rounded to the cent here (Magento's own may keep four places); an amount for the whole cart is spread in
each currency by itself.
"""

from __future__ import annotations

from decimal import Decimal

from sandbox.magento.cart import Cart, Child, Coupon, Item
from sandbox.magento.cart_money import FixedTax, Tenders, Wrapping
from sandbox.magento.rule_actions import MONEY_ACTIONS
from sandbox.magento.tax import cents


def in_order_currency(cart: Cart) -> Cart:
    """The same cart with every amount of money converted; itself when it is paid in base currency."""
    if cart.rate == 1:
        return cart

    def money(amount: Decimal) -> Decimal:
        return cents(amount * cart.rate)

    def maybe(amount: Decimal | None) -> Decimal | None:
        return None if amount is None else money(amount)

    def fixed(taxes: tuple[FixedTax, ...]) -> tuple[FixedTax, ...]:
        return tuple(one.model_copy(update={"amount": money(one.amount)}) for one in taxes)

    def child(one: Child) -> Child:
        return one.model_copy(update={"price": money(one.price), "fixed_taxes": fixed(one.fixed_taxes)})

    def item(one: Item) -> Item:
        amounts = {"price": money(one.price), "custom_price": maybe(one.custom_price)}
        amounts["wrapping_price"] = maybe(one.wrapping_price)
        nested = {"fixed_taxes": fixed(one.fixed_taxes), "children": tuple(map(child, one.children))}
        return one.model_copy(update={**amounts, **nested})

    def rule(one: Coupon) -> Coupon:
        return one.model_copy(update={"amount": money(one.amount)}) if one.action in MONEY_ACTIONS else one

    return cart.model_copy(
        update={
            "items": tuple(map(item, cart.items)),
            "coupons": tuple(map(rule, cart.coupons)),
            "shipping_amount": money(cart.shipping_amount),
            "wrapping": cart.wrapping and _wrapping(cart.wrapping, cart.rate),
            "custom_fees": tuple(fee.model_copy(update={"amount": money(fee.amount)}) for fee in cart.custom_fees),
            "foreign_fees": tuple(fee.model_copy(update={"amount": money(fee.amount)}) for fee in cart.foreign_fees),
            "tenders": _tenders(cart.tenders, cart.rate),
        }
    )


def _wrapping(wrapping: Wrapping, rate: Decimal) -> Wrapping:
    amounts = {"price": cents(wrapping.price * rate), "card_price": cents(wrapping.card_price * rate)}
    return wrapping.model_copy(update=amounts)


def _tenders(tenders: Tenders, rate: Decimal) -> Tenders:
    cards = tuple(card.model_copy(update={"balance": cents(card.balance * rate)}) for card in tenders.gift_cards)
    amounts = {"store_credit": cents(tenders.store_credit * rate), "points_amount": cents(tenders.points_amount * rate)}
    return tenders.model_copy(update={"gift_cards": cards, **amounts})
