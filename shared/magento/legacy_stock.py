"""Stock of a shop without multi-source inventory: one stock item a product, each with calls of its own.

Source: reference/magento.md 7.2.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from shared import limits
from shared.magento.calls import at_once
from shared.magento.client import MagentoClient
from shared.magento.faults import BadAnswer, MagentoError, NotFound
from shared.magento.search import may_lack_an_address, percent_encode
from shared.magento.stock_rows import StockRow, Written, quantity_in, same_sku


class LegacyStock:
    """The stock items. All methods raise MagentoError."""

    together = 1
    missing = Written.NO_PRODUCT

    def __init__(self, client: MagentoClient) -> None:
        self._client = client

    async def check(self) -> None:
        """There is nothing that could be missing."""

    async def read(self, skus: Sequence[str]) -> dict[str, StockRow]:
        """The stock items there are, by `same_sku`."""
        turns = asyncio.Semaphore(limits.STOCK_CALLS_AT_ONCE)

        async def one(sku: str) -> StockRow | None:
            async with turns:
                return await self._read(sku)

        rows = await at_once(*(one(sku) for sku in skus))
        return {same_sku(row.sku): row for row in rows if row is not None}

    async def put(self, rows: Sequence[StockRow]) -> None:
        """One row. The id in the path is not looked at when the product has a stock item."""
        (row,) = rows
        item = {"qty": row.quantity, "is_in_stock": row.in_stock}
        await self._client.put(f"products/{percent_encode(row.sku)}/stockItems/1", {"stockItem": item})

    async def _read(self, sku: str) -> StockRow | None:
        """None also where the web server takes no such address (reference, section 8.19)."""
        try:
            item = await self._client.get(f"stockItems/{percent_encode(sku)}")
        except NotFound:
            return None
        except MagentoError as error:
            if 400 <= error.status < 500 and error.status not in (401, 403, 429) and may_lack_an_address(sku):
                return None
            raise
        if not isinstance(item, dict):
            raise BadAnswer("the answer is not a stock item")
        return StockRow(sku, quantity_in(item, "qty"), bool(item.get("is_in_stock")))
