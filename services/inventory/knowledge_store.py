"""The projections that knowledge of stock rests on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from services.inventory import knowledge_documents, knowledge_links, knowledge_orders, knowledge_products
from services.inventory.knowledge_documents import KnownDocument
from services.inventory.knowledge_links import KnownLink
from services.inventory.knowledge_orders import KnownOrder
from services.inventory.knowledge_products import KnownProduct
from shared.log.owned import Owned
from shared.log.port import Log, Position, TopicPartition
from shared.log.projection import Fold, Index, OnChange, Projection
from shared.topics import CHANGES, LINKS, ORDERS, PRODUCTS


class Shelf(Owned):
    """Products, orders, the links of orders and the sales of the books, of the partitions that are owned."""

    def __init__(
        self, log: Log, folder: Path, *, product: OnChange, order: OnChange, link: OnChange, document: OnChange
    ) -> None:
        """The listeners hear of what a restore reads, too."""

        def projection(
            topic: str, name: str, fold: Fold, changed: OnChange, words: Callable[[str, bytes], Collection[str]] | None
        ) -> Projection:
            index = None if words is None else Index(f"{name} 1", words)
            return Projection(log, topic, folder / f"stock-{name}.sqlite", fold, on_change=changed, index=index)

        self._log = log
        self._products = projection(PRODUCTS, "products", knowledge_products.fold, product, knowledge_products.words)
        self._orders = projection(ORDERS, "orders", knowledge_orders.fold, order, knowledge_orders.words)
        self._links = projection(LINKS, "links", knowledge_links.fold, link, knowledge_links.words)
        self._documents = projection(CHANGES, "documents", knowledge_documents.fold, document, None)
        super().__init__((self._products, self._orders, self._links, self._documents))

    async def reach(self, partition: int) -> None:
        """Returns when orders and links are known as far as the log has them now. Raises LogUnavailable, NotOwner."""
        await self._reach(ORDERS, partition, self._orders)
        await self._reach(LINKS, partition, self._links)

    async def reach_books(self, partition: int) -> None:
        """The same for links and sales."""
        await self._reach(LINKS, partition, self._links)
        await self._reach(CHANGES, partition, self._documents)

    async def _reach(self, topic: str, partition: int, projection: Projection) -> None:
        source = TopicPartition(topic, partition)
        end = (await self._log.end_offsets([source]))[source]
        if end > 0:
            await projection.reach(Position(topic, partition, end - 1))

    async def orders_begin(self, partitions: Iterable[int]) -> dict[int, int]:
        """The first offset that the log still holds of their orders. Raises LogUnavailable."""
        starts = await self._log.start_offsets([TopicPartition(ORDERS, one) for one in partitions])
        return {source.partition: offset for source, offset in starts.items()}

    # --- products

    def skus(self, connection: str) -> Iterator[str]:
        """Of every product of the shop, as it writes them."""
        for key, row in self._products.scan(f"{connection}:product:"):
            known = knowledge_products.parse(key, row)
            if known.product is not None:
                yield known.product.sku

    def product(self, connection: str, sku: str) -> KnownProduct | None:
        """The product of this SKU; of several, while one hands it to another, the one that was read last."""
        called = self.called(knowledge_products.sku_word(connection, sku))
        return max(called, key=lambda one: one.fetched_at, default=None)

    def called(self, word: str) -> list[KnownProduct]:
        """The products of this word (knowledge_products.words)."""
        return [knowledge_products.parse(key, row) for key, row in self._products.find(word)]

    def sku_now(self, connection: str, product: int) -> str | None:
        """The SKU of a product, None when the shop has none of this id."""
        row = self._products.get(key := f"{connection}:product:{product}") if product else None
        known = None if row is None else knowledge_products.parse(key, row)
        return None if known is None or known.product is None else known.product.sku

    # --- orders and what the books have of them

    def orders(self, connection: str) -> Iterator[str]:
        """The keys of all orders of a shop."""
        for key, _ in self._orders.scan(f"{connection}:order:"):
            yield key

    def order(self, key: str) -> KnownOrder | None:
        """None for one that the log doesn't tell of."""
        row = self._orders.get(key)
        return None if row is None else knowledge_orders.parse(key, row)

    def orders_called(self, word: str) -> list[str]:
        """The keys of the orders of this word (knowledge_orders.words)."""
        return self._orders.keys(word)

    def has_order(self, key: str) -> bool:
        """Whether the log tells of it."""
        return self._orders.get(key) is not None

    def links(self, connection: str) -> Iterator[str]:
        """The keys of all orders that the orders service has begun with."""
        for key, _ in self._links.scan(f"{connection}:order:"):
            yield key

    def link(self, key: str) -> KnownLink | None:
        """None for an order that the orders service hasn't begun with."""
        row = self._links.get(key)
        return None if row is None else knowledge_links.parse(row)

    def document(self, realm: str, link: KnownLink | None) -> KnownDocument | None:
        """The link's document as change data capture told of it last."""
        row = self._documents.get(knowledge_documents.key_of(realm, link.place)) if link and link.place else None
        return None if row is None else knowledge_documents.parse(row)

    def orders_of(self, connection: str, place: str) -> list[str]:
        """The keys of the orders whose document this is."""
        return self._links.keys(knowledge_links.place_word(connection, place))
