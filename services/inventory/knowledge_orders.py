"""An order as far as stock goes: a snapshot of `magento.orders` -> a small row without a word of the customer. Pure.

Pieces are kept by product, so that a SKU that was renamed since is still found: an order keeps the SKU of its day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from shared.commerce.stock import Pieces
from shared.log.port import Record
from shared.magento.models import Snapshot
from shared.magento.reading import Unreadable, parse_snapshot
from shared.magento.stock_leaves import product_of
from shared.magento.stock_reading import read_pieces
from shared.magento.stock_rows import same_sku
from shared.snapshots import follows_of, overtaken
from shared.wire import NotJson, decode, encode

_OF_ORDER = ("entity_id", "increment_id", "store_id", "state", "created_at", "items")
_OF_SNAPSHOT = ("connection", "fetched_at", "time_zone", "invoices", "creditmemos", "shipments")


@dataclass(frozen=True, slots=True)
class Sold:
    """What an order sold of one product. `product` is 0 where the order names none; `sku` is that of its day. `pieces`
    is None where they can't be read."""

    product: int
    sku: str
    bundle: str
    pieces: Pieces | None


@dataclass(frozen=True, slots=True)
class KnownOrder:
    """The last snapshot of an order. `time_zone` is its store's."""

    key: str
    fetched_at: datetime
    number: str
    state: str
    created_at: datetime
    time_zone: str
    store: int
    sold: tuple[Sold, ...]

    @property
    def connection(self) -> str:
        return self.key.partition(":")[0]


def fold(current: bytes | None, record: Record) -> bytes | None:
    """The row of the snapshot that counts (shared/snapshots.py). What is no snapshot of this order is passed by: the
    orders service tells of it."""
    try:
        document = decode(record.value or b"")
        told = _read(record.key, document)
        follows = follows_of(record.headers)
    except (NotJson, Unreadable, ValueError):
        return current
    if current is not None and overtaken(told.fetched_at, follows, parse(record.key, current).fetched_at):
        return current
    return _row(told)


def _read(key: str, document: Any) -> KnownOrder:
    """Raises Unreadable, ValueError."""
    document = document if isinstance(document, dict) else {}
    order = document.get("order")
    order = order if isinstance(order, dict) else {}
    few = {name: document[name] for name in _OF_SNAPSHOT if name in document}
    snapshot = parse_snapshot({**few, "order": {name: order[name] for name in _OF_ORDER if name in order}})
    if key != f"{snapshot.connection}:order:{snapshot.order.entity_id}":
        raise ValueError("the key names another order")
    return KnownOrder(
        key,
        snapshot.fetched_at,
        snapshot.order.increment_id,
        snapshot.order.state or "",
        snapshot.order.created_at,
        snapshot.time_zone,
        snapshot.order.store_id or 0,
        tuple(_sold(snapshot)),
    )


def _sold(snapshot: Snapshot) -> Iterator[Sold]:
    try:
        numbers = {number: f"product {number}" for item in snapshot.order.items if (number := product_of(item))}
        for one in read_pieces(snapshot, numbers):
            yield Sold(one.product, one.written, one.bundle, one.pieces)
    except ValueError:  # the order's SKUs wait for it all the same
        for sku in sorted({item.sku for item in snapshot.order.items if item.sku}):
            yield Sold(0, sku, "", None)


def _row(order: KnownOrder) -> bytes:
    return encode(
        {
            "fetched": order.fetched_at.isoformat(),
            "number": order.number,
            "state": order.state,
            "created": order.created_at.isoformat(),
            "zone": order.time_zone,
            "store": order.store,
            "sold": [[one.product, one.sku, one.bundle, _counts(one.pieces)] for one in order.sold],
        }
    )


def _counts(pieces: Pieces | None) -> list[str] | None:
    if pieces is None:
        return None
    counts = (pieces.ordered, pieces.cancelled, pieces.left, pieces.refunded, pieces.released)
    return [format(count, "f") for count in counts]


def parse(key: str, row: bytes) -> KnownOrder:
    """An order from its row."""
    document = decode(row)
    return KnownOrder(
        key,
        datetime.fromisoformat(document["fetched"]),
        document["number"],
        document["state"],
        datetime.fromisoformat(document["created"]),
        document["zone"],
        document["store"],
        tuple(Sold(product, sku, bundle, _pieces(counts)) for product, sku, bundle, counts in document["sold"]),
    )


def _pieces(counts: list[str] | None) -> Pieces | None:
    if counts is None:
        return None
    ordered, cancelled, left, refunded, released = (Decimal(count) for count in counts)
    return Pieces(ordered, cancelled, left, refunded, released)


def words(key: str, row: bytes) -> Collection[str]:
    """What the index calls a row by: the products and SKUs that it sold."""
    return words_of(parse(key, row))


def words_of(order: KnownOrder) -> set[str]:
    """The same of an order."""
    products = {product_word(order.connection, one.product) for one in order.sold if one.product}
    return products | {sku_word(order.connection, one.sku) for one in order.sold}


def sku_word(connection: str, sku: str) -> str:
    """Orders that sold something under this SKU."""
    return f"{connection}:sku:{same_sku(sku)}"


def product_word(connection: str, product: int) -> str:
    """Orders that sold this product."""
    return f"{connection}:product:{product}"
