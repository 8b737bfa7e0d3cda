"""Changes of the books as events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sandbox.quickbooks.store import Record

Kind = Literal["created", "updated", "deleted", "voided"]


@dataclass(frozen=True, slots=True)
class Event:
    """One change of one object."""

    id: str
    """A UUID; the same in every copy of the event."""
    realm: str
    entity: str
    object_id: str
    kind: Kind
    at: datetime
    nanoseconds: int
    """What of the instant's second is over."""


def kind_of_change(old: Record | None, new: Record | None) -> Kind | None:
    """What happened to the object; None when nothing that counts as a change did: its SyncToken stands."""
    if new is None:
        return "deleted"
    if old is None:
        return "created"
    if new.voided and not old.voided:
        return "voided"
    return None if new.document["SyncToken"] == old.document["SyncToken"] else "updated"
