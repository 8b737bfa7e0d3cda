"""Amounts of a document in its own currency and in the company's."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.quickbooks.money import ZERO, to_cents


def rate(document: dict[str, Any]) -> Decimal:
    """Home units for one unit of the document's currency."""
    return Decimal(document.get("ExchangeRate", 1))


def is_foreign(document: dict[str, Any]) -> bool:
    """Whether amounts in home currency differ from those that the document shows."""
    return rate(document) != 1


def home(document: dict[str, Any], amount: Decimal) -> Decimal:
    """The amount in home currency, to the cent."""
    return to_cents(amount * rate(document))


def home_total(document: dict[str, Any]) -> Decimal:
    """The document's total in home currency."""
    return home(document, document["TotalAmt"])


def down_payment(document: dict[str, Any]) -> Decimal:
    """What was paid with the invoice itself (Invoice.Deposit)."""
    return to_cents(document.get("Deposit", ZERO))
