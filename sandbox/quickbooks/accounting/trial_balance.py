"""The trial balance: kept as documents come and go, and worked out anew from all of them for comparison."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sandbox.quickbooks.accounting.balances import balance_of
from sandbox.quickbooks.accounting.layers import ItemStock
from sandbox.quickbooks.accounting.postings import postings
from sandbox.quickbooks.accounting.stock import moves_of
from sandbox.quickbooks.money import ZERO
from sandbox.quickbooks.schema import ENTITIES
from sandbox.quickbooks.store import Company, Record


def trial_balance(companies: list[Company]) -> dict[str, Any]:
    """The balance of every account that was ever posted to; total is debits less credits, so always 0.00."""
    rows = [
        _row(company, account)
        for company in companies
        for account in company.rows("Account")
        if account.side is not None
    ]
    debit = sum((Decimal(row["debit"]) for row in rows), ZERO)
    credit = sum((Decimal(row["credit"]) for row in rows), ZERO)
    return {"accounts": rows, "debit": _text(debit), "credit": _text(credit), "total": _text(debit - credit)}


def balances(company: Company) -> dict[str, Decimal]:
    """The kept balance of each account by id, those at zero left out."""
    kept = {account.id: balance_of(account) for account in company.rows("Account")}
    return {account: amount for account, amount in kept.items() if amount}


def recomputed(company: Company) -> dict[str, Decimal]:
    """The same worked out from all documents: what a test compares with."""
    sums: dict[str, Decimal] = {}
    for record in _posting_records(company):
        for side in postings(company, record):
            sums[side.account] = sums.get(side.account, ZERO) + side.amount
    return {account: amount for account, amount in sums.items() if amount}


def recomputed_stock(company: Company) -> dict[str, ItemStock]:
    """The layers of each item by id, worked out from the moves of all documents."""
    items: dict[str, ItemStock] = {}
    for record in _posting_records(company):
        for move in moves_of(record):
            items.setdefault(move.item, ItemStock()).make(move)
    return items


def _posting_records(company: Company) -> Iterator[Record]:
    for entity in ENTITIES.values():
        if entity.transaction or entity.name == "Item":
            yield from company.rows(entity.name)


def _row(company: Company, account: Record) -> dict[str, Any]:
    balance = balance_of(account)
    return {
        "realm": company.realm,
        "account": account.id,
        "name": account.document["FullyQualifiedName"],
        "type": account.document["AccountType"],
        "debit": _text(max(balance, ZERO)),
        "credit": _text(max(-balance, ZERO)),
    }


def _text(amount: Decimal) -> str:
    return format(amount.quantize(Decimal("0.01")), "f")
