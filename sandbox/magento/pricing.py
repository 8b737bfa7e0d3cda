"""The shop engine: a cart in, every figure of its order out. Pure; all in Decimal, one currency at a time.

Order of Magento's collectors: subtotal with tax before discount, shipping with tax, discount, then tax once more over
lines, charges and shipping together, then the grand total and what pays it before the payment method.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sandbox.magento.cart import Cart, Item
from sandbox.magento.charges import Charge, charges, taxable, total
from sandbox.magento.discounts import Discountable, Discounts
from sandbox.magento.rates import RateGroup
from sandbox.magento.tax import ZERO, TaxCalculation, Taxed, TaxLine
from sandbox.magento.tax_settings import Place
from sandbox.magento.tenders import NOTHING, Tendered, tender

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
    """The totals of a cart. discount_amount is negative, as on an order; those of lines and shipping are positive.

    subtotal has the fixed taxes in it when the settings say so; fixed_taxes is their sum either way.
    """

    lines: dict[str, PricedLine]
    shipping: Taxed
    shipping_discount: Decimal
    subtotal: Decimal
    subtotal_incl_tax: Decimal
    tax_amount: Decimal
    discount_amount: Decimal
    compensation: Decimal
    grand_total: Decimal
    charges: tuple[Charge, ...] = ()
    fixed_taxes: Decimal = ZERO
    wrapping: Decimal = ZERO
    fees: Decimal = ZERO
    tendered: Tendered = NOTHING

    def all_taxed(self) -> list[Taxed]:
        """Every line that tax was reckoned for, once: goods, charges, shipping."""
        goods = [line.taxed for line in self.lines.values() if line.counts]
        return [*goods, *(one.taxed for one in self.charges if one.taxed is not None), self.shipping]


def price(cart: Cart) -> Priced:
    """Price a cart under its tax settings."""
    charged = charges(cart, _place(cart))
    goods = _lines(cart)
    first = _calculation(cart).run(_in_order(goods, list(taxable(cart, charged))))
    shipping_line = _shipping_line(cart)
    shipping_first = _calculation(cart).run([shipping_line])[SHIPPING_CODE]

    discountables = _discountables(cart, first)
    shipping_discount = _discount(cart, discountables, shipping_first)
    discounted = {leaf.code: leaf for line in discountables for leaf in (line, *line.children)}

    goods = [_with_discount(line, discounted[line.code].discount) for line in goods]
    others = list(taxable(cart, charged))
    final = _calculation(cart).run(_in_order(goods, others, _with_discount(shipping_line, shipping_discount)))
    shipping = final.pop(SHIPPING_CODE)
    taxed = {line.code: final.pop(line.code) for line in others}
    charged = [replace(one, taxed=taxed.get(one.code)) for one in charged]
    lines = {
        code: PricedLine(code, taxed, discounted[code].discount, discounted[code].percent)
        for code, taxed in final.items()
    }
    return _charged(cart, _totals(lines, shipping, shipping_discount), charged)


def _in_order(goods: list[TaxLine], others: list[TaxLine], *shipping: TaxLine) -> list[TaxLine]:
    """As Magento lines them up, which decides where remainders go: each item with its charges, shipping, the rest."""
    lines: list[TaxLine] = []
    for line, following in zip(goods, [*goods[1:], None], strict=True):
        lines.append(line)
        if following is None or following.parent is None:
            top = line.code if line.parent is None else line.parent
            lines.extend(other for other in others if other.associated == top)
    return [*lines, *shipping, *(other for other in others if other.associated is None)]


def _charged(cart: Cart, goods: Priced, charged: list[Charge]) -> Priced:
    """The totals with charges, fees and tenders."""
    fixed = total(charged, "weee")
    in_subtotal = fixed if cart.tax.fixed_taxes_in_subtotal else ZERO
    fixed_incl_tax = sum((one.row_incl_tax for one in charged if one.type == "weee"), ZERO)
    wrapping = total(charged, "item_gw", "quote_gw", "printed_card_gw")
    tax = sum((one.taxed.row_tax for one in charged if one.taxed is not None), ZERO)
    fees = sum([fee.amount for fee in cart.custom_fees] + [fee.amount for fee in cart.foreign_fees], ZERO)
    due = goods.grand_total + fixed + wrapping + tax + fees
    tendered = tender(cart.tenders, due)
    return replace(
        goods,
        charges=tuple(charged),
        fixed_taxes=fixed,
        wrapping=wrapping,
        fees=fees,
        tendered=tendered,
        subtotal=goods.subtotal + in_subtotal,
        subtotal_incl_tax=goods.subtotal_incl_tax + fixed_incl_tax,
        tax_amount=goods.tax_amount + tax,
        grand_total=due - tendered.total,
    )


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


def _discount(cart: Cart, lines: list[Discountable], shipping: Taxed) -> Decimal:
    """Discounts the lines; the answer is shipping's discount."""
    discounts = Discounts(cart.coupons)
    gross = cart.tax.discount_tax
    discounts.lines(lines, shipping.price_incl_tax if gross else shipping.price)
    for_discount = shipping.price_incl_tax if gross else shipping.price
    subtotal = sum((line.row_total for line in lines), ZERO)
    return discounts.shipping(lines, shipping.price, for_discount, subtotal)


def _calculation(cart: Cart) -> TaxCalculation:
    return TaxCalculation(cart.tax, _place(cart), cart.buyer.tax_class)


def _place(cart: Cart) -> Place:
    billing = cart.billing.place()
    shipping = billing if cart.is_virtual or cart.shipping is None else cart.shipping.place()
    return cart.tax.place_for(shipping, billing)


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
    taxed_price = item.price if cart.tax.tax_on_original_price else None
    return TaxLine(code, unit_price, item.qty, item.tax_class, cart.tax.price_includes_tax, taxed_price=taxed_price)


def _shipping_line(cart: Cart) -> TaxLine:
    amount = ZERO if cart.is_virtual else cart.shipping_amount
    return TaxLine(SHIPPING_CODE, amount, Decimal(1), cart.tax.shipping_tax_class, cart.tax.shipping_includes_tax)


def _with_discount(line: TaxLine, discount: Decimal) -> TaxLine:
    return replace(line, discount=discount)


def _discountables(cart: Cart, taxed: dict[str, Taxed]) -> list[Discountable]:
    result = []
    for number, item in enumerate(cart.items):
        line = _discountable(cart, taxed[str(number)], item.qty)
        if item.type == "bundle_dynamic":
            line.children = [
                _discountable(cart, taxed[f"{number}.{index}"], child.qty * item.qty)
                for index, child in enumerate(item.children)
            ]
        result.append(line)
    return result


def _discountable(cart: Cart, taxed: Taxed, quantity: Decimal) -> Discountable:
    unit = taxed.price_incl_tax if cart.tax.discount_tax else taxed.price
    return Discountable(taxed.code, unit, quantity, taxed.row_total, taxed.row_total_incl_tax)


def cart_taxes(lines: Sequence[Taxed]) -> dict[str, tuple[RateGroup, Decimal]]:
    """Group and tax by group id, as a cart and then its order has them: without what is 0 % or 0.00 in all."""
    taxes: dict[str, tuple[RateGroup, Decimal]] = {}
    for one in (one for taxed in lines for one in taxed.applied if one.group.percent):
        taxes[one.group.id] = (one.group, one.amount + taxes.get(one.group.id, (one.group, ZERO))[1])
    return {name: entry for name, entry in taxes.items() if entry[1]}
