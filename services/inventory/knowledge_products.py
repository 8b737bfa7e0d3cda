"""A product as far as stock goes: a snapshot of `magento.products` -> a small row. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from shared.commerce.stock import Product
from shared.log.port import Record
from shared.magento.stock_product import read_stock_product
from shared.magento.stock_rows import same_sku
from shared.mapping.identity import identity_of
from shared.settings.model import ItemMatch
from shared.snapshots import follows_of, overtaken
from shared.wire import NotJson, decode, encode


@dataclass(frozen=True, slots=True)
class KnownProduct:
    """The last snapshot of a product. `product` is None for one that the shop no longer has, or that has no SKU."""

    id: int
    fetched_at: datetime
    product: Product | None


def fold(current: bytes | None, record: Record) -> bytes | None:
    """The row of the snapshot that counts (shared/snapshots.py). What is no snapshot is passed by: the catalogue tells
    of it. That a product is gone stays known, so that a late snapshot can't bring it back."""
    try:
        document = decode(record.value or b"")
        fetched_at, follows = datetime.fromisoformat(document["fetched_at"]), follows_of(record.headers)
        stands = None if current is None else datetime.fromisoformat(decode(current)["fetched"])
        late = stands is not None and overtaken(fetched_at, follows, stands)
    except (NotJson, ValueError, TypeError, KeyError):
        return current
    if late:
        return current
    row: dict[str, Any] = {"fetched": document["fetched_at"]}
    product = document.get("product")
    read = read_stock_product(product) if isinstance(product, dict) and document.get("deleted") is not True else None
    if read is not None:
        row |= {"sku": read.sku, "threshold": format(read.threshold, "f")}
        row["is"] = [name for name in _FLAGS if getattr(read, name)]
    return encode(row)


_FLAGS = ("composite", "managed", "backorders", "fractions")


def parse(key: str, row: bytes) -> KnownProduct:
    """A product from its row."""
    document = decode(row)
    number, fetched_at = int(key.rpartition(":")[2]), datetime.fromisoformat(document["fetched"])
    if "sku" not in document:
        return KnownProduct(number, fetched_at, None)
    flags = {name: name in document["is"] for name in _FLAGS}
    return KnownProduct(number, fetched_at, Product(document["sku"], threshold=Decimal(document["threshold"]), **flags))


def words(key: str, row: bytes) -> Collection[str]:
    """What the index calls a row by: its SKU, and the items that it may mean."""
    known = parse(key, row)
    if known.product is None:
        return ()
    connection, sku = key.partition(":")[0], known.product.sku
    return {sku_word(connection, sku), *(item_word(connection, identity_of(sku, match).key) for match in ItemMatch)}


def sku_word(connection: str, sku: str) -> str:
    """Products of this SKU."""
    return f"{connection}:is:{same_sku(sku)}"


def item_word(connection: str, identity: str) -> str:
    """Products whose item has this identity (shared/mapping/identity.py)."""
    return f"{connection}:item:{identity}"
