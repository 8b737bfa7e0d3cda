"""The lines of a sale out of an order's rows, its shipping and its charges. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from shared.commerce.money import ZERO, quantise, spread
from shared.commerce.sale import Line, LineKind, Sale
from shared.magento.figures import OrderFigures
from shared.magento.models import Order, read_number
from shared.magento.rows import Reading, Row

# Gift wrapping of Adobe Commerce, without tax and part of the grand total: attribute, the same in base currency, name.
_WRAPPING = (
    ("gw_price", "gw_base_price", "Gift wrapping"),
    ("gw_items_price", "gw_items_base_price", "Gift wrapping of items"),
    ("gw_card_price", "gw_card_base_price", "Printed card"),
)
_SERVICES = {"virtual", "downloadable"}
_ONE = Decimal(1)


def product_lines(reading: Reading, currency: str) -> list[Line]:
    """A line for each row that was sold; rows without quantity and amount are left out."""
    return [
        Line(
            kind=_kind(row),
            sku=row.item.sku or row.item.name or "?",
            name=row.item.name or row.item.sku or "?",
            quantity=row.item.qty_ordered if row.item.qty_ordered and row.item.qty_ordered > 0 else _ONE,
            amount=row.amount,
            discount=quantise(row.figures.discount - row.figures.hidden_tax, currency),
            tax=quantise(row.figures.tax, currency),
            unit_price=row.figures.price,
        )
        for row in reading.rows
        if row.amount or row.item.qty_ordered
    ]


def _kind(row: Row) -> LineKind:
    return LineKind.SERVICE if row.item.product_type in _SERVICES or row.item.is_virtual else LineKind.GOODS


def fixed_tax_lines(reading: Reading, currency: str) -> list[Line]:
    """One line for all fixed product taxes (FPT): a charge, not a sales tax."""
    amount = quantise(reading.fixed_taxes, currency)
    return [Line(LineKind.FEE, "", "Fixed product tax", _ONE, amount)] if amount else []


def shipping_lines(order: Order, figures: OrderFigures, currency: str) -> list[Line]:
    """The shipping line, where shipping cost anything."""
    amount = quantise(figures.shipping, currency)
    if not amount and not figures.shipping_tax:
        return []
    return [
        Line(
            kind=LineKind.SHIPPING,
            sku="",
            name=order.shipping_description or "Shipping",
            quantity=_ONE,
            amount=amount,
            discount=quantise(figures.shipping_discount - figures.shipping_hidden_tax, currency),
            tax=quantise(figures.shipping_tax, currency),
        )
    ]


def fee_lines(order: Order, mapped: Mapping[str, str], currency: str, base: bool) -> list[Line]:
    """Charges that extensions add: those that settings name, gift wrapping, and Adobe Commerce's custom fees.

    An amount may be negative: a rebate that an extension gives (see rebates).
    """
    extra = order.extension_attributes.model_extra or {}
    charges = [(name, as_amount(extra.get(own if not base else of_base))) for own, of_base, name in _WRAPPING]
    for attribute, name in mapped.items():
        value = extra.get(f"base_{attribute}", extra.get(attribute)) if base else extra.get(attribute)
        charges.append((name, as_amount(value)))
    column = "base_custom_fee_amount" if base else "custom_fee_amount"
    custom = extra.get("custom_fees")  # since 2.4.9
    charges += [
        (str(fee.get("label") or "Fee"), as_amount(fee.get(column)))
        for fee in (custom if isinstance(custom, list) else ())
        if isinstance(fee, dict)
    ]
    return [
        Line(LineKind.FEE, "", name, _ONE, whole)
        for name, amount in charges
        if amount is not None and (whole := quantise(amount, currency))
    ]


def rebates(lines: Sequence[Line]) -> tuple[list[Line], Decimal]:
    """The lines that charge something, and what the negative ones take off: that is a discount, not a line."""
    return [line for line in lines if line.amount >= 0], -sum((line.amount for line in lines if line.amount < 0), ZERO)


def with_signs_in_place(sale: Sale) -> Sale:
    """The same sale with charges as lines and what is taken off as discount, as books have it: rebates that shops sell
    as a product, ship or charge below zero become discount, a surcharge kept as a discount below zero a line."""
    lines, taken = rebates(sale.lines)
    discount = sale.discount + taken
    notes = tuple(
        f"{line.name} ({line.amount:f} {sale.currency}) is a discount" for line in sale.lines if line.amount < 0
    )
    if discount < 0:
        lines.append(Line(LineKind.FEE, "", sale.discount_label or "Surcharge", _ONE, -discount))
        discount = ZERO
    elif not notes:
        return sale
    return replace(sale, lines=tuple(lines), discount=discount, notes=(*sale.notes, *notes))


def as_amount(value: Any) -> Decimal | None:
    """The value of an extension attribute as an amount, None when it isn't one."""
    try:
        return read_number(value)
    except ValueError:
        return None


def share_discount(lines: Sequence[Line], discount: Decimal, currency: str) -> tuple[Line, ...]:
    """The lines with discounts that sum exactly to the order's: the shop's own, scaled where they don't. No line gets
    more off than it costs, as long as the discount isn't greater than all lines together, and none less than nothing:
    a rounded discount can be a cent smaller than the tax inside it."""
    own = sum((line.discount for line in lines), ZERO)
    if own == discount and all(ZERO <= line.discount <= line.amount for line in lines):
        return tuple(lines)
    weights = [max(line.discount, ZERO) for line in lines]
    if not any(weights):
        weights = [line.amount for line in lines]
    weight = sum(weights, ZERO)
    if not weight:
        return tuple(lines)
    shares = spread([discount * part / weight for part in weights], discount, currency)
    over = ZERO
    for i, line in enumerate(lines):
        over += max(shares[i] - line.amount, ZERO)
        shares[i] = min(shares[i], line.amount)
    for i, line in enumerate(lines):
        moved = min(line.amount - shares[i], over)
        shares[i] += moved
        over -= moved
    if over:
        shares[0] += over
    return tuple(replace(line, discount=share) for line, share in zip(lines, shares, strict=True))
