"""Rules of InventoryAdjustment: quantities, never values; in Plus and Advanced companies of the US.

Intuit's page "Inventory adjustment" and the entity's reference. It asks for minorversion 70 or more, which every call
has since versions below 75 count as 75.
"""

from __future__ import annotations

from typing import Any

from sandbox.quickbooks import errors
from sandbox.quickbooks.account_rules import check_line
from sandbox.quickbooks.accounting import stock
from sandbox.quickbooks.entries import begun, numbered
from sandbox.quickbooks.store import Company, Record

_DETAIL = "ItemAdjustmentLineDetail"


def complete(company: Company, document: dict[str, Any], record: Record, old: Record | None) -> dict[str, Any]:
    """The adjustment with what the server computes; takes line ids from the record.

    Raises Refused: 2020, 2170, 5020, 5030, 6000, 6200, 6210, 6270.
    """
    refuse_without_plan(company)
    result = begun(company, document)
    if old is not None and result["TxnDate"] != old.document["TxnDate"]:
        raise errors.business("The date of an inventory adjustment can't be changed.", "TxnDate")
    check_line(company, result, result["AdjustAccountRef"]["value"], None)
    result["Line"] = numbered([_line(company, line, result["TxnDate"]) for line in result["Line"]], record)
    return result


def refuse_without_plan(company: Company) -> None:
    """Raises Refused 5020 or 5030, by setting, where the subscription has no inventory adjustments."""
    code = company.settings.inventory_adjustments
    if code == "5020":
        raise errors.coded("5020", "Permission denied", "Your subscription doesn't include inventory adjustments.")
    if code == "5030":
        raise errors.coded("5030", "Feature not supported", "Inventory adjustments are not supported in this company.")


def _line(company: Company, line: dict[str, Any], day: str) -> dict[str, Any]:
    kind = line.get("DetailType")
    if kind is None or _DETAIL not in line:
        raise errors.Refused(errors.missing("Line.DetailType" if kind is None else f"Line.{_DETAIL}"))
    if kind != _DETAIL:
        raise errors.Refused(errors.bad_enumeration("Line.DetailType", kind, (_DETAIL,)))
    item = company.need("Item", line[_DETAIL]["ItemRef"]["value"]).document
    if item["Type"] != "Inventory":
        raise errors.business("Only an item whose quantity is tracked can be adjusted.", "ItemRef")
    if day < item["InvStartDate"]:
        said = f"The transaction is dated before the item's start date {item['InvStartDate']}."
        raise errors.coded("6270", "Invalid inventory date", said, "TxnDate")
    stock.refuse_beyond_digits(item, line[_DETAIL]["QtyDiff"])
    return line
