"""What a cart is charged beside goods and shipping: fixed product taxes, gift wrapping, fees. Pure.

Fixed taxes as Magento's Weee module has them (Total/Quote/Weee, WeeeTax): never discounted, never gross. Wrapping is
Adobe Commerce's and recalled. What is taxed joins the lines of the tax calculation, tied to its item.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from sandbox.magento.cart import Cart
from sandbox.magento.cart_money import fixed_taxes_at
from sandbox.magento.tax import ZERO, Taxed, TaxLine, cents
from sandbox.magento.tax_settings import Place

ChargeType = Literal["weee", "item_gw", "quote_gw", "printed_card_gw"]


@dataclass(frozen=True)
class Charge:
    """`line`: code of the row that shows it, `associated`: of the row whose tax it shares, None = the whole order."""

    type: ChargeType
    code: str
    title: str
    unit: Decimal
    quantity: Decimal
    line: str | None
    associated: str | None
    taxed: Taxed | None = None  # None = not taxed

    @property
    def row(self) -> Decimal:
        return cents(self.unit * self.quantity) if self.taxed is None else self.taxed.row_total

    @property
    def row_incl_tax(self) -> Decimal:
        return self.row if self.taxed is None else self.taxed.row_total_incl_tax

    @property
    def unit_incl_tax(self) -> Decimal:
        return self.unit if self.taxed is None else self.taxed.price_incl_tax


def charges(cart: Cart, place: Place) -> list[Charge]:
    """Every charge of the cart, untaxed yet."""
    return [*_fixed_taxes(cart, place), *_wrapping(cart)]


def taxable(cart: Cart, charged: list[Charge]) -> Iterator[TaxLine]:
    """The lines that the tax calculation gets of them, at the place where Magento has them: behind the goods."""
    for one in charged:
        if one.type == "weee" and not cart.tax.fixed_taxes_taxed:
            continue
        tax_class = _class_of(cart, one) if one.type == "weee" else cart.tax.wrapping_tax_class
        yield TaxLine(one.code, one.unit, one.quantity, tax_class, includes_tax=False, associated=one.associated)


def _class_of(cart: Cart, charge: Charge) -> str | None:
    number, _, index = (charge.line or "").partition(".")
    item = cart.items[int(number)]
    return item.children[int(index)].tax_class if index else item.tax_class


def _fixed_taxes(cart: Cart, place: Place) -> Iterator[Charge]:
    count = 0
    for number, item in enumerate(cart.items):
        rows = [(str(number), item.qty, item.fixed_taxes)] if not item.children else [
            (f"{number}.{index}", child.qty * item.qty, child.fixed_taxes) for index, child in enumerate(item.children)
        ]  # fmt: skip
        for line, quantity, taxes in rows:
            for one in fixed_taxes_at(taxes, place):
                count += 1
                code = f"weee{count}-{one.title}"
                yield Charge("weee", code, one.title, cents(one.amount), quantity, line, str(number))


def _wrapping(cart: Cart) -> Iterator[Charge]:
    for number, item in enumerate(cart.items):
        if item.wrapping_price is not None:
            line = str(number)
            yield Charge("item_gw", f"item_gw{number}", "", cents(item.wrapping_price), item.qty, line, line)
    if cart.wrapping is not None:
        one = Decimal(1)
        if cart.wrapping.price:
            yield Charge("quote_gw", "quote_gw", "", cents(cart.wrapping.price), one, None, None)
        if cart.wrapping.card_price:
            yield Charge("printed_card_gw", "printed_card_gw", "", cents(cart.wrapping.card_price), one, None, None)


def total(charged: list[Charge], *types: ChargeType) -> Decimal:
    """Without tax, over charges of these types."""
    return sum((one.row for one in charged if one.type in types), ZERO)
