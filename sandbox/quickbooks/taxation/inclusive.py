"""Amounts that hold their tax: it is taken out line by line, so many lines may differ by cents from their sum."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sandbox.quickbooks import errors
from sandbox.quickbooks.money import ZERO, to_cents, to_price, unit_price, within_digits
from sandbox.quickbooks.taxation.model import Line
from sandbox.quickbooks.totals import Rate

INCLUSIVE = "TaxInclusive"


def percent_of(rates: Sequence[Rate]) -> Decimal:
    """The sum of the percentages."""
    return sum((rate.percent for rate in rates), ZERO)


def without_tax(gross: Decimal, rates: Sequence[Rate]) -> Decimal:
    """What is left of an amount without its tax, half up to the cent."""
    return to_cents(gross / (1 + percent_of(rates) / 100))


def with_tax(net: Decimal, rates: Sequence[Rate]) -> Decimal:
    """The amount with its tax, half up to the cent. Raises Refused 2090."""
    return to_cents(within_digits(net * (1 + percent_of(rates) / 100), "TaxInclusiveAmt"))


def gross_given(line: Line) -> Decimal | None:
    """The TaxInclusiveAmt of the line; None without one, and for a 0 beside an amount (python-quickbooks sends it)."""
    sent = line["SalesItemLineDetail"].get("TaxInclusiveAmt")
    gross = None if sent is None else to_cents(sent)
    return None if not gross and to_cents(line["Amount"]) else gross


def net_line(line: Line, rates: Sequence[Rate], *, sent_as: str) -> Line:
    """The priced line as the API answers it: Amount and UnitPrice without tax, TaxInclusiveAmt with it.

    A line with TaxInclusiveAmt comes back from an earlier answer; its Amount is that without tax, or the same again.
    sent_as: how an Amount without TaxInclusiveAmt is read, "gross" or "net". Raises Refused 6070.
    """
    detail = dict(line["SalesItemLineDetail"])
    sent = line["Amount"]
    before = gross_given(line)
    gross = before if before is not None else sent
    if before is None and sent_as == "net":
        gross = with_tax(sent, rates)
    net = sent if sent_as == "net" and with_tax(sent, rates) == gross else without_tax(gross, rates)
    if before is not None and sent not in (net, gross):
        said = f"Amount {sent} is neither TaxInclusiveAmt {gross} nor what is left of it without tax, {net}"
        raise errors.coded("6070", "Amount calculation incorrect in the request", said, "Line.Amount")
    detail["TaxInclusiveAmt"] = gross
    if detail.get("DiscountAmt"):
        if before is None:
            factor = 1 + percent_of(rates) / 100 if sent_as == "gross" else Decimal(1)
            detail["UnitPrice"] = to_price(detail["UnitPrice"] / factor)
            detail["DiscountAmt"] = to_cents(detail["DiscountAmt"] / factor)
    elif "UnitPrice" in detail:
        quantity = detail.get("Qty", Decimal(1))
        detail["UnitPrice"] = unit_price(net, quantity) if quantity else ZERO
        if to_cents(quantity * detail["UnitPrice"]) != net:
            del detail["UnitPrice"]  # seven decimals don't give the amount back
    return {**line, "Amount": net, "SalesItemLineDetail": detail}
