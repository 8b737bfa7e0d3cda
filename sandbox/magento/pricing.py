"""The shop engine: a cart in, every figure of its order out. Pure; all in Decimal, single currency.

Order of Magento's collectors: subtotal with tax before discount, shipping with tax, discount, then tax once more over
lines and shipping together, then the grand total.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sandbox.magento.cart import Cart, Item
from sandbox.magento.discounts import Discountable, Discounts, over_children
from sandbox.magento.tax import ZERO, TaxCalculation, Taxed, TaxLine
from sandbox.magento.tax_settings import Place

SHIPPING_CODE = "shipping"


@dataclass(frozen=True)
class PricedLine:
    """A row with money. Codes are "0" for the first item, "0.1" for its second child."""

    code: str
    taxed: Taxed
    discount: Decimal = ZERO
    discount_percent: Decimal = ZERO

    @property
    def counts(self) -> bool:
        """False for a dynamic bundle's parent, which only shows the sum of its children."""
        return not self.taxed.is_parent


@dataclass(frozen=True)
class Priced:
    """The totals of a cart. discount_amount is negative, as on an order; those of lines and shipping are positive."""

    lines: dict[str, PricedLine]
    shipping: Taxed
    shipping_discount: Decimal
    subtotal: Decimal
    subtotal_incl_tax: Decimal
    tax_amount: Decimal
    discount_amount: Decimal
    compensation: Decimal
    grand_total: Decimal


def price(cart: Cart) -> Priced:
    """Price a cart under its tax settings."""
    goods = _lines(cart)
    first = _calculation(cart).run(goods)
    shipping_line = _shipping_line(cart)
    shipping_first = _calculation(cart).run([shipping_line])[SHIPPING_CODE]

    discounts = Discounts(cart.coupons)
    per_code, percents = _discount(cart, first, discounts)
    for_discount = shipping_first.price_incl_tax if cart.tax.discount_tax else shipping_first.price
    shipping_discount = discounts.shipping(for_discount)

    goods = [_with_discount(line, per_code.get(line.code, ZERO)) for line in goods]
    final = _calculation(cart).run([*goods, _with_discount(shipping_line, shipping_discount)])
    shipping = final.pop(SHIPPING_CODE)
    lines = {
        code: PricedLine(code, taxed, per_code.get(code, ZERO), percents.get(code, ZERO))
        for code, taxed in final.items()
    }
    return _totals(lines, shipping, shipping_discount)


def _totals(lines: dict[str, PricedLine], shipping: Taxed, shipping_discount: Decimal) -> Priced:
    counted = [line for line in lines.values() if line.counts]
    subtotal = sum((line.taxed.row_total for line in counted), ZERO)
    tax = sum((line.taxed.row_tax for line in counted), ZERO) + shipping.row_tax
    discount = -(sum((line.discount for line in counted), ZERO) + shipping_discount)
    compensation = sum((line.taxed.compensation for line in counted), ZERO)
    return Priced(
        lines=lines,
        shipping=shipping,
        shipping_discount=shipping_discount,
        subtotal=subtotal,
        subtotal_incl_tax=sum((line.taxed.row_total_incl_tax for line in counted), ZERO),
        tax_amount=tax,
        discount_amount=discount,
        compensation=compensation,
        grand_total=subtotal + discount + tax + compensation + shipping.row_total + shipping.compensation,
    )


def _calculation(cart: Cart) -> TaxCalculation:
    return TaxCalculation(cart.tax, _place(cart), cart.buyer.tax_class)


def _place(cart: Cart) -> Place:
    if cart.tax.based_on == "origin":
        return cart.tax.origin
    if cart.tax.based_on == "billing" or cart.is_virtual or cart.shipping is None:
        return cart.billing.place()
    return cart.shipping.place()


def _lines(cart: Cart) -> list[TaxLine]:
    lines: list[TaxLine] = []
    for number, item in enumerate(cart.items):
        lines.append(_line(cart, str(number), item))
        if item.type == "bundle_dynamic":
            lines.extend(
                TaxLine(
                    f"{number}.{index}",
                    child.price,
                    child.qty,
                    child.tax_class,
                    cart.tax.price_includes_tax,
                    parent=str(number),
                )
                for index, child in enumerate(item.children)
            )
    return lines


def _line(cart: Cart, code: str, item: Item) -> TaxLine:
    unit_price = item.price if item.custom_price is None else item.custom_price
    return TaxLine(code, unit_price, item.qty, item.tax_class, cart.tax.price_includes_tax)


def _shipping_line(cart: Cart) -> TaxLine:
    amount = ZERO if cart.is_virtual else cart.shipping_amount
    return TaxLine(SHIPPING_CODE, amount, Decimal(1), cart.tax.shipping_tax_class, cart.tax.shipping_includes_tax)


def _with_discount(line: TaxLine, discount: Decimal) -> TaxLine:
    return TaxLine(
        line.code,
        line.unit_price,
        line.quantity,
        line.tax_class,
        line.includes_tax,
        discount,
        line.parent,
        line.associated,
    )


def _discount(
    cart: Cart, taxed: dict[str, Taxed], discounts: Discounts
) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """Discount amounts and percents by code."""
    lines = [_discountable(cart, str(number), item, taxed) for number, item in enumerate(cart.items)]
    discounts.lines(lines)
    amounts, percents = {}, {}
    for line, item in zip(lines, cart.items, strict=True):
        if item.type != "bundle_dynamic":
            amounts[line.code], percents[line.code] = line.discount, line.percent
            continue
        codes = [f"{line.code}.{index}" for index in range(len(item.children))]
        rows = [_ceiling(cart, taxed[code]) for code in codes]
        # Never more than the children cost: the parent's unit price was rounded.
        shares = over_children(min(line.discount, sum(rows, ZERO)), rows)
        amounts |= dict(zip(codes, shares, strict=True))
        percents |= dict.fromkeys(codes, line.percent)
    return amounts, percents


def _ceiling(cart: Cart, taxed: Taxed) -> Decimal:
    return taxed.row_total_incl_tax if cart.tax.discount_tax else taxed.row_total


def _discountable(cart: Cart, code: str, item: Item, taxed: dict[str, Taxed]) -> Discountable:
    figures = taxed[code]
    unit = figures.price_incl_tax if cart.tax.discount_tax else figures.price
    return Discountable(code, unit, item.qty, figures.row_total, figures.row_total_incl_tax)


def applied(lines: Sequence[Taxed]) -> dict[str, Decimal]:
    """Tax by group id over lines, as the cart shows it."""
    amounts: dict[str, Decimal] = {}
    for taxed in lines:
        for one in taxed.applied:
            amounts[one.group.id] = amounts.get(one.group.id, ZERO) + one.amount
    return amounts
