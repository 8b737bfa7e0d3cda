"""Credit memos that apply themselves to the next invoice, where the company prefers that (AutoApplyCredit)."""

from __future__ import annotations

from typing import Any

from sandbox.quickbooks import payments
from sandbox.quickbooks.accounting.commit import commit
from sandbox.quickbooks.money import ZERO
from sandbox.quickbooks.store import Company, Record

_SHARED = ("CustomerRef", "CurrencyRef", "ExchangeRate", "TxnDate")


def with_credits_applied(company: Company, invoice: Record) -> Record:
    """The new invoice after the customer's open credit memos, oldest first, were applied to it by a payment of nothing.

    Only new invoices: a new credit memo waits for the next one. Recalled; off unless the company prefers it.
    """
    if invoice.entity != "Invoice" or not company.settings.auto_apply_credit:
        return invoice
    document = invoice.document
    left, used = document["Balance"], ZERO
    lines = []
    for memo in company.rows("CreditMemo"):
        if memo.document.get("CustomerRef") == document["CustomerRef"]:
            amount = min(left - used, memo.document["RemainingCredit"])
            used += amount
            lines += [_line(memo, amount)] if amount else []
    if not lines:
        return invoice
    body: dict[str, Any] = {name: document[name] for name in _SHARED if name in document}
    body |= {"TotalAmt": ZERO, "Line": [_line(invoice, used), *lines]}
    stamp = company.clock.stamp()
    content: dict[str, Any] = payments.complete(company, body, None)
    content |= {"domain": "QBO", "sparse": False}
    content |= {"Id": company.new_id("Payment"), "SyncToken": "0"}
    content["MetaData"] = {"CreateTime": stamp, "LastUpdatedTime": stamp}
    commit(company, None, Record("Payment", content))
    return company.need("Invoice", invoice.id)


def _line(record: Record, amount: Any) -> dict[str, Any]:
    return {"Amount": amount, "LinkedTxn": [{"TxnId": record.id, "TxnType": record.entity}]}
