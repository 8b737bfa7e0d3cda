"""What the shop calls each kind, how many there are, and what reading them costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.ingest.backfill.wanted import Kind
from services.ingest.reading import fetched
from services.ingest.shops import Shop
from shared.magento.faults import BadAnswer
from shared.magento.search import Criteria, Direction, Filter


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
    right: str = ""


LISTINGS: Mapping[Kind, Listing] = {
    Kind.ORDERS: Listing(
        fetched.Kind.ORDER, "orders", "entity_id", "entity_id,increment_id,store_id,created_at,updated_at", calls=4
    ),
    Kind.PRODUCTS: Listing(
        fetched.Kind.PRODUCT, "products", "id", "id,updated_at", calls=2, calls_each=1, right="product"
    ),
    Kind.CUSTOMERS: Listing(
        fetched.Kind.CUSTOMER, "customers/search", "id", "id,updated_at", calls=1, right="customer"
    ),
}


async def count(shop: Shop, listing: Listing, filters: Sequence[Filter]) -> int | None:
    """How many rows the filters let through; None when the one row that has to be shown for it can't be. Raises
    RetryLater."""
    criteria = Criteria([[item] for item in filters], ("entity_id", Direction.DESC), 1)
    try:
        async with shop.calling(listing.right, in_parts=True) as client:
            _, total = await client.search(listing.path, criteria, listing.fields)
    except BadAnswer:
        return None
    return total


def calls_for(listing: Listing, documents: int, page: int) -> int:
    """Calls to the shop for so many documents, in pages of so many."""
    return -(-documents // page) * listing.calls + documents * listing.calls_each
