"""Orders with all that belongs to them: one by itself in four calls at once, or a page of them in five.

Of the order itself Magento fills in the same parts for a list as for one (OrderRepository::get and getList); other
modules may not: delivery options (myparcelnl/magento#549) and attributes of a merchant's own (magento/magento2#8860)
are there in single answers only. So of each page one order is also read by itself, and when that shows more than the
list does, all are, for an hour.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog

from services.ingest.reading.fetched import Fetched, Kind, same_content
from services.ingest.shops import Shop
from shared import limits
from shared.magento.calls import at_once
from shared.magento.client import Document, MagentoClient
from shared.magento.faults import BadAnswer, NotFound, ShopUnavailable

_log = structlog.get_logger(__name__)
_LISTS = ("invoices", "creditmemos", "shipments")


async def read_order(shop: Shop, order_id: int, fetched_at: datetime) -> Fetched:
    """Raises NotFound, RetryLater, BadAnswer."""
    async with shop.calling() as client:
        order, documents = await at_once(client.get_order(order_id), _documents(client, [order_id]))
    return await _fetched(shop, order, documents[order_id], fetched_at)


async def complete_orders(shop: Shop, rows: Sequence[Document], fetched_at: datetime) -> list[Fetched]:
    """Orders of a list, up to MAGENTO_PAGE_MAX, with their documents. Raises RetryLater, BadAnswer."""
    if not rows:
        return []
    async with shop.calling(in_parts=True) as client:
        apart = rows if _lists_are_short(shop) else rows[-1:]
        documents, alone = await at_once(_documents(client, [_id(row) for row in rows]), _by_themselves(client, apart))
        if not _lists_are_short(shop) and (lacking := _lacking(rows[-1], alone.get(_id(rows[-1])))):
            _log.warning("the shop's lists of orders are short; orders are read one by one", members=sorted(lacking))
            shop.short_lists_until = time.monotonic() + limits.STORE_CONFIG_SECONDS
            alone |= await _by_themselves(client, rows[:-1])
    found = []
    for row in rows:
        number = _id(row)
        one = await _fetched(shop, alone.get(number, row), documents[number], fetched_at)
        found.append(one if number in alone else replace(one, alone=partial(_read_now, shop, number)))
    return found


async def _by_themselves(client: MagentoClient, rows: Sequence[Document]) -> dict[int, Document]:
    """Orders by id; without those that the shop can't show alone."""
    turns = asyncio.Semaphore(limits.ENTITIES_OF_A_PAGE)

    async def one(number: int) -> Document | None:
        async with turns:
            try:
                return await client.get_order(number)
            except (NotFound, BadAnswer, ShopUnavailable):
                return None

    orders = await at_once(*(one(_id(row)) for row in rows)) if rows else []
    return {_id(order): order for order in orders if order is not None}


def _lists_are_short(shop: Shop) -> bool:
    return time.monotonic() < shop.short_lists_until


def _lacking(row: Document, alone: Document | None) -> set[str]:
    """The members in which a list differs from the order by itself; none when the order was saved between the two."""
    if alone is None or same_content(row, alone) or row.get("updated_at") != alone.get("updated_at"):
        return set()
    ours, theirs = row.get("extension_attributes") or {}, alone.get("extension_attributes") or {}
    names = {name for name in row.keys() | alone.keys() if row.get(name) != alone.get(name)}
    return names | {name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)}


async def _read_now(shop: Shop, order_id: int) -> Fetched:
    return await read_order(shop, order_id, datetime.now(UTC))


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
