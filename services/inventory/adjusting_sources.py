"""What lies in the shop: the rows of all sources that count, read for many SKUs at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from shared import limits
from shared.commerce.stock import Deducts, SourceRow
from shared.magento.calls import at_once
from shared.magento.client import MagentoClient
from shared.magento.faults import BadAnswer
from shared.magento.legacy_stock import LegacyStock
from shared.magento.search import Criteria, Direction, Filter
from shared.magento.source_stock import NoSource, SourceStock, has_sources
from shared.magento.stock_writing import StockWriter

Rows = dict[str, tuple[SourceRow, ...]]
"""By `same_sku`, in the order of the sources; SKUs that no source has a row of are left out."""


class CountedSources:
    """`codes` as the settings name them; without any, all enabled ones. All methods raise MagentoError."""

    def __init__(self, client: MagentoClient, codes: Sequence[str], legacy: bool) -> None:
        self._client = client
        self._codes = tuple(sorted(codes))
        self._legacy = legacy
        self.deducts = Deducts.AT_ORDER if legacy else Deducts.AT_SHIPMENT

    @property
    def step(self) -> int:
        """SKUs that are read at once."""
        return limits.STOCK_SINGLE_SKUS if self._legacy else limits.STOCK_WALK_SKUS

    async def read(self, skus: Collection[str]) -> Rows:
        """Raises NoSource when a source that is to count isn't there: its pieces aren't gone, they aren't known."""
        found: defaultdict[str, list[SourceRow]] = defaultdict(list)
        if self._legacy:
            for sku, row in (await StockWriter(LegacyStock(self._client)).read(list(skus))).items():
                found[sku].append(SourceRow("", row.quantity, row.in_stock))
        else:
            for code in await self._counted():
                stock = SourceStock(self._client, code)
                _, rows = await at_once(stock.check(), StockWriter(stock).read(list(skus)))
                for sku, row in rows.items():
                    found[sku].append(SourceRow(code, row.quantity, row.in_stock))
        return {sku: tuple(rows) for sku, rows in found.items()}

    async def _counted(self) -> Sequence[str]:
        if self._codes:
            return self._codes
        criteria = Criteria([[Filter("enabled", "1")]], ("source_code", Direction.ASC))
        items, total = await self._client.search("inventory/sources", criteria)
        if total > limits.STOCK_SOURCES_MAX:
            raise BadAnswer(f"inventory/sources has more than {limits.STOCK_SOURCES_MAX} entries")
        codes = sorted(str(item["source_code"]) for item in items if item.get("enabled") is not False)
        if not codes:
            raise NoSource("the shop has no enabled source")
        return codes


async def open_sources(client: MagentoClient, codes: Sequence[str]) -> CountedSources:
    """As the shop has them. A shop without multi-source inventory has one stock, whatever is named. Raises
    MagentoError."""
    return CountedSources(client, codes, not await has_sources(client))
