"""Open items: what invoices, credit memos and journal entries leave to be paid, from documents alone.

An amount above zero is owed by the customer, one below zero is owed to the customer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.quickbooks.accounting.amounts import down_payment, home, rate
from sandbox.quickbooks.accounting.chart import receivable
from sandbox.quickbooks.money import ZERO, to_cents
from sandbox.quickbooks.store import Company, Record

CHARGES_AND_CREDITS = ("Invoice", "CreditMemo", "JournalEntry")
"""Types that a Payment may settle."""


@dataclass(frozen=True, slots=True)
class OpenItem:
    """One document that a payment settles, for one customer. Amounts in the document's currency and at home."""

    record: Record
    account: str
    total: Decimal
    home_total: Decimal

    @property
    def sign(self) -> int:
        """1 for what the customer owes, -1 for a credit."""
        return 1 if self.total >= 0 else -1

    def home_left(self, left: Decimal) -> Decimal:
        """What is left of the item in home currency when `left` of it is open."""
        return self.home_total if left == self.total else to_cents(left * rate(self.record.document))


def open_item(company: Company, record: Record, customer: str) -> OpenItem:
    """The document as an item of the customer, before anything was applied to it."""
    document = record.document
    if record.entity == "JournalEntry":
        return _journal_item(company, record, customer)
    sign = -1 if record.entity == "CreditMemo" else 1
    owed = document["TotalAmt"] - down_payment(document)
    return OpenItem(record, receivable(company, document), sign * owed, sign * home(document, owed))


def linked_lines(payment: dict[str, Any]) -> Iterator[tuple[str, str, Decimal]]:
    """Type and id of what each line of a payment settles, and the amount."""
    for line in payment.get("Line", []):
        for link in line.get("LinkedTxn", []):
            yield link["TxnType"], link["TxnId"], line["Amount"]


def applied_by(payment: dict[str, Any], entity: str, object_id: str) -> Decimal:
    """How much of the document the payment settles, above zero."""
    amounts = (amount for kind, linked, amount in linked_lines(payment) if (kind, linked) == (entity, object_id))
    return sum(amounts, ZERO)


def applications(company: Company, record: Record, customer: str | None = None) -> list[tuple[Record, Decimal]]:
    """The payments that settle the document, of one customer or of all, with their amounts, oldest first."""
    links = record.document.get("LinkedTxn", [])
    payments = [company.need("Payment", link["TxnId"]) for link in links if link["TxnType"] == "Payment"]
    return [
        (payment, applied_by(payment.document, record.entity, record.id))
        for payment in sorted(payments, key=lambda payment: int(payment.id))
        if customer is None or payment.document["CustomerRef"]["value"] == customer
    ]


def settled(company: Company, record: Record, customer: str | None = None) -> Decimal:
    """How much of the document payments settle, above zero."""
    return sum((amount for _, amount in applications(company, record, customer)), ZERO)


def relief(company: Company, item: OpenItem, payment: Record) -> Decimal:
    """What the payment takes from the receivable in home currency, with the item's sign.

    Payments are taken in the order of their ids, each the difference of what is left before and after it: so all of
    them together take exactly what the document put there, whatever their rates.
    """
    left = item.total
    customer = payment.document["CustomerRef"]["value"]
    for other, amount in applications(company, item.record, customer):
        after = left - item.sign * amount
        if other.id == payment.id:
            return item.home_left(left) - item.home_left(after)
        left = after
    raise LookupError(f"payment {payment.id} isn't linked to {item.record.entity} {item.record.id}")


def _journal_item(company: Company, record: Record, customer: str) -> OpenItem:
    document = record.document
    lines = [
        line
        for line in document["Line"]
        if customer_of(line) == customer and is_receivable(company, line["JournalEntryLineDetail"]["AccountRef"])
    ]
    total = sum((signed(line, line["Amount"]) for line in lines), ZERO)
    at_home = sum((signed(line, home(document, line["Amount"])) for line in lines), ZERO)
    account = lines[0]["JournalEntryLineDetail"]["AccountRef"]["value"] if lines else receivable(company, document)
    return OpenItem(record, account, total, at_home)


def signed(line: dict[str, Any], amount: Decimal) -> Decimal:
    """The amount of a journal line: debit above zero."""
    return amount if line["JournalEntryLineDetail"]["PostingType"] == "Debit" else -amount


def customer_of(line: dict[str, Any]) -> str | None:
    """The customer that a journal line names."""
    entity = line.get("JournalEntryLineDetail", {}).get("Entity", {})
    return str(entity["EntityRef"]["value"]) if entity.get("Type") == "Customer" else None


def is_receivable(company: Company, account: dict[str, Any]) -> bool:
    """Whether the reference means an account of what customers owe."""
    return bool(company.need("Account", account["value"]).document["AccountType"] == "Accounts Receivable")
