"""The accounts that QuickBooks posts to by itself, whatever a document names."""

from __future__ import annotations

from typing import Any

from sandbox.quickbooks import receivables
from sandbox.quickbooks.accounting.opening import open_account
from sandbox.quickbooks.store import Company, Record

# Ids of the accounts that every company template begins with.
SALES_INCOME = "1"
DISCOUNTS_GIVEN = "3"
UNDEPOSITED_FUNDS = "4"
COST_OF_GOODS = "6"
SHIPPING_INCOME = "9"
SALES_TAX = "10"
OPENING_EQUITY = "14"

_PROFIT_AND_LOSS = ("Revenue", "Expense")


def receivable(company: Company, document: dict[str, Any]) -> str:
    """The account of what the document's customer owes: the one it names, or that of its currency."""
    named = document.get("ARAccountRef")
    if named is not None:
        return str(named["value"])
    code = document.get("CurrencyRef", {}).get("value", company.settings.home_currency)
    return receivables.receivable(company, code).id


def exchange_gain_or_loss(company: Company) -> str:
    """The account of what other rates and rounding leave."""
    return _by_name(company, "Exchange Gain or Loss", "Other Expense", "ExchangeGainOrLoss")


def inventory_shrinkage(company: Company) -> str:
    """The account against which a quantity set by an update of the item is booked."""
    return _by_name(company, "Inventory Shrinkage", "Cost of Goods Sold", "SuppliesMaterialsCogs")


def tax_payable(company: Company, rate_id: str) -> str:
    """The liability account of a tax rate: its agency's, by the template or by the name `<agency> Payable`, else the
    one that all agencies share."""
    rate = company.get("TaxRate", rate_id)
    agency = company.get("TaxAgency", rate.document.get("AgencyRef", {}).get("value", "")) if rate else None
    if agency is None:
        return SALES_TAX
    name = (agency.side or {}).get("payable", f"{agency.document['DisplayName']} Payable")
    own = company.holders("Account", name)
    return own[0] if own else SALES_TAX


def carries_balance(account: Record) -> bool:
    """Whether the account's CurrentBalance is more than zero: those of profit and loss show none."""
    return account.document.get("Classification") not in _PROFIT_AND_LOSS


def _by_name(company: Company, name: str, kind: str, subtype: str) -> str:
    holders = company.holders("Account", name)
    return holders[0] if holders else open_account(company, name, kind, subtype).id
