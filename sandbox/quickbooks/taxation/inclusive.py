"""Amounts that hold their tax: it is taken out line by line, so many lines may differ by cents from their sum."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sandbox.quickbooks import errors
from sandbox.quickbooks.money import ZERO, to_cents, to_price
from sandbox.quickbooks.taxation.model import Line
from sandbox.quickbooks.totals import Rate

INCLUSIVE = "TaxInclusive"


def percent_of(rates: Sequence[Rate]) -> Decimal:
    """The sum of the percentages."""
    return sum((rate.percent for rate in rates), ZERO)


def without_tax(gross: Decimal, rates: Sequence[Rate]) -> Decimal:
    """What is left of an amount without its tax, half up to the cent."""
    return to_cents(gross / (1 + percent_of(rates) / 100))


def net_line(line: Line, rates: Sequence[Rate], *, sent_as: str) -> Line:
    """The priced line as the API answers it: Amount and UnitPrice without tax, TaxInclusiveAmt with it.

    A line with TaxInclusiveAmt comes back from an earlier answer; its Amount is that without tax, or the same again.
    sent_as: how an Amount without TaxInclusiveAmt is read, "gross" or "net". Raises Refused 6070.
    """
    detail = dict(line["SalesItemLineDetail"])
    sent = line["Amount"]
    gross = detail.get("TaxInclusiveAmt") or None  # python-quickbooks sends 0 for "not given"
    came_back = gross is not None
    if gross is None:
        gross = sent if sent_as == "gross" else to_cents(sent * (1 + percent_of(rates) / 100))
        net = without_tax(gross, rates) if sent_as == "gross" else sent
    else:
        gross = to_cents(gross)
        net = without_tax(gross, rates) if sent_as == "gross" or sent == gross else sent
        if sent not in (net, gross):
            said = f"Amount {sent} is neither TaxInclusiveAmt {gross} nor what is left of it without tax, {net}"
            raise errors.coded("6070", "Amount calculation incorrect in the request", said, "Line.Amount")
    detail["TaxInclusiveAmt"] = gross
    if detail.get("DiscountAmt"):
        if not came_back:
            factor = 1 + percent_of(rates) / 100 if sent_as == "gross" else Decimal(1)
            detail["UnitPrice"] = to_price(detail["UnitPrice"] / factor)
            detail["DiscountAmt"] = to_cents(detail["DiscountAmt"] / factor)
    elif "UnitPrice" in detail:
        quantity = detail.get("Qty", Decimal(1))
        detail["UnitPrice"] = to_price(net / quantity) if quantity else ZERO
    return {**line, "Amount": net, "SalesItemLineDetail": detail}
