"""The tax rows that orders show from 2.4.8 on: taxes, itemized_taxes of items, additional_itemized_taxes of the rest.

Rows of sales_order_tax and sales_order_tax_item. `amount` is that of the whole group of rates, `real_amount` the rate's
own (reference 6.1).
"""

from __future__ import annotations

from typing import Any

from sandbox.magento.order_taxes import TaxedRow
from sandbox.magento.shop import Body, Shop


def with_itemized(shop: Shop, body: Body, rows: list[TaxedRow]) -> Body:
    """The order with these rows."""
    ids: dict[str, int] = {}
    taxes: list[dict[str, Any]] = []
    of_item: dict[int, list[dict[str, Any]]] = {}
    additional: list[dict[str, Any]] = []
    for row in rows:
        if row.code not in ids:
            ids[row.code] = shop.next_id("order_tax")
            taxes.append(_tax(row, ids[row.code], body["entity_id"], len(taxes)))
        else:
            _add(next(tax for tax in taxes if tax["code"] == row.code), row)
        entry = _item(shop, row, ids[row.code])
        if row.item_id is None:
            additional.append(entry)
        else:
            of_item.setdefault(row.item_id, []).append(entry)
    items = [_with_taxes(item, of_item.get(item["item_id"], [])) for item in body["items"]]
    extension = body["extension_attributes"] | {"taxes": taxes, "additional_itemized_taxes": additional}
    return body | {"items": items, "extension_attributes": extension}


def _with_taxes(item: Body, taxes: list[dict[str, Any]]) -> Body:
    if not taxes:
        return item
    return item | {"extension_attributes": {**item.get("extension_attributes", {}), "itemized_taxes": taxes}}


def _tax(row: TaxedRow, tax_id: int, order_id: int, process: int) -> dict[str, Any]:
    return {
        "tax_id": tax_id,
        "order_id": order_id,
        "code": row.code,
        "title": row.code,
        "percent": row.percent,
        "amount": row.group_amount,
        "base_amount": row.base_group_amount,
        "base_real_amount": row.base_amount,
        "priority": 0,
        "position": 0,
        "process": process,
    }


def _add(tax: dict[str, Any], row: TaxedRow) -> None:
    tax["amount"] += row.group_amount
    tax["base_amount"] += row.base_group_amount
    tax["base_real_amount"] += row.base_amount


def _item(shop: Shop, row: TaxedRow, tax_id: int) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "tax_item_id": shop.next_id("order_tax_item"),
        "tax_id": tax_id,
        "tax_code": row.code,
        "tax_percent": row.percent,
        "amount": row.group_amount,
        "base_amount": row.base_group_amount,
        "real_amount": row.amount,
        "real_base_amount": row.base_amount,
        "taxable_item_type": row.type,
    }
    if row.item_id is not None:
        entry["item_id"] = row.item_id
    if row.associated_item_id is not None:
        entry["associated_item_id"] = row.associated_item_id
    return entry
