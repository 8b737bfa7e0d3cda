"""The category tree: a root, the store's root, and whatever categories products are in."""

from __future__ import annotations

from typing import Any

from sandbox.magento.errors import NotFound
from sandbox.magento.shop import Kind, Shop

ROOT, STORE_ROOT = 1, 2


def tree(shop: Shop) -> dict[str, Any]:
    """As /V1/categories answers it: from the store's root on."""
    counts = _products_by_category(shop)
    below = [_node(number, STORE_ROOT, 2, place, counts) for place, number in enumerate(sorted(counts), start=1)]
    children = [node for node in below if node["id"] not in (ROOT, STORE_ROOT)]
    return {**_node(STORE_ROOT, ROOT, 1, 1, counts), "name": "Default Category", "children_data": children}


def one(shop: Shop, number: int) -> dict[str, Any]:
    """Raises NotFound."""
    for row in every(shop):
        if row["id"] == number:
            return row
    raise NotFound("No such entity with %fieldName = %fieldValue", {"fieldName": "id", "fieldValue": number})


def every(shop: Shop) -> list[dict[str, Any]]:
    """Each as it is shown by itself, the store's root first."""
    root = tree(shop)
    rows = []
    for node in (root, *root["children_data"]):
        path = "1/2" if node["id"] == STORE_ROOT else f"1/2/{node['id']}"
        children = ",".join(str(child["id"]) for child in node["children_data"])
        wanted = ("id", "parent_id", "name", "is_active", "position", "level")
        rows.append({**{name: node[name] for name in wanted}, "children": children, "path": path})
    return rows


def _node(number: int, parent: int, level: int, position: int, counts: dict[int, int]) -> dict[str, Any]:
    return {
        "id": number,
        "parent_id": parent,
        "name": f"Category {number}",
        "is_active": True,
        "position": position,
        "level": level,
        "product_count": counts.get(number, 0),
        "children_data": [],
    }


def _products_by_category(shop: Shop) -> dict[int, int]:
    counts: dict[int, int] = {}
    for product in shop.documents(Kind.PRODUCT):
        for link in product.body.get("extension_attributes", {}).get("category_links", []):
            if str(link.get("category_id", "")).isdigit():
                number = int(link["category_id"])
                counts[number] = counts.get(number, 0) + 1
    return counts
