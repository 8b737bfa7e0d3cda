"""What both American models share: lines are TAX or NON, and one group code on the header taxes the TAX lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.quickbooks import errors
from sandbox.quickbooks.lines import all_item_lines, is_taxable
from sandbox.quickbooks.settings import CompanySettings
from sandbox.quickbooks.taxation.model import Code, Form, Line, line_code
from sandbox.quickbooks.totals import Rate, Totals, tax_lines

LINE_CODES = ("TAX", "NON")
CUSTOM_CODE = "CustomSalesTax"  # a pseudo code of American companies, which no form may use (Intuit's error codes)


class AmericanLines:
    """Checks of lines and header; the models add how the code and the tax are found."""

    line_code: str | None = "NON"

    def check(self, form: Form, settings: CompanySettings) -> None:
        """Raises Refused: 6000, 6100, 6160, 6230."""
        # python-quickbooks sends TaxExcluded with every invoice, to US companies, too: only TaxInclusive is an error.
        if form.get("GlobalTaxCalculation") == "TaxInclusive":
            raise errors.business("GlobalTaxCalculation does not apply to a US company.", "GlobalTaxCalculation")
        for line in all_item_lines(form["Line"]):
            code = line_code(line)
            if code not in (None, *LINE_CODES):
                said = f"Tax code {code} on a line: in a US company it must be TAX or NON"
                raise errors.coded("6100", "Invalid tax code", said, "TaxCodeRef")
        if form.get("TxnTaxDetail", {}).get("TxnTaxCodeRef", {}).get("value") == CUSTOM_CODE:
            # Two codes for one rule are documented; which one comes when is not.
            code = settings.custom_tax_code_fault
            raise errors.coded(code, "Invalid TaxCodeRef", f"{CUSTOM_CODE} can't be used as a tax code.", "TaxCodeRef")

    def is_taxed(self, line: Line, codes: Mapping[str, Code]) -> bool:
        """Whether the line is marked TAX."""
        return is_taxable(line)


def group_code(form: Form, codes: Mapping[str, Code]) -> Code | None:
    """The code that the form names. Raises Refused 6000 when it is no group."""
    name = form.get("TxnTaxDetail", {}).get("TxnTaxCodeRef", {}).get("value")
    if name is None:
        return None
    if not codes[name].group:
        raise errors.business("The tax code of a US transaction must be a group.", "TxnTaxCodeRef")
    return codes[name]


def detail_of(code: Code | None, rates: tuple[Rate, ...], totals: Totals) -> dict[str, Any]:
    """The TxnTaxDetail of the answer: the total prorated over the rates."""
    if code is None or (totals.taxable == 0 and totals.tax == 0):
        return {"TotalTax": totals.tax}
    result: dict[str, Any] = {"TxnTaxCodeRef": {"value": code.id}, "TotalTax": totals.tax}
    lines = tax_lines(totals, list(rates))
    return {**result, "TaxLine": lines} if lines else result
