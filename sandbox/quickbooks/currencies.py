"""Currencies by their ISO code, with the names that answers show."""

from __future__ import annotations

import re

_CODE = re.compile(r"[A-Z]{3}")
_NAMES = {
    "AUD": "Australian Dollar",
    "CAD": "Canadian Dollar",
    "CHF": "Swiss Franc",
    "EUR": "Euro",
    "GBP": "British Pound Sterling",
    "JPY": "Japanese Yen",
    "MXN": "Mexican Peso",
    "SEK": "Swedish Krona",
    "USD": "United States Dollar",
}


def is_code(code: str) -> bool:
    """Whether the text has the form of a currency code."""
    return _CODE.fullmatch(code) is not None


def currency_ref(code: str) -> dict[str, str]:
    """The reference as answers show it."""
    return {"value": code, "name": _NAMES.get(code, code)}
