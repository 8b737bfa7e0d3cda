"""The totals of a credit memo, collector by collector in Magento's order. Source: magento/magento2,
Sales/Model/Order/Creditmemo/Total and Weee/Model/Total/Creditmemo."""

from __future__ import annotations

from decimal import Decimal

from sandbox.magento.aftersale import fixed_product_tax, refusals
from sandbox.magento.aftersale.credit_tax import tax
from sandbox.magento.aftersale.open_quantities import bears_no_money, to_refund
from sandbox.magento.aftersale.order import (
    CURRENCIES,
    IN_BASE_CURRENCY,
    IN_ORDER_CURRENCY,
    Currency,
    Draft,
    DraftLine,
    Issued,
    add,
    of,
)
from sandbox.magento.aftersale.rounding import DUST, ZERO, cents
from sandbox.magento.aftersale.shares import row_totals, take


def collect(draft: Draft) -> None:
    """All totals of the credit memo. Raises Refused."""
    for collector in (subtotal, fixed_product_tax.credit_memo, discount, shipping, tax, cost, adjustments):
        collector(draft)


def subtotal(draft: Draft) -> None:
    bearers = _bearers(draft)
    for one in bearers:
        if one.quantity > to_refund(one.line):
            raise refusals.refund_quantity_invalid(one.line.name or one.line.code)
    for currency in CURRENCIES:
        amount = row_totals(draft, currency, bearers)
        draft.totals[currency.column("subtotal")] = amount
        add(draft.totals, currency.column("grand_total"), amount)


def discount(draft: Draft) -> None:
    """The shipping's discount follows the share of the shipping that is asked back, in both currencies that of base."""
    order = draft.order
    asked = _asked_or_open_shipping(draft)
    if asked and order.amount("base_shipping_amount") <= 0:
        raise refusals.no_shipping_to_refund()
    name = "shipping_incl_tax" if order.rules.shipping_display_incl_tax else "shipping_amount"
    base_whole = order.amount(f"base_{name}")
    base_share = asked * order.amount("base_shipping_discount_amount") / base_whole if asked and base_whole else ZERO
    share = order.amount(name) * base_share / base_whole if base_whole else ZERO
    for currency, of_shipping in ((IN_ORDER_CURRENCY, share), (IN_BASE_CURRENCY, base_share)):
        total = of_shipping
        for one in _bearers(draft):
            if one.line.amount(currency.column("discount_invoiced")) and one.line.amount("qty_invoiced"):
                total += take(draft, one, currency, "discount_amount", deducted=True)
        draft.totals[currency.column("discount_amount")] = -total
        add(draft.totals, currency.column("grand_total"), -total)


def shipping(draft: Draft) -> None:
    """What is asked back, in base currency and with tax if the shop shows shipping with tax only; all that is open when
    nothing is said; refused above that."""
    order, totals = draft.order, draft.totals
    net = {currency: _open(draft, currency) for currency in CURRENCIES}
    gross = {currency: _open_incl_tax(draft, currency) for currency in CURRENCIES}
    asked = draft.asked_shipping
    if asked is None:
        amounts = net
        incl_tax = {currency: cents(gross[currency]) for currency in CURRENCIES}
    else:
        with_tax = order.rules.shipping_display_incl_tax
        asked = cents(asked)
        maximum = (gross if with_tax else net)[IN_BASE_CURRENCY]
        if asked >= cents(maximum) + DUST:
            raise refusals.shipping_over_maximum(maximum)
        whole = order.amount("base_shipping_incl_tax" if with_tax else "base_shipping_amount")
        ratio = asked / whole if whole > 0 else ZERO
        amounts = {
            currency: net[currency]
            if asked > maximum - DUST
            else cents(order.amount(currency.column("shipping_amount")) * ratio)
            for currency in CURRENCIES
        }
        incl_tax = {
            currency: cents(order.amount(currency.column("shipping_incl_tax")) * ratio) for currency in CURRENCIES
        }
    for currency in CURRENCIES:
        totals[currency.column("shipping_amount")] = amounts[currency]
        totals[currency.column("shipping_incl_tax")] = incl_tax[currency]
        add(totals, currency.column("grand_total"), amounts[currency])


def cost(draft: Draft) -> None:
    draft.totals["base_cost"] = sum(
        (one.line.amount("base_cost") * one.quantity for one in draft.lines if not one.line.children), ZERO
    )


def adjustments(draft: Draft) -> None:
    """An extra refund and a fee kept back; neither is taxed."""
    for currency in CURRENCIES:
        column = currency.column
        extra, fee = draft.amount(column("adjustment_positive")), draft.amount(column("adjustment_negative"))
        draft.totals[column("adjustment")] = extra - fee
        add(draft.totals, column("grand_total"), extra - fee)


def adjust(draft: Draft, extra: Decimal, fee: Decimal) -> None:
    """Ask for an extra refund and a fee, both in base currency."""
    rate = draft.order.amount("base_to_order_rate") or Decimal(1)
    for name, amount in (("adjustment_positive", extra), ("adjustment_negative", fee)):
        draft.totals[f"base_{name}"] = cents(amount)
        draft.totals[name] = cents(cents(amount) * rate)


def check_paid(draft: Draft) -> None:
    """Raises Refused when more would be given back than was paid."""
    order = draft.order
    paid, refunded = order.amount("base_total_paid"), order.amount("base_total_refunded")
    if cents(refunded + draft.amount("base_grand_total")) > cents(paid):
        raise refusals.refund_over_paid(paid - refunded)


def shipping_of(draft: Draft, invoice: Issued) -> Decimal:
    """What a memo made from an invoice asks back when the request doesn't say: in base currency, with tax where the
    shop shows it so, no more than the invoice had."""
    order = draft.order
    if order.rules.shipping_display_incl_tax:
        given_back = order.amount("base_shipping_refunded") + order.amount("base_shipping_tax_refunded")
        return order.amount("base_shipping_incl_tax") - given_back
    left = order.amount("base_shipping_amount") - order.amount("base_shipping_refunded")
    return min(left, of(invoice.figures, "base_shipping_amount"))


def _open(draft: Draft, currency: Currency) -> Decimal:
    """The shipping that may be given back, without tax; of one invoice, no more than it had."""
    column = currency.column("shipping_amount")
    allowed = draft.order.amount(column) - draft.order.amount(currency.column("shipping_refunded"))
    if draft.invoice is None or column not in draft.invoice.figures:
        return allowed
    given_back = sum((of(one.figures, column) for one in draft.order.memos_of(draft.invoice)), ZERO)
    return min(allowed, max(of(draft.invoice.figures, column) - given_back, ZERO))


def _open_incl_tax(draft: Draft, currency: Currency) -> Decimal:
    order, column = draft.order, currency.column
    if order.rules.shipping_display_incl_tax and order.rules.tax_after_discount:
        given_back = sum(
            (of(one.figures, column("shipping_incl_tax")) for one in order.documents if one.kind == "creditmemo"), ZERO
        )
        if given_back or not order.amount(column("shipping_refunded")):
            return max(order.amount(column("shipping_incl_tax")) - given_back, ZERO)
    net = order.amount(column("shipping_amount")) - order.amount(column("shipping_refunded"))
    if column("shipping_tax_amount") not in order.figures:  # known with tax only
        return max(
            order.amount(column("shipping_incl_tax"))
            - order.amount(column("shipping_refunded"))
            - order.amount(column("shipping_tax_refunded")),
            ZERO,
        )
    tax_open = order.amount(column("shipping_tax_amount")) - order.amount(column("shipping_tax_refunded"))
    return max(net + tax_open, ZERO)


def _asked_or_open_shipping(draft: Draft) -> Decimal:
    """In base currency. The discount is collected before the shipping, so it works out what the latter will be."""
    order = draft.order
    if draft.asked_shipping is not None:
        return draft.asked_shipping
    whole = order.amount("base_shipping_amount")
    amount = max(whole - order.amount("base_shipping_refunded"), ZERO)
    if order.rules.shipping_display_incl_tax and whole > 0:
        return amount * order.amount("base_shipping_incl_tax") / whole
    return amount


def _bearers(draft: Draft) -> list[DraftLine]:
    return [one for one in draft.lines if not bears_no_money(one.line)]
