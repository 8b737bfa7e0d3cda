"""The lists of a shop that a sweep looks through, and what their rows lead to. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.ingest.reading.fetched import Kind
from services.ingest.sweep.known import shop_time
from shared.magento.faults import BadAnswer


@dataclass(frozen=True, slots=True)
class Listing:
    """One list. The column entity_id is the id of each; `id_member` is its name in the answer. `leads_to` is the kind
    that is read, `by` the member with its id. `fields`: what is wanted of a row."""

    kind: str
    path: str
    leads_to: Kind
    by: str
    id_member: str = "entity_id"
    right: str = ""
    """What `Shop.calling` calls the right to it."""

    @property
    def fields(self) -> str:
        return ",".join(dict.fromkeys((self.id_member, self.by, "updated_at")))


ORDERS = Listing("order", "orders", Kind.ORDER, "entity_id")
# A child may be saved without its order's row: then the order's updated_at doesn't move (reference, section 0.8).
CHILDREN = tuple(Listing(kind, f"{kind}s", Kind.ORDER, "order_id") for kind in ("invoice", "creditmemo", "shipment"))
PRODUCTS = Listing("product", "products", Kind.PRODUCT, "id", id_member="id", right=Kind.PRODUCT)
CHANGES = (ORDERS, *CHILDREN, PRODUCTS)


def leads(listing: Listing, rows: Iterable[Mapping[str, Any]]) -> dict[int, datetime | None]:
    """What the rows lead to: id -> when it changed last, None when that can't be told. Raises BadAnswer for a row that
    leads nowhere."""
    changed: dict[int, datetime | None] = {}
    for row in rows:
        target, at = row.get(listing.by), shop_time(row.get("updated_at"))
        if not isinstance(target, int):
            raise BadAnswer(f"{listing.path} has a row without {listing.by}")
        former = changed.get(target, at)
        changed[target] = None if at is None or former is None else max(at, former)
    return changed
