"""One source of a shop with multi-source inventory: read and overwritten for many SKUs at once.

Source: reference/magento.md 7.3: `POST inventory/source-items` overwrites absolutely, and refuses the whole batch for
one wrong row.
"""

from __future__ import annotations

from collections.abc import Sequence

from shared import limits
from shared.magento.client import MagentoClient
from shared.magento.faults import BadAnswer, NotFound, Refused
from shared.magento.search import Condition, Criteria, Direction, Filter, any_of, percent_encode
from shared.magento.stock_rows import StockRow, Written, by_asked, quantity_in

PATH = "inventory/source-items"


class NoSource(Exception):
    """The shop has no source of this code (any more), or it is disabled: nothing written to it would count."""


async def has_sources(client: MagentoClient) -> bool:
    """Whether the shop has multi-source inventory: its modules can be taken out. Raises MagentoError."""
    try:
        await client.search("inventory/sources", Criteria([], ("source_code", Direction.ASC), 1))
    except Refused as error:
        if error.is_unknown_route:
            return False
        raise
    return True


class SourceStock:
    """The source that is written. All methods raise MagentoError."""

    together = limits.STOCK_BATCH
    missing = Written.NOT_ASSIGNED

    def __init__(self, client: MagentoClient, code: str) -> None:
        self._client = client
        self.code = code

    async def check(self) -> None:
        """Raises NoSource."""
        try:
            source = await self._client.get(f"inventory/sources/{percent_encode(self.code)}")
        except NotFound as error:
            raise NoSource(f"the shop has no source {self.code!r}") from error
        if not isinstance(source, dict) or source.get("source_code") != self.code:
            raise BadAnswer(f"the answer is not source {self.code!r}")
        if source.get("enabled") is False:
            raise NoSource(f"the shop's source {self.code!r} is disabled")

    async def read(self, skus: Sequence[str]) -> dict[str, StockRow]:
        """The rows there are, by `same_sku` of the SKU asked for: a row may spell it otherwise. `skus` is a group of
        `askable`."""
        wanted = Filter("sku", skus[0]) if len(skus) == 1 else Filter("sku", any_of(skus), Condition.IN)
        groups = [[Filter("source_code", self.code)], [wanted]]
        items, total = await self._client.search(PATH, Criteria(groups, ("sku", Direction.ASC)))
        if total > len(skus) or any(item.get("source_code") != self.code for item in items):
            raise BadAnswer(f"{PATH} has rows that weren't asked for: the shop ignores the filter")
        rows = [
            StockRow(str(item.get("sku")), quantity_in(item, "quantity"), str(item.get("status")) == "1")
            for item in items
        ]
        return by_asked(skus, rows)

    async def put(self, rows: Sequence[StockRow]) -> None:
        """All or none of them."""
        items = [
            {"sku": row.sku, "source_code": self.code, "quantity": row.quantity, "status": int(row.in_stock)}
            for row in rows
        ]
        await self._client.post(PATH, {"sourceItems": items})
