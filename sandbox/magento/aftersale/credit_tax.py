"""Tax and hidden tax of a credit memo: of the lines, then of the shipping, within what was invoiced."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from sandbox.magento.aftersale.open_quantities import bears_no_money
from sandbox.magento.aftersale.order import CURRENCIES, Currency, Draft, add, of
from sandbox.magento.aftersale.rounding import ZERO, times
from sandbox.magento.aftersale.shares import take

_HIDDEN = ("discount_tax_compensation_amount", "shipping_discount_tax_compensation_amount")


@dataclass
class _Tax:
    """Tax and hidden tax. `exact`: the hidden tax isn't rounded yet, and will be together with that of the lines."""

    tax: Decimal = ZERO
    hidden: Decimal = ZERO
    exact: bool = False


def tax(draft: Draft) -> None:
    """A memo that takes all that is open of each of its lines also takes the rest of the tax, unless part of a taxed
    shipping stays with the shop."""
    partial = _shipping_stays(draft)
    for currency in CURRENCIES:
        column = currency.column
        lines = _lines(draft, currency)
        of_shipping = _from_invoice(draft, currency) if draft.invoice is not None else _from_order(draft, currency)
        hidden = lines.hidden + of_shipping.hidden
        if of_shipping.exact:
            hidden = draft.carry.round(Fraction(hidden), currency.series)
        total = lines.tax + of_shipping.tax
        tax_left, hidden_left = _left(draft, currency)
        if draft.last and not partial:
            total, hidden = tax_left, hidden_left
        else:
            total, hidden = min(tax_left, total), min(hidden_left, hidden)
        add(draft.totals, column("tax_amount"), total)
        draft.totals[column("discount_tax_compensation_amount")] = hidden
        draft.totals[column("shipping_tax_amount")] = of_shipping.tax
        add(draft.totals, column("grand_total"), total + hidden)


def _lines(draft: Draft, currency: Currency) -> _Tax:
    total = _Tax()
    for one in draft.lines:
        if bears_no_money(one.line) or one.quantity <= 0 or not one.line.amount("qty_invoiced"):
            continue
        total.tax += take(draft, one, currency, "tax_amount")
        total.hidden += take(draft, one, currency, "discount_tax_compensation_amount")
    return total


def _from_invoice(draft: Draft, currency: Currency) -> _Tax:
    """The shipping's tax is the invoice's times the share of the shipping that is given back."""
    order, invoice = draft.order, draft.invoice
    whole = order.amount("base_shipping_amount")
    if invoice is None or not whole:
        return _Tax()
    given_back, column = draft.amount("base_shipping_amount"), currency.column
    tax = times(of(invoice.figures, column("shipping_tax_amount")), given_back, whole)
    hidden = of(invoice.figures, column("shipping_discount_tax_compensation_amount")) * given_back / whole
    return _Tax(draft.carry.round(tax, currency.series), hidden, exact=True)


def _from_order(draft: Draft, currency: Currency) -> _Tax:
    """A share of the order's shipping tax; all that is open of it with the last of the shipping."""
    order, column = draft.order, currency.column
    whole = order.amount(column("shipping_amount"))
    if whole > 0 and _shares_tax(draft):
        given_back = draft.amount(column("shipping_amount"))
        tax = times(order.amount(column("shipping_tax_amount")), given_back, whole)
        hidden = times(order.amount(column("shipping_discount_tax_compensation_amount")), given_back, whole)
        return _Tax(draft.carry.round(tax, currency.series), draft.carry.round(hidden, currency.series))
    if _shipping_open(draft) != draft.amount("base_shipping_amount"):
        return _Tax()
    return _Tax(
        order.amount(column("shipping_tax_amount")) - order.amount(column("shipping_tax_refunded")),
        order.amount(column("shipping_discount_tax_compensation_amount"))
        - order.amount(column("shipping_discount_tax_compensation_refunded")),
    )


def _shares_tax(draft: Draft) -> bool:
    rules = draft.order.rules
    with_tax = rules.tax_after_discount and rules.shipping_display_incl_tax
    return _shipping_open(draft) > draft.amount("base_shipping_amount") or with_tax


def _shipping_open(draft: Draft) -> Decimal:
    return draft.order.amount("base_shipping_amount") - draft.order.amount("base_shipping_refunded")


def _shipping_stays(draft: Draft) -> bool:
    order, invoice = draft.order, draft.invoice
    wholly_discounted = order.amount("shipping_discount_amount") >= order.amount("shipping_amount")
    base_whole = order.amount("base_shipping_amount")
    if invoice is not None:
        if not base_whole:
            return False
        in_part = draft.amount("base_shipping_amount") < base_whole
        return (in_part and of(invoice.figures, "shipping_tax_amount") > 0) or wholly_discounted
    whole = order.amount("shipping_amount")
    if whole <= 0 or not _shares_tax(draft):
        return False
    return draft.amount("shipping_amount") < whole and (order.amount("shipping_tax_amount") > 0 or wholly_discounted)


def _left(draft: Draft, currency: Currency) -> tuple[Decimal, Decimal]:
    """Tax and hidden tax that may still be credited: of the invoice the memo is made from, else of all invoices."""
    order, invoice, column = draft.order, draft.invoice, currency.column
    own_tax = draft.amount(column("tax_amount"))
    own_hidden = sum((draft.amount(column(name)) for name in _HIDDEN), ZERO)
    if invoice is not None and column("tax_amount") in invoice.figures:
        memos = order.memos_of(invoice)
        tax_given = sum((of(one.figures, column("tax_amount")) for one in memos), ZERO)
        hidden_given = sum((of(one.figures, column(name)) for one in memos for name in _HIDDEN), ZERO)
        hidden = sum((of(invoice.figures, column(name)) for name in _HIDDEN), ZERO)
        return (
            of(invoice.figures, column("tax_amount")) - tax_given - own_tax,
            hidden - hidden_given - own_hidden,
        )
    tax = order.amount(column("tax_invoiced")) - order.amount(column("tax_refunded")) - own_tax
    hidden = (
        order.amount(column("discount_tax_compensation_invoiced"))
        + order.amount(column("shipping_discount_tax_compensation_amount"))
        - order.amount(column("discount_tax_compensation_refunded"))
        - order.amount(column("shipping_discount_tax_compensation_refunded"))
    )
    return tax, hidden - own_hidden
