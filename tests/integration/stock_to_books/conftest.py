"""A sandbox company with items whose quantity is kept, and what corrects them, as a process has it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from services.inventory.adjusting_books import Fresh, StockBooks
from services.inventory.adjusting_documents import Correction, link_key
from shared import limits
from shared.links.store import LinkStore, RealmLinks
from shared.links.writer import Writer
from shared.log.embedded import EmbeddedLog
from shared.quickbooks.client import QuickBooksClient
from shared.quickbooks.quota import Quota
from shared.topics import TOPICS
from tests.support.quickbooks_sandbox import QuickBooksSandbox, running
from tests.unit.lists.told import REALM, Token

START = "2026-01-01"


class Company:
    """The books as a person sees them."""

    def __init__(self, sandbox: QuickBooksSandbox) -> None:
        self.sandbox = sandbox

    async def account(self, **wanted: str) -> str:
        """The Id of the first account of this kind."""
        rows = await self.sandbox.objects("Account")
        return str(next(row["Id"] for row in rows if all(row.get(name) == value for name, value in wanted.items())))

    async def item(self, sku: str, on_hand: int, **changes: Any) -> str:
        """An inventory item; its Id."""
        body = {
            "Name": sku,
            "Sku": sku,
            "Type": "Inventory",
            "TrackQtyOnHand": True,
            "QtyOnHand": on_hand,
            "InvStartDate": START,
            "AssetAccountRef": {"value": await self.account(AccountSubType="Inventory")},
            "IncomeAccountRef": {"value": await self.account(AccountSubType="SalesOfProductIncome")},
            "ExpenseAccountRef": {"value": await self.account(AccountSubType="SuppliesMaterialsCogs")},
        } | changes
        return str((await self.sandbox.seed({"Item": [body]}))["Item"][0]["Id"])

    async def on_hand(self, item: str) -> Decimal:
        rows = await self.sandbox.objects("Item")
        return next(Decimal(str(row["QtyOnHand"])) for row in rows if row["Id"] == item)

    async def sell(self, item: str, count: int) -> None:
        """A person writes a sales receipt."""
        customer = (await self.sandbox.seed({"Customer": [{"DisplayName": f"Ann {item}"}]}))["Customer"][0]["Id"]
        line = {
            "Amount": 5 * count,
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": {"ItemRef": {"value": item}, "Qty": count, "UnitPrice": 5},
        }
        await self.sandbox.seed({"SalesReceipt": [{"CustomerRef": {"value": customer}, "Line": [line]}]})

    async def adjustments(self) -> list[dict[str, Any]]:
        return await self.sandbox.objects("InventoryAdjustment")


@dataclass
class Hand:
    """One process's part in correcting the books."""

    links: RealmLinks
    client: QuickBooksClient
    books: StockBooks

    async def look(self, *items: str) -> Fresh:
        return await self.books.look(items)

    def standing(self, item: str) -> bool:
        """Whether a correction's outcome isn't known."""
        return self.links.get(link_key(REALM, item)).intent is not None


def correction(item: str, difference: Any, day: date | None = None) -> Correction:
    return Correction(item, Decimal(str(difference)), day or datetime.now(UTC).date(), "Stock of the shop: MUG")


OpenHand = Callable[[str], Awaitable[Hand]]


@pytest.fixture
async def company() -> AsyncIterator[Company]:
    async with running() as sandbox:
        assert sandbox.realm == REALM
        yield Company(sandbox)


@pytest.fixture
async def open_hand(company: Company, open_embedded: Any, tmp_path: Path) -> AsyncIterator[OpenHand]:
    """Processes by name, on one log."""
    log: EmbeddedLog = await open_embedded()
    await log.ensure_topics(TOPICS)
    quota, token = Quota(), Token((await company.sandbox.grant())["access_token"])
    async with AsyncExitStack() as stack:

        async def opened(name: str) -> Hand:
            store = await stack.enter_async_context(LinkStore(log, tmp_path / f"{name}.sqlite"))
            await store.own(range(limits.PARTITIONS))
            client = QuickBooksClient(company.sandbox.session, company.sandbox.base_url, REALM, token, quota)
            links = store.of(REALM)
            return Hand(links, client, StockBooks(links, Writer(links, client, lambda: datetime.now(UTC)), client))

        yield opened


@pytest.fixture
async def shrinkage(company: Company) -> str:
    """The account that adjustments go to."""
    body = {
        "Name": "Inventory Shrinkage",
        "AccountType": "Cost of Goods Sold",
        "AccountSubType": "SuppliesMaterialsCogs",
    }
    return str((await company.sandbox.seed({"Account": [body]}))["Account"][0]["Id"])
