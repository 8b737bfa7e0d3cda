"""Row totals before discount of an order that was recorded over REST, whichever release wrote it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

ZERO = Decimal(0)


def row_totals(order: dict[str, Any], already_raw: bool, prefix: str = "") -> dict[int, Decimal]:
    """By item id, in order currency or ("base_") base currency. Each reading is tried; the first whose top-level sum is
    the subtotal wins, the stored one else."""
    stored = {item["item_id"]: Decimal(item.get(f"{prefix}row_total") or 0) for item in order["items"]}
    if already_raw:
        return stored
    top = [item["item_id"] for item in order["items"] if item.get("parent_item_id") is None]
    derived = {item["item_id"]: _derived(item, prefix) for item in order["items"]}
    for reading in (derived, stored):
        if sum((reading[number] for number in top), ZERO) == Decimal(order.get(f"{prefix}subtotal") or 0):
            return reading
    return stored


def _derived(item: dict[str, Any], prefix: str) -> Decimal:
    def amount(name: str) -> Decimal:
        return Decimal(item.get(prefix + name) or 0)

    # REST adds the fee of one unit to the base column, that of the row to the other: Magento's own slip.
    fee = amount("weee_tax_applied_amount" if prefix else "weee_tax_applied_row_amount")
    taxes = amount("tax_amount") + amount("discount_tax_compensation_amount") + fee
    return amount("row_total_incl_tax") - taxes + amount("discount_amount")
