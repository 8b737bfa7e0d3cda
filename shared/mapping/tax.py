"""Sales tax as QuickBooks must be told it: always the shop's own amount, never a computed one.

In a US company the lines say only TAX or NON, and the total is given: TotalTax is honoured and spread by QuickBooks
over its own rates (reference, section 9). Other countries need a code on every line and come with their own tax models.
"""

from __future__ import annotations

from typing import Any

from shared.commerce.money import ZERO
from shared.commerce.sale import Sale
from shared.mapping.books import Books
from shared.mapping.parked import Parked, Reason
from shared.settings.model import Tax, UnmappedTax


def line_codes(sale: Sale) -> list[str]:
    """TAX or NON per line. When a tax belongs to no line (a tax on fees, say) the largest line bears it: QuickBooks
    takes no tax on a document without a taxable line."""
    codes = ["TAX" if line.tax else "NON" for line in sale.lines]
    if sale.tax and "TAX" not in codes and codes:
        largest = max(range(len(codes)), key=lambda i: sale.lines[i].amount)
        codes[largest] = "TAX"
    return codes


def tax_detail(sale: Sale, settings: Tax, books: Books) -> dict[str, Any]:
    """TxnTaxDetail: the shop's tax, explicit even when it is 0. Raises Parked when QuickBooks would not keep it."""
    detail: dict[str, Any] = {"TotalTax": sale.tax}
    if not sale.tax:
        return detail
    if not books.company.uses_sales_tax:
        raise Parked(
            Reason.TAX_OFF,
            f"the order bears {sale.tax} {sale.currency} of tax, but sales tax is not set up in QuickBooks: "
            "it would be dropped silently",
        )
    names = [settings.codes.get(rate.code) for rate in sale.taxes if rate.amount != ZERO]
    unmapped = [rate.code or "(no code)" for rate in sale.taxes if rate.amount and rate.code not in settings.codes]
    if unmapped and (settings.unmapped is UnmappedTax.PARK or not books.company.automated_tax):
        raise Parked(
            Reason.TAX_NOT_MAPPED, f"the tax rate {unmapped[0]!r} has no tax code in QuickBooks yet", "tax.codes"
        )
    chosen = {name for name in names if name is not None}
    if len(chosen) > 1 and not books.company.automated_tax:
        raise Parked(
            Reason.TAX_NOT_MAPPED,
            f"the order's rates map to several tax codes ({', '.join(sorted(chosen))}), but a document takes one: "
            "map them to one combined code",
            "tax.codes",
        )
    if len(chosen) == 1 and not unmapped:
        detail["TxnTaxCodeRef"] = books.ref("TaxCode", chosen.pop(), "tax.codes")
    return detail
