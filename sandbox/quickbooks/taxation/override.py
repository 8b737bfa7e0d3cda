"""Tax that the caller computed himself, outside the US: one TaxLine for every rate of the codes on the form."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Protocol

from sandbox.quickbooks import errors
from sandbox.quickbooks.money import ZERO, to_cents
from sandbox.quickbooks.totals import Rate


class _Sum(Protocol):
    rate: Rate
    amount: Decimal


def overridden(sent: Mapping[str, Any], sums: Mapping[str, _Sum]) -> None:
    """Put the amounts that were sent in place of the computed ones.

    TotalTax follows from the lines; alone it overrides nothing. Raises Refused 6000: a rate is missing or foreign
    to the form, a rate can't be edited, or a TotalTax without lines is not what the codes come to; 2290.
    """
    if "TaxLine" not in sent:
        computed = sum((entry.amount for entry in sums.values()), ZERO)
        if "TotalTax" in sent and to_cents(sent["TotalTax"]) != computed:
            said = f"TotalTax {sent['TotalTax']} needs the tax lines of all rates; the codes come to {computed}."
            raise errors.business(said, "TxnTaxDetail")
        return
    named = [line["TaxLineDetail"]["TaxRateRef"]["value"] for line in sent["TaxLine"]]
    if len(set(named)) != len(named) or set(named) != set(sums):
        raise errors.business("The tax lines must name every tax rate of the tax codes once, and no other.", "TaxLine")
    for rate_id, line in zip(named, sent["TaxLine"], strict=True):
        entry = sums[rate_id]
        amount = to_cents(line.get("Amount", entry.amount))
        if amount < 0:
            raise errors.Refused(errors.negative_amount("TxnTaxDetail.TaxLine.Amount"))
        if amount != entry.amount and entry.rate.read_only:
            raise errors.business("The tax amount of this tax rate can't be edited.", "TaxLine")
        entry.amount = amount
