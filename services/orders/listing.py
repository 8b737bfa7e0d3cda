"""The active items and customers of a company, found by what sales know of them. In memory; no input or output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Listing:
    """One reading of the two lists, and what was added since. Of several with one key the first counts."""

    def __init__(self, home_currency: str) -> None:
        self._home_currency = home_currency
        self.items: dict[str, Mapping[str, Any]] = {}
        self.customers: dict[str, Mapping[str, Any]] = {}
        self.item_by_sku: dict[str, str] = {}
        self.item_by_name: dict[str, str] = {}
        self.customer_by_email: dict[tuple[str, str], str] = {}
        self.customer_by_name: dict[str, str] = {}

    def add(self, entity: str, row: Mapping[str, Any]) -> None:
        """Notes an active Item or Customer; a category is no item that could be sold."""
        if not row.get("Active", True) or row.get("Type") == "Category":
            return
        number = str(row["Id"])
        if entity == "Item":
            self.items[number] = row
            if sku := str(row.get("Sku") or ""):
                self.item_by_sku.setdefault(sku.lower(), number)
            self.item_by_name.setdefault(str(row.get("Name", "")).lower(), number)
        else:
            self.customers[number] = row
            self.customer_by_name.setdefault(str(row.get("DisplayName", "")).lower(), number)
            if email := email_of(row):
                self.customer_by_email.setdefault((email, currency_of(row) or self._home_currency), number)


def email_of(row: Mapping[str, Any]) -> str:
    """The customer's e-mail in lower case, "" without one."""
    return str((row.get("PrimaryEmailAddr") or {}).get("Address") or "").strip().lower()


def currency_of(row: Mapping[str, Any]) -> str:
    """The currency that a customer is kept in."""
    return str((row.get("CurrencyRef") or {}).get("value") or "")
