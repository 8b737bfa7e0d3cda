"""A hint of any kind leads to the right entity, which is read with all that belongs to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import unquote

from services.ingest.reading.customers import read_customer
from services.ingest.reading.fetched import Fetched, Kind
from services.ingest.reading.orders import order_of, read_order
from services.ingest.reading.products import read_product, read_product_by_sku
from services.ingest.shops import Shop

SKU = "product_sku"
"""The kind of a hint that knows a product by its SKU only, percent-encoded in the key."""

Read = Callable[[Shop, str, datetime], Awaitable[Fetched]]


async def read_one(shop: Shop, kind: str, entity: int | str) -> Fetched:
    """Reads what a hint of a kind in READERS is about; `entity` is as the hint's key has it.

    Raises NotFound (the shop says 404, or a gateway before it does), BadAnswer, RetryLater; ValueError for an id that
    is none.
    """
    return await READERS[kind](shop, str(entity), datetime.now(UTC))


def _by_id(read: Callable[[Shop, int, datetime], Awaitable[Fetched]]) -> Read:
    async def by_id(shop: Shop, entity: str, fetched_at: datetime) -> Fetched:
        return await read(shop, int(entity), fetched_at)

    return by_id


def _by_document(path: str) -> Read:
    async def by_document(shop: Shop, entity: str, fetched_at: datetime) -> Fetched:
        return await read_order(shop, await order_of(shop, path, int(entity)), fetched_at)

    return by_document


async def _by_sku(shop: Shop, entity: str, fetched_at: datetime) -> Fetched:
    return await read_product_by_sku(shop, unquote(entity), fetched_at)


READERS: Mapping[str, Read] = {
    "order": _by_id(read_order),
    "invoice": _by_document("invoices"),
    "creditmemo": _by_document("creditmemo"),
    "shipment": _by_document("shipment"),
    "product": _by_id(read_product),
    SKU: _by_sku,
    "stock_item": _by_id(read_product),  # by the product's id: the row's own leads nowhere over REST
    "customer": _by_id(read_customer),
}
KINDS: Mapping[str, Kind] = {
    "order": Kind.ORDER,
    "invoice": Kind.ORDER,
    "creditmemo": Kind.ORDER,
    "shipment": Kind.ORDER,
    "product": Kind.PRODUCT,
    SKU: Kind.PRODUCT,
    "stock_item": Kind.PRODUCT,
    "customer": Kind.CUSTOMER,
}
"""The kind of hint -> the kind of snapshot it leads to."""
