"""Credit memos, of an order or of one of its invoices. Sources: Sales/Model/RefundOrder.php, RefundInvoice.php,
Order/Validation/CanRefund.php, Order/Creditmemo/Validation, Service/CreditmemoService.php."""

from __future__ import annotations

from decimal import Decimal

from sandbox.magento.aftersale import choosing, counters, crediting
from sandbox.magento.aftersale.open_quantities import bears_no_money, to_refund
from sandbox.magento.aftersale.order import Draft, DraftLine, Issued, Order
from sandbox.magento.aftersale.refusals import Refused
from sandbox.magento.aftersale.rounding import DUST, ZERO, cents
from sandbox.magento.errors import InvalidInput
from sandbox.magento.life import commerce, documents, payments, refusing, rows
from sandbox.magento.life.requests import CreditRequest
from sandbox.magento.life.saving import save_counted
from sandbox.magento.shop import Body, Document, Kind, Shop

_NOT_IN = ("payment_review", "holded", "canceled", "closed")


def credit(shop: Shop, order: Document, request: CreditRequest, invoice: Document | None = None) -> Document:
    """Raises InvalidInput as Magento does."""
    figures = rows.read(shop, order)
    draft = _draft(order, figures, request, invoice)
    settled = commerce.settle(order, shop.of_order(Kind.CREDITMEMO, order.entity_id), draft)
    _check(shop, order, draft, invoice, given_back=bool(settled))
    document = documents.credit_memo(shop, order, draft, request.comment)
    commerce.with_attributes(document, settled)
    order.body = commerce.counted(order.body, settled, "refunded")
    counters.memo_registered(draft, online=request.online)
    return _register(shop, order, figures, draft, document, request, invoice)


def credit_as_given(shop: Shop, order: Document, memo: Body, *, offline: bool) -> Document:
    """POST creditmemo/refund: the client says every figure; Magento adds up nothing, and only checks the money.

    Raises InvalidInput.
    """
    if memo.get("entity_id") is not None and memo.get("state") != 1:
        raise InvalidInput(refusing.MEMO_EXISTS)
    figures = rows.read(shop, order)
    currency = str(order.body.get("base_currency_code", "USD"))
    known = {line.code: line for line in figures.lines}
    lines = []
    for item in memo.get("items") or []:
        if (line := known.get(str(item["order_item_id"]))) is not None:
            given = rows.figures(item)
            lines.append(DraftLine(line, given.get("qty", ZERO), last=False, figures=given))
    draft = Draft("creditmemo", figures, lines, last=False, totals=rows.figures(memo))
    if memo.get("invoice_id") is not None:
        draft.invoice = Issued("invoice", {}, key=str(memo["invoice_id"]))
    with refusing.in_magentos_words(currency):
        crediting.check_paid(draft)
    for one in draft.lines:
        if one.quantity > to_refund(one.line) and not bears_no_money(one.line):
            raise InvalidInput('We found an invalid quantity to refund item "%1".', [one.line.name])
    document = documents.credit_memo(shop, order, draft, None)
    counters.memo_registered(draft, online=not offline)
    return _register(shop, order, figures, draft, document, CreditRequest(online=not offline), None)


def _register(
    shop: Shop,
    order: Document,
    figures: Order,
    draft: Draft,
    document: Document,
    request: CreditRequest,
    invoice: Document | None,
) -> Document:
    grand_totals = draft.amount("grand_total"), draft.amount("base_grand_total")
    if request.online:
        captured = payments.last_open(shop, order, "capture")
        order.body = payments.transaction(shop, order, "refund", closed=True, parent=captured)
        document.body["transaction_id"] = order.body["payment"]["last_trans_id"]
    body = payments.moved(order.body, "amount_refunded", *grand_totals)
    if invoice is not None:
        refunded = Decimal(invoice.body.get("base_total_refunded") or 0) + grand_totals[1]
        changed = {"is_used_for_refund": 1, "base_total_refunded": rows.amount(refunded)}
        invoice.body, invoice.recorded = invoice.body | changed | {"updated_at": shop.now()}, None
        shop.save(invoice)
    figures.documents.append(draft.issued())
    shop.announce("sales.creditmemo.created", shop.insert(document))
    save_counted(shop, order, figures, body)
    shop.stock.credited(order.body, document.body, request.returned)
    return document


def _draft(order: Document, figures: Order, request: CreditRequest, invoice: Document | None) -> Draft:
    issued = None
    if invoice is not None:
        key = str(invoice.entity_id)
        issued = next(one for one in figures.documents if one.kind == "invoice" and one.key == key)
    wanted = {str(number): quantity for number, quantity in request.quantities.items()}
    with refusing.in_magentos_words(str(order.body.get("base_currency_code", "USD"))):
        draft = choosing.credit_memo(figures, wanted, issued)
        draft.asked_shipping = request.shipping
        if request.shipping is None and issued is not None:
            draft.asked_shipping = crediting.shipping_of(draft, issued)
        crediting.adjust(draft, request.extra, request.fee)
        crediting.collect(draft)
    return draft


def _check(shop: Shop, order: Document, draft: Draft, invoice: Document | None, *, given_back: bool) -> None:
    """`given_back`: tenders of the order go back with the memo, so that it may be over no money."""
    messages = _order_messages(order, draft.order, given_back=given_back)
    if invoice is not None and not _refundable(invoice):
        messages.append("We can't create creditmemo for the invoice.")
    if draft.amount("grand_total") <= 0 and not given_back:
        messages.append("The credit memo's total must be positive.")
    elif not any(one.quantity for one in draft.lines) and not _shipping_left(draft.order):
        messages.append("You can't create a creditmemo without products.")
    try:
        crediting.check_paid(draft)
    except Refused as refused:
        messages.append(refusing.most_money(refused.maximum or ZERO))
    if messages:
        raise refusing.document_invalid("Creditmemo", messages)


def _order_messages(order: Document, figures: Order, *, given_back: bool) -> list[str]:
    messages = []
    if order.body.get("state") in _NOT_IN:
        status = order.body.get("status")
        messages.append(f"A creditmemo can not be created when an order has a status of {status}")
    elif not any(to_refund(line) or bears_no_money(line) for line in figures.lines):
        messages.append("The order does not allow a creditmemo to be created.")
    if not given_back and abs(cents(figures.amount("total_paid")) - figures.amount("total_refunded")) < DUST:
        messages.append("We can't create creditmemo for the order.")
    return messages


def _refundable(invoice: Document) -> bool:
    left = Decimal(invoice.body.get("base_grand_total") or 0) - Decimal(invoice.body.get("base_total_refunded") or 0)
    return invoice.body.get("state") == 2 and abs(left) >= DUST


def _shipping_left(figures: Order) -> bool:
    return abs(cents(figures.amount("shipping_amount")) - figures.amount("shipping_refunded")) >= DUST
