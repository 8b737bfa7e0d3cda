"""What each source of a shop with multi-source inventory holds of some SKUs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from services.ingest.shops import Shop
from shared import limits
from shared.magento.client import Document, MagentoClient
from shared.magento.faults import BadAnswer, Refused
from shared.magento.search import Condition, Criteria, Direction, Filter, any_of
from shared.magento.stock_rows import alike, same_sku

PATH = "inventory/source-items"
SourceItems = dict[str, list[Document]]
"""SKU as `same_sku` has it -> its rows, by source."""


async def source_items(shop: Shop, client: MagentoClient, skus: Sequence[str]) -> SourceItems | None:
    """None where the shop has no multi-source inventory (the modules can be taken out). Raises MagentoError."""
    if not shop.has_sources:
        return None
    with_comma = [sku for sku in skus if "," in sku]
    rows: list[Document] = []
    try:
        for some in ([sku for sku in skus if "," not in sku], *([sku] for sku in with_comma)):
            rows += await _rows(client, some) if some else []
    except Refused as error:
        if not error.is_unknown_route:
            raise
        shop.has_sources = False
        return None
    wanted = {same_sku(sku) for sku in skus}
    spelled = {alike(sku): same_sku(sku) for sku in skus}
    found: SourceItems = defaultdict(list)
    for row in rows:
        own = same_sku(row.get("sku"))
        sku = own if own in wanted else spelled.get(alike(row.get("sku")))  # the shop may take another spelling for it
        if sku is None or not isinstance(row.get("source_code"), str):
            raise BadAnswer(f"{PATH} has a row that wasn't asked for: the shop ignores the filter")
        found[sku].append(row)
    return {sku: sorted(items, key=lambda item: str(item["source_code"])) for sku, items in found.items()}


async def _rows(client: MagentoClient, skus: Sequence[str]) -> list[Document]:
    """All rows. The list has no id to walk by, so what doesn't fit on one page is asked for in halves."""
    if len(skus) == 1:
        return await _rows_of_one(client, skus[0])
    wanted = Filter("sku", any_of(skus), Condition.IN)
    rows, total = await client.search(PATH, Criteria([[wanted]], ("sku", Direction.ASC)))
    if len(rows) >= total:
        return rows
    middle = len(skus) // 2
    return [*await _rows(client, skus[:middle]), *await _rows(client, skus[middle:])]


async def _rows_of_one(client: MagentoClient, sku: str) -> list[Document]:
    """Walked by source."""
    rows: list[Document] = []
    groups = [[Filter("sku", sku)]]
    while True:
        page, total = await client.search(PATH, Criteria(groups, ("source_code", Direction.ASC)))
        rows += page
        if len(page) >= total:
            return rows
        if not page or len(rows) > limits.MAGENTO_DOCUMENTS_MAX:
            raise BadAnswer(f"{PATH} of one SKU has no end")
        groups = [[Filter("sku", sku)], [Filter("source_code", str(page[-1].get("source_code")), Condition.GT)]]
