"""What is known of a shop's stock without asking either system: products, items, orders and what the books took.

All of it is read from the log. Items are as of a look at the books (knowledge_looks.py); links and sales are known at
least as far as that look may show.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType

from services.consuming import end
from services.inventory.knowledge_items import Row, list_words, on_hand, row_of, too_young
from services.inventory.knowledge_keeping import Keeping
from services.inventory.knowledge_looks import Looks, of_shop
from services.inventory.knowledge_news import News
from services.inventory.knowledge_standing import Known, order_stock
from services.inventory.knowledge_store import Shelf
from services.inventory.knowledge_working_set import WorkingSet
from services.process import Process
from shared import limits
from shared.commerce.stock import Deducts, OnHand, OrderStock, Product, Seen, SourceRow, StockCase
from shared.log.partitions import partition_for
from shared.log.port import Position, TopicPartition
from shared.log.signals import RetryLater
from shared.magento.stock_rows import same_sku
from shared.mapping.stock.orders import at_rest
from shared.mapping.stock.rules import StockRules
from shared.quickbooks.listed import Listed, parse
from shared.settings.loader import Loaded
from shared.settings.stock import stock_rules
from shared.topics import LISTS

Changed = Callable[[str, frozenset[str] | None], None]
"""(connection, SKUs as `same_sku` writes them) whose quantity may be another now; None: all of the connection."""

_OWNER = "inventory"


@dataclass(frozen=True, slots=True)
class Stocked:
    """One SKU of one connection, without the shop's rows. `waits`: see StockCase."""

    product: Product
    items: tuple[OnHand, ...]
    orders: tuple[OrderStock, ...]
    waits: tuple[str, ...] = ()

    def case(self, writable: SourceRow | None, others: tuple[SourceRow, ...] = ()) -> StockCase:
        """With the rows that the shop's sources hold."""
        return StockCase(self.product, self.items, self.orders, writable, others, self.waits)

    def settled(self, look: Seen) -> bool:
        """Whether another look would say the same of it."""
        moves = [move for order in self.orders for move in order.moves]
        return not self.waits and all(look.shows(move.when) for move in moves)


class Knowledge:
    """Of the partitions that are owned."""

    def __init__(self, process: Process, changed: Changed) -> None:
        self._process = process
        self._changed = changed
        self._owned: set[int] = set()
        self._waiting: dict[str, set[str]] = defaultdict(set)  # connection -> SKUs that another look may settle
        news = News(process, self._owns, self._tell)
        self._shelf = Shelf(
            process.log,
            process.folder,
            product=news.product,
            order=news.order,
            link=news.link,
            document=news.document,
        )
        self._looks = Looks(process.log, process.folder / "stock-looks.sqlite", self._catch_up, self._look_adopted)
        self._set = WorkingSet(process, self._shelf, self._looks)
        news.begin(self._shelf, self._set, self._looks, self._waits)
        self.keeping = Keeping(process, self._shelf, self._set)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Knowledge:
        async with AsyncExitStack() as stack:
            self._set.open()
            stack.push_async_callback(self._set.close)
            await stack.enter_async_context(self._shelf)
            await self._looks.start()
            stack.push_async_callback(self._looks.close)
            keeping = asyncio.create_task(self.keeping.run(), name="open orders are kept in the log")
            stack.push_async_callback(end, [keeping])
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def own(self, partitions: Collection[int]) -> None:
        """Returns when products, orders and links are known; lists and the look come after: see `waits_for`. Raises
        LogUnavailable, NotOwner."""
        self._process.lists.own(_OWNER, partitions)
        await self._shelf.own(partitions)
        realms = {one.settings.quickbooks.realm for one in self._process.settings.all().values()}
        await self._looks.own(partitions, realms)
        await self._set.own(partitions)
        self._owned |= set(partitions)

    async def release(self, partitions: Collection[int]) -> None:
        """They are another's."""
        self._owned -= set(partitions)
        await self._set.release(partitions)
        await self._looks.release(partitions)
        await self._shelf.release(partitions)
        await self._process.lists.release(_OWNER, partitions)

    # --- what is known

    def waits_for(self, loaded: Loaded) -> str | None:
        """In words, why nothing can be told of the connection's stock yet; None when it can. Raises StopService."""
        realm = loaded.settings.quickbooks.realm
        if not self._owns(realm):
            return "products, orders and links are being restored from the log"
        if not self._process.lists.ready(realm):
            return f"the lists of company {realm} are being restored from the log"
        if self._process.lists.of(realm).missing(["Item"]):
            return f"ingest hasn't read the items of company {realm} yet"
        if self._looks.of(realm) is None:
            return f"ingest hasn't asked yet what changed in company {realm}"
        if not self._set.ready(loaded):
            return f"the orders of {loaded.settings.connection} are being looked through"
        return None

    def looked(self, loaded: Loaded) -> Seen | None:
        """The last whole look at the company's items; None before the first."""
        look = self._looks.of(loaded.settings.quickbooks.realm)
        return None if look is None else of_shop(look, loaded.settings)

    async def reach(self, loaded: Loaded) -> None:
        """Returns when orders and links are known as far as the log has them now. Raises LogUnavailable, NotOwner."""
        await self._shelf.reach(partition_for(loaded.settings.quickbooks.realm, limits.PARTITIONS))

    def skus(self, loaded: Loaded) -> Iterator[str]:
        """Of every product that the shop has, as it writes them."""
        return self._shelf.skus(loaded.settings.connection)

    async def of(self, loaded: Loaded, skus: Collection[str]) -> dict[str, Stocked]:
        """By SKU as `same_sku` writes it; those that the shop has no product of are left out.

        Raises RetryLater as long as `waits_for` says why, NotOwner.
        """
        found: dict[str, Stocked] = {}
        for number, sku in enumerate(dict.fromkeys(map(same_sku, skus)), 1):
            if (one := await self._one(loaded, sku)) is not None:
                found[sku] = one
            if number % limits.STOCK_KNOWN_AT_ONCE == 0:
                await asyncio.sleep(0)
        return found

    async def _one(self, loaded: Loaded, sku: str) -> Stocked | None:
        connection, realm = loaded.settings.connection, loaded.settings.quickbooks.realm
        look = self.looked(loaded)
        if (why := self.waits_for(loaded)) is not None or look is None:
            raise RetryLater(limits.LISTS_WAIT_SECONDS, why or "")
        product = self._shelf.product(connection, sku)
        if product is None or product.product is None:
            return None
        rows = self._rows(loaded, sku)  # with the look: what is read after may be younger, since it has its own times
        items = tuple(on_hand(row, look) for row in rows)
        orders = await self._orders(loaded, sku, product.id, items, look)
        stocked = Stocked(product.product, items, orders, too_young(rows, look))
        if not stocked.settled(look):
            self._waits(connection, {sku})
        if self.looked(loaded) != look:  # the next look came meanwhile
            self._look_adopted(realm)
        return stocked

    def _rows(self, loaded: Loaded, sku: str) -> list[Row]:
        settings, lists = loaded.settings, self._process.lists
        realm = settings.quickbooks.realm
        found: dict[str, Listed] = {}
        for word in list_words(sku, settings.items.match):
            for key, row in lists.called(realm, f"{realm}:Item:{word}"):
                one = parse(key, row)
                found[one.id] = one
        return [row_of(found[number]) for number in sorted(found, key=lambda number: (len(number), number))]

    async def _orders(
        self, loaded: Loaded, sku: str, product: int, items: tuple[OnHand, ...], look: Seen
    ) -> tuple[OrderStock, ...]:
        counted = frozenset(item.item_id for item in items if item.active and item.tracked)
        rules = stock_rules(loaded.settings.stock, Deducts.AT_SHIPMENT)
        stock: list[OrderStock] = []
        for number, key in enumerate(self._set.of(loaded, sku, product, counted), 1):
            found = self._order(loaded, sku, self._set.known(loaded, key), counted)
            if found and all(_over(one, look, rules) for one in found):
                self._set.over(loaded, key, sku, product)
            else:
                stock += found
            if number % limits.STOCK_ORDERS_AT_ONCE == 0:
                await asyncio.sleep(0)
        return tuple(stock)

    def _order(self, loaded: Loaded, sku: str, known: Known, items: frozenset[str]) -> list[OrderStock]:
        order = known.order
        sold = [] if order is None else [one for one in order.sold if self._set.sku(order, one) == sku]
        return order_stock(known, sold, items, loaded.settings)

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
        await self._shelf.reach_books(partition)

    def _look_adopted(self, realm: str) -> None:
        for loaded in self._process.settings.all().values():
            if loaded.settings.quickbooks.realm == realm:
                self._tell(loaded.settings.connection, self._waiting.pop(loaded.settings.connection, set()))

    def _waits(self, connection: str, skus: Collection[str]) -> None:
        self._waiting[connection].update(skus)

    def _tell(self, connection: str, skus: Collection[str] | None) -> None:
        if skus is None or skus:
            self._changed(connection, None if skus is None else frozenset(skus))


def _over(order: OrderStock, look: Seen, rules: StockRules) -> bool:
    return at_rest(order, rules) and all(look.shows(move.when) for move in order.moves)
