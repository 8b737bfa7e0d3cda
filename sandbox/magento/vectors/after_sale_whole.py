"""Integration and functional vectors: an order is priced, `previous` is played on it, then the document."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.magento.aftersale import choosing, counters, crediting, invoicing
from sandbox.magento.aftersale.order import Draft, Figures, Order
from sandbox.magento.aftersale.states import LABELS, NEW, Standing, default_status
from sandbox.magento.vectors import after_sale_seen as seen
from sandbox.magento.vectors.after_sale_priced import order_of
from sandbox.magento.vectors.report import names

Document = Mapping[str, Any]

_DOCUMENT = names(
    "kind items shipping adjustment_positive adjustment_negative from_invoice totals channel is_canceled is_last"
    " item_is_last"
)


def found(vector: Document) -> dict[str, Any]:
    """What the whole document is, under the names of `expected`. Raises Refused."""
    order, unknown = order_of(vector)
    life = _Life(order)
    counted = _counters(order) if vector.get("previous") else []
    for number, entry in enumerate(vector.get("previous", [])):
        unknown |= {f"previous {number} key {name!r}": value for name, value in entry.items() if name not in _DOCUMENT}
        life.play(entry, str(number))
    for figures, stated in counted:
        figures.update(stated)
    given = vector["document"]
    unknown |= {f"document key {name!r}": value for name, value in given.items() if name not in _DOCUMENT}
    draft = life.play(given, "document")
    return {
        **seen.document(draft),
        "order_counters": seen.counters(order),
        "order_status": LABELS[default_status(life.state)],
        "accepted": True,
        "unknown": unknown,
    }


def _counters(order: Order) -> list[tuple[Figures, Figures]]:
    """Takes the stated counters out of the order and its lines: they hold what the earlier documents, which are still
    to be played, come to."""
    taken = []
    for figures in (order.figures, *(line.figures for line in order.lines)):
        stated = {name: value for name, value in figures.items() if name.endswith(("_invoiced", "_refunded", "_paid"))}
        for name in stated:
            del figures[name]
        taken.append((figures, stated))
    return taken


class _Life:
    """An order and its state while documents are made."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self.state = NEW

    def play(self, entry: Document, key: str) -> Draft:
        wanted = {code: Decimal(quantity) for code, quantity in entry.get("items", {}).items()}
        draft = self._invoice(wanted) if entry["kind"] == "invoice" else self._memo(entry, wanted)
        issued = draft.issued(key)
        issued.canceled = bool(entry.get("is_canceled", False))
        if issued.canceled and draft.kind == "invoice":
            counters.invoice_canceled(draft, was_paid=True)
        self._order.documents.append(issued)
        self.state = Standing(self._order, self.state).saved(in_process=draft.kind == "invoice")
        return draft

    def _invoice(self, wanted: dict[str, Decimal]) -> Draft:
        draft = choosing.invoice(self._order, wanted)
        invoicing.collect(draft)
        counters.invoice_registered(draft)
        counters.invoice_paid(self._order.figures, draft.totals)
        return draft

    def _memo(self, entry: Document, wanted: dict[str, Decimal]) -> Draft:
        invoices = self._order.live_invoices()
        invoice = invoices[-1] if entry.get("from_invoice") and invoices else None
        draft = choosing.credit_memo(self._order, wanted, invoice)
        shipping = entry.get("shipping", "all")
        draft.asked_shipping = None if shipping == "all" else Decimal(shipping)
        if draft.asked_shipping is None and invoice is not None:
            draft.asked_shipping = crediting.shipping_of(draft, invoice)
        crediting.adjust(
            draft, Decimal(entry.get("adjustment_positive", 0)), Decimal(entry.get("adjustment_negative", 0))
        )
        crediting.collect(draft)
        crediting.check_paid(draft)
        counters.memo_registered(draft, online=entry.get("channel") == "online")
        return draft
