"""The A/R account of each currency: QuickBooks keeps one for every currency in which it has receivables."""

from __future__ import annotations

from sandbox.quickbooks.accounting.opening import open_account
from sandbox.quickbooks.store import Company, Record

_NAME = "Accounts Receivable (A/R)"
_KIND = "Accounts Receivable"


def receivable(company: Company, currency: str) -> Record:
    """The account on which a form in the currency stands; opened with the first form of a new currency."""
    accounts = (record for record in company.rows("Account") if record.document["AccountType"] == _KIND)
    for account in accounts:
        code = account.document.get("CurrencyRef", {}).get("value", company.settings.home_currency)
        if account.active and code == currency:
            return account
    return _opened(company, currency)


def _opened(company: Company, currency: str) -> Record:
    name = _NAME if currency == company.settings.home_currency else f"{_NAME} - {currency}"
    return open_account(company, name, _KIND, "AccountsReceivable", currency)
