"""The amounts of an order in one of its two currencies, under one name each.

Magento keeps every amount twice: in the website's base currency (base_*) and in the currency the customer saw. The two
are rounded apart, so one set is used throughout and never converted into the other. Two base names are cut short.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from shared.commerce.money import ZERO
from shared.magento.models import Order, OrderItem


@dataclass(frozen=True, slots=True)
class OrderFigures:
    """Amounts of the order. `discount` is positive; `hidden_tax` is the tax inside a discount on prices with tax."""

    subtotal: Decimal
    grand_total: Decimal
    tax: Decimal
    discount: Decimal
    hidden_tax: Decimal
    shipping: Decimal
    shipping_tax: Decimal
    shipping_discount: Decimal
    shipping_hidden_tax: Decimal
    gift_cards: Decimal
    store_credit: Decimal
    reward_points: Decimal
    cancelled: Decimal
    refunded: Decimal

    @property
    def tenders(self) -> Decimal:
        """What was paid with liabilities of the shop: it lowers grand_total, not what was sold."""
        return self.gift_cards + self.store_credit + self.reward_points


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """Amounts of a row; None where the shop gave none. `fpt` is the fixed product tax of the whole row, `fpt_shown` the
    one that REST adds to row_total_incl_tax: in base currency that of one unit only, Magento's own slip."""

    price: Decimal | None
    row_total: Decimal | None
    row_total_incl_tax: Decimal | None
    tax: Decimal
    discount: Decimal
    hidden_tax: Decimal
    fpt: Decimal
    fpt_shown: Decimal


def order_figures(order: Order, base: bool) -> OrderFigures | None:
    """The order's amounts in base or order currency; None when the shop doesn't give its two main ones."""
    extra = order.extension_attributes
    if base:
        subtotal, grand_total = order.base_subtotal, order.base_grand_total
        rest = (
            order.base_tax_amount,
            order.base_discount_amount,
            order.base_discount_tax_compensation_amount,
            order.base_shipping_amount,
            order.base_shipping_tax_amount,
            order.base_shipping_discount_amount,
            order.base_shipping_discount_tax_compensation_amnt,
            extra.base_gift_cards_amount,
            extra.base_customer_balance_amount,
            extra.base_reward_currency_amount,
            order.base_total_canceled,
            order.base_total_refunded,
        )
    else:
        subtotal, grand_total = order.subtotal, order.grand_total
        rest = (
            order.tax_amount,
            order.discount_amount,
            order.discount_tax_compensation_amount,
            order.shipping_amount,
            order.shipping_tax_amount,
            order.shipping_discount_amount,
            order.shipping_discount_tax_compensation_amount,
            extra.gift_cards_amount,
            extra.customer_balance_amount,
            extra.reward_currency_amount,
            order.total_canceled,
            order.total_refunded,
        )
    if subtotal is None or grand_total is None:
        return None
    tax, discount, hidden, shipping, ship_tax, ship_discount, ship_hidden, cards, credit, points, gone, back = (
        amount or ZERO for amount in rest
    )
    return OrderFigures(
        subtotal=subtotal,
        grand_total=grand_total,
        tax=tax,
        discount=-discount,
        hidden_tax=hidden,
        shipping=shipping,
        shipping_tax=ship_tax,
        shipping_discount=ship_discount,
        shipping_hidden_tax=ship_hidden,
        gift_cards=cards,
        store_credit=credit,
        reward_points=points,
        cancelled=gone,
        refunded=back,
    )


def item_figures(item: OrderItem, base: bool) -> ItemFigures:
    """The row's amounts in base or order currency."""
    if base:
        row = (item.base_price, item.base_row_total, item.base_row_total_incl_tax)
        rest = (
            item.base_tax_amount,
            item.base_discount_amount,
            item.base_discount_tax_compensation_amount,
            item.base_weee_tax_applied_row_amnt,
            item.base_weee_tax_applied_amount,
        )
    else:
        row = (item.price, item.row_total, item.row_total_incl_tax)
        rest = (
            item.tax_amount,
            item.discount_amount,
            item.discount_tax_compensation_amount,
            item.weee_tax_applied_row_amount,
            item.weee_tax_applied_row_amount,
        )
    tax, discount, hidden, fpt, shown = (amount or ZERO for amount in rest)
    return ItemFigures(*row, tax=tax, discount=discount, hidden_tax=hidden, fpt=fpt, fpt_shown=shown)
