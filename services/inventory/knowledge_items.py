"""Items of the books as `quickbooks.lists` has them: what is on hand, and of which moment that is true. Pure.

What this process wrote itself lies over the lists elsewhere; not here. A write's answer is of no look, and the look
that comes after it tells of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from shared.commerce.stock import OnHand, Seen
from shared.mapping.identity import identity_of
from shared.quickbooks.listed import INACTIVE, Listed
from shared.settings.model import ItemMatch
from shared.wire import decode


@dataclass(frozen=True, slots=True)
class Row:
    """An item and when it was read, by the server's clock."""

    id: str
    document: Mapping[str, Any]
    read_at: datetime


def row_of(listed: Listed) -> Row:
    """Of what isn't gone."""
    return Row(listed.id, decode(listed.value), datetime.fromisoformat(listed.at))


def list_words(sku: str, match: ItemMatch) -> tuple[str, str]:
    """By which words the lists know the items that this SKU means: those that are active, and the others."""
    identity = identity_of(sku, match)
    word = f"sku={identity.sku.lower()}" if match is ItemMatch.SKU else f"name={identity.legal.lower()}"
    return word, INACTIVE + word


def identity_key(document: Mapping[str, Any], match: ItemMatch) -> str | None:
    """Which SKUs an item stands for: the key of their identity. None for none."""
    field = document.get("Sku") if match is ItemMatch.SKU else document.get("Name")
    return f"{match.value}:{str(field).lower()}" if field and document.get("Type") != "Category" else None


def on_hand(row: Row, look: Seen) -> OnHand:
    """The item as of the look: it tells of all that changed before it, so that what it didn't tell of is as it was."""
    quantity = row.document.get("QtyOnHand")
    return OnHand(
        item_id=row.id,
        name=str(row.document.get("Name") or row.id),
        quantity=None if quantity is None else Decimal(str(quantity)),
        tracked=row.document.get("TrackQtyOnHand") is True,
        active=row.document.get("Active") is not False,
        seen=look,
    )


def too_young(rows: Iterable[Row], look: Seen) -> tuple[str, ...]:
    """Why items that were read after the look can't be told of yet: which writes they show, nobody can say before the
    look that follows them. That of the reading itself is a moment away, as a rule."""
    return tuple(
        f"item {row.id}: read at {row.read_at.isoformat(timespec='seconds')}, after the books were last looked at"
        for row in rows
        if row.read_at > look.end
    )
