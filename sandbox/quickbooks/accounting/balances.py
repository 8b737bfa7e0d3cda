"""Balances that lists show: CurrentBalance of accounts, Balance of customers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from sandbox.quickbooks.accounting.chart import carries_balance
from sandbox.quickbooks.money import ZERO
from sandbox.quickbooks.store import Company, Record


def balance_of(account: Record) -> Decimal:
    """Debits less credits of all that was ever posted to the account."""
    return Decimal((account.side or {}).get("balance", ZERO))


def post_to_account(company: Company, account_id: str, change: Decimal) -> None:
    """Add to the balance of the account, which is kept beside it, and to what it and its parents show.

    Debits count above zero, also in liabilities; accounts of profit and loss show nothing. Seen so in recorded company
    data (Accounts Payable -1602.67).
    """
    account = company.need("Account", account_id)
    kept = replace(account, side={"balance": balance_of(account) + change})
    if not carries_balance(account):
        company.put(kept)
        return
    _add(company, kept, {"CurrentBalance": change, "CurrentBalanceWithSubAccounts": change})
    for parent in _parents(company, account):
        _add(company, parent, {"CurrentBalanceWithSubAccounts": change})


def show_owed(company: Company, before: dict[str, Decimal], after: dict[str, Decimal]) -> None:
    """Bring the balances of customers, and of those above them, up to date."""
    for customer_id in dict.fromkeys([*before, *after]):
        change = after.get(customer_id, ZERO) - before.get(customer_id, ZERO)
        customer = company.get("Customer", customer_id)
        if change and customer is not None:
            _add(company, customer, {"Balance": change, "BalanceWithJobs": change})
            for parent in _parents(company, customer):
                _add(company, parent, {"BalanceWithJobs": change})


def move_parent(company: Company, old: Record, new: Record) -> None:
    """A customer or account that goes to another parent takes its balance along."""
    if old.document.get("ParentRef") == new.document.get("ParentRef"):
        return
    name = "BalanceWithJobs" if new.entity == "Customer" else "CurrentBalanceWithSubAccounts"
    for record, sign in ((old, -1), (new, 1)):
        for parent in _parents(company, record):
            _add(company, parent, {name: sign * new.document[name]})


def _parents(company: Company, record: Record) -> Iterator[Record]:
    reference = record.document.get("ParentRef")
    while reference is not None:
        parent = company.need(record.entity, reference["value"])
        yield parent
        reference = parent.document.get("ParentRef")


def _add(company: Company, record: Record, changes: dict[str, Decimal]) -> None:
    sums = {name: record.document.get(name, ZERO) + change for name, change in changes.items()}
    company.put(replace(record, document={**record.document, **sums}))
