"""Which accounts a transaction may name: by type, by currency, and those that ask for a name beside them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.quickbooks import errors
from sandbox.quickbooks.store import Company

FUNDS = ("Bank", "Other Current Asset")
PROFIT_AND_LOSS = ("Income", "Other Income", "Expense", "Other Expense", "Cost of Goods Sold")
NEEDS_NAME = {"Accounts Receivable": "Customer", "Accounts Payable": "Vendor"}
"""Types of account on which every amount is somebody's, and whose."""


def check_type(company: Company, document: dict[str, Any], name: str, kinds: Iterable[str]) -> None:
    """The account that the property names, if it is there. Raises Refused 6430 for one of another type."""
    if name not in document:
        return
    account = company.need("Account", document[name]["value"]).document
    if account["AccountType"] not in kinds:
        said = f"{name} must be an account of type {' or '.join(kinds)}."
        raise errors.coded("6430", "Invalid account type", said, name)


def check_funds(company: Company, document: dict[str, Any]) -> None:
    """Where the money of the document goes to, or comes from. Raises Refused: 6430, 6000."""
    check_type(company, document, "DepositToAccountRef", FUNDS)
    if "DepositToAccountRef" in document:
        account = company.need("Account", document["DepositToAccountRef"]["value"]).document
        refuse_third_currency(company, document, account, "DepositToAccountRef")


def refuse_third_currency(company: Company, document: dict[str, Any], account: dict[str, Any], element: str) -> None:
    """Raises Refused 6000 for an account whose currency is neither the document's nor the company's (recalled: one
    foreign currency per transaction)."""
    if currency_of(company, account) not in (company.settings.home_currency, document["CurrencyRef"]["value"]):
        raise errors.business("You can use only one foreign currency per transaction.", element)


def currency_of(company: Company, owner: dict[str, Any]) -> str:
    """Code of the currency of an account, a person or a transaction."""
    return str(owner.get("CurrencyRef", {}).get("value", company.settings.home_currency))


def check_line(company: Company, document: dict[str, Any], account_id: str, person: tuple[str, str] | None) -> None:
    """The account on which a line stands: a receivable needs its customer, a payable its vendor; a receivable is in its
    customer's currency.

    person: type and id of whom the line names. Raises Refused 6000.
    """
    account = company.need("Account", account_id).document
    refuse_third_currency(company, document, account, "AccountRef")
    needed = NEEDS_NAME.get(account["AccountType"])
    if needed is None:
        return
    if person is None or person[0] != needed:
        said = f"When you use {account['AccountType']}, you must choose a {needed.lower()} in the Name field."
        raise errors.business(said, "Entity")
    owners = (company.need(*person).document, account, document)
    if needed == "Customer" and len({currency_of(company, owner) for owner in owners}) > 1:
        raise errors.business("The currencies of transaction, account and customer differ.", "CurrencyRef")
