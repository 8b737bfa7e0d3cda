"""Every country but the US: each line has a tax code, and GlobalTaxCalculation says whether amounts hold their tax.

Intuit, "Automated sales tax for non-US locales": the calculation is required; with TaxInclusive the amounts without tax
are rounded per line; an override needs all rates of the codes and is refused for rates that can't be edited.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sandbox.quickbooks import errors
from sandbox.quickbooks.lines import all_item_lines, discount_of, is_shipping, with_items_changed
from sandbox.quickbooks.money import ZERO, to_cents
from sandbox.quickbooks.settings import CompanySettings
from sandbox.quickbooks.taxation.inclusive import INCLUSIVE, net_line, percent_of
from sandbox.quickbooks.taxation.model import Code, Form, Line, Taxation, line_code
from sandbox.quickbooks.taxation.override import overridden
from sandbox.quickbooks.totals import Rate, Totals, checked_totals, prorated

NO_TAX = "NotApplicable"


@dataclass(slots=True)
class RateSum:
    """What one rate comes to on a form."""

    rate: Rate
    taxable: Decimal = ZERO
    amount: Decimal = ZERO

    def as_line(self) -> dict[str, Any]:
        """The TaxLine of the answer."""
        detail = {
            "TaxRateRef": {"value": self.rate.id},
            "PercentBased": True,
            "TaxPercent": self.rate.percent,
            "NetAmountTaxable": self.taxable,
        }
        return {"Amount": self.amount, "DetailType": "TaxLineDetail", "TaxLineDetail": detail}


@dataclass(frozen=True, slots=True)
class _Worldwide:
    line_code: str | None = field(default=None)

    def check(self, form: Form, settings: CompanySettings) -> None:
        """Raises Refused: 2020, 6170."""
        calculation = _calculation(form, settings)
        detail = form.get("TxnTaxDetail", {})
        if calculation == NO_TAX and (detail.get("TotalTax", ZERO) or detail.keys() - {"TotalTax"}):
            said = "TxnTaxDetail isn't allowed when GlobalTaxCalculation is NotApplicable."
            raise errors.coded("6170", "Invalid TxnTaxDetail", said, "TxnTaxDetail")

    def is_taxed(self, line: Line, codes: Mapping[str, Code]) -> bool:
        """Whether the line's code has a rate above nothing."""
        code = codes.get(line_code(line) or "")
        return code is not None and percent_of(code.rates) > 0

    def settle(
        self, form: Form, lines: list[Line], codes: Mapping[str, Code], settings: CompanySettings, *, exempt: bool
    ) -> Taxation:
        """Raises Refused: 6000 for a line without a code, 6070 for an amount against its own TaxInclusiveAmt."""
        calculation = _calculation(form, settings)
        taxed = calculation != NO_TAX and settings.using_sales_tax
        if taxed:
            _refuse_missing_codes(lines)

        def of_line(line: Line) -> tuple[Rate, ...]:
            return codes[line_code(line) or ""].rates if taxed else ()

        def answered(line: Line) -> Line:
            if calculation == INCLUSIVE:
                return net_line(line, of_line(line), sent_as=settings.inclusive_amount)
            detail = {name: value for name, value in line["SalesItemLineDetail"].items() if name != "TaxInclusiveAmt"}
            return {**line, "SalesItemLineDetail": detail}

        net = with_items_changed(lines, answered)
        items = sorted(all_item_lines(net), key=is_shipping)  # in the order of the answer, which names rates in that
        subtotal = sum((line["Amount"] for line in items if not is_shipping(line)), ZERO)
        shipping = sum((line["Amount"] for line in items if is_shipping(line)), ZERO)
        discount = discount_of(lines, subtotal)
        off = discount if settings.discount_and_tax_codes == "before_tax" else ZERO
        sums = _sums([(line, of_line(line)) for line in items], subtotal, off, per_line=calculation == INCLUSIVE)
        if taxed:
            overridden(form.get("TxnTaxDetail", {}), sums)
        tax = sum((entry.amount for entry in sums.values()), ZERO)
        taxable = sum((line["Amount"] for line in items if of_line(line)), ZERO)
        totals = checked_totals(Totals(subtotal, discount, shipping, taxable, tax))
        detail = {"TotalTax": tax, "TaxLine": [entry.as_line() for entry in sums.values()]}
        return Taxation(net, totals, detail if sums else {"TotalTax": tax})


def _calculation(form: Form, settings: CompanySettings) -> str:
    """Raises Refused 2020 when it is missing and the company doesn't take that for TaxExcluded."""
    calculation: str | None = form.get("GlobalTaxCalculation")
    if calculation is None and settings.tax_calculation_absent == "refuse":
        raise errors.Refused(errors.missing("GlobalTaxCalculation"))
    return calculation or "TaxExcluded"


def _refuse_missing_codes(lines: list[Line]) -> None:
    if any(line_code(line) is None for line in all_item_lines(lines)):
        raise errors.business("Every line of the transaction needs a tax code before it is saved.", "TaxCodeRef")


def _sums(
    items: list[tuple[Line, tuple[Rate, ...]]], subtotal: Decimal, off: Decimal, *, per_line: bool
) -> dict[str, RateSum]:
    """Per rate what is taxable and the tax, in the order in which the lines name the rates.

    off: the discount to take off the goods first, shared by amount. per_line: tax was taken out of each line.
    """
    sums: dict[str, RateSum] = {}
    goods: dict[str, Decimal] = {}
    for line, rates in items:
        for rate in rates:
            entry = sums.setdefault(rate.id, RateSum(rate))
            entry.taxable += line["Amount"]
            goods[rate.id] = goods.get(rate.id, ZERO) + (ZERO if is_shipping(line) else line["Amount"])
        if per_line:
            _share(line, rates, _left(subtotal, off) if not is_shipping(line) else Decimal(1), sums)
    for rate_id, entry in sums.items():
        if off and subtotal:
            entry.taxable -= to_cents(off * goods[rate_id] / subtotal)
        if not per_line:
            entry.amount = to_cents(entry.taxable * entry.rate.percent / 100)
    return sums


def _left(subtotal: Decimal, off: Decimal) -> Decimal:
    """The part of the goods that the discount leaves."""
    return (subtotal - off) / subtotal if subtotal else Decimal(1)


def _share(line: Line, rates: tuple[Rate, ...], left: Decimal, sums: dict[str, RateSum]) -> None:
    """Add the line's own tax to its rates."""
    tax = to_cents((line["SalesItemLineDetail"]["TaxInclusiveAmt"] - line["Amount"]) * left)
    for rate, amount in zip(rates, prorated(tax, rates), strict=True):
        sums[rate.id].amount += amount


WORLDWIDE = _Worldwide()
