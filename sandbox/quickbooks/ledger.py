"""What is in the books, for tests and demos: one plain entry per document."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.quickbooks.lines import all_item_lines, is_shipping
from sandbox.quickbooks.money import ZERO
from sandbox.quickbooks.schema import ENTITIES
from sandbox.quickbooks.store import Company, Record
from sandbox.quickbooks.tax import is_taxed

_SIGN = {"SalesReceipt": 1, "Invoice": 1, "CreditMemo": -1, "RefundReceipt": -1}


def ledger_document(companies: list[Company]) -> dict[str, Any]:
    """All transactions of the companies; amounts as text.

    total: the live sales whatever their currency, credits and refunds taken off; what only moves money isn't in it.
    """
    entries = [
        _entry(company, record)
        for company in companies
        for entity in ENTITIES.values()
        if entity.transaction
        for record in company.rows(entity.name)
    ]
    total = sum((_SIGN.get(entry["type"], 0) * Decimal(entry["total"]) for entry in entries), ZERO)
    return {"documents": entries, "count": len(entries), "total": _text(total)}


def _entry(company: Company, record: Record) -> dict[str, Any]:
    document = record.document
    lines = [line for line in document.get("Line", []) if "DetailType" in line]  # the others only link
    discount = sum((line["Amount"] for line in lines if line["DetailType"] == "DiscountLineDetail"), ZERO)
    return {
        "realm": company.realm,
        "type": record.entity,
        "id": record.id,
        "doc_number": document.get("DocNumber"),
        "txn_date": document["TxnDate"],
        "total": _text(document.get("TotalAmt", ZERO)),
        "tax": _text(document.get("TxnTaxDetail", {}).get("TotalTax", ZERO)),
        "discount": _text(discount),
        "currency": document["CurrencyRef"]["value"],
        "status": "voided" if record.voided else "live",
        "sync_token": document["SyncToken"],
        "private_note": document.get("PrivateNote"),
        "customer": document.get("CustomerRef", {}).get("name"),
        "customer_id": document.get("CustomerRef", {}).get("value"),
        "lines": [_line(company, line) for line in all_item_lines(lines)],
    }


def _line(company: Company, line: dict[str, Any]) -> dict[str, Any]:
    detail = line["SalesItemLineDetail"]
    item = company.get("Item", detail["ItemRef"]["value"])
    quantity = detail.get("Qty")
    return {
        "item": "Shipping" if is_shipping(line) else detail["ItemRef"].get("name"),
        "item_id": detail["ItemRef"]["value"],
        "sku": item.document.get("Sku") if item else None,
        "description": line.get("Description"),
        "qty": None if quantity is None else format(quantity, "f"),
        "amount": _text(line["Amount"]),
        "taxable": is_taxed(company, line),
    }


def _text(amount: Decimal) -> str:
    return format(amount.quantize(Decimal("0.01")), "f")
