"""What a registered document adds to its order and its lines. Sources: Sales/Model/Order/Invoice/PayOperation.php,
Invoice.php (cancel), Creditmemo/RefundOperation.php of magento/magento2."""

from __future__ import annotations

from decimal import Decimal

from sandbox.magento.aftersale.open_quantities import bears_no_money
from sandbox.magento.aftersale.order import CURRENCIES, Draft, DraftLine, Figures, Line, add, of
from sandbox.magento.aftersale.rounding import ZERO, cents
from sandbox.magento.aftersale.shares import INVOICED, REFUNDED

_INVOICE = {
    "grand_total": "total_invoiced",
    "subtotal": "subtotal_invoiced",
    "tax_amount": "tax_invoiced",
    "discount_tax_compensation_amount": "discount_tax_compensation_invoiced",
    "shipping_tax_amount": "shipping_tax_invoiced",
    "shipping_amount": "shipping_invoiced",
    "discount_amount": "discount_invoiced",
}
_MEMO = {
    "subtotal": "subtotal_refunded",
    "tax_amount": "tax_refunded",
    "discount_tax_compensation_amount": "discount_tax_compensation_refunded",
    "shipping_amount": "shipping_refunded",
    "shipping_tax_amount": "shipping_tax_refunded",
    "adjustment_positive": "adjustment_positive",
    "adjustment_negative": "adjustment_negative",
    "discount_amount": "discount_refunded",
}
_FEES = {"weee_row_amount": "weee_amount", "weee_tax_amount": "weee_tax_amount"}


def invoice_registered(draft: Draft) -> None:
    """The lines' and the order's counters; what was paid comes with `invoice_paid`."""
    for one in draft.lines:
        if one.quantity > 0:
            _count(one, INVOICED, "invoiced", 1)
    count_invoice(draft.order.figures, draft.totals)


def invoice_paid(order: Figures, totals: Figures) -> None:
    for currency in CURRENCIES:
        add(order, currency.column("total_paid"), of(totals, currency.column("grand_total")))


def invoice_canceled(draft: Draft, *, was_paid: bool) -> None:
    """Everything that registering (and paying) added is taken off again. `draft` holds the invoice as it was made."""
    for one in draft.lines:
        if one.quantity > 0:
            _count(one, INVOICED, "invoiced", -1)
    count_invoice(draft.order.figures, draft.totals, -1)
    if was_paid:
        for currency in CURRENCIES:
            add(draft.order.figures, currency.column("total_paid"), -draft.amount(currency.column("grand_total")))


def count_invoice(order: Figures, totals: Figures, sign: int = 1) -> None:
    """Plain additions."""
    for currency in CURRENCIES:
        for name, counter in _INVOICE.items():
            add(order, currency.column(counter), sign * of(totals, currency.column(name)))
    add(order, "base_total_invoiced_cost", sign * of(totals, "base_cost"))


def memo_registered(draft: Draft, *, online: bool = False) -> None:
    for one in draft.lines:
        if one.quantity > 0:
            _count(one, REFUNDED, "refunded", 1)
    for one in draft.lines:
        if one.line.children_calculated:
            one.line.figures["qty_refunded"] = _whole_bundles(one.line)
    count_memo(draft.order.figures, draft.totals, online=online)


def count_memo(order: Figures, totals: Figures, *, online: bool = False) -> None:
    """Plain additions; the cost of what came back is taken off the invoiced cost."""
    channel = "total_online_refunded" if online else "total_offline_refunded"
    for currency in CURRENCIES:
        column = currency.column
        grand_total = of(totals, column("grand_total"))
        order[column("total_refunded")] = cents(of(order, column("total_refunded")) + grand_total)
        add(order, column(channel), grand_total)
        for name, counter in _MEMO.items():
            add(order, column(counter), of(totals, column(name)))
    add(order, "base_total_invoiced_cost", -of(totals, "base_cost"))


def _count(one: DraftLine, columns: dict[str, str], done: str, sign: int) -> None:
    line = one.line
    add(line.figures, f"qty_{done}", sign * _registered(line, one.quantity, done))
    for currency in CURRENCIES:
        for name, counter in columns.items():
            add(line.figures, currency.column(counter), sign * one.amount(currency.column(name)))
        for name, counter in _FEES.items():
            add(line.figures, currency.column(f"{counter}_{done}"), sign * one.amount(currency.column(name)))


def _whole_bundles(line: Line) -> Decimal:
    """Magento counts a bundle with priced selections back as a whole with each memo, so that what is left can't be
    shipped any more. Here it is back as often as all its selections are."""
    counts = [child.amount("qty_refunded") // child.per_parent for child in line.children if child.per_parent]
    return min(counts, default=line.amount("qty_refunded"))


def _registered(line: Line, quantity: Decimal, done: str) -> Decimal:
    """What goes along with another line isn't counted back more often than it was invoiced."""
    if done == "refunded" and bears_no_money(line):
        return min(quantity, max(line.amount("qty_invoiced") - line.amount("qty_refunded"), ZERO))
    return quantity
