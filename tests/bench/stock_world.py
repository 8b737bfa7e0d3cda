"""A shop and books with the same goods, Bookbridge between them, and 300 ms for every call once it matters."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from shared.magento import oauth1
from shared.magento.client import MagentoClient, OAuth1, new_session
from shared.topics import OUTCOMES, PRODUCTS
from shared.wire import decode
from tests.bench.load import note
from tests.support.deployment import VERIFIER, Deployment, deployment
from tests.support.shopping import cart

CALL_SECONDS = 0.3
SETTINGS = """[sales]
states = ["processing", "complete"]
[stock]
direction = "books_to_shop"
"""
ON_HAND = 50
START_SECONDS = 300.0
_ROWS = 500
_ACCOUNTS = {
    "IncomeAccountRef": {"value": "1"},
    "ExpenseAccountRef": {"value": "6"},
    "AssetAccountRef": {"value": "7"},
}


@dataclass(slots=True)
class World:
    """`items`: Ids in the books, by SKU; `walk_in`: of the customer who pays cash. `seen`: the last write to the shop's
    sources that was looked at."""

    deployed: Deployment
    client: MagentoClient
    items: dict[str, str] = field(default_factory=dict)
    walk_in: str = ""
    seen: int = 0

    async def furnish(self, skus: Iterable[str]) -> None:
        """Each a product in the shop, with nothing in its source, and an item with ON_HAND pieces in the books."""
        wanted = list(skus)
        for number, sku in enumerate(wanted, 1):
            await self.deployed.shop.put_product(_product(number, sku), announce=False)
        await self.hold(dict.fromkeys(wanted, 0))
        customer = await self.deployed.books.seed({"Customer": [{"DisplayName": "Walk-in"}]})
        self.walk_in = str(customer["Customer"][0]["Id"])
        for some in _parts(wanted):
            made = await self.deployed.books.seed({"Item": [_item(sku) for sku in some]})
            self.items |= {item["Sku"]: str(item["Id"]) for item in made["Item"]}

    async def hold(self, quantities: Mapping[str, int]) -> None:
        """The shop's source holds these from now on; nobody is told."""
        for some in _parts(list(quantities)):
            rows = [
                {"sku": sku, "source_code": "default", "quantity": quantities[sku], "status": int(quantities[sku] > 0)}
                for sku in some
            ]
            await self.client.post("inventory/source-items", {"sourceItems": rows})
        await self.writes()

    async def adjust(self, pieces: Mapping[str, int]) -> None:
        """Quantities on hand become so many more, a document for _ROWS of them."""
        for some in _parts(list(pieces)):
            lines = [
                {
                    "DetailType": "ItemAdjustmentLineDetail",
                    "ItemAdjustmentLineDetail": {"ItemRef": {"value": self.items[sku]}, "QtyDiff": pieces[sku]},
                }
                for sku in some
            ]
            today = datetime.now(UTC).date().isoformat()
            body = {"TxnDate": today, "AdjustAccountRef": {"value": "6"}, "Line": lines}
            await self.deployed.books.seed({"InventoryAdjustment": [body]})

    async def sell(self, sku: str) -> None:
        """A piece goes over the counter, and somebody types it into the books."""
        detail = {"ItemRef": {"value": self.items[sku]}, "Qty": 1, "TaxCodeRef": {"value": "NON"}}
        line = {"Amount": 20, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
        await self.deployed.books.seed({"SalesReceipt": [{"CustomerRef": {"value": self.walk_in}, "Line": [line]}]})

    async def order(self, sku: str) -> int:
        """Two pieces ordered by a guest."""
        (placed,) = await self.deployed.shop.place(cart(sku))
        return int(placed["entity_id"])

    async def writes(self) -> dict[str, float]:
        """By SKU, when its source item was first written since the last look: Unix seconds."""
        answer = await self.deployed.shop.control("GET", f"stock/writes?since={self.seen}")
        found: dict[str, float] = {}
        for one in answer["writes"]:
            self.seen = max(self.seen, int(one["number"]))
            found.setdefault(str(one["sku"]), float(one["at"]))
        return found

    async def until_written(self, skus: Iterable[str], seconds: float) -> dict[str, float]:
        """Waits for a write of each, from now on; those that came within the time."""
        missing, found = set(skus), dict[str, float]()

        async def all_written() -> bool:
            for sku, at in (await self.writes()).items():
                found.setdefault(sku, at)
            return not missing - found.keys()

        try:
            await self.deployed.until(all_written, "every source item is written", seconds)
        except AssertionError:
            note(
                f"  {len(missing - found.keys())} of {len(missing)} source items were not written within {seconds:g} s"
            )
        return found

    async def posted(self, orders: int) -> None:
        """Waits until so many orders are in the books."""

        async def all_posted() -> bool:
            records = await self.deployed.read(OUTCOMES)
            found = [decode(it.value or b"{}") for it in records]
            return len([one for one in found if one.get("status") == "posted"]) >= orders

        await self.deployed.until(all_posted, f"{orders} orders are in the books", START_SECONDS)

    async def slow(self) -> None:
        """From now on every call takes CALL_SECONDS longer, on both sides."""
        plan = {"rules": [{"effect": "delay", "seconds": CALL_SECONDS}]}
        await self.deployed.shop.control("POST", "faults", plan)
        await self.deployed.books.control("POST", "faults", plan)

    async def webhooks_of_the_books(self, on: bool) -> None:
        """Whether the books tell of changes by themselves."""
        if on:
            url = f"http://127.0.0.1:{self.deployed.port}/webhooks/quickbooks"
            await self.deployed.books.control("POST", "webhooks", {"url": url, "verifier_token": VERIFIER})
        else:
            await self.deployed.books.control("DELETE", "webhooks")

    async def calls(self) -> tuple[int, int]:
        """Of the shop and of the books so far."""
        books = await self.deployed.books.usage()
        return sum((await self.deployed.shop.usage()).values()), int(books["core"]) + int(books["metered"])


@asynccontextmanager
async def world(folder: Path, skus: Iterable[str]) -> AsyncIterator[World]:
    """Both sides with these goods, and `bookbridge run` that has read them."""
    async with deployment("embedded", folder) as deployed, new_session() as session:
        keys = deployed.shop.credentials
        signing = OAuth1(
            oauth1.Credentials(keys.consumer_key, keys.consumer_secret, keys.access_token, keys.access_token_secret)
        )
        made = World(deployed, MagentoClient(session, deployed.shop.base_url, signing))
        wanted = list(skus)
        await made.furnish(wanted)
        deployed.configure(SETTINGS)
        await deployed.start("run")

        async def all_read() -> bool:
            return len({record.key for record in await deployed.read(PRODUCTS)}) >= len(wanted)

        await deployed.until(all_read, "all products are read", START_SECONDS)
        yield made


def _product(number: int, sku: str) -> dict[str, Any]:
    stamp = "2026-01-02 03:04:05"
    return {
        "id": number,
        "sku": sku,
        "name": f"The {sku}",
        "attribute_set_id": 4,
        "price": Decimal("12.5"),
        "status": 1,
        "visibility": 4,
        "type_id": "simple",
        "created_at": stamp,
        "updated_at": stamp,
        "custom_attributes": [],
    }


def _item(sku: str) -> dict[str, Any]:
    stock = {"Type": "Inventory", "TrackQtyOnHand": True, "QtyOnHand": ON_HAND, "InvStartDate": "2026-01-01"}
    return {"Name": sku, "Sku": sku, "PurchaseCost": 5, **stock, **_ACCOUNTS}


def _parts(skus: list[str]) -> list[list[str]]:
    return [skus[start : start + _ROWS] for start in range(0, len(skus), _ROWS)]
