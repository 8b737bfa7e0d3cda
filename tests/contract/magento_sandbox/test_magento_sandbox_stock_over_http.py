"""Magento's figures about orders and stock once more, through the running shop: placed as carts, the rest over REST."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sandbox.magento.config import Config
from shared import wire
from tests.contract.magento_sandbox.shop_documents import cart
from tests.support.magento_sandbox import MagentoSandbox, in_process

VECTORS = Path(__file__).resolve().parents[4] / "shared" / "vectors" / "magento-stock"
PLAYABLE = {"place_order", "invoice", "ship", "cancel_order", "creditmemo"}
FIGURES = {"source_items", "salable_quantity", "order_status", "qty_canceled"}


def vectors() -> list[dict[str, Any]]:
    """Those with a fixture of one stock, played by order steps alone."""
    found = []
    for path in sorted(VECTORS.glob("*.json")) if VECTORS.is_dir() else []:
        for vector in json.loads(path.read_bytes())["vectors"]:
            steps, fixture = vector.get("steps", []), vector.get("fixture", {})
            fits = steps and {step["do"] for step in steps} <= PLAYABLE and len(fixture.get("stocks", [])) == 1
            stated = set(vector["expected"]).union(*(step.get("expect", {}) for step in steps))
            if fits and FIGURES & stated and all("items" in step or step["do"] == "cancel_order" for step in steps):
                found.append(vector)
    return found


class Played:
    """One vector against a shop."""

    def __init__(self, shop: MagentoSandbox, fixture: dict[str, Any]) -> None:
        self.shop = shop
        self.fixture = fixture
        self.stock_id = 0
        self.order_id = 0
        self.items: dict[str, int] = {}

    async def post(self, method: str, path: str, document: Any) -> Any:
        status, body = await self.shop.send(
            method, f"/rest/V1/{path}", document, self.shop.sign(method, f"/rest/V1/{path}")
        )
        assert status == 200, body
        return wire.decode(body)

    async def prepare(self) -> None:
        stock = self.fixture["stocks"][0]
        for source in self.fixture["sources"]:
            place = {"name": "x", "country_id": "US", "postcode": "1", "enabled": source["enabled"]}
            await self.post("POST", "inventory/sources", {"source": {"source_code": source["code"], **place}})
        channels = {"sales_channels": [{"type": "website", "code": "base"}]}
        named = {"stock": {"name": stock["name"], "extension_attributes": channels}}
        path = "inventory/stocks" if stock["stock_id"] != 1 else "inventory/stocks/1"
        self.stock_id = await self.post("PUT" if stock["stock_id"] == 1 else "POST", path, named)
        links = [
            {"stock_id": self.stock_id, "source_code": one["source"], "priority": one["priority"]}
            for one in stock["links"]
        ]
        await self.post("POST", "inventory/stock-source-links", {"links": links})
        rows = [
            {"sku": row["sku"], "source_code": row["source"], "quantity": Decimal(row["quantity"])}
            | {"status": int(row["status"] == "in_stock")}
            for row in self.fixture["source_items"]
        ]
        await self.post("POST", "inventory/source-items", {"sourceItems": rows})

    async def step(self, step: dict[str, Any]) -> None:
        items = [
            {"order_item_id": self.items.get(sku), "qty": Decimal(count)}
            for sku, count in step.get("items", {}).items()
        ]
        if step["do"] == "place_order":
            await self.place(step["items"])
        elif step["do"] == "invoice":
            await self.post("POST", f"order/{self.order_id}/invoice", {"items": items, "capture": True})
        elif step["do"] == "ship":
            source = {"extension_attributes": {"source_code": step["source"]}}
            await self.post("POST", f"order/{self.order_id}/ship", {"items": items, "arguments": source})
        elif step["do"] == "cancel_order":
            assert await self.post("POST", f"orders/{self.order_id}/cancel", {}) is True
        else:
            back = [self.items[sku] for sku in step.get("back_to_stock", [])]
            returned = {"extension_attributes": {"return_to_stock_items": back}}
            await self.post("POST", f"order/{self.order_id}/refund", {"items": items, "arguments": returned})

    async def place(self, wanted: dict[str, str]) -> None:
        products = self.fixture.get("products", {})
        lines = [
            {"sku": sku, "name": sku, "price": "10.00", "qty": count}
            | {"type": products.get(sku, {}).get("type", "simple")}
            for sku, count in wanted.items()
        ]
        (placed,) = await self.shop.place(cart(items=lines))
        self.order_id = placed["entity_id"]
        order = await self.shop.get_json(f"/rest/V1/orders/{self.order_id}")
        self.items = {item["sku"]: item["item_id"] for item in order["items"]}

    async def agrees(self, expected: dict[str, Any]) -> int:
        """How many figures were looked at."""
        stock = await self.shop.control("GET", "stock")
        ours = {(row["source"], row["sku"]): row["quantity"] for row in stock["source_items"]}
        order = await self.shop.get_json(f"/rest/V1/orders/{self.order_id}")
        for name, value in expected.items():
            if name == "source_items":
                stated = {(code, sku): Decimal(n) for code, per_sku in value.items() for sku, n in per_sku.items()}
                assert {key: ours[key] for key in stated} == stated
            elif name == "salable_quantity":
                ((_, per_sku),) = value.items()
                salable = stock["salable"][str(self.stock_id)]
                assert {sku: salable[sku] for sku in per_sku} == {sku: Decimal(n) for sku, n in per_sku.items()}
            elif name == "order_status":
                assert order["status"] == value.lower()
            elif name == "qty_canceled":
                assert sum(item["qty_canceled"] for item in order["items"]) == Decimal(value)
        return len(FIGURES & set(expected))


@pytest.mark.skipif(not VECTORS.is_dir(), reason="the folder of Magento's figures is not here")
@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector["name"])
async def test_an_order_moves_stock_through_the_shop_as_in_magentos_own_test(vector: dict[str, Any]) -> None:
    async with in_process(Config(stock_provided=None)) as shop:
        played = Played(shop, vector["fixture"])
        await played.prepare()
        looked_at = 0
        for step in vector["steps"]:
            await played.step(step)
            looked_at += await played.agrees(step.get("expect", {}))
        assert looked_at + await played.agrees(vector["expected"]) > 0
        assert await shop.control("GET", "stock/audit") == {"inconsistencies": {}}
