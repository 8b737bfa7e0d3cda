"""Unit vectors: one collector, or one rule, on what the vector states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from sandbox.magento.aftersale import counters, crediting, fixed_product_tax, invoicing, refusals
from sandbox.magento.aftersale.credit_tax import tax as credit_tax
from sandbox.magento.aftersale.open_quantities import to_invoice, to_refund
from sandbox.magento.aftersale.order import Draft, DraftLine, Order
from sandbox.magento.vectors import after_sale_seen as seen
from sandbox.magento.vectors.after_sale_given import columns, order_of
from sandbox.magento.vectors.report import names

Document = Mapping[str, Any]

_DOCUMENT = names(
    "kind items is_last item_is_last totals_before totals from_invoice requested_base_shipping shipping channel"
    " base_grand_total base_shipping_amount adjustment_positive adjustment_negative state"
)
_SAVED = names("id entity_id existing saved registered already_registered")  # each says that the memo has an id
_INVOICE: tuple[tuple[str, Callable[[Draft], None]], ...] = (
    ("fixed product tax", fixed_product_tax.invoice),
    ("weee", fixed_product_tax.invoice),
    ("cost", invoicing.cost),
    ("shipping", invoicing.shipping),
    ("discount", invoicing.discount),
    ("row total", invoicing.subtotal),
    ("subtotal", invoicing.subtotal),
    ("tax", invoicing.tax),
)
_MEMO: tuple[tuple[str, Callable[[Draft], None]], ...] = (
    ("fixed product tax", fixed_product_tax.credit_memo),
    ("weee", fixed_product_tax.credit_memo),
    ("cost", crediting.cost),
    ("shipping", crediting.shipping),
    ("discount", crediting.discount),
    ("row total", crediting.subtotal),
    ("subtotal", crediting.subtotal),
    ("adjustment", crediting.adjustments),
    ("tax", credit_tax),
)


def found(vector: Document) -> dict[str, Any]:
    """What the rule gives, under the names of `expected`. Raises Refused."""
    given = vector["document"]
    order, unknown = order_of(vector)
    unknown |= {f"document key {name!r}": value for name, value in given.items() if name not in _DOCUMENT | _SAVED}
    draft, strange = _draft(order, vector)
    unknown |= strange
    if any(given.get(name) for name in _SAVED) and str(given.get("state")) not in ("open", "1"):
        raise refusals.memo_already_registered()
    if "scope" in vector or "items" in given:
        _collector(draft.kind, str(vector.get("scope", "row total")))(draft)
    elif draft.asked_shipping is not None:
        crediting.discount(draft)
        crediting.shipping(draft)
    elif "totals" in given and given.get("state", "refunded") in ("refunded", "paid", "2"):
        _register(draft, given)
    if draft.kind == "creditmemo" and "base_grand_total" in given:
        crediting.check_paid(draft)
    return {**seen.document(draft), "order_counters": seen.counters(order), "accepted": True, "unknown": unknown}


def _draft(order: Order, vector: Document) -> tuple[Draft, dict[str, Any]]:
    given = vector["document"]
    totals, unknown = columns(given.get("totals_before", {}) | given.get("totals", {}))
    if "base_grand_total" in given:
        totals["base_grand_total"] = Decimal(given["base_grand_total"])
    stated = given.get("item_is_last", {})
    lines = []
    for code, asked in given.get("items", {}).items():
        line, quantity = order.line(code), Decimal(asked)
        open_quantity = to_invoice(line) if given["kind"] == "invoice" else to_refund(line)
        lines.append(DraftLine(line, quantity, stated.get(code, quantity == open_quantity)))
    invoices = [one for one in order.documents if one.kind == "invoice"]
    asked_shipping = given.get("requested_base_shipping", given.get("shipping", given.get("base_shipping_amount")))
    if asked_shipping is None and "discount" in str(vector.get("scope", "")):  # the collector reads it off the memo
        asked_shipping = given.get("totals_before", {}).get("base_shipping_amount")
    draft = Draft(
        given["kind"],
        order,
        lines,
        given.get("is_last", all(one.last for one in lines)),
        totals,
        invoice=invoices[-1] if given.get("from_invoice") and invoices else None,
        asked_shipping=None if asked_shipping in (None, "all") else Decimal(asked_shipping),
    )
    return draft, {f"document {path}": value for path, value in unknown.items()}


def _collector(kind: str, scope: str) -> Callable[[Draft], None]:
    """By the words before "collector". Raises LookupError."""
    head = scope.lower().split("collector")[0]
    table = _INVOICE if kind == "invoice" else _MEMO
    wanted = next((collector for words, collector in table if words in head), None)
    if wanted is None:
        raise LookupError(f"no collector of a {kind} fits the scope {scope!r}")
    return wanted


def _register(draft: Draft, given: Document) -> None:
    order = draft.order.figures
    if draft.kind == "invoice":
        counters.count_invoice(order, draft.totals)
        counters.invoice_paid(order, draft.totals)
    else:
        counters.count_memo(order, draft.totals, online=given.get("channel") == "online")
