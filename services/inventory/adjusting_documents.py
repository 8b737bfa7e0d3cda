"""What a correction of an item's quantity looks like in QuickBooks, and how one is known again. Pure.

Source: reference/quickbooks.md 10 (InventoryAdjustment; an item's new quantity needs InvStartDate beside it, which is
read as the date of the adjustment).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from shared.links.writer import Write

ADJUSTMENT = "InventoryAdjustment"


@dataclass(frozen=True, slots=True)
class Correction:
    """Of one item: `difference` pieces more (or less), dated `day`. `said` is for the note, without brackets."""

    item: str
    difference: Decimal
    day: date
    said: str


def link_key(realm: str, item: str) -> str:
    """Where the item's corrections stand among the links."""
    return f"{realm}:stock:{item}"


def marker(key: str, generation: int) -> str:
    """What an adjustment's note ends with: which correction of which item it is."""
    return f"[bookbridge {key} {generation}]"


def adjustment(correction: Correction, account: str, key: str, generation: int) -> Write:
    """As an InventoryAdjustment against the account of this Id."""
    detail = {"ItemRef": {"value": correction.item}, "QtyDiff": correction.difference}
    body = {
        "AdjustAccountRef": {"value": account},
        "TxnDate": correction.day.isoformat(),
        "PrivateNote": f"{correction.said} {marker(key, generation)}",
        "Line": [{"DetailType": "ItemAdjustmentLineDetail", "ItemAdjustmentLineDetail": detail}],
    }
    return Write(ADJUSTMENT, "create", body)


def item_update(correction: Correction, item: Mapping[str, Any]) -> Write:
    """As a new quantity of the item, as it was read right before."""
    quantity = Decimal(str(item["QtyOnHand"])) + correction.difference
    body = {
        "Id": correction.item,
        "SyncToken": str(item["SyncToken"]),
        "sparse": True,
        "QtyOnHand": quantity,
        "InvStartDate": correction.day.isoformat(),
    }
    return Write("Item", "update", body)


def is_adjustment(row: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Whether the row is what this body made: its note holds the body's marker, whatever people wrote around it."""
    note = str(body["PrivateNote"])
    return note[note.rindex("[bookbridge ") :] in str(row.get("PrivateNote") or "")


def is_updated(row: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Whether the item moved on and has the quantity that the body says."""
    moved = int(row["SyncToken"]) > int(body["SyncToken"])
    return moved and Decimal(str(row.get("QtyOnHand", 0))) == Decimal(str(body["QtyOnHand"]))
