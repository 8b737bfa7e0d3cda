"""What is known of a shop's stock without asking either system: products, items, orders and what the books took.

All of it is read from the log. Items are as of a look at the books (knowledge_looks.py); links are known at least as
far as what that look may show.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from types import TracebackType

from services.inventory import knowledge_links, knowledge_orders, knowledge_products
from services.inventory.knowledge_items import Row, identity_key, list_words, on_hand, row_of
from services.inventory.knowledge_looks import Looks
from services.inventory.knowledge_orders import KnownOrder
from services.inventory.knowledge_standing import order_stock
from services.inventory.knowledge_store import Shelf
from services.process import Process
from shared import limits
from shared.commerce.stock import OnHand, OrderStock, Product, Seen, SourceRow, StockCase
from shared.log.partitions import partition_for
from shared.log.port import Position, Record, TopicPartition
from shared.log.signals import RetryLater
from shared.magento.stock_rows import same_sku
from shared.quickbooks.listed import Listed, parse
from shared.quickbooks.lists import Told
from shared.settings.loader import Loaded
from shared.topics import LISTS
from shared.wire import decode

Changed = Callable[[str, frozenset[str] | None], None]
"""(connection, SKUs as `same_sku` writes them) whose quantity may be another now; None: all of the connection."""

_OWNER = "inventory"


@dataclass(frozen=True, slots=True)
class Stocked:
    """One SKU of one connection, without the shop's rows."""

    product: Product
    items: tuple[OnHand, ...]
    orders: tuple[OrderStock, ...]

    def case(self, writable: SourceRow | None, others: tuple[SourceRow, ...] = ()) -> StockCase:
        """With the rows that the shop's sources hold."""
        return StockCase(self.product, self.items, self.orders, writable, others)

    @property
    def settled(self) -> bool:
        """Whether nothing about it waits for another look."""
        seen = [item.seen for item in self.items]
        moves = [move for order in self.orders for move in order.moves]
        read = all(order.pieces is not None for order in self.orders)
        return read and all(look.shows(move.when) for look in seen for move in moves)


class Knowledge:
    """Of the partitions that are owned."""

    def __init__(self, process: Process, changed: Changed) -> None:
        self._process = process
        self._changed = changed
        self._owned: set[int] = set()
        self._waiting: dict[str, set[str]] = defaultdict(set)  # connection -> SKUs that another look may settle
        self._shelf = Shelf(process.log, process.folder, self._product_told, self._order_told, self._link_told)
        self._looks = Looks(process.log, process.folder / "stock-looks.sqlite", self._catch_up, self._look_adopted)
        process.lists.subscribe(self._item_told)
        process.settings.subscribe(self._settings_changed)

    async def __aenter__(self) -> Knowledge:
        await self._shelf.__aenter__()
        try:
            await self._looks.start()
        except BaseException:
            await self._shelf.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._looks.close()
        await self._shelf.__aexit__(kind, error, trace)

    async def own(self, partitions: Collection[int]) -> None:
        """Returns when products, orders and links are known; lists and the look come after: see `waits_for`. Raises
        LogUnavailable, NotOwner."""
        self._process.lists.own(_OWNER, partitions)
        await self._shelf.own(partitions)
        self._owned |= set(partitions)
        realms = {one.settings.quickbooks.realm for one in self._process.settings.all().values()}
        await self._looks.own(partitions, [realm for realm in realms if self._owns(realm)])

    async def release(self, partitions: Collection[int]) -> None:
        """They are another's."""
        self._owned -= set(partitions)
        await self._looks.release(partitions)
        await self._shelf.release(partitions)
        await self._process.lists.release(_OWNER, partitions)

    # --- what is known

    def waits_for(self, loaded: Loaded) -> str | None:
        """In words, why nothing can be told of the connection's stock yet; None when it can."""
        realm = loaded.settings.quickbooks.realm
        if not self._owns(realm):
            return "products, orders and links are being restored from the log"
        if not self._process.lists.ready(realm):
            return f"the lists of company {realm} are being restored from the log"
        if self._process.lists.of(realm).missing(["Item"]):
            return f"ingest hasn't read the items of company {realm} yet"
        if self._looks.of(realm) is None:
            return f"ingest hasn't looked what changed in company {realm} yet"
        return None

    def looked(self, loaded: Loaded) -> Seen | None:
        """The last whole look at the company's items; None before the first."""
        return self._looks.of(loaded.settings.quickbooks.realm)

    async def reach(self, loaded: Loaded) -> None:
        """Returns when orders and links are known as far as the log has them now. Raises LogUnavailable, NotOwner."""
        await self._shelf.reach(partition_for(loaded.settings.quickbooks.realm, limits.PARTITIONS))

    def skus(self, loaded: Loaded) -> Iterator[str]:
        """Of every product that the shop has, as it writes them."""
        return self._shelf.skus(loaded.settings.connection)

    async def of(self, loaded: Loaded, skus: Collection[str]) -> dict[str, Stocked]:
        """By SKU as `same_sku` writes it; those that the shop has no product of are left out.

        Raises RetryLater as long as `waits_for` says why, LogUnavailable, NotOwner.
        """
        found: dict[str, Stocked] = {}
        wanted = list(dict.fromkeys(map(same_sku, skus)))
        for start in range(0, len(wanted), limits.STOCK_KNOWN_AT_ONCE):
            found |= await self._some(loaded, wanted[start : start + limits.STOCK_KNOWN_AT_ONCE])
            await asyncio.sleep(0)
        return found

    async def _some(self, loaded: Loaded, skus: Collection[str]) -> dict[str, Stocked]:
        realm = loaded.settings.quickbooks.realm
        look = self._looks.of(realm)
        if (why := self.waits_for(loaded)) is not None or look is None:
            raise RetryLater(limits.LISTS_WAIT_SECONDS, why or "")
        rows = {sku: self._rows(loaded, sku) for sku in skus}
        if any(row.read_at > look.end for some in rows.values() for row in some):
            # What such a row shows is younger than what links were read for: each write has its intent before it.
            await self._shelf.reach_links(partition_for(realm, limits.PARTITIONS))
        found = {sku: one for sku in skus if (one := self._stocked(loaded, sku, rows[sku], look)) is not None}
        self._wait(loaded, {sku for sku, one in found.items() if not one.settled}, look)
        return found

    def _wait(self, loaded: Loaded, skus: set[str], look: Seen) -> None:
        """For the next look, which may have come meanwhile."""
        connection = loaded.settings.connection
        if self._looks.of(loaded.settings.quickbooks.realm) == look:
            self._waiting[connection] |= skus
        else:
            self._tell(connection, skus)

    def _rows(self, loaded: Loaded, sku: str) -> list[Row]:
        settings, lists = loaded.settings, self._process.lists
        realm = settings.quickbooks.realm
        found: dict[str, Listed] = {}
        for word in list_words(sku, settings.items.match):
            for key, row in lists.called(realm, f"{realm}:Item:{word}"):
                one = parse(key, row)
                found[one.id] = one
        return [row_of(found[number]) for number in sorted(found, key=lambda number: (len(number), number))]

    def _stocked(self, loaded: Loaded, sku: str, rows: list[Row], look: Seen) -> Stocked | None:
        connection = loaded.settings.connection
        known = self._shelf.product(connection, sku)
        if known is None or known.product is None:
            return None
        items = tuple(on_hand(row, look) for row in rows)
        counted = frozenset(item.item_id for item in items if item.active and item.tracked)
        orders = self._shelf.orders(connection, sku, known.id)
        stock: list[OrderStock] = []
        for key in sorted({*orders, *self._shelf.linked(connection, counted)}):
            order = orders.get(key) or self._shelf.order(key)
            sold = [] if order is None else [one for one in order.sold if self._sku(order, one.product, one.sku) == sku]
            stock += order_stock(key, order, sold, self._shelf.link(key), counted, loaded.settings)
        return Stocked(known.product, items, tuple(stock))

    def _sku(self, order: KnownOrder, product: int, written: str) -> str:
        """What the product is called now; what it was called on its day when the shop has it no more."""
        return same_sku(self._shelf.sku_now(order.connection, product) or written)

    # --- what changes

    def _owns(self, realm: str) -> bool:
        return partition_for(realm, limits.PARTITIONS) in self._owned

    async def _catch_up(self, realm: str) -> None:
        lists, partition = self._process.lists, partition_for(realm, limits.PARTITIONS)
        await lists.until_ready(realm)
        source = TopicPartition(LISTS, partition)
        end = (await self._process.log.end_offsets([source]))[source]
        if end > 0:
            await lists.reach(Position(LISTS, partition, end - 1))
        await self._shelf.reach_links(partition)

    def _look_adopted(self, realm: str) -> None:
        for loaded in self._connections(realm):
            connection = loaded.settings.connection
            if waiting := self._waiting.pop(connection, None):
                self._changed(connection, frozenset(waiting))

    def _connections(self, realm: str) -> list[Loaded]:
        every = self._process.settings.all().values()
        return [one for one in every if one.settings.quickbooks.realm == realm]

    async def _settings_changed(self, loaded: Loaded) -> None:
        self._changed(loaded.settings.connection, None)

    async def _item_told(self, told: Told) -> None:
        if told.entity != "Item" or told.refused or not self._owns(told.realm):
            return
        versions = [one for one in (told.before, told.now) if one is not None and not one.gone]
        for loaded in self._connections(told.realm):
            match, connection = loaded.settings.items.match, loaded.settings.connection
            keys = {key for one in versions if (key := identity_key(decode(one.value), match)) is not None}
            self._tell(connection, {sku for key in keys for sku in self._skus_of(connection, key)})

    def _skus_of(self, connection: str, identity: str) -> set[str]:
        called = self._shelf.called(knowledge_products.item_word(connection, identity))
        return {same_sku(one.product.sku) for one in called if one.product is not None}

    async def _product_told(self, record: Record, before: bytes | None, after: bytes | None) -> None:
        if record.partition not in self._owned:
            return
        versions = [knowledge_products.parse(record.key, row) for row in (before, after) if row is not None]
        skus = {same_sku(one.product.sku) for one in versions if one.product is not None}
        self._tell(record.key.partition(":")[0], skus)

    async def _order_told(self, record: Record, before: bytes | None, after: bytes | None) -> None:
        if record.partition not in self._owned:
            return
        orders = [knowledge_orders.parse(record.key, row) for row in (before, after) if row is not None]
        self._tell(record.key.partition(":")[0], {sku for order in orders for sku in self._sold(order)})

    async def _link_told(self, record: Record, before: bytes | None, after: bytes | None) -> None:
        if record.partition not in self._owned:
            return
        connection = record.key.partition(":")[0]
        order = self._shelf.order(record.key)
        skus = set() if order is None else self._sold(order)
        loaded = self._process.settings.get(connection)
        if loaded is not None:
            items = {item for row in (before, after) if row is not None for item in knowledge_links.parse(row).items}
            skus |= {sku for item in items for sku in self._skus_of_item(loaded, item)}
        self._tell(connection, skus)

    def _skus_of_item(self, loaded: Loaded, item: str) -> set[str]:
        realm = loaded.settings.quickbooks.realm
        if not self._process.lists.ready(realm):
            return set()
        version = self._process.lists.of(realm).version("Item", item)
        if version is None or version.gone:
            return set()
        key = identity_key(decode(version.value), loaded.settings.items.match)
        return set() if key is None else self._skus_of(loaded.settings.connection, key)

    def _sold(self, order: KnownOrder) -> set[str]:
        return {self._sku(order, one.product, one.sku) for one in order.sold}

    def _tell(self, connection: str, skus: set[str]) -> None:
        if skus:
            self._changed(connection, frozenset(skus))
