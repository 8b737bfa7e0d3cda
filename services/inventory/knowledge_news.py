"""Whose quantity may be another now: what a record is about, in SKUs of the shop."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from services.inventory import knowledge_links, knowledge_orders, knowledge_products
from services.inventory.knowledge_documents import SALES
from services.inventory.knowledge_items import identity_key
from services.inventory.knowledge_looks import Looks
from services.inventory.knowledge_orders import KnownOrder, product_word, sku_word
from services.inventory.knowledge_store import Shelf
from services.inventory.knowledge_working_set import WorkingSet
from services.process import Process
from shared.log.port import Record
from shared.magento.stock_rows import same_sku
from shared.quickbooks.lists import Told
from shared.settings.loader import Loaded
from shared.wire import decode

Tell = Callable[[str, Collection[str] | None], None]
"""(connection, SKUs); None: all of the connection."""


class News:
    """Listens to projections, lists and settings. What a restore reads is no news: nothing is told of what isn't
    owned."""

    def __init__(self, process: Process, owns: Callable[[str], bool], tell: Tell) -> None:
        self._process = process
        self._owns = owns
        self._tell = tell
        self._shelf: Shelf
        self._set: WorkingSet
        self._looks: Looks
        self._waits: Callable[[str, Collection[str]], None]

    def begin(
        self, shelf: Shelf, working: WorkingSet, looks: Looks, waits: Callable[[str, Collection[str]], None]
    ) -> None:
        """`waits` takes SKUs that are told of with the next look."""
        self._shelf, self._set, self._looks, self._waits = shelf, working, looks, waits
        self._process.lists.subscribe(self._item)
        self._process.settings.subscribe(self._settings)

    async def _settings(self, loaded: Loaded) -> None:
        self._set.fill(loaded)
        self._looks.adopt(loaded.settings.quickbooks.realm)
        self._tell(loaded.settings.connection, None)

    async def _item(self, told: Told) -> None:
        """Its look is a moment behind it, see knowledge_items.too_young. Of another SKU it is told at once."""
        if told.entity != "Item" or told.refused or not self._owns(told.realm):
            return
        versions = [one for one in (told.before, told.now) if one is not None and not one.gone]
        for loaded in self._process.settings.all().values():
            if loaded.settings.quickbooks.realm != told.realm:
                continue
            match, connection = loaded.settings.items.match, loaded.settings.connection
            keys = {key for one in versions if (key := identity_key(decode(one.value), match)) is not None}
            skus = {sku for key in keys for sku in self._skus_of(connection, key)}
            if len(keys) != 1 or told.before is None or told.now.gone:
                await self._set.again(loaded, [sku_word(connection, sku) for sku in skus])
                self._tell(connection, skus)
            else:
                self._tell_with_look(loaded, skus, told.now.at)

    async def product(self, record: Record, before: bytes | None, after: bytes | None) -> None:
        if (loaded := self._ours(record)) is None:
            return
        versions = [knowledge_products.parse(record.key, row) for row in (before, after) if row is not None]
        skus = {same_sku(one.product.sku) for one in versions if one.product is not None}
        connection = loaded.settings.connection
        if len(skus) > 1 or any(one.product is None for one in versions):
            words = [product_word(connection, versions[0].id), *(sku_word(connection, sku) for sku in skus)]
            await self._set.again(loaded, words)
        self._tell(connection, skus)

    async def order(self, record: Record, before: bytes | None, after: bytes | None) -> None:
        if (loaded := self._ours(record)) is None:
            return
        self._set.look(loaded, record.key)
        orders = [knowledge_orders.parse(record.key, row) for row in (before, after) if row is not None]
        self._tell(loaded.settings.connection, {sku for order in orders for sku in self._sold(order)})

    async def link(self, record: Record, before: bytes | None, after: bytes | None) -> None:
        if (loaded := self._ours(record)) is None or not knowledge_links.is_order(record.key):
            return
        self._set.look(loaded, record.key)
        items = {item for row in (before, after) if row is not None for item in knowledge_links.parse(row).items}
        self._tell(loaded.settings.connection, self._about(loaded, record.key, items))

    async def document(self, record: Record, before: bytes | None, after: bytes | None) -> None:
        """Of a sale that is ours, and only when another hand changed it: each of our own writes comes back here."""
        realm, _, place = record.key.partition(":")
        if record.headers.get("entity") not in SALES or not self._owns(realm):
            return
        for loaded in self._process.settings.all().values():
            if loaded.settings.quickbooks.realm == realm:
                for key in self._shelf.orders_of(loaded.settings.connection, place):
                    self._set.look(loaded, key)
                    self._tell_with_look(loaded, self._about(loaded, key, set()), record.headers["server-time"])

    def _tell_with_look(self, loaded: Loaded, skus: Collection[str], at: str) -> None:
        """Of what was read at this time: once the look that came with it, or the next, is in force."""
        look, connection = self._looks.of(loaded.settings.quickbooks.realm), loaded.settings.connection
        if look is not None and datetime.fromisoformat(at) <= look.end:
            self._tell(connection, skus)
        else:
            self._waits(connection, skus)

    # --- what is meant

    def _ours(self, record: Record) -> Loaded | None:
        loaded = self._process.settings.get(record.key.partition(":")[0])
        return loaded if loaded is not None and self._owns(loaded.settings.quickbooks.realm) else None

    def _about(self, loaded: Loaded, key: str, items: Collection[str]) -> set[str]:
        order = self._shelf.order(key)
        skus = set() if order is None else self._sold(order)
        return skus | {sku for item in items for sku in self._skus_of_item(loaded, item)}

    def _sold(self, order: KnownOrder) -> set[str]:
        return {self._set.sku(order, one) for one in order.sold}

    def _skus_of(self, connection: str, identity: str) -> set[str]:
        called = self._shelf.called(knowledge_products.item_word(connection, identity))
        return {same_sku(one.product.sku) for one in called if one.product is not None}

    def _skus_of_item(self, loaded: Loaded, item: str) -> set[str]:
        realm = loaded.settings.quickbooks.realm
        if not self._process.lists.ready(realm):
            return set()
        version = self._process.lists.of(realm).version("Item", item)
        if version is None or version.gone:
            return set()
        key = identity_key(decode(version.value), loaded.settings.items.match)
        return set() if key is None else self._skus_of(loaded.settings.connection, key)
