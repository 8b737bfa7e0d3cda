"""What each document posts, worked out from documents alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from sandbox.quickbooks.accounting.amounts import home, home_total, is_foreign
from sandbox.quickbooks.accounting.chart import UNDEPOSITED_FUNDS, exchange_gain_or_loss, receivable
from sandbox.quickbooks.accounting.deposited import is_funds_line, source_home, source_of
from sandbox.quickbooks.accounting.entry import Posting
from sandbox.quickbooks.accounting.layers import Move
from sandbox.quickbooks.accounting.open_items import is_receivable, linked_lines, open_item, relief, signed
from sandbox.quickbooks.accounting.residue import check_residue
from sandbox.quickbooks.accounting.sales_postings import sale_postings
from sandbox.quickbooks.accounting.stock import moves_of
from sandbox.quickbooks.money import ZERO
from sandbox.quickbooks.store import Company, Record


def postings(company: Company, record: Record) -> list[Posting]:
    """All sides of the record's entry: accounts and amounts in home currency, debit above zero; their sum is zero.

    A document in foreign currency is converted side by side and rounded; what rounding and other rates leave goes to
    the account of exchange gains and losses. Raises Unbalanced when that is more than rates and rounding explain.
    """
    rule = _RULES.get(record.entity)
    sides = rule(company, record) if rule and not record.voided else []
    residue = sum((side.amount for side in sides), ZERO)
    if residue and is_foreign(record.document, company.settings.home_currency):
        check_residue(company, record, residue, len(sides))
        sides.append(Posting(exchange_gain_or_loss(company), -residue))
    sides += move_postings(moves_of(record))
    return [side for side in sides if side.amount]


def move_postings(moves: Iterable[Move]) -> list[Posting]:
    """The value of stock, and the account it came from or went to."""
    return [side for move in moves for side in (Posting(move.asset, move.value), Posting(move.against, -move.value))]


def _sale(company: Company, record: Record) -> list[Posting]:
    return sale_postings(company, record.document, record.entity)


def _payment(company: Company, record: Record) -> list[Posting]:
    """Money in; receivables down by what they stood at; what isn't applied is owed to the customer."""
    payment = record.document
    customer = payment["CustomerRef"]["value"]
    sides = [Posting(payment["DepositToAccountRef"]["value"], home_total(payment))]
    for entity, object_id in dict.fromkeys((kind, linked) for kind, linked, _ in linked_lines(payment)):
        item = open_item(company, company.need(entity, object_id), customer)
        sides.append(Posting(item.account, -relief(company, item, record)))
    sides.append(Posting(receivable(company, payment), -home(payment, payment["UnappliedAmt"])))
    return sides


def _deposit(company: Company, record: Record) -> list[Posting]:
    deposit = record.document
    sides = [Posting(deposit["DepositToAccountRef"]["value"], home_total(deposit))]
    if "CashBack" in deposit:
        back = deposit["CashBack"]
        sides.append(Posting(back["AccountRef"]["value"], home(deposit, back["Amount"])))
    for line in deposit["Line"]:
        if is_funds_line(line):
            source, line_id = source_of(company, line)
            sides.append(Posting(UNDEPOSITED_FUNDS, -source_home(source, line_id)))
        else:
            account = line["DepositLineDetail"]["AccountRef"]["value"]
            sides.append(Posting(account, -home(deposit, line["Amount"])))
    return sides


def _journal(_company: Company, record: Record) -> list[Posting]:
    document: dict[str, Any] = record.document
    return [
        Posting(_account(line), signed(line, home(document, line["Amount"])))
        for line in document["Line"]
        if "JournalEntryLineDetail" in line
    ]


def _account(line: dict[str, Any]) -> str:
    return str(line["JournalEntryLineDetail"]["AccountRef"]["value"])


_RULES: dict[str, Callable[[Company, Record], list[Posting]]] = {
    "SalesReceipt": _sale,
    "Invoice": _sale,
    "CreditMemo": _sale,
    "RefundReceipt": _sale,
    "Payment": _payment,
    "Deposit": _deposit,
    "JournalEntry": _journal,
}


def owed(company: Company, record: Record) -> dict[str, Decimal]:
    """What the record changes in what customers owe, by customer, in their currency."""
    document = record.document
    if record.voided:
        return {}
    if record.entity == "Payment":
        return {document["CustomerRef"]["value"]: -document["TotalAmt"]}
    if record.entity in ("Invoice", "CreditMemo"):
        customer = document["CustomerRef"]["value"]
        return {customer: open_item(company, record, customer).total}
    if record.entity == "JournalEntry":
        customers = {line["JournalEntryLineDetail"]["Entity"]["EntityRef"]["value"] for line in _customer_lines(record)}
        return {customer: open_item(company, record, customer).total for customer in customers}
    if record.entity == "Deposit":
        return _taken_from_receivables(company, document)
    return {}


def _taken_from_receivables(company: Company, deposit: dict[str, Any]) -> dict[str, Decimal]:
    """By customer what lines of a deposit on a receivable take off what he owes."""
    taken: dict[str, Decimal] = {}
    for line in deposit["Line"]:
        detail = line.get("DepositLineDetail", {})
        if detail and is_receivable(company, detail["AccountRef"]):
            customer = detail["Entity"]["value"]
            taken[customer] = taken.get(customer, ZERO) - line["Amount"]
    return taken


def _customer_lines(record: Record) -> list[dict[str, Any]]:
    return [
        line
        for line in record.document["Line"]
        if line.get("JournalEntryLineDetail", {}).get("Entity", {}).get("Type") == "Customer"
    ]
