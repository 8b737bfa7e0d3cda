"""Amounts of a document in its own currency and in the company's."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.quickbooks.money import ZERO, to_cents


def rate(document: dict[str, Any]) -> Decimal:
    """Home units for one unit of the document's currency."""
    return Decimal(document.get("ExchangeRate", 1))


def is_foreign(document: dict[str, Any], home_currency: str) -> bool:
    """Whether the document is in another currency than the company's, be its rate 1 or not: what it is linked to may
    stand at another rate."""
    return bool(document.get("CurrencyRef", {}).get("value", home_currency) != home_currency)


def home(document: dict[str, Any], amount: Decimal) -> Decimal:
    """The amount in home currency, to the cent."""
    return to_cents(amount * rate(document))


def home_total(document: dict[str, Any]) -> Decimal:
    """The document's total in home currency."""
    return home(document, document["TotalAmt"])


def down_payment(document: dict[str, Any]) -> Decimal:
    """What was paid with the invoice itself (Invoice.Deposit)."""
    return to_cents(document.get("Deposit", ZERO))
