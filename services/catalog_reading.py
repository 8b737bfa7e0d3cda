"""What a plan for the catalogue is made from, read from the log once. Nothing is written, neither to the log nor to the
two systems; no call to QuickBooks is spent.

Of a product only what the plan needs is kept, so memory grows with the number of products and not with their texts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from services.company import NAMED, books_of
from shared import limits
from shared.commerce.product import Product
from shared.links.state import fold as fold_link
from shared.links.state import parse as parse_link
from shared.log.partitions import partition_for
from shared.log.port import Log, LogUnavailable, Record, TopicPartition
from shared.log.projection import Projection
from shared.magento.product_reading import UnreadableProduct, read_product
from shared.mapping.catalog.content import attributes_of
from shared.mapping.catalog.planning import Sources
from shared.mapping.catalog.sold import Sold, SoldRows, named_in
from shared.mapping.catalog.standing import BooksItem, ProductLink, read_item
from shared.mapping.identity import linked_product
from shared.quickbooks.listed import SINGLE
from shared.quickbooks.lists import ListBoard, RealmLists
from shared.settings.model import Settings
from shared.settings.products import Workflow
from shared.topics import LINKS, ORDERS, PRODUCTS
from shared.wire import NotJson, decode

Tell = Callable[[str, int, int], None]
"""(what is read, how much of it, of how much)."""


class NotLoaded(Exception):
    """Ingest hasn't read the lists of the company yet: without them every item would seem to be missing."""


@dataclass(slots=True)
class Catalogue:
    """The products of a connection. `unreadable`: what the shop sent that is no product, by its record's key."""

    products: dict[str, Product] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)


async def read_catalogue(log: Log, settings: Settings, tell: Tell) -> Catalogue:
    """The newest snapshot of each product. Raises LogUnavailable."""
    found, attributes = Catalogue(), attributes_of(settings)
    prefix = f"{settings.connection}:product:"

    def take(record: Record) -> None:
        if not record.key.startswith(prefix):
            return
        found.products.pop(record.key, None)
        found.unreadable.pop(record.key, None)
        if record.value is None:
            return
        try:
            found.products[record.key] = read_product(decode(record.value), attributes)
        except (NotJson, UnreadableProduct) as error:
            found.unreadable[record.key] = str(error)

    await _each(log, PRODUCTS, settings, tell, take)
    return found


async def read_sources(log: Log, settings: Settings, folder: Path, tell: Tell) -> Sources:
    """Items, links and ways of the company. Raises LogUnavailable, NotLoaded."""
    realm = settings.quickbooks.realm
    async with ListBoard(log, folder / "lists.sqlite") as board:
        board.own("catalog plan", [partition_for(realm, limits.PARTITIONS)])
        try:
            async with asyncio.timeout(limits.CATALOG_READ_SECONDS):
                await board.until_ready(realm)
        except TimeoutError as error:
            raise LogUnavailable("the lists of the company can't be read from the log") from error
        lists = board.of(realm)
        if missing := lists.missing((*SINGLE, *NAMED, "Item")):
            raise NotLoaded(f"ingest hasn't loaded {', '.join(missing)} of company {realm} yet: is it running?")
        items = _items(lists, tell)
        books = books_of(lists.all, NAMED)
    skus, products = await _links(log, realm, folder)
    sold = await _sold(log, settings, tell) if settings.products.workflow is Workflow.SOLD else Sold()
    return Sources(items, skus, products, books, sold)


def _items(lists: RealmLists, tell: Tell) -> list[BooksItem]:
    loaded = lists.loaded("Item")
    total, items = loaded.count if loaded else 0, []
    for row in lists.all("Item"):
        items.append(read_item(row))
        if len(items) % limits.CATALOG_TELL_EVERY == 0:
            tell("items", len(items), max(total, len(items)))
    return items


async def _links(log: Log, realm: str, folder: Path) -> tuple[dict[str, str], list[ProductLink]]:
    """A projection of its own: that of the services repairs what it finds, and a plan writes nothing."""
    projection = Projection(log, LINKS, folder / "links.sqlite", fold_link)
    await projection.start()
    try:
        await projection.add([partition_for(realm, limits.PARTITIONS)])
        skus: dict[str, str] = {}
        for key, row in projection.scan(f"{realm}:item:"):
            if (booked := parse_link(row).booked) is not None:
                skus[key] = booked.id
        products = []
        for key, row in projection.scan(f"{realm}:product:"):
            if (booked := parse_link(row).booked) is not None:
                products.append(ProductLink(linked_product(key), booked.id, booked.content_hash))
        return skus, products
    finally:
        await projection.close()


async def _sold(log: Log, settings: Settings, tell: Tell) -> Sold:
    """What orders of the log have sold: a snapshot that can't be read sold nothing that we know of."""
    prefix, sold = f"{settings.connection}:order:", SoldRows(settings.items.match)

    def take(record: Record) -> None:
        if record.key.startswith(prefix) and record.value is not None:
            with suppress(NotJson):
                sold.add(named_in(decode(record.value)))

    await _each(log, ORDERS, settings, tell, take)
    return sold.sold()


async def _each(log: Log, topic: str, settings: Settings, tell: Tell, take: Callable[[Record], None]) -> None:
    """Gives `take` the records of the company's partition that the log has now."""
    source = TopicPartition(topic, partition_for(settings.quickbooks.realm, limits.PARTITIONS))
    start, end = (await log.start_offsets([source]))[source], (await log.end_offsets([source]))[source]
    what, reader = topic.partition(".")[2], log.reader()
    await reader.start()
    try:
        await reader.assign({source: start})
        while (reached := reader.position(source)) < end:
            records = await reader.poll(limits.CATALOG_POLL_RECORDS, limits.LOG_CALL_SECONDS)
            for record in records:
                if record.offset < end:
                    take(record)
            tell(what, min(reader.position(source), end) - start, end - start)
            if not records and reader.position(source) == reached:
                raise LogUnavailable(f"{topic} can't be read to its end")
    finally:
        await reader.close()
