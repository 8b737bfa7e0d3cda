"""The stock of one connection's shop: which source is ours, what the others are, and what they hold."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence

from shared import limits
from shared.commerce.stock import Deducts, SourceRow
from shared.magento.calls import at_once
from shared.magento.client import MagentoClient
from shared.magento.faults import BadAnswer
from shared.magento.legacy_stock import LegacyStock
from shared.magento.search import Condition, Criteria, Direction, Filter, any_of
from shared.magento.source_stock import SourceStock, has_sources
from shared.magento.stock_rows import Result, StockRow, Target
from shared.magento.stock_writing import StockWriter

Rows = dict[str, StockRow]
LEGACY = ""
"""What the one stock of a shop without multi-source inventory is called."""


class Shelf:
    """Under settings of one version. All methods raise MagentoError."""

    def __init__(self, client: MagentoClient, source: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self.source = source
        self.deducts = Deducts.AT_SHIPMENT if source else Deducts.AT_ORDER
        self._stock = SourceStock(client, source) if source else LegacyStock(client)
        self._writer = StockWriter(self._stock)
        self._others: Sequence[str] = ()
        self._others_until = 0.0

    @property
    def step(self) -> int:
        """SKUs of a turn that nobody waits for."""
        return limits.STOCK_WALK_SKUS if self.source else limits.STOCK_SINGLE_SKUS

    @property
    def most(self) -> int:
        """SKUs of a turn."""
        return limits.STOCK_TURN_SKUS if self.source else limits.STOCK_SINGLE_SKUS

    async def read(self, skus: Sequence[str]) -> Rows:
        """Our source's rows by `same_sku`. Raises NoSource."""
        return await self._writer.look(skus)

    async def others(self, skus: Sequence[str]) -> dict[str, tuple[SourceRow, ...]]:
        """Rows of the other enabled sources of our stocks, by `same_sku`."""
        found: dict[str, list[SourceRow]] = defaultdict(list)
        for code in await self._other_sources():
            for sku, row in (await StockWriter(SourceStock(self._client, code)).read(skus)).items():
                found[sku].append(SourceRow(code, row.quantity, row.in_stock))
        return {sku: tuple(rows) for sku, rows in found.items()}

    async def write(self, targets: Sequence[Target], before: Rows) -> list[Result]:
        """What became of each, in their order. `before`: what `read` has just found of them. Raises NoSource."""
        return await self._writer.write(targets, before)

    async def _other_sources(self) -> Sequence[str]:
        """Those whose quantities the shop adds to ours: enabled, and linked to a stock that ours is linked to."""
        if not self.source or self._clock() < self._others_until:
            return self._others
        ours, sources = await at_once(
            self._links([Filter("source_code", self.source)]),
            self._all("inventory/sources", [Filter("enabled", "1")], "source_code"),
        )
        stocks = sorted({str(link.get("stock_id")) for link in ours})
        linked = await self._links([Filter("stock_id", any_of(stocks), Condition.IN)]) if stocks else []
        enabled = {str(one["source_code"]) for one in sources if one.get("enabled") is not False}
        self._others = sorted({str(link["source_code"]) for link in linked} & enabled - {self.source})
        self._others_until = self._clock() + limits.STOCK_SOURCES_SECONDS
        return self._others

    async def _links(self, filters: Collection[Filter]) -> list[dict[str, object]]:
        return await self._all("inventory/stock-source-links", filters, "source_code")

    async def _all(self, path: str, filters: Collection[Filter], sort: str) -> list[dict[str, object]]:
        criteria = Criteria([[one] for one in filters], (sort, Direction.ASC))
        items, total = await self._client.search(path, criteria)
        if total > limits.STOCK_SOURCES_MAX or any("source_code" not in item for item in items):
            raise BadAnswer(f"{path} has more than {limits.STOCK_SOURCES_MAX} entries, or entries without a source")
        return items


async def open_shelf(client: MagentoClient, source: str) -> Shelf:
    """The shop's stock as the shop has it: its source of this code, or the one stock it has without multi-source
    inventory. Raises MagentoError."""
    return Shelf(client, source if await has_sources(client) else LEGACY)
