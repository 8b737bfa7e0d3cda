"""What was decided about a snapshot, for people and for proof: a record of `bookbridge.outcomes`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """What came of it. `stale`: a newer snapshot was applied before; `uncertain`: QuickBooks' answer was lost, and the
    write will be looked up."""

    POSTED = "posted"
    UPDATED = "updated"
    VOIDED = "voided"
    UNCHANGED = "unchanged"
    PARKED = "parked"
    STALE = "stale"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`reason`, `text` and `setting` are for parked ones. Amounts are in `currency`."""

    status: Status
    order: int
    number: str
    reason: str = ""
    text: str = ""
    setting: str = ""
    entity: str = ""
    id: str = ""
    document_number: str = ""
    currency: str = ""
    total: Decimal | None = None
    tax: Decimal | None = None
    notes: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """For the record's value: without what is empty."""
        return {name: value for name, value in asdict(self).items() if value not in ("", None, ())}
