"""Money that waits in undeposited funds, and the deposit that takes it to the bank."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.quickbooks import errors
from sandbox.quickbooks.accounting.amounts import down_payment, home, home_total
from sandbox.quickbooks.accounting.chart import UNDEPOSITED_FUNDS
from sandbox.quickbooks.accounting.open_items import signed
from sandbox.quickbooks.money import ZERO
from sandbox.quickbooks.store import Company, Record

DEPOSITABLE = ("Payment", "SalesReceipt", "RefundReceipt", "JournalEntry")
PAID_WITH = "Invoice"
"""What was paid with it (its Deposit) waits in undeposited funds, too; only some companies let a deposit take it."""
WHOLE = "0"
"""TxnLineId that means the transaction and none of its lines."""


def is_funds_line(line: dict[str, Any]) -> bool:
    """Whether a deposit's line takes another transaction's money; the others name an account."""
    return bool(line.get("LinkedTxn"))


def source_of(company: Company, line: dict[str, Any]) -> tuple[Record, str]:
    """The transaction that the line deposits, and which line of it."""
    link = line["LinkedTxn"][0]
    return company.need(link["TxnType"], link["TxnId"]), link.get("TxnLineId", WHOLE)


def source_amount(source: Record, line_id: str) -> Decimal:
    """What the transaction put into undeposited funds, in its currency; a refund took it from there."""
    document = source.document
    if source.entity == "JournalEntry":
        return sum((signed(line, line["Amount"]) for line in _funds_lines(document, line_id)), ZERO)
    account = document.get("DepositToAccountRef", {"value": UNDEPOSITED_FUNDS})["value"]
    if account != UNDEPOSITED_FUNDS or source.voided:
        return ZERO
    if source.entity == PAID_WITH:
        return down_payment(document)
    return Decimal(-document["TotalAmt"] if source.entity == "RefundReceipt" else document["TotalAmt"])


def source_home(source: Record, line_id: str) -> Decimal:
    """The same in home currency."""
    document = source.document
    if source.entity == "JournalEntry":
        return sum((signed(line, home(document, line["Amount"])) for line in _funds_lines(document, line_id)), ZERO)
    total = home_total(document)
    if source.entity == PAID_WITH:
        return total - home(document, document["TotalAmt"] - down_payment(document))
    return -total if source.entity == "RefundReceipt" else total


def deposit_of(record: Record) -> str | None:
    """Id of the deposit that the transaction is in, if any."""
    links = record.document.get("LinkedTxn", [])
    return next((link["TxnId"] for link in links if link["TxnType"] == "Deposit"), None)


def refuse_deposited(record: Record) -> None:
    """Raises Refused 6540: whatever the change is, it is refused while the transaction is in a deposit."""
    if record.entity != "Deposit" and deposit_of(record) is not None:
        detail = (
            "This transaction has been deposited. "
            "If you want to change or delete it, you must edit the deposit it appears on and remove it first"
        )
        raise errors.coded("6540", "Deposited Transaction cannot be changed", detail)


def _funds_lines(document: dict[str, Any], line_id: str) -> list[dict[str, Any]]:
    return [
        line
        for line in document["Line"]
        if line.get("JournalEntryLineDetail", {}).get("AccountRef", {}).get("value") == UNDEPOSITED_FUNDS
        and line_id in (WHOLE, line.get("Id"))
    ]
