"""Rules of Item: accounts by type, quantities that are tracked, types that can't change."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox import limits
from sandbox.quickbooks import errors
from sandbox.quickbooks.accounting import stock
from sandbox.quickbooks.listing import parent_of, qualified_name, refuse_duplicate
from sandbox.quickbooks.sales import refuse_closed_books
from sandbox.quickbooks.store import Company, Record

_INVENTORY_ONLY = ("QtyOnHand", "InvStartDate", "AssetAccountRef", "IncomeAccountRef", "ExpenseAccountRef")
_NOT_OF_CATEGORIES = (
    "UnitPrice",
    "PurchaseCost",
    "QtyOnHand",
    "IncomeAccountRef",
    "ExpenseAccountRef",
    "AssetAccountRef",
)
_INVENTORY_ACCOUNTS = {
    "IncomeAccountRef": ("Income", "SalesOfProductIncome"),
    "ExpenseAccountRef": ("Cost of Goods Sold", "SuppliesMaterialsCogs"),
    "AssetAccountRef": ("Other Current Asset", "Inventory"),
}


def complete(company: Company, document: dict[str, Any], old: Record | None) -> dict[str, Any]:
    """The item with what the server adds. Raises Refused: 2020, 2170, 6000, 6180, 6240, 6430."""
    result = {"Active": True, "Taxable": False} | document
    result["Name"] = result["Name"].strip()
    _check_type(company, result, old)
    parent = _parent(company, result)
    if result.get("SubItem") and parent is None:
        raise errors.Refused(errors.missing("ParentRef"))
    result["SubItem"] = parent is not None
    result["FullyQualifiedName"] = qualified_name(parent, result["Name"])
    result["Level"] = parent.document.get("Level", 0) + 1 if parent else 0
    if result["Type"] == "Inventory":
        _complete_inventory(company, result, old)
        stock.refuse_beyond_digits(result, result["QtyOnHand"])
    else:
        result["TrackQtyOnHand"] = False
        _check_plain(company, result)
    _check_prices(result)
    refuse_duplicate(company, "Item", result, old)
    return result


def _parent(company: Company, item: dict[str, Any]) -> Record | None:
    """Raises Refused: 6180 for a category on the fifth level, 700 for one below an item that is none."""
    if item["Type"] != "Category":
        return parent_of(company, "Item", item)
    parent = parent_of(company, "Item", item, limits.QB_CATEGORY_LEVELS)
    if parent is not None and parent.document["Type"] != "Category":
        raise errors.coded("700", "Parent Reference Invalid", "Only a category can hold a category.", "ParentRef")
    return parent


def _check_type(company: Company, item: dict[str, Any], old: Record | None) -> None:
    is_bundle = "Group" in (item["Type"], old.document["Type"] if old else "")
    if is_bundle and company.settings.bundles == "read_only":
        raise errors.business("A bundle can't be created or changed through the API.", "Type")
    if old is None or old.document["Type"] == item["Type"]:
        return
    if item["Type"] != "Inventory" or old.document["Type"] not in ("Service", "NonInventory"):
        raise errors.business(f"The type of an item can't go from {old.document['Type']} to {item['Type']}.", "Type")


def _complete_inventory(company: Company, item: dict[str, Any], old: Record | None) -> None:
    if not company.settings.quantity_on_hand:
        raise errors.business("Inventory tracking is turned off in this company.", "TrackQtyOnHand")
    tracked_before = old is not None and old.document["Type"] == "Inventory"
    if item.get("TrackQtyOnHand") is False and tracked_before:
        raise errors.business("An item's quantity can't cease to be tracked.", "TrackQtyOnHand")
    absent = [name for name in _INVENTORY_ONLY if name not in item]
    if not item.get("TrackQtyOnHand"):
        absent.append("TrackQtyOnHand")
    if absent:
        raise errors.Refused(*(errors.missing(name) for name in absent))
    for name, (kind, subtype) in _INVENTORY_ACCOUNTS.items():
        _check_account(company, item, name, (kind,), subtype)
    if tracked_before and old is not None:
        item["InvStartDate"] = old.document["InvStartDate"]  # what is sent on update is the date of the adjustment
    elif item["QtyOnHand"]:
        refuse_closed_books(company, item["InvStartDate"])


def check_quantity_change(company: Company, sent: dict[str, Any], old: Record) -> None:
    """The date of the adjustment that a new quantity makes is the InvStartDate that is sent with it.

    Raises Refused: 6000 (-10600) without that date, 6270 for one before the item's start, 6200 and 6210.
    """
    if (
        old.document["Type"] != "Inventory"
        or sent.get("QtyOnHand", old.document["QtyOnHand"]) == old.document["QtyOnHand"]
    ):
        return
    if "InvStartDate" not in sent:
        raise errors.business("-10600 A new quantity needs InvStartDate beside it.", "QtyOnHand")
    if sent["InvStartDate"] < old.document["InvStartDate"]:
        said = f"The adjustment is dated before the item's start date {old.document['InvStartDate']}."
        raise errors.coded("6270", "Invalid inventory date", said, "InvStartDate")
    refuse_closed_books(company, sent["InvStartDate"])


def _check_plain(company: Company, item: dict[str, Any]) -> None:
    if item["Type"] == "Group":
        return  # its parts have the accounts
    if item["Type"] == "Category":
        unwanted = [name for name in _NOT_OF_CATEGORIES if item.get(name)]  # a price of 0 says nothing
        if unwanted:
            raise errors.business(f"A category has no {unwanted[0]}.", unwanted[0])
        return
    if "IncomeAccountRef" not in item and "ExpenseAccountRef" not in item:
        raise errors.Refused(errors.missing("IncomeAccountRef"))
    if "IncomeAccountRef" in item:
        # Gift card and deposit items are sold on a liability; a bank account is what QuickBooks refuses.
        _check_account(company, item, "IncomeAccountRef", ("Income", "Other Income", "Other Current Liability"))
    if "ExpenseAccountRef" in item:
        _check_account(company, item, "ExpenseAccountRef", ("Expense", "Other Expense", "Cost of Goods Sold"))


def _check_account(
    company: Company, item: dict[str, Any], name: str, kinds: tuple[str, ...], subtype: str | None = None
) -> None:
    account = company.need("Account", item[name]["value"]).document
    if account["AccountType"] not in kinds or subtype not in (None, account.get("AccountSubType")):
        wanted = " or ".join(kinds) + (f" of the subtype {subtype}" if subtype else "")
        raise errors.coded("6430", "Invalid account type", f"{name} must be an account of type {wanted}.", name)


def _check_prices(item: dict[str, Any]) -> None:
    for name in ("UnitPrice", "PurchaseCost"):
        if abs(item.get(name, Decimal(0))) > limits.QB_PRICE_MAX:
            raise errors.Refused(errors.bad_number(name, item[name]))
