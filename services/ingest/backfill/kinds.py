"""What the shop calls each kind, how a page of it is read whole or lightly, and what reading it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.ingest.backfill.wanted import Kind
from services.ingest.reading import fetched
from services.ingest.reading.pages import BrokenPage
from services.ingest.shops import Shop
from shared.magento.faults import BadAnswer
from shared.magento.search import Condition, Criteria, Direction, Filter


@dataclass(frozen=True, slots=True)
class Listing:
    """`fields` are enough to tell whether a row has changed; `calls` those of one whole page, `calls_each` those of
    each row of it besides."""

    kind: fetched.Kind
    path: str
    id_member: str
    fields: str
    calls: int
    calls_each: int = 0


LISTINGS: Mapping[Kind, Listing] = {
    Kind.ORDERS: Listing(
        fetched.Kind.ORDER, "orders", "entity_id", "entity_id,increment_id,store_id,created_at,updated_at", calls=4
    ),
    Kind.PRODUCTS: Listing(fetched.Kind.PRODUCT, "products", "id", "id,updated_at", calls=2, calls_each=1),
    Kind.CUSTOMERS: Listing(fetched.Kind.CUSTOMER, "customers/search", "id", "id,updated_at", calls=1),
}


@dataclass(frozen=True, slots=True)
class LightPage:
    """Rows with `fields` alone, ascending by id."""

    rows: list[dict[str, Any]]
    last_id: int
    more: bool


async def light_page(shop: Shop, listing: Listing, filters: Sequence[Filter], after_id: int, size: int) -> LightPage:
    """The first `size` rows above `after_id`. Raises RetryLater, BrokenPage."""
    groups = [[item] for item in (*filters, Filter("entity_id", str(after_id), Condition.GT))]
    criteria = Criteria(groups, ("entity_id", Direction.ASC), size)
    try:
        async with shop.calling(_right(listing), in_parts=True) as client:
            rows, total = await client.search(listing.path, criteria, listing.fields)
        last_id = after_id
        for row in rows:
            current = row.get(listing.id_member)
            if not isinstance(current, int) or current <= last_id:
                raise BadAnswer(f"{listing.path} is not sorted by id above {after_id}: the shop ignores the search")
            last_id = current
    except BadAnswer as error:
        raise BrokenPage(f"{listing.path} above {after_id}, {size} rows: {error}") from error
    return LightPage(rows, last_id, len(rows) < total)


async def count(shop: Shop, listing: Listing, filters: Sequence[Filter]) -> int | None:
    """How many rows the filters let through; None when the one row that has to be shown for it can't be. Raises
    RetryLater."""
    criteria = Criteria([[item] for item in filters], ("entity_id", Direction.DESC), 1)
    try:
        async with shop.calling(_right(listing), in_parts=True) as client:
            _, total = await client.search(listing.path, criteria, listing.fields)
    except BadAnswer:
        return None
    return total


def calls_for(listing: Listing, documents: int, page: int) -> int:
    """Calls to the shop for so many documents, in pages of so many."""
    return -(-documents // page) * listing.calls + documents * listing.calls_each


def _right(listing: Listing) -> str:
    return "" if listing.kind is fetched.Kind.ORDER else listing.kind
