"""A document line's share of what is open of an order line."""

from __future__ import annotations

from decimal import Decimal

from sandbox.magento.aftersale.order import Currency, Draft, DraftLine, add
from sandbox.magento.aftersale.rounding import ZERO, part

# Which columns of an order line count what was done: by the column of the document line.
INVOICED = {
    "row_total": "row_invoiced",
    "tax_amount": "tax_invoiced",
    "discount_amount": "discount_invoiced",
    "discount_tax_compensation_amount": "discount_tax_compensation_invoiced",
}
REFUNDED = {
    "row_total": "amount_refunded",
    "tax_amount": "tax_refunded",
    "discount_amount": "discount_refunded",
    "discount_tax_compensation_amount": "discount_tax_compensation_refunded",
}


def take(draft: Draft, one: DraftLine, currency: Currency, column: str, *, deducted: bool = False) -> Decimal:
    """The share of `column`: what is open times quantity over quantity open; all that is open for the last pieces.
    Written to the draft's line."""
    line = one.line
    if draft.kind == "invoice":
        whole, ordered, done = column, "qty_ordered", "qty_invoiced"
        counted = INVOICED[column]
    else:
        whole, ordered, done = INVOICED[column], "qty_invoiced", "qty_refunded"
        counted = REFUNDED[column]
    share = line.amount(currency.column(whole)) - line.amount(currency.column(counted))
    if not one.last:
        open_quantity = line.amount(ordered) - line.amount(done)
        share = (
            draft.carry.round(part(share, one.quantity, open_quantity), currency.series, deducted=deducted)
            if open_quantity
            else ZERO
        )
    one.figures[currency.column(column)] = share
    return share


def row_totals(draft: Draft, currency: Currency, bearers: list[DraftLine]) -> Decimal:
    """Row totals of the lines, and their totals with tax, which are always a share of the ordered quantity. Adds up the
    latter in subtotal_incl_tax and answers the sum of the former."""
    subtotal = ZERO
    draft.totals[currency.column("subtotal_incl_tax")] = ZERO
    for one in bearers:
        subtotal += take(draft, one, currency, "row_total")
        incl_tax, ordered = one.line.amount(currency.column("row_total_incl_tax")), one.line.amount("qty_ordered")
        if incl_tax and ordered:
            share = draft.carry.round(part(incl_tax, one.quantity, ordered), currency.including)
            one.figures[currency.column("row_total_incl_tax")] = share
            add(draft.totals, currency.column("subtotal_incl_tax"), share)
    return subtotal
