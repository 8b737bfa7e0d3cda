"""What a sales form adds up to: subtotal, discount, tax and total, in Decimal. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.quickbooks import errors
from sandbox.quickbooks.lines import all_item_lines, discount_of, is_shipping, is_taxable
from sandbox.quickbooks.money import ZERO, to_cents, within_digits


@dataclass(frozen=True, slots=True)
class Rate:
    """One tax rate of the code in force: its TaxRate id, its percentage, whether its amount can't be edited."""

    id: str
    percent: Decimal
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Totals:
    """Amounts of one document, each rounded to the cent. total = subtotal - discount + shipping + tax."""

    subtotal: Decimal
    discount: Decimal
    shipping: Decimal
    taxable: Decimal
    tax: Decimal

    @property
    def total(self) -> Decimal:
        return self.subtotal - self.discount + self.shipping + self.tax


def add_up(
    lines: list[dict[str, Any]], rates: list[Rate], *, after_discount: bool, explicit_tax: Decimal | None
) -> Totals:
    """Totals of priced lines.

    explicit_tax: the TotalTax that was sent, which is honoured to the cent, zero included; None lets the rates decide.
    after_discount: tax is due on what is left after the discount, shared over the lines in proportion.
    Raises Refused 6000 when the discount is greater than the subtotal or the total less than nothing.
    """
    items = list(all_item_lines(lines))
    subtotal = sum((line["Amount"] for line in items if not is_shipping(line)), ZERO)
    shipping = sum((line["Amount"] for line in items if is_shipping(line)), ZERO)
    discount = discount_of(lines, subtotal)
    taxable = _taxable(items, subtotal, discount if after_discount else ZERO)
    tax = explicit_tax if explicit_tax is not None else sum((to_cents(taxable * r.percent / 100) for r in rates), ZERO)
    return checked_totals(Totals(subtotal, discount, shipping, taxable, to_cents(tax)))


def checked_totals(totals: Totals) -> Totals:
    """Raises Refused 6000 when the discount is greater than the subtotal or the total less than nothing, and 2090."""
    if totals.discount > max(totals.subtotal, ZERO):
        raise errors.business("The discount is greater than the subtotal.", "DiscountLineDetail")
    if totals.total < 0 or totals.tax < 0:
        raise errors.business("The amount of a transaction must be 0 or greater.", "TotalAmt")
    for amount in (totals.subtotal, totals.total):
        within_digits(amount, "TotalAmt")
    return totals


def tax_lines(totals: Totals, rates: list[Rate]) -> list[dict[str, Any]]:
    """The tax per rate: the total prorated over the rates, the last one taking what rounding leaves."""
    result = []
    for rate, amount in zip(rates, prorated(totals.tax, rates), strict=True):
        detail = {
            "TaxRateRef": {"value": rate.id},
            "PercentBased": True,
            "TaxPercent": rate.percent,
            "NetAmountTaxable": totals.taxable,
        }
        result.append({"Amount": amount, "DetailType": "TaxLineDetail", "TaxLineDetail": detail})
    return result


def prorated(tax: Decimal, rates: Sequence[Rate]) -> list[Decimal]:
    """The tax shared over the rates by percentage, to the cent; the last one takes what rounding leaves.

    Their sum is the tax, except without rates.
    """
    whole = sum((rate.percent for rate in rates), ZERO)
    left, shares = tax, []
    for position, rate in enumerate(rates):
        last = position == len(rates) - 1
        share = left if last or not whole else min(to_cents(tax * rate.percent / whole), max(left, ZERO))
        left -= share
        shares.append(share)
    return shares


def _taxable(items: list[dict[str, Any]], subtotal: Decimal, discount: Decimal) -> Decimal:
    base = sum((line["Amount"] for line in items if is_taxable(line)), ZERO)
    goods = sum((line["Amount"] for line in items if is_taxable(line) and not is_shipping(line)), ZERO)
    if not discount or not subtotal:
        return base
    return base - to_cents(discount * goods / subtotal)
