"""The collectors of fixed product taxes (weee): the fee and the tax on it are shares of the ordered quantity, the last
pieces take what is open. Source: Weee/Model/Total of magento/magento2.

Of a line: weee_row_amount and weee_row_amount_incl_tax are the fees of the whole row, weee_amount_invoiced and
weee_tax_amount_invoiced (..._refunded) what was done of the fee and of its tax.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from sandbox.magento.aftersale.open_quantities import bears_no_money
from sandbox.magento.aftersale.order import CURRENCIES, Currency, Draft, DraftLine, Fee, add
from sandbox.magento.aftersale.rounding import ZERO, times


@dataclass
class _Sum:
    fee: Decimal = ZERO
    tax: Decimal = ZERO
    incl_tax: Decimal = ZERO


def invoice(draft: Draft) -> None:
    """Runs last: the tax collector has already taken all the tax there is when the invoice is the order's last."""
    order, totals = draft.order, draft.totals
    for currency in CURRENCIES:
        column = currency.column
        total = _lines(draft, currency)
        allowed_tax = order.amount(column("tax_amount")) - order.amount(column("tax_invoiced"))
        total.tax = min(total.tax, allowed_tax - draft.amount(column("tax_amount")))
        add(totals, column("tax_amount"), total.tax)
        if order.rules.weee_in_subtotal:
            allowed = order.amount(column("subtotal")) - order.amount(column("subtotal_invoiced"))
            total.fee = min(total.fee, allowed - draft.amount(column("subtotal")))
            add(totals, column("subtotal"), total.fee)
        # The last invoice's subtotal with tax is thought to hold the tax on the fees already.
        add(totals, column("subtotal_incl_tax"), total.fee if draft.last else total.incl_tax)
        add(totals, column("grand_total"), total.fee + total.tax)


def credit_memo(draft: Draft) -> None:
    """Runs second: what it puts into the tax amount is there when the tax collector looks how much may still come."""
    for currency in CURRENCIES:
        total = _lines(draft, currency)
        if draft.order.rules.weee_in_subtotal:
            add(draft.totals, currency.column("subtotal"), total.fee)
        add(draft.totals, currency.column("tax_amount"), total.tax)
        add(draft.totals, currency.column("subtotal_incl_tax"), total.incl_tax)
        add(draft.totals, currency.column("grand_total"), total.fee + total.tax)


def tax_open(draft: Draft, currency: Currency) -> Decimal:
    """What the document's lines have left of the tax on their fees."""
    return sum((_open(draft, one, currency)[1] for one in draft.lines if not bears_no_money(one.line)), ZERO)


def _lines(draft: Draft, currency: Currency) -> _Sum:
    total = _Sum()
    for one in draft.lines:
        if one.line.amount("qty_ordered") and not bears_no_money(one.line) and one.quantity >= 0:
            share = _line(draft, one, currency)
            total.fee += share.fee
            total.tax += share.tax
            total.incl_tax += share.incl_tax
    return total


def _line(draft: Draft, one: DraftLine, currency: Currency) -> _Sum:
    line, column = one.line, currency.column
    fee = draft.carry.round(_share(one, line.amount(column("weee_row_amount"))), currency.series)
    incl_tax = draft.carry.round(_share(one, line.amount(column("weee_row_amount_incl_tax"))), currency.series)
    tax = incl_tax - fee
    fee_open, tax_open = _open(draft, one, currency)
    if one.last:
        fee, tax = fee_open, tax_open
    elif draft.kind == "creditmemo":
        fee, tax = min(fee, fee_open), min(tax, tax_open)
    one.figures[column("weee_row_amount")] = fee
    one.figures[column("weee_tax_amount")] = tax
    _applied(draft, one, currency)
    return _Sum(fee, tax, incl_tax)


def _share(one: DraftLine, whole: Decimal) -> Fraction:
    return times(whole, one.quantity, one.line.amount("qty_ordered"))


def _open(draft: Draft, one: DraftLine, currency: Currency) -> tuple[Decimal, Decimal]:
    """What is open of the line's fee and of the tax on it."""
    amount, column = one.line.amount, currency.column
    if draft.kind == "creditmemo":
        fee = amount(column("weee_amount_invoiced")) - amount(column("weee_amount_refunded"))
        return fee, amount(column("weee_tax_amount_invoiced")) - amount(column("weee_tax_amount_refunded"))
    row = amount(column("weee_row_amount"))
    tax = amount(column("weee_row_amount_incl_tax")) - row
    return row - amount(column("weee_amount_invoiced")), tax - amount(column("weee_tax_amount_invoiced"))


def _applied(draft: Draft, one: DraftLine, currency: Currency) -> None:
    """The fees by title: plain shares, each title with a remainder of its own."""
    if not one.fees:
        one.fees = [Fee(fee.title, {}) for fee in one.line.fees]
    for whole, part in zip(one.line.fees, one.fees, strict=True):
        series = f"fee {whole.title} {currency.series}"
        for name in ("row_amount", "row_amount_incl_tax"):
            column = currency.column(name)
            if column in whole.figures:
                part.figures[column] = draft.carry.round(_share(one, whole.figures[column]), series)
