"""Which tax is in force on a document of this company, and what its TxnTaxDetail says."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.quickbooks import errors
from sandbox.quickbooks.store import Company
from sandbox.quickbooks.totals import Rate, Totals, tax_lines

AUTOMATED_CODE = "2"  # the group code that automated sales tax finds for every address here


def rates_of(company: Company, detail: dict[str, Any] | None) -> tuple[str | None, list[Rate]]:
    """Id and rates of the code that taxes the document.

    With automated sales tax that is the code found for the address unless a code is sent; in the manual model there is
    none without one. Raises Refused 6000 when the code sent is no group.
    """
    if not company.settings.using_sales_tax:
        return None, []
    automated = company.settings.partner_tax == "on"
    code = (detail or {}).get("TxnTaxCodeRef", {}).get("value") or (AUTOMATED_CODE if automated else None)
    if code is None:
        return None, []
    document = company.need("TaxCode", code).document
    if not document["TaxGroup"]:
        raise errors.business("The tax code of a US transaction must be a group.", "TxnTaxCodeRef")
    ids = [entry["TaxRateRef"]["value"] for entry in document["SalesTaxRateList"]["TaxRateDetail"]]
    return code, [Rate(rate_id, Decimal(company.need("TaxRate", rate_id).document["RateValue"])) for rate_id in ids]


def explicit_tax(company: Company, detail: dict[str, Any] | None) -> Decimal | None:
    """The TotalTax that was sent, zero included; ignored without a word where sales tax is off."""
    if not company.settings.using_sales_tax:
        return None
    tax: Decimal | None = (detail or {}).get("TotalTax")
    return tax


def tax_detail(code: str | None, rates: list[Rate], totals: Totals) -> dict[str, Any]:
    """The TxnTaxDetail of the answer."""
    if code is None or (totals.taxable == 0 and totals.tax == 0):
        return {"TotalTax": totals.tax}
    return {"TxnTaxCodeRef": {"value": code}, "TotalTax": totals.tax, "TaxLine": tax_lines(totals, rates)}
