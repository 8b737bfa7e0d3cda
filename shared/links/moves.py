"""What our documents took off the stock of items, and when by QuickBooks' clock. Pure.

Source: quantities on hand fall with each line of a sale that has a tracked item (reference/quickbooks.md, section 10);
a document shows the time of its last change in whole seconds (section 3).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from shared import limits
from shared.links.state import Booked, Movement

_ZERO = Decimal(0)


def after_write(before: Booked | None, action: str, entity: str, answer: Mapping[str, Any]) -> tuple[Movement, ...]:
    """The moves with that of a write whose answer this is; `action` is create, update or void. A write that moved
    nothing, and one that shows no time, adds none."""
    known = () if before is None else before.moves
    at = _changed_at(answer)
    if at is None:
        return known
    now = defaultdict(Decimal, {} if action == "void" else _units(answer))
    had = _sum(known)
    units = {item: now[item] - had.get(item, _ZERO) for item in sorted({*now, *had})}
    units = {item: count for item, count in units.items() if count}
    if not units:
        return known
    number = str(answer.get("DocNumber") or (before.number if before is not None else "") or answer.get("Id", ""))
    return _short((*known, Movement(at=at, document=f"{entity} {number}", units=units)))


def _short(moves: tuple[Movement, ...]) -> tuple[Movement, ...]:
    """The oldest two become one, as late as the later of them: nobody asks about moments so long ago."""
    while len(moves) > limits.STOCK_MOVES:
        first, second, *rest = moves
        units = _sum((first, second))
        moves = (Movement(at=second.at, document=second.document, units=units), *rest)
    return moves


def _sum(moves: tuple[Movement, ...]) -> dict[str, Decimal]:
    total: dict[str, Decimal] = defaultdict(Decimal)
    for move in moves:
        for item, units in move.units.items():
            total[item] += units
    return total


def units_of(document: Mapping[str, Any]) -> dict[str, Decimal]:
    """What a document as change data capture shows it takes off items now: nothing when it is void, which it shows by
    a total of 0 and its note (reference/quickbooks.md, section 3)."""
    void = str(document.get("PrivateNote") or "").startswith("Voided") and not Decimal(document.get("TotalAmt") or 0)
    return {} if void else _units(document)


def _units(document: Mapping[str, Any]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    for line in document.get("Line") or ():
        detail = line.get("SalesItemLineDetail") or {}
        item = (detail.get("ItemRef") or {}).get("value")
        if item is not None and detail.get("Qty") is not None:
            found[str(item)] += Decimal(str(detail["Qty"]))
    return found


def _changed_at(document: Mapping[str, Any]) -> datetime | None:
    text = (document.get("MetaData") or {}).get("LastUpdatedTime")
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
