"""A sandbox shop and a client of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest

from sandbox.magento.config import Config
from shared.magento import oauth1
from shared.magento.client import MagentoClient, OAuth1, new_session
from tests.support.magento_sandbox import MagentoSandbox, in_process


class StockShop:
    """A shop with stock, and what it was asked."""

    def __init__(self, sandbox: MagentoSandbox, client: MagentoClient) -> None:
        self.sandbox = sandbox
        self.client = client

    async def hold(self, quantities: dict[str, Any], source: str = "default", in_stock: bool = True) -> None:
        """The source holds these."""
        items = [
            {"sku": sku, "source_code": source, "quantity": Decimal(str(quantity)), "status": int(in_stock)}
            for sku, quantity in quantities.items()
        ]
        await self.client.post("inventory/source-items", {"sourceItems": items})

    async def rows(self, source: str = "default") -> dict[str, tuple[Decimal, bool]]:
        """What the source holds, all of it."""
        found = (await self.sandbox.control("GET", "stock"))["source_items"]
        return {
            row["sku"]: (Decimal(str(row["quantity"])), row["in_stock"]) for row in found if row["source"] == source
        }

    async def fault(self, effect: str, method: str, times: int = 1, **more: Any) -> None:
        """What becomes of calls of the source items."""
        match = {"route": "inventory/source-items", "method": method}
        await self.sandbox.control("POST", "faults", {"match": match, "effect": effect, "times": times, **more})

    async def calls(self, route: str) -> int:
        """How often a route was called so far."""
        return (await self.sandbox.usage()).get(route, 0)


@asynccontextmanager
async def stock_shop(**settings: Any) -> AsyncIterator[StockShop]:
    """A shop with these settings of sandbox.magento.config, for as long as the block runs."""
    async with in_process(Config(**settings)) as sandbox, new_session() as session:
        keys = sandbox.credentials
        signing = OAuth1(
            oauth1.Credentials(keys.consumer_key, keys.consumer_secret, keys.access_token, keys.access_token_secret)
        )
        yield StockShop(sandbox, MagentoClient(session, sandbox.base_url, signing))


@pytest.fixture
async def open_shop() -> AsyncIterator[Callable[..., Any]]:
    async with AsyncExitStack() as stack:

        async def start(**settings: Any) -> StockShop:
            return await stack.enter_async_context(stock_shop(**settings))

        yield start


@pytest.fixture
async def shop(open_shop: Callable[..., Any]) -> StockShop:
    made: StockShop = await open_shop()
    return made
