"""Documents and carts that tests put into the shop."""

from __future__ import annotations

from typing import Any


def order(entity_id: int, **changes: Any) -> dict[str, Any]:
    """A small order document in REST's shape."""
    document: dict[str, Any] = {
        "entity_id": entity_id,
        "increment_id": f"{entity_id:09d}",
        "state": "new",
        "status": "pending",
        "grand_total": 10,
        "subtotal": 10,
        "base_total_due": 10,
        "total_due": 10,
        "store_id": 1,
        "created_at": "2026-03-02 10:00:00",
        "updated_at": "2026-03-02 10:00:00",
        "items": [
            {"item_id": entity_id * 10, "order_id": entity_id, "sku": "A", "name": "A", "qty_ordered": 2, "price": 5}
            | {"row_total": 10, "row_total_incl_tax": 10, "product_type": "simple"}
        ],
        "extension_attributes": {"shipping_assignments": []},
    }
    return document | changes


ADDRESS = {
    "firstname": "Zoë",
    "lastname": "D'Angelo",
    "street": ["1 Main St"],
    "city": "Los Angeles",
    "region": "CA",
    "postcode": "90034",
}


def cart(**changes: Any) -> dict[str, Any]:
    """Two watches at 10.00 to a guest, 8.25 % tax."""
    tax = {
        "rates": [{"code": "US-CA", "percent": "8.25", "region_id": 12}],
        "rules": [{"code": "CA", "rates": ["US-CA"]}],
    }
    watches = {"sku": "WATCH", "name": "Watch", "price": "10.00", "qty": 2}
    spec = {"items": [watches], "buyer": {"email": "a@example.com"}, "billing": ADDRESS, "tax": tax}
    return spec | changes
