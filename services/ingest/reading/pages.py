"""Pages of a shop's entities, each complete: what sweeps and backfills read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.ingest.reading.customers import listed_customer
from services.ingest.reading.fetched import Fetched, Kind
from services.ingest.reading.orders import complete_orders
from services.ingest.reading.products import complete_products
from services.ingest.shops import Shop
from shared import limits
from shared.magento.client import Document
from shared.magento.faults import BadAnswer, NotFound
from shared.magento.search import Condition, Criteria, Direction, Filter, any_of


class BrokenPage(BadAnswer):
    """The shop answers, but this page doesn't come: one entity on it may be broken. Ask for smaller parts."""


@dataclass(frozen=True, slots=True)
class Page:
    """Entities, ascending by id. `last_id` is that of the last row, `more` whether rows follow it."""

    fetched: list[Fetched]
    last_id: int
    more: bool


@dataclass(frozen=True, slots=True)
class _List:
    path: str
    id_member: str


_LISTS: Mapping[Kind, _List] = {
    Kind.ORDER: _List("orders", "entity_id"),
    Kind.PRODUCT: _List("products", "id"),
    Kind.CUSTOMER: _List("customers/search", "id"),
}


async def read_page(
    shop: Shop, kind: Kind, filters: Sequence[Filter], after_id: int = 0, size: int = limits.MAGENTO_PAGE_MAX
) -> Page:
    """The first `size` entities above `after_id` that all `filters` let through (columns of the shop's table).

    Raises RetryLater, BrokenPage.
    """
    fetched_at = datetime.now(UTC)
    found = _LISTS[kind]
    groups = [[item] for item in (*filters, Filter("entity_id", str(after_id), Condition.GT))]
    criteria = Criteria(groups, ("entity_id", Direction.ASC), size)
    try:
        async with shop.calling("" if kind is Kind.ORDER else kind, in_parts=True) as client:
            rows, total = await client.search(found.path, criteria)
        last_id = _last_id(found, rows, after_id)
        return Page(await _complete(shop, kind, rows, fetched_at), last_id, bool(rows) and len(rows) < total)
    except (BadAnswer, NotFound) as error:
        await shop.confirm()
        raise BrokenPage(f"{found.path} above {after_id}, {size} rows: {error}") from error


async def read_ids(shop: Shop, kind: Kind, ids: Sequence[int]) -> list[Fetched]:
    """Those of up to MAGENTO_PAGE_MAX ids that the shop has. Raises RetryLater, BrokenPage."""
    wanted = Filter("entity_id", any_of([str(one) for one in ids]), Condition.IN)
    return (await read_page(shop, kind, [wanted], size=len(ids))).fetched


async def _complete(shop: Shop, kind: Kind, rows: Sequence[Document], fetched_at: datetime) -> list[Fetched]:
    if kind is Kind.ORDER:
        return await complete_orders(shop, rows, fetched_at)
    if kind is Kind.PRODUCT:
        return await complete_products(shop, rows, fetched_at)
    return [listed_customer(shop, row, fetched_at) for row in rows]


def _last_id(found: _List, rows: Sequence[Document], after_id: int) -> int:
    last = after_id
    for row in rows:
        current = row.get(found.id_member)
        if not isinstance(current, int) or current <= last:
            raise BadAnswer(f"{found.path} is not sorted by id above {after_id}: the shop ignores the search")
        last = current
    return last
