"""How REST rewrites the row totals of order items, by release.

Magento's Model/Order/Webapi/ChangeOutputArray runs for REST and SOAP only; the database, and events that a queue
consumer publishes, keep the totals before discount. Invoice and credit memo items are not rewritten.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.magento.config import RowTotals

ZERO = Decimal(0)


def as_rest_shows(order: dict[str, Any], release: RowTotals) -> dict[str, Any]:
    """The order with its items, their embedded parents and the shipping assignment's items rewritten. A copy."""
    if release == "raw":
        return order
    shown = dict(order)
    shown["items"] = [_item(item, release) for item in order["items"]]
    extension = dict(order.get("extension_attributes", {}))
    if assignments := extension.get("shipping_assignments"):
        extension["shipping_assignments"] = [
            {**entry, "items": [_item(item, release) for item in entry["items"]]} if "items" in entry else entry
            for entry in assignments
        ]
        shown["extension_attributes"] = extension
    return shown


def _item(item: dict[str, Any], release: RowTotals) -> dict[str, Any]:
    shown = dict(item)
    for prefix in ("", "base_"):
        _rewrite(shown, prefix, release)
    if "parent_item" in item:
        shown["parent_item"] = _item(item["parent_item"], release)
    return shown


def _rewrite(item: dict[str, Any], prefix: str, release: RowTotals) -> None:
    def amount(name: str) -> Decimal:
        return Decimal(item.get(prefix + name) or ZERO)

    row_total, discount = amount("row_total"), amount("discount_amount")
    # The base column adds the fee of one unit, the other the fee of the row: Magento's own slip.
    fee = amount("weee_tax_applied_amount" if prefix else "weee_tax_applied_row_amount")
    incl_tax = row_total + amount("tax_amount") + amount("discount_tax_compensation_amount") + fee - discount
    net = (amount("price") if release == "2.4.8" else row_total) - discount
    item[prefix + "row_total"] = max(net, ZERO)
    item[prefix + "row_total_incl_tax"] = max(incl_tax, ZERO)
