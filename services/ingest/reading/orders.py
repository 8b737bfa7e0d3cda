"""Orders with all that belongs to them: one by itself in four calls at once, or a page of them in four or a few more.

Both ways give the same content. The documents come from lists either way; of the order itself Magento fills in the same
parts for a list as for one (OrderRepository::get and getList: tax details, shipping assignments, payment information).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from services.ingest.reading.calls import at_once
from services.ingest.reading.fetched import Fetched, Kind
from services.ingest.shops import Shop
from shared.magento.client import Document, MagentoClient
from shared.magento.faults import BadAnswer

_LISTS = ("invoices", "creditmemos", "shipments")


async def read_order(shop: Shop, order_id: int, fetched_at: datetime) -> Fetched:
    """Raises NotFound, RetryLater, BadAnswer."""
    async with shop.calling() as client:
        order, documents = await at_once(client.get_order(order_id), _documents(client, [order_id]))
    return await _fetched(shop, order, documents[order_id], fetched_at)


async def complete_orders(shop: Shop, rows: Sequence[Document], fetched_at: datetime) -> list[Fetched]:
    """Orders of a list, up to MAGENTO_PAGE_MAX, with their documents. Raises RetryLater, BadAnswer."""
    async with shop.calling(in_parts=True) as client:
        documents = await _documents(client, [_id(order) for order in rows])
    return [await _fetched(shop, order, documents[_id(order)], fetched_at) for order in rows]


async def order_of(shop: Shop, path: str, document_id: int) -> int:
    """The order that an invoice, credit memo or shipment belongs to; `path`: that of one such document.

    Raises NotFound, RetryLater, BadAnswer.
    """
    async with shop.calling() as client:
        document = await client.get(f"{path}/{document_id}")
    order_id = document.get("order_id") if isinstance(document, dict) else None
    if not isinstance(order_id, int) or document.get("entity_id") != document_id:
        raise BadAnswer(f"the answer is not {path}/{document_id}")
    return order_id


async def _documents(client: MagentoClient, order_ids: Collection[int]) -> dict[int, dict[str, list[Document]]]:
    """order id -> list's name -> documents, oldest first."""
    answers = await at_once(*(client.documents_of(path, order_ids) for path in _LISTS)) if order_ids else []
    found: dict[int, dict[str, list[Document]]] = defaultdict(lambda: {path: [] for path in _LISTS})
    for path, documents in zip(_LISTS, answers, strict=False):
        for document in documents:
            found[document["order_id"]][path].append(document)
    return found


async def _fetched(shop: Shop, order: Document, documents: dict[str, list[Document]], fetched_at: datetime) -> Fetched:
    zone = await shop.time_zone(int(order.get("store_id") or 0))
    content: dict[str, Any] = {"order": order, **documents, "time_zone": zone}
    return Fetched(Kind.ORDER, _id(order), fetched_at, content)


def _id(order: Document) -> int:
    return int(order["entity_id"])
