"""Accounts that QuickBooks opens by itself, with the first transaction that needs them."""

from __future__ import annotations

from sandbox.quickbooks.currencies import currency_ref
from sandbox.quickbooks.store import Company, Record

_CLASSIFICATION = {"Accounts Receivable": "Asset", "Other Expense": "Expense", "Cost of Goods Sold": "Expense"}


def open_account(company: Company, name: str, kind: str, subtype: str, currency: str | None = None) -> Record:
    """The new account, which nobody sent."""
    stamp = company.clock.stamp()
    document = {
        "Name": name,
        "FullyQualifiedName": name,
        "SubAccount": False,
        "Active": True,
        "Classification": _CLASSIFICATION[kind],
        "AccountType": kind,
        "AccountSubType": subtype,
        "CurrentBalance": 0,
        "CurrentBalanceWithSubAccounts": 0,
        "CurrencyRef": currency_ref(currency or company.settings.home_currency),
        "domain": "QBO",
        "sparse": False,
        "Id": company.new_id("Account"),
        "SyncToken": "0",
        "MetaData": {"CreateTime": stamp, "LastUpdatedTime": stamp},
    }
    record = Record("Account", document)
    company.put(record)
    return record
