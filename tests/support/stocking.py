"""Goods in a deployment's shop and books, and what people do to them: for tests of the inventory service."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.magento.cart import Cart, Item
from shared.magento.search import percent_encode
from shared.wire import decode
from tests.support.deployment import SALES, VERIFIER, Deployment
from tests.support.shopping import cart

ON = f'{SALES}\n[stock]\ndirection = "books_to_shop"\n'
ITEM = {
    "Type": "Inventory",
    "TrackQtyOnHand": True,
    "InvStartDate": "2026-01-01",
    "IncomeAccountRef": {"value": "1"},
    "ExpenseAccountRef": {"value": "6"},
    "AssetAccountRef": {"value": "7"},
}


@dataclass(frozen=True, slots=True)
class Warehouse:
    """Shop and books of a deployment, seen by those who count pieces."""

    deployed: Deployment

    # --- before the services start, or beside them

    async def books_tell(self) -> None:
        """The books send webhooks, too: Bookbridge looks within a second."""
        url = f"http://127.0.0.1:{self.deployed.port}/webhooks/quickbooks"
        await self.deployed.books.control("POST", "webhooks", {"url": url, "verifier_token": VERIFIER})

    async def offer(self, quantities: Mapping[str, int], source: str = "default") -> None:
        """Products of the shop, and what the source holds of them."""
        for sku in quantities:
            await self.product(sku)
        rows = [
            {"sku": sku, "source_code": source, "quantity": quantity, "status": 1}
            for sku, quantity in quantities.items()
        ]
        for start in range(0, len(rows), 500):
            await self.send("POST", "inventory/source-items", {"sourceItems": rows[start : start + 500]})

    async def product(self, sku: str, **more: Any) -> None:
        """A product that no source holds yet."""
        await self.send("POST", "products", {"product": {**_product(sku), **more}})

    async def have(self, quantities: Mapping[str, Any]) -> dict[str, str]:
        """Items of the books with so many on hand: their Ids by SKU."""
        items = [{"Name": sku.replace(":", " "), "Sku": sku, "QtyOnHand": n, **ITEM} for sku, n in quantities.items()]
        made = (await self.deployed.books.seed({"Item": items}))["Item"]
        return {one["Sku"]: one["Id"] for one in made}

    async def add_source(self, code: str, stock: int = 1) -> None:
        """A source of the shop, linked to a stock."""
        source = {"source_code": code, "name": code, "enabled": True, "country_id": "US", "postcode": "90001"}
        await self.send("POST", "inventory/sources", {"source": source})
        link = {"stock_id": stock, "source_code": code, "priority": 2}
        await self.send("POST", "inventory/stock-source-links", {"links": [link]})

    # --- what people do

    async def count(self, sku: str, quantity: int) -> None:
        """Somebody counts the goods and says in QuickBooks what is there."""
        item = await self.item(sku)
        change = {"Id": item["Id"], "SyncToken": item["SyncToken"], "sparse": True}
        await self.update_item({**change, "QtyOnHand": quantity, "InvStartDate": "2026-01-02"})

    async def update_item(self, change: Mapping[str, Any]) -> None:
        """As a person's browser does, which waits while the company's calls are used up."""
        books = self.deployed.books
        token = (await books.grant())["access_token"]
        url = f"{books.base_url}/v3/company/{books.realm}/item?minorversion=75"
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}

        async def taken() -> bool:
            async with books.session.post(url, json=dict(change), headers=headers) as answer:
                assert answer.status in (200, 429), await answer.text()
            if answer.status == 429:
                await asyncio.sleep(1.0)  # asked at once again, the services would be refused as well
            return answer.status == 200

        await self.deployed.until(taken, "QuickBooks takes a change of an item")

    async def receive(self, differences: Mapping[str, int]) -> None:
        """Goods come or go by adjustments, many at once."""
        ids = {one.get("Sku"): one["Id"] for one in await self.deployed.books.objects("Item")}
        lines = [
            {
                "DetailType": "ItemAdjustmentLineDetail",
                "ItemAdjustmentLineDetail": {"ItemRef": {"value": ids[sku]}, "QtyDiff": difference},
            }
            for sku, difference in differences.items()
        ]
        for start in range(0, len(lines), 100):
            head = {"AdjustAccountRef": {"value": "6"}, "TxnDate": "2026-01-03"}
            await self.deployed.books.seed({"InventoryAdjustment": [{**head, "Line": lines[start : start + 100]}]})

    async def order(self, sku: str = "MUG", pieces: int = 3) -> dict[str, Any]:
        """Somebody orders."""
        item = Item(sku=sku, name=f"The {sku}", price=Decimal("12.50"), qty=Decimal(pieces))
        wanted: Cart = cart(sku).model_copy(update={"items": (item,)})
        return await self.deployed.place(wanted)

    async def set_source(self, sku: str, quantity: int, source: str = "default", status: int = 1) -> None:
        """Somebody types a quantity into the shop."""
        row = {"sku": sku, "source_code": source, "quantity": quantity, "status": status}
        await self.send("POST", "inventory/source-items", {"sourceItems": [row]})

    # --- what goes wrong

    async def disturb(self, effect: str, method: str = "POST", times: int = 1, **more: Any) -> str:
        """What becomes of calls of source items; the rule's id."""
        match = {"route": "inventory/source-items", "method": method}
        rule = {"match": match, "effect": effect, "times": times, **more}
        return str((await self.deployed.shop.control("POST", "faults", rule))["id"])

    async def until_held_up(self, rule: str) -> None:
        """Waits until a rule that holds calls holds one."""

        async def held() -> bool:
            rules = (await self.deployed.shop.control("GET", "faults"))["faults"]
            return any(str(one["id"]) == rule and one["held"] for one in rules)

        await self.deployed.until(held, "a call is held")

    async def mend(self) -> None:
        """Nothing goes wrong any more."""
        await self.deployed.shop.control("DELETE", "faults")

    async def enable(self, code: str, enabled: bool) -> None:
        """Switches a source on or off."""
        source = {"source_code": code, "name": code, "enabled": enabled, "country_id": "US", "postcode": "90001"}
        await self.send("PUT", f"inventory/sources/{code}", {"source": source})

    async def let_go(self, rule: str) -> None:
        await self.deployed.shop.control("POST", f"faults/{rule}/release")

    # --- what is there

    async def item(self, sku: str) -> dict[str, Any]:
        """The books' item."""
        return next(one for one in await self.deployed.books.objects("Item") if one.get("Sku") == sku)

    async def held(self, source: str = "default") -> dict[str, Decimal]:
        """What the source holds, by SKU."""
        found = (await self.deployed.shop.control("GET", "stock"))["source_items"]
        return {one["sku"]: Decimal(str(one["quantity"])) for one in found if one["source"] == source}

    async def salable(self, sku: str) -> Decimal:
        """What the shop's default stock would still sell."""
        answer = await self.deployed.shop.get_json(
            f"/rest/V1/inventory/get-product-salable-quantity/{percent_encode(sku)}/1"
        )
        return Decimal(str(answer))

    async def writes(self) -> int:
        """Calls that wrote to sources so far, a test's own included."""
        return (await self.deployed.shop.usage()).get("POST inventory/source-items", 0)

    async def calls(self) -> Counter[str]:
        """Calls of the shop so far, by method and route."""
        return Counter(await self.deployed.shop.usage())

    async def until_held(self, wanted: Mapping[str, int], source: str = "default", seconds: float = 60.0) -> None:
        """Waits until the source holds these."""

        async def holds() -> bool:
            held = await self.held(source)
            return all(held.get(sku) == quantity for sku, quantity in wanted.items())

        await self.deployed.until(holds, f"{source} holds {dict(list(wanted.items())[:5])}", seconds)

    async def outcomes(self, sku: str) -> list[dict[str, Any]]:
        """What was told of a SKU's stock, oldest first."""
        return await self.deployed.outcomes(f"main:stock:{sku}")

    async def until_told(self, sku: str, status: str, count: int = 1, seconds: float = 60.0) -> dict[str, Any]:
        """Waits for an outcome; the last of this status."""
        found: list[dict[str, Any]] = []

        async def told() -> bool:
            found[:] = [one for one in await self.outcomes(sku) if one["status"] == status]
            return len(found) >= count

        await self.deployed.until(told, f"{sku!r} is told as {status}, {count} times", seconds)
        return found[-1]

    async def warnings(self, name: str = "run") -> str:
        """What the health page says of the inventory."""
        url = f"http://127.0.0.1:{self.deployed.health[name]}/health/ready"
        async with self.deployed.session.get(url) as answer:
            return str(decode(await answer.read())["warnings"].get("inventory", ""))

    async def send(self, method: str, path: str, document: Any) -> Any:
        """A call of the shop's REST."""
        shop = self.deployed.shop
        full = f"/rest/V1/{path}"
        status, body = await shop.send(method, full, document, shop.sign(method, full))
        assert status == 200, (status, body)
        return decode(body)


def _product(sku: str) -> dict[str, Any]:
    return {"sku": sku, "name": f"The {sku}", "price": 12.5, "attribute_set_id": 4, "type_id": "simple", "status": 1}


def same(skus: Iterable[str], quantity: int) -> dict[str, int]:
    """So many of each."""
    return dict.fromkeys(skus, quantity)
