"""The projections that knowledge of stock rests on, and what they have of one SKU."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType

from services.inventory import knowledge_links, knowledge_orders, knowledge_products
from services.inventory.knowledge_links import KnownLink
from services.inventory.knowledge_orders import KnownOrder
from services.inventory.knowledge_products import KnownProduct
from shared.log.port import Log, Position, TopicPartition
from shared.log.projection import Index, OnChange, Projection
from shared.topics import LINKS, ORDERS, PRODUCTS


class Shelf:
    """Products, orders and the links of orders of the partitions that are owned."""

    def __init__(self, log: Log, folder: Path, product: OnChange, order: OnChange, link: OnChange) -> None:
        self._log = log
        self._products = Projection(
            log,
            PRODUCTS,
            folder / "stock-products.sqlite",
            knowledge_products.fold,
            on_change=product,
            index=Index("SKUs 1", knowledge_products.words),
        )
        self._orders = Projection(
            log,
            ORDERS,
            folder / "stock-orders.sqlite",
            knowledge_orders.fold,
            on_change=order,
            index=Index("SKUs and products 1", knowledge_orders.words),
        )
        self._links = Projection(
            log,
            LINKS,
            folder / "stock-links.sqlite",
            knowledge_links.fold,
            on_change=link,
            index=Index("items 1", knowledge_links.words),
        )
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Shelf:
        async with AsyncExitStack() as stack:
            for projection in self._all:
                await projection.start()
                stack.push_async_callback(projection.close)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def _all(self) -> tuple[Projection, ...]:
        return self._products, self._orders, self._links

    async def own(self, partitions: Iterable[int]) -> None:
        """Returns when all that the log has of these partitions is known. Raises LogUnavailable, NotOwner."""
        partitions = set(partitions)
        for projection in self._all:
            await projection.add(partitions)

    async def release(self, partitions: Iterable[int]) -> None:
        """They are another's."""
        partitions = set(partitions)
        for projection in self._all:
            await projection.remove(partitions)

    async def reach_links(self, partition: int) -> None:
        """Returns when links are known as far as the log has them now. Raises LogUnavailable, NotOwner."""
        await self._reach(LINKS, partition, self._links)

    async def reach(self, partition: int) -> None:
        """The same for links and orders."""
        await self._reach(ORDERS, partition, self._orders)
        await self._reach(LINKS, partition, self._links)

    async def _reach(self, topic: str, partition: int, projection: Projection) -> None:
        source = TopicPartition(topic, partition)
        end = (await self._log.end_offsets([source]))[source]
        if end > 0:
            await projection.reach(Position(topic, partition, end - 1))

    # --- products

    def skus(self, connection: str) -> Iterator[str]:
        """Of every product of the shop, as it writes them."""
        for key, row in self._products.scan(f"{connection}:product:"):
            known = knowledge_products.parse(key, row)
            if known.product is not None:
                yield known.product.sku

    def product(self, connection: str, sku: str) -> KnownProduct | None:
        """The product of this SKU; of several, while one hands it to another, the one that was read last."""
        return max(
            self.called(knowledge_products.sku_word(connection, sku)), key=lambda one: one.fetched_at, default=None
        )

    def called(self, word: str) -> list[KnownProduct]:
        """The products of this word (knowledge_products.words)."""
        return [knowledge_products.parse(key, row) for key, row in self._products.find(word)]

    def sku_now(self, connection: str, product: int) -> str | None:
        """The SKU of a product, None when the shop has none of this id."""
        row = self._products.get(key := f"{connection}:product:{product}") if product else None
        known = None if row is None else knowledge_products.parse(key, row)
        return None if known is None or known.product is None else known.product.sku

    # --- orders and links

    def orders(self, connection: str, sku: str, product: int) -> dict[str, KnownOrder]:
        """Orders that sold this product, or anything under this SKU."""
        words = knowledge_orders.sku_word(connection, sku), knowledge_orders.product_word(connection, product)
        return {key: knowledge_orders.parse(key, row) for word in words for key, row in self._orders.find(word)}

    def order(self, key: str) -> KnownOrder | None:
        """None for one that the log doesn't tell of."""
        row = self._orders.get(key)
        return None if row is None else knowledge_orders.parse(key, row)

    def link(self, key: str) -> KnownLink | None:
        """None for an order that the orders service hasn't begun with."""
        row = self._links.get(key)
        return None if row is None else knowledge_links.parse(row)

    def linked(self, connection: str, items: Iterable[str]) -> set[str]:
        """The keys of the orders whose documents touch these items."""
        return {key for item in items for key in self._links.keys(knowledge_links.item_word(connection, item))}
