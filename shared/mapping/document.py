"""A document as it should stand in the books, and the checks of its sums before the write and on the answer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from shared.commerce.money import ZERO, quantise
from shared.mapping.parked import Parked, Reason
from shared.wire import encode_canonical


class DocumentKind(StrEnum):
    """The documents a sale can become; `entity` is QuickBooks' own name."""

    SALES_RECEIPT = "sales_receipt"
    INVOICE = "invoice"

    @property
    def entity(self) -> str:
        return {"sales_receipt": "SalesReceipt", "invoice": "Invoice"}[self.value]


@dataclass(frozen=True, slots=True)
class Document:
    """The desired document: the body of its create call, and the sums it must come to."""

    kind: DocumentKind
    body: Mapping[str, Any]
    total: Decimal
    tax: Decimal
    currency: str

    @property
    def content_hash(self) -> str:
        """Equal exactly when nothing of the content differs; compared with what was written."""
        return hashlib.sha256(encode_canonical(self.body)).hexdigest()

    def check(self) -> None:
        """Adds the body up as QuickBooks will. Raises Parked when that is not the total, or when it would be refused:
        nothing is written then."""
        goods = discount = ZERO
        for line in self.body["Line"]:
            amount = line["Amount"]
            if line["DetailType"] == "DiscountLineDetail":
                discount += amount
                continue
            detail = line["SalesItemLineDetail"]
            if "UnitPrice" in detail:
                amount = quantise(detail["Qty"] * detail["UnitPrice"], self.currency)
            if amount != line["Amount"]:
                raise self._differs(f"a line of {line['Amount']} would be booked as {amount}")
            if amount < ZERO:
                raise self._differs(f"the line {line['Description']!r} is negative ({amount})")
            goods += amount
        if discount < ZERO or discount > goods:
            raise self._differs(f"the discount of {discount} can't be taken off lines of {goods}")
        if self.tax < ZERO or self.total < ZERO:
            raise self._differs(f"the tax ({self.tax}) or the total ({self.total}) is negative")
        if goods - discount + self.tax != self.total:
            raise self._differs(f"the document would come to {goods - discount + self.tax} instead of {self.total}")

    def _differs(self, text: str) -> Parked:
        return Parked(Reason.DOCUMENT_DIFFERS, f"{text} {self.currency}")


def answer_difference(answer: Mapping[str, Any], total: Decimal, tax: Decimal) -> Decimal | None:
    """How far the books are from the shop: booked total minus ours, or the tax's when only that differs; 0 = agrees.

    None when the answer has no total at all.
    """
    booked = answer.get("TotalAmt")
    if booked is None:
        return None
    booked_tax = (answer.get("TxnTaxDetail") or {}).get("TotalTax", 0)
    return (Decimal(booked) - total) or (Decimal(booked_tax) - tax)
