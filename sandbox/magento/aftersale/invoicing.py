"""The totals of an invoice, collector by collector in Magento's order. Source: magento/magento2,
Sales/Model/Order/Invoice/Total and Weee/Model/Total/Invoice."""

from __future__ import annotations

from sandbox.magento.aftersale import fixed_product_tax
from sandbox.magento.aftersale.open_quantities import bears_no_money
from sandbox.magento.aftersale.order import CURRENCIES, Currency, Draft, DraftLine, add, of
from sandbox.magento.aftersale.rounding import ZERO, without_dust
from sandbox.magento.aftersale.shares import row_totals, take


def collect(draft: Draft) -> None:
    """All totals of the invoice."""
    for collector in (subtotal, discount, shipping, tax, fixed_product_tax.invoice, cost):
        collector(draft)


def subtotal(draft: Draft) -> None:
    """Never more than the order's subtotal allows; the last invoice takes what is left of it."""
    for currency in CURRENCIES:
        amount = row_totals(draft, currency, _bearers(draft))
        name = currency.column("subtotal")
        allowed = draft.order.amount(name) - draft.order.amount(f"{name}_invoiced")
        amount = allowed if draft.last else min(allowed, amount)
        draft.totals[name] = amount
        if draft.last:  # as the collector of the fees expects, which adds no tax to the last one
            add(draft.totals, currency.column("subtotal_incl_tax"), fixed_product_tax.tax_open(draft, currency))
        add(draft.totals, currency.column("grand_total"), amount)


def discount(draft: Draft) -> None:
    """The shipping's discount comes with the first invoice that has a discount at all, and doesn't come back when that
    one is canceled."""
    invoices = [one for one in draft.order.documents if one.kind == "invoice"]
    earlier = any(of(one.figures, "discount_amount") for one in invoices)
    for currency in CURRENCIES:
        total = ZERO if earlier else draft.order.amount(currency.column("shipping_discount_amount"))
        for one in _bearers(draft):
            if one.line.amount(currency.column("discount_amount")) and one.line.amount("qty_ordered"):
                total += take(draft, one, currency, "discount_amount", deducted=True)
        draft.totals[currency.column("discount_amount")] = -total
        grand_total = currency.column("grand_total")
        draft.totals[grand_total] = without_dust(of(draft.totals, grand_total) - total)


def shipping(draft: Draft) -> None:
    """All or nothing: on the first invoice that isn't canceled."""
    order, totals = draft.order, draft.totals
    first = not _shipping_invoiced(draft)
    for currency in CURRENCIES:
        column = currency.column
        totals[column("shipping_amount")] = ZERO
        if first and order.amount("shipping_amount"):
            totals[column("shipping_amount")] = order.amount(column("shipping_amount"))
            totals[column("shipping_incl_tax")] = order.amount(column("shipping_incl_tax"))
            add(totals, column("grand_total"), order.amount(column("shipping_amount")))


def tax(draft: Draft) -> None:
    """Tax and hidden tax of the lines, then of the shipping; within what the order has left of each."""
    for currency in CURRENCIES:
        _tax(draft, currency)


def cost(draft: Draft) -> None:
    draft.totals["base_cost"] = sum(
        (one.line.amount("base_cost") * one.quantity for one in draft.lines if not one.line.children), ZERO
    )


def _tax(draft: Draft, currency: Currency) -> None:
    """The hidden tax shown on the invoice is that of its lines; the shipping's stands by itself, and both are in the
    grand total."""
    order, column = draft.order, currency.column
    total = hidden = ZERO
    for one in _bearers(draft):
        taxed = any(one.line.amount(name) for name in ("tax_amount", "discount_tax_compensation_amount"))
        if taxed and one.quantity > 0 and one.line.amount("qty_ordered"):
            total += take(draft, one, currency, "tax_amount")
            hidden += take(draft, one, currency, "discount_tax_compensation_amount")
    draft.totals[column("discount_tax_compensation_amount")] = hidden
    total_left = order.amount(column("tax_amount")) - order.amount(column("tax_invoiced"))
    hidden_left = order.amount(column("discount_tax_compensation_amount"))
    hidden_left -= order.amount(column("discount_tax_compensation_invoiced"))
    if not _shipping_invoiced(draft):
        for name in ("shipping_tax_amount", "shipping_discount_tax_compensation_amount"):
            draft.totals[column(name)] = order.amount(column(name))
        total += order.amount(column("shipping_tax_amount"))
        hidden += order.amount(column("shipping_discount_tax_compensation_amount"))
        hidden_left += order.amount(column("shipping_discount_tax_compensation_amount"))
    total = total_left if draft.last else min(total_left, total)
    hidden = hidden_left if draft.last else min(hidden_left, hidden)
    draft.totals[column("tax_amount")] = total
    add(draft.totals, column("grand_total"), total + hidden)


def _bearers(draft: Draft) -> list[DraftLine]:
    return [one for one in draft.lines if not bears_no_money(one.line)]


def _shipping_invoiced(draft: Draft) -> bool:
    return any(of(one.figures, "shipping_amount") for one in draft.order.live_invoices())
