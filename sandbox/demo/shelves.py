"""Goods that the books of `bookbridge up` count and its shop keeps, so that stock goes from the one to the other."""

from __future__ import annotations

from typing import Any

from sandbox.demo import limits
from sandbox.demo.control import ShopServer
from sandbox.scenarios import goods

COUNTED = goods.SIMPLE[::2]
_ACCOUNTS = {
    "IncomeAccountRef": {"value": "1"},
    "ExpenseAccountRef": {"value": "6"},
    "AssetAccountRef": {"value": "7"},
}


def counted_item(sku: str, name: str) -> dict[str, Any]:
    """An item of which the books count the pieces."""
    tracked = {"Type": "Inventory", "TrackQtyOnHand": True, "QtyOnHand": limits.UP_PIECES, "InvStartDate": "2026-01-01"}
    return {"Name": name, "Sku": sku, "Taxable": True, **tracked, **_ACCOUNTS}


async def fill(shop: ShopServer) -> None:
    """The shop has the same goods, and of the first of them a few pieces less than the books."""
    for sku, name, price in COUNTED:
        product = {"sku": sku, "name": name, "price": price, "attribute_set_id": 4, "type_id": "simple", "status": 1}
        await shop.administer("POST", "products", {"product": product})
    rows = [
        {"sku": sku, "source_code": "default", "quantity": limits.UP_PIECES - 5 * (number == 0), "status": 1}
        for number, (sku, _, _) in enumerate(COUNTED)
    ]
    await shop.administer("POST", "inventory/source-items", {"sourceItems": rows})
