"""Rules of Customer, and of the other people: a name, unique over all of them; a currency that never changes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.quickbooks import errors
from sandbox.quickbooks.currencies import currency_ref
from sandbox.quickbooks.listing import parent_of, qualified_name, refuse_duplicate
from sandbox.quickbooks.store import Company, Record

_EXEMPTION_REASONS = tuple(str(number) for number in range(1, 16))  # reference section 8
_NAME_PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")


def complete(company: Company, document: dict[str, Any], old: Record | None) -> dict[str, Any]:
    """The customer with what the server adds. Raises Refused: 6080, 6240, 6000, 6220, 2020."""
    result: dict[str, Any] = {"Taxable": True, "Active": True, "Job": False, "BillWithParent": False} | document
    result["DisplayName"] = _display_name(result, old)
    result.setdefault("PrintOnCheckName", result.get("CompanyName", result["DisplayName"])[:110])
    _check_parent(result)
    _complete_tax(company, result)
    parent = parent_of(company, "Customer", result)
    result["FullyQualifiedName"] = qualified_name(parent, result["DisplayName"])
    result["Level"] = parent.document.get("Level", 0) + 1 if parent else 0
    result["CurrencyRef"] = _currency(company, result, old)
    result["Balance"] = old.document["Balance"] if old else Decimal(0)
    result["BalanceWithJobs"] = old.document["BalanceWithJobs"] if old else Decimal(0)
    result["IsProject"] = False
    if not result["Active"] and result["Balance"] != 0:
        raise errors.coded("6220", "Delete with balance", "A customer with a balance can't be made inactive.", "Active")
    refuse_duplicate(company, "Customer", result, old)
    return result


def complete_person(company: Company, entity: str, document: dict[str, Any], old: Record | None) -> dict[str, Any]:
    """A vendor or an employee: only their names matter here. Raises Refused: 6080, 6240."""
    result: dict[str, Any] = {"Active": True} | document
    result["DisplayName"] = _display_name(result, old)
    refuse_duplicate(company, entity, result, old)
    return result


def _display_name(customer: dict[str, Any], old: Record | None) -> str:
    if "DisplayName" in customer:
        name = str(customer["DisplayName"]).strip()
    else:
        name = " ".join(customer[part] for part in _NAME_PARTS if part in customer).strip()
    if not name and old:
        name = str(old.document["DisplayName"])  # can't be cleared
    if not name:
        raise errors.coded("6080", "Name missing", "It needs a DisplayName or one part of a name.", "DisplayName")
    return name


def _check_parent(customer: dict[str, Any]) -> None:
    if customer["Job"] and "ParentRef" not in customer:
        raise errors.Refused(errors.missing("ParentRef"))


def _complete_tax(company: Company, customer: dict[str, Any]) -> None:
    """US: an exempt customer may say why; automated sales tax sets the code itself. Raises Refused 2170."""
    if company.settings.country != "US":
        return
    reason = customer.get("TaxExemptionReasonId")
    if reason is not None and reason not in _EXEMPTION_REASONS:
        raise errors.Refused(errors.bad_enumeration("TaxExemptionReasonId", reason, _EXEMPTION_REASONS))
    if customer["Taxable"]:
        customer.pop("TaxExemptionReasonId", None)  # without meaning beside Taxable
    if company.settings.partner_tax == "on":
        customer.pop("DefaultTaxCodeRef", None)


def _currency(company: Company, customer: dict[str, Any], old: Record | None) -> dict[str, str]:
    code = customer["CurrencyRef"]["value"] if "CurrencyRef" in customer else None
    if old:
        kept: dict[str, str] = old.document["CurrencyRef"]
        if code not in (None, kept["value"]):
            raise errors.business("The currency of a customer can't be changed.", "CurrencyRef")
        return kept
    home = company.settings.home_currency
    if code not in (None, home) and not company.settings.multicurrency:
        raise errors.business("Multi Currency should be enabled to perform this operation.", "CurrencyRef")
    return currency_ref(code or home)
