"""Invoices: made, captured later, voided. Sources: Sales/Model/InvoiceOrder.php, Order/Invoice.php."""

from __future__ import annotations

from decimal import Decimal

from sandbox.magento import announcing
from sandbox.magento.aftersale import choosing, counters, invoicing
from sandbox.magento.aftersale.order import Draft, DraftLine, Order
from sandbox.magento.aftersale.rounding import ZERO
from sandbox.magento.errors import InvalidInput
from sandbox.magento.life import commerce, documents, payments, refusing, rows
from sandbox.magento.life.requests import InvoiceRequest
from sandbox.magento.life.saving import save_counted, with_state
from sandbox.magento.shop import Document, Kind, Shop

OPEN, PAID, CANCELED = 1, 2, 3


def invoice(shop: Shop, order: Document, request: InvoiceRequest, *, announce_order: bool = True) -> Document:
    """Raises InvalidInput as Magento does."""
    figures = rows.read(shop, order)
    wanted = {str(number): quantity for number, quantity in request.quantities.items()}
    with refusing.in_magentos_words(str(order.body.get("base_currency_code", "USD"))):
        draft = choosing.invoice(figures, wanted)
        invoicing.collect(draft)
    _check(shop, order, draft)
    live = [one for one in shop.of_order(Kind.INVOICE, order.entity_id) if one.body.get("state") != CANCELED]
    settled = commerce.settle(order, live, draft)
    document = documents.invoice(shop, order, draft, request.comment)
    commerce.with_attributes(document, settled)
    order.body = commerce.counted(order.body, settled, "invoiced")
    counters.invoice_registered(draft)
    body = order.body
    if request.capture != "not":
        document.body |= {"state": PAID, "can_void_flag": int(request.capture == "online")}
        counters.invoice_paid(figures.figures, draft.totals)
        if request.capture == "online":
            order.body = _captured(shop, order, document)
        body = _paid(order, draft)
    shop.stock.invoiced(order.body, document.body)
    announcing.invoice_saved(shop, shop.insert(document), None)
    figures.documents.append(draft.issued(str(document.entity_id)))
    save_counted(shop, order, figures, body, in_process=True, announce=announce_order)
    return document


def capture(shop: Shop, order: Document, document: Document) -> Document:
    """Take the money of an open invoice through the gateway. Raises InvalidInput."""
    if document.body.get("state") != OPEN or not payments.has_gateway(order):
        raise InvalidInput(refusing.CAPTURE)
    before = document.body
    order.body = _captured(shop, order, document)
    document.body = document.body | {"state": PAID, "can_void_flag": 1, "updated_at": shop.now()}
    shop.save(document)
    figures = rows.read(shop, order)
    totals = rows.figures(document.body)
    counters.invoice_paid(figures.figures, totals)
    announcing.invoice_saved(shop, document, before)
    body = payments.moved(order.body, "amount_paid", *_grand_totals(totals))
    save_counted(shop, order, figures, body, in_process=True)
    return document


def void(shop: Shop, order: Document, document: Document) -> Document:
    """Give an invoice's money up: it is canceled and its lines can be invoiced again. Raises InvalidInput."""
    if document.body.get("state") == CANCELED or not payments.has_gateway(order):
        raise InvalidInput(refusing.VOID)
    was_paid = document.body.get("state") == PAID
    figures = rows.read(shop, order)
    draft = _as_made(figures, document)
    counters.invoice_canceled(draft, was_paid=was_paid)
    authorized = payments.last_open(shop, order, "authorization") or payments.last_open(shop, order, "capture")
    payments.close(shop, order, authorized)
    order.body = payments.transaction(shop, order, "void", closed=True, parent=authorized)
    before = document.body
    document.body = before | {"state": CANCELED, "updated_at": shop.now()}
    shop.save(document)
    announcing.invoice_saved(shop, document, before)
    body = order.body
    if was_paid:
        grand_total, base = _grand_totals(draft.totals)
        body = payments.moved(body, "amount_paid", -grand_total, -base)
    figures = rows_after(figures, document)
    save_counted(shop, order, figures, with_state(body, "processing"))
    return document


def rows_after(figures: Order, document: Document) -> Order:
    """The order with the invoice known as canceled."""
    for one in figures.documents:
        if one.kind == "invoice" and one.key == str(document.entity_id):
            one.canceled = True
    return figures


def _check(shop: Shop, order: Document, draft: Draft) -> None:
    messages = []
    if not rows.standing(shop, order, draft.order).can_invoice():
        status = order.body.get("status")
        messages.append(f"An invoice cannot be created when an order has a status of {status}.")
    if not any(one.quantity for one in draft.lines):
        messages.append("You can't create an invoice without products.")
    if messages:
        raise refusing.document_invalid("Invoice", messages)


def _captured(shop: Shop, order: Document, document: Document) -> dict[str, object]:
    authorized = payments.last_open(shop, order, "authorization")
    body = payments.transaction(shop, order, "capture", closed=False, parent=authorized)
    document.body["transaction_id"] = body["payment"]["last_trans_id"]
    return body


def _paid(order: Document, draft: Draft) -> dict[str, object]:
    return payments.moved(order.body, "amount_paid", *_grand_totals(draft.totals))


def _grand_totals(totals: dict[str, Decimal]) -> tuple[Decimal, Decimal]:
    return totals.get("grand_total", ZERO), totals.get("base_grand_total", ZERO)


def _as_made(order: Order, document: Document) -> Draft:
    """The draft that the invoice was made from, out of its row."""
    lines = []
    for item in document.body.get("items") or []:
        line = order.line(str(item["order_item_id"]))
        lines.append(DraftLine(line, Decimal(item.get("qty") or 0), last=False, figures=rows.figures(item)))
    return Draft("invoice", order, lines, last=False, totals=rows.figures(document.body))
