"""The money columns of an order row, and its extension attributes that hold money, in both currencies."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.magento.cart import Cart
from sandbox.magento.charges import ChargeType, total
from sandbox.magento.pricing import Priced
from sandbox.magento.shop import Body
from sandbox.magento.tax import ZERO


@dataclass(frozen=True)
class Prices:
    """A cart priced twice: in base currency and in the order's. Without a rate both are the same."""

    base: Priced
    order: Priced


def both(figures: dict[str, Any], base: dict[str, Any]) -> Body:
    """The figures in order currency and those in base currency, under the names of the columns."""
    named = {f"base_{name}": value for name, value in base.items()}
    # The column's name is cut off in Magento's schema.
    if (cut := named.pop("base_shipping_discount_tax_compensation_amount", None)) is not None:
        named["base_shipping_discount_tax_compensation_amnt"] = cut
    return {**named, **figures}


def totals(prices: Prices) -> Body:
    """Columns of sales_order."""
    return both(_totals(prices.order), _totals(prices.base))


def shipping_totals(prices: Prices) -> Body:
    """Columns of the order that its shipping assignment repeats."""
    return both(_shipping(prices.order), _shipping(prices.base))


def money_attributes(cart: Cart, in_order: Cart, prices: Prices) -> Body:
    """Extension attributes of tenders, wrapping and fees (Adobe Commerce, from its OpenAPI; when shown is recalled)."""
    attributes = _tenders(prices)
    if prices.order.wrapping:
        attributes |= _wrapping(cart, prices)
    if cart.custom_fees:
        attributes["custom_fees"] = [
            {
                "custom_fee_code": fee.code,
                "label": fee.label,
                "custom_fee_amount": fee.amount,
                "base_custom_fee_amount": base.amount,
            }
            for fee, base in zip(in_order.custom_fees, cart.custom_fees, strict=True)
        ]
    for foreign, base_fee in zip(in_order.foreign_fees, cart.foreign_fees, strict=True):
        if foreign.attribute is not None:
            attributes[foreign.attribute] = foreign.amount
            attributes[f"base_{foreign.attribute}"] = base_fee.amount
    return attributes


def _totals(priced: Priced) -> dict[str, Decimal]:
    figures = {
        "subtotal": priced.subtotal,
        "subtotal_incl_tax": priced.subtotal_incl_tax,
        "discount_amount": priced.discount_amount,
        "tax_amount": priced.tax_amount,
        "discount_tax_compensation_amount": priced.compensation,
        "grand_total": priced.grand_total,
        "total_due": priced.grand_total,
    }
    return figures | _shipping(priced)


def _shipping(priced: Priced) -> dict[str, Decimal]:
    return {
        "shipping_amount": priced.shipping.row_total,
        "shipping_incl_tax": priced.shipping.row_total_incl_tax,
        "shipping_tax_amount": priced.shipping.row_tax,
        "shipping_discount_amount": priced.shipping_discount,
        "shipping_discount_tax_compensation_amount": priced.shipping.compensation,
    }


def _tenders(prices: Prices) -> Body:
    taken, base = prices.order.tendered, prices.base.tendered
    attributes: Body = {}
    if taken.store_credit:
        attributes["base_customer_balance_amount"] = base.store_credit
        attributes["customer_balance_amount"] = taken.store_credit
    if taken.gift_cards:
        in_base = dict(base.gift_cards)
        attributes["gift_cards"] = [
            {"id": number + 1, "code": code, "amount": amount, "base_amount": in_base.get(code, ZERO)}
            for number, (code, amount) in enumerate(taken.gift_cards)
        ]
        attributes["base_gift_cards_amount"] = base.gift_cards_amount
        attributes["gift_cards_amount"] = taken.gift_cards_amount
    if taken.points:
        attributes["reward_points_balance"] = taken.points
        attributes["reward_currency_amount"] = taken.points_amount
        attributes["base_reward_currency_amount"] = base.points_amount
    return attributes


_WRAPPED: tuple[tuple[str, ChargeType], ...] = (("", "quote_gw"), ("items_", "item_gw"), ("card_", "printed_card_gw"))


def _wrapping(cart: Cart, prices: Prices) -> Body:
    """As texts: the interface types these columns as strings."""
    attributes: Body = {}
    if cart.wrapping is not None:
        attributes |= {"gw_id": str(cart.wrapping.id), "gw_allow_gift_receipt": "0"}
        attributes["gw_add_card"] = str(int(bool(cart.wrapping.card_price)))
    for level, charge in _WRAPPED:
        for currency, priced in (("base_", prices.base), ("", prices.order)):
            price, tax = total(list(priced.charges), charge), wrapping_tax(priced, charge)
            attributes[f"gw_{level}{currency}price"] = _text(price)
            attributes[f"gw_{level}{currency}tax_amount"] = _text(tax)
            attributes[f"gw_{level}{currency}price_incl_tax"] = _text(price + tax)
    return attributes


def wrapping_tax(priced: Priced, *types: ChargeType) -> Decimal:
    """Tax on charges of these types."""
    return sum((one.taxed.row_tax for one in priced.charges if one.type in types and one.taxed is not None), ZERO)


def _text(amount: Decimal) -> str:
    return f"{amount:.4f}"
