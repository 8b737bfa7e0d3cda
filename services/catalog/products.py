"""The products of the shops, and what was sold: read from the topics that ingest writes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from shared import limits
from shared.commerce.product import Product, ProductKey
from shared.log.port import Log, Record
from shared.log.projection import OnChange, Projection, last_value
from shared.magento.product_reading import UnreadableProduct, read_product
from shared.mapping.catalog.sold import Sold, SoldRows, named_in
from shared.settings.model import ItemMatch
from shared.topics import ORDERS, PRODUCTS
from shared.wire import NotJson, decode, encode


@dataclass(frozen=True, slots=True)
class Shop:
    """Products, and those that can't be read: key of the snapshot -> why."""

    products: list[Product]
    unreadable: dict[str, str]

    def read(self, rows: Sequence[tuple[str, bytes]], attributes: Sequence[str]) -> None:
        """Adds snapshots."""
        for key, value in rows:
            try:
                self.products.append(read_product(decode(value), attributes))
            except (UnreadableProduct, NotJson) as error:
                self.unreadable[key] = str(error)


class Shelves:
    """Products of the partitions that are followed, and what orders sold there."""

    def __init__(self, log: Log, folder: Path, changed: OnChange, sold: OnChange) -> None:
        self._products = Projection(log, PRODUCTS, folder / "products.sqlite", last_value, on_change=changed)
        self._sold = Projection(log, ORDERS, folder / "sold.sqlite", _rows, on_change=sold)

    async def __aenter__(self) -> Shelves:
        await self._products.start()
        await self._sold.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._sold.close()
        await self._products.close()

    async def follow(self, partition: int, *, sold: bool) -> None:
        """Returns when these products are here; with `sold` also what the orders in the log hold. Raises
        LogUnavailable."""
        if partition not in self._products.ready:
            await self._products.add([partition])
        if sold and partition not in self._sold.ready:
            await self._sold.add([partition])

    async def leave(self, partitions: Iterable[int]) -> None:
        """They are another process's."""
        gone = set(partitions)
        await self._products.remove(gone & self._products.ready)
        await self._sold.remove(gone & self._sold.ready)

    async def products(self, connection: str, attributes: Sequence[str]) -> Shop:
        """All products of a shop, read beside the loop."""
        found = Shop([], {})
        rows: list[tuple[str, bytes]] = []
        for row in self._products.scan(f"{connection}:product:"):
            rows.append(row)
            if len(rows) == limits.CATALOG_ROWS_AT_ONCE:
                await asyncio.to_thread(found.read, rows, attributes)
                rows = []
        await asyncio.to_thread(found.read, rows, attributes)
        return found

    def product(self, key: ProductKey, attributes: Sequence[str]) -> Product | None:
        """One product; None while it isn't known, is deleted, or can't be read."""
        value = self._products.get(str(key))
        found = Shop([], {})
        if value is not None:
            found.read([(str(key), value)], attributes)
        return next((one for one in found.products if not one.deleted), None)

    async def sold(self, connection: str, match: ItemMatch) -> Sold:
        """What the orders that the log holds sold."""
        found = SoldRows(match)
        for number, (_, row) in enumerate(self._sold.scan(f"{connection}:order:")):
            if number % limits.CATALOG_ROWS_AT_ONCE == 0:
                await asyncio.sleep(0)
            found.add(decode(row))
        return found.sold()


def _rows(current: bytes | None, record: Record) -> bytes:
    """What an order's snapshot names; what it named of before where it is no JSON, which orders tell of."""
    try:
        return encode(named_in(decode(record.value or b"null")))
    except NotJson:
        return current or b"[]"
