"""The orders of a shop that may still matter, and what is known of each.

Filled from the projections when a partition comes, kept up by what they tell; an order whose effect on a SKU is found
to be over leaves (`over`), and comes back with the next that is told of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable

import structlog

from services.consuming import end
from services.inventory.knowledge_links import KnownLink
from services.inventory.knowledge_live import Live
from services.inventory.knowledge_looks import Looks, of_shop, raise_failure
from services.inventory.knowledge_orders import KnownOrder, Sold, product_word, sku_word, words_of
from services.inventory.knowledge_standing import Known, surely_over
from services.inventory.knowledge_store import Shelf
from services.process import Process
from shared import limits
from shared.commerce.stock import Seen
from shared.log.partitions import partition_for
from shared.magento.stock_rows import same_sku
from shared.settings.loader import Loaded

_log = structlog.get_logger(__name__)


class WorkingSet:
    """See the module."""

    def __init__(self, process: Process, shelf: Shelf, looks: Looks) -> None:
        self._process = process
        self._shelf = shelf
        self._looks = looks
        self._live = Live(process.folder / "stock-live.sqlite")
        self._owned: set[int] = set()
        self._begin: dict[int, int] = {}  # partition -> the first order that the log held when it came
        self._filled: dict[str, str] = {}  # connection -> version of the settings that it was filled by
        self._filling: dict[str, asyncio.Task[None]] = {}

    def open(self) -> None:
        self._live.open()

    async def close(self) -> None:
        await end(list(self._filling.values()))
        self._live.close()

    async def own(self, partitions: Collection[int]) -> None:
        """The orders are looked through behind the caller's back: see `ready`. Raises LogUnavailable."""
        self._begin |= await self._shelf.orders_begin(partitions)
        self._owned |= set(partitions)
        for loaded in self._process.settings.all().values():
            self.fill(loaded)

    async def release(self, partitions: Collection[int]) -> None:
        """They are another's."""
        self._owned -= set(partitions)
        gone = [one for one in {*self._filled, *self._filling} if not self._owns(self._process.settings.get(one))]
        await end([self._filling.pop(one) for one in gone if one in self._filling])
        for connection in gone:
            self._filled.pop(connection, None)
        self._live.leave(partitions)

    def ready(self, loaded: Loaded) -> bool:
        """Whether all orders of the connection were looked through. Raises StopService when they can't be."""
        raise_failure(self._filling.get(loaded.settings.connection))
        return self._filled.get(loaded.settings.connection) is not None

    def fill(self, loaded: Loaded) -> None:
        """Looks through all orders of the connection, if it is ours and that wasn't done by these settings."""
        connection = loaded.settings.connection
        running = self._filling.get(connection)
        busy = running is not None and not running.done()
        if self._owns(loaded) and not busy and self._filled.get(connection) != loaded.version:
            self._filling[connection] = asyncio.create_task(self._fill(connection), name=f"orders of {connection}")

    async def _fill(self, connection: str) -> None:
        while (loaded := self._process.settings.get(connection)) is not None:
            if self._filled.get(connection) == loaded.version:
                return
            count = 0
            for count, key in enumerate(self._shelf.orders(connection), 1):
                self.look(loaded, key)
                if count % limits.STOCK_ORDERS_AT_ONCE == 0:
                    await asyncio.sleep(0)
            for number, key in enumerate(self._shelf.links(connection)):
                if not self._shelf.has_order(key):
                    self.look(loaded, key)
                if number % limits.STOCK_ORDERS_AT_ONCE == 0:
                    await asyncio.sleep(0)
            self._filled[connection] = loaded.version
            _log.info("orders were looked through", connection=connection, orders=count, live=len(self._live))

    def look(self, loaded: Loaded, key: str) -> None:
        """Something is new about an order: it matters again, unless it is surely over."""
        realm = loaded.settings.quickbooks.realm
        partition = partition_for(realm, limits.PARTITIONS)
        known = self.known(loaded, key)
        if known.order is None:
            items = known.link.items if known.link is not None and self._may_come(known.link) else ()
            self._live.put(key, partition, [_item_word(loaded.settings.connection, item) for item in items])
        elif surely_over(known, self._told(loaded), loaded.settings):
            self._live.drop(key)
        else:
            self._live.put(key, partition, words_of(known.order))

    def _told(self, loaded: Loaded) -> Seen | None:
        look = self._looks.told(loaded.settings.quickbooks.realm)
        return None if look is None else of_shop(look, loaded.settings)

    async def again(self, loaded: Loaded, words: Iterable[str]) -> None:
        """Products or SKUs mean others than they did: all their orders are looked at again."""
        keys = {key for word in words for key in self._shelf.orders_called(word)}
        for number, key in enumerate(keys, 1):
            self.look(loaded, key)
            if number % limits.STOCK_ORDERS_AT_ONCE == 0:
                await asyncio.sleep(0)

    def of(self, loaded: Loaded, sku: str, product: int, items: Iterable[str]) -> list[str]:
        """The keys of the orders that may matter."""
        connection = loaded.settings.connection
        words = [sku_word(connection, sku), product_word(connection, product)]
        return self._live.of([*words, *(_item_word(connection, item) for item in items)])

    def keys(self, connection: str) -> list[str]:
        """The orders of a connection that may matter to anything."""
        return self._live.keys(f"{connection}:order:")

    def over(self, loaded: Loaded, key: str, sku: str, product: int) -> None:
        """The order's effect on this SKU is over."""
        connection = loaded.settings.connection
        self._live.drop_words(key, [sku_word(connection, sku), product_word(connection, product)])

    def known(self, loaded: Loaded, key: str) -> Known:
        """Of an order, from the projections."""
        link = self._shelf.link(key)
        document = self._shelf.document(loaded.settings.quickbooks.realm, link)
        return Known(key, self._shelf.order(key), link, document)

    def sku(self, order: KnownOrder, sold: Sold) -> str:
        """What the product is called now; what it was called on its day when the shop has it no more."""
        return same_sku(self._shelf.sku_now(order.connection, sold.product) or sold.sku)

    def _may_come(self, link: KnownLink) -> bool:
        """Whether the order's snapshot may still be read: it isn't older than what the log held when its partition
        came. Of an older one nothing is known but that it was booked long ago: it counts as shipped."""
        return link.at is None or link.at[1] >= self._begin.get(link.at[0], 0)

    def _owns(self, loaded: Loaded | None) -> bool:
        if loaded is None:
            return False
        return partition_for(loaded.settings.quickbooks.realm, limits.PARTITIONS) in self._owned


def _item_word(connection: str, item: str) -> str:
    """Orders that aren't read and whose documents touch this item."""
    return f"{connection}:item:{item}"
