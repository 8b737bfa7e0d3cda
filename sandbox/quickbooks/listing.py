"""Rules of the name lists: names are unique, parents exist, accounts and terms are whole."""

from __future__ import annotations

from typing import Any

from sandbox import limits
from sandbox.quickbooks import errors
from sandbox.quickbooks.currencies import currency_ref
from sandbox.quickbooks.store import PEOPLE, Company, Record, unique_value

_CLASSIFICATION = {
    "Bank": "Asset",
    "Accounts Receivable": "Asset",
    "Other Current Asset": "Asset",
    "Fixed Asset": "Asset",
    "Other Asset": "Asset",
    "Accounts Payable": "Liability",
    "Credit Card": "Liability",
    "Other Current Liability": "Liability",
    "Long Term Liability": "Liability",
    "Equity": "Equity",
    "Income": "Revenue",
    "Other Income": "Revenue",
    "Cost of Goods Sold": "Expense",
    "Expense": "Expense",
    "Other Expense": "Expense",
}
_SUBTYPES = {
    "SalesOfProductIncome": "Income",
    "ServiceFeeIncome": "Income",
    "DiscountsRefundsGiven": "Income",
    "SuppliesMaterialsCogs": "Cost of Goods Sold",
    "Inventory": "Other Current Asset",
    "UndepositedFunds": "Other Current Asset",
    "Checking": "Bank",
    "AccountsReceivable": "Accounts Receivable",
}
_NUMBER_LENGTHS = {"AU": (1, 20), "CA": (1, 20), "FR": (6, 20)}  # 7 in the US, the UK and India
_SUB_FLAG = {"Account": "SubAccount", "Class": "SubClass", "Department": "SubDepartment"}


def complete(company: Company, entity: str, document: dict[str, Any], old: Record | None) -> dict[str, Any]:
    """The list object with what the server adds. Raises Refused: 2040, 2020, 6010, 6240."""
    result = {"Active": True} | document
    parent = parent_of(company, entity, result)
    if entity in _SUB_FLAG:
        result[_SUB_FLAG[entity]] = parent is not None
        result["FullyQualifiedName"] = qualified_name(parent, result["Name"])
    if entity == "Account":
        _complete_account(company, result, old)
    if entity == "Term":
        _check_term(result)
    refuse_duplicate(company, entity, result, old)
    return result


def parent_of(
    company: Company, entity: str, document: dict[str, Any], levels: int = limits.QB_NESTING
) -> Record | None:
    """The parent that the document names. Raises Refused: 6180 when nested too deep, 900 in a ring.

    900 and its words: Intuit's list of error codes.
    """
    reference = document.get("ParentRef")
    if reference is None:
        return None
    parent = company.get(entity, reference["value"])
    depth, above = 1, parent
    while above is not None:
        depth += 1
        if above.id == document.get("Id"):
            raise errors.coded("900", "Parent cannot be child", "An object can't be its own parent.", "ParentRef")
        if depth > levels:
            raise errors.coded("6180", "Nesting too deep", f"At most {levels} levels.", "ParentRef")
        upper = above.document.get("ParentRef")
        above = company.get(entity, upper["value"]) if upper else None
    return parent


def qualified_name(parent: Record | None, name: str) -> str:
    """The name with those of its parents before it."""
    return f"{parent.document['FullyQualifiedName']}:{name}" if parent else name


def refuse_duplicate(company: Company, entity: str, document: dict[str, Any], old: Record | None) -> None:
    """Raises Refused 6240 when another object of the list, active or not, has the name in any case."""
    name = unique_value(entity, document)
    holder = company.other_holder(entity, name, but=old.id if old else "") if name is not None else None
    if holder is not None:
        who = "customer, vendor or employee" if entity in PEOPLE else entity.lower()
        raise errors.duplicate_name(who, holder, company.settings.duplicate_name_detail)


def _complete_account(company: Company, account: dict[str, Any], old: Record | None) -> None:
    if '"' in account["Name"] or ":" in account["Name"]:
        raise errors.Refused(errors.bad_characters("Name"))
    if "AcctNum" in account:
        _check_number(company, account, old)
    if "AccountType" not in account:
        kind = _SUBTYPES.get(account.get("AccountSubType", ""))
        if kind is None:
            raise errors.coded(
                "6010", "Account type missing", "AccountType or AccountSubType is needed.", "AccountType"
            )
        account["AccountType"] = kind
    account["Classification"] = _CLASSIFICATION.get(account["AccountType"], "Asset")
    for balance in ("CurrentBalance", "CurrentBalanceWithSubAccounts"):
        account[balance] = old.document[balance] if old else 0
    account.setdefault("CurrencyRef", currency_ref(company.settings.home_currency))


def _check_number(company: Company, account: dict[str, Any], old: Record | None) -> None:
    """An account's number: its length by country, no colon, nobody else's (the latter recalled)."""
    number = account["AcctNum"]
    low, high = _NUMBER_LENGTHS.get(company.settings.country, (1, 7))
    if not low <= len(number) <= high:
        raise errors.Refused(errors.bad_length("AcctNum", low=low, high=high, supplied=len(number)))
    if ":" in number:
        raise errors.Refused(errors.bad_characters("AcctNum"))
    but = old.id if old else ""
    for other in company.rows("Account"):
        if other.document.get("AcctNum") == number and other.id != but:
            raise errors.duplicate_name("account", other.id, company.settings.duplicate_name_detail)


def _check_term(term: dict[str, Any]) -> None:
    if "DueDays" in term:
        term["Type"] = "STANDARD"
        if not 0 <= term["DueDays"] <= 999:
            raise errors.Refused(errors.bad_number("DueDays", term["DueDays"]))
        return
    needed = ("DayOfMonthDue", "DiscountDayOfMonth", "DueNextMonthDays")
    absent = [name for name in needed if name not in term]
    if absent:
        raise errors.Refused(*(errors.missing(name) for name in absent))
    term["Type"] = "DATE_DRIVEN"
