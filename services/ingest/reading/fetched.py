"""What was read of a shop: one entity with all that belongs to it. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.topics import CUSTOMERS, ORDERS, PRODUCTS
from shared.wire import encode_canonical


class Kind(StrEnum):
    """What a snapshot can be of."""

    ORDER = "order"
    PRODUCT = "product"
    CUSTOMER = "customer"

    @property
    def topic(self) -> str:
        return _TOPICS[self]


_TOPICS = {Kind.ORDER: ORDERS, Kind.PRODUCT: PRODUCTS, Kind.CUSTOMER: CUSTOMERS}


@dataclass(frozen=True, slots=True)
class Fetched:
    """An entity as the shop showed it. `fetched_at`, by our clock, is before the first call of the reading: a change
    after it may be missing. `content` is the snapshot but for what tells of this one reading."""

    kind: Kind
    id: int
    fetched_at: datetime
    content: Mapping[str, Any]
    alone: Callable[[], Awaitable[Fetched]] | None = field(default=None, compare=False, repr=False)
    """Of what a list shows: reads it by itself, which may show more. Raises NotFound, BadAnswer, RetryLater."""

    def key(self, connection: str) -> str:
        return f"{connection}:{self.kind}:{self.id}"

    def snapshot(self, connection: str) -> dict[str, Any]:
        return {"schema": 1, "connection": connection, "fetched_at": self.fetched_at.isoformat(), **self.content}

    @property
    def document(self) -> Mapping[str, Any]:
        """The entity's own document; empty when the entity is gone."""
        document: Mapping[str, Any] = self.content.get(self.kind, {})
        return document


def gone(kind: Kind, entity_id: int, fetched_at: datetime) -> Fetched:
    """The snapshot of a product or customer that the shop no longer has."""
    return Fetched(kind, entity_id, fetched_at, {"deleted": True, "id": entity_id})


def same_content(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """As `content_hash` sees it."""
    return bool(_meaning(one) == _meaning(other))


def content_hash(content: Mapping[str, Any]) -> str:
    """The same for the same content, whichever way and however often it was read: hex digits of SHA-256.

    Left out is `updated_at`, at every depth: any save moves it, also one that changes nothing (a product saved over
    REST, a customer's sign-in), and no book depends on it. Everything else counts, known to us or not. Nobody is misled
    by a save that isn't told: of two snapshots the one with the later updated_at is still the later one.
    """
    return hashlib.sha256(encode_canonical(_meaning(content))).hexdigest()


def _meaning(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _meaning(member) for name, member in value.items() if name != "updated_at"}
    if isinstance(value, list):
        return [_meaning(member) for member in value]
    return value
