"""What the books have of an order: a record of `bookbridge.links` -> what its documents took off items. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from shared.links.state import Booked, Intent, LinkState
from shared.log.port import Record
from shared.log.projection import CorruptRecord
from shared.wire import NotJson, decode, encode


@dataclass(frozen=True, slots=True)
class Took:
    """What one write of a document took off items, by their Ids; `at` is shown in whole seconds."""

    at: datetime
    document: str
    units: dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class Pending:
    """A write that was decided, by our clock, and whose outcome isn't recorded."""

    decided_at: datetime
    document: str
    items: frozenset[str]


@dataclass(frozen=True, slots=True)
class KnownLink:
    """How an order stands in the books. `document` is the one that stands or was voided, as people call it, "" before
    the first; `place` where the books have it (Entity:Id), `token` its SyncToken after our last write. `at` is where
    the order's snapshot stands in `magento.orders`: partition and offset."""

    revision: int
    document: str = ""
    place: str = ""
    token: int = 0
    stands: bool = False
    took: tuple[Took, ...] = ()
    pending: Pending | None = None
    at: tuple[int, int] | None = None

    @property
    def items(self) -> frozenset[str]:
        """The Ids of the items that are touched."""
        taken = {item for one in self.took for item in one.units}
        return frozenset(taken | (self.pending.items if self.pending is not None else set()))


def fold(current: bytes | None, record: Record) -> bytes | None:
    """The row of an order's link; links of items and customers have none. By revision, as shared/links/state.py has it.

    Raises CorruptRecord."""
    if not is_order(record.key) or record.value is None:
        return None
    try:
        state = LinkState.model_validate_json(record.value)
    except ValidationError as error:
        raise CorruptRecord(f"{record.position}: not a link: {error.error_count()} errors") from error
    if current is not None and state.revision <= parse(current).revision:
        return current
    return _row(state)


def is_order(key: str) -> bool:
    """Whether the link is an order's."""
    return key.split(":")[1:2] == ["order"]


def _row(state: LinkState) -> bytes:
    booked, intent, snapshot = state.booked, state.intent, state.snapshot
    row: dict[str, Any] = {"revision": state.revision}
    if booked is not None:
        row["document"] = f"{booked.entity} {booked.number or booked.id}"
        row["place"], row["token"] = f"{booked.entity}:{booked.id}", int(booked.sync_token)
        row["stands"] = not booked.voided
        row["took"] = [
            [one.at.isoformat(), one.document, {item: format(units, "f") for item, units in one.units.items()}]
            for one in booked.moves
        ]
    if intent is not None:
        row["pending"] = [intent.decided_at.isoformat(), f"{intent.entity} {intent.number}", _touched(intent, booked)]
    if snapshot is not None:
        row["at"] = [snapshot.partition, snapshot.offset]
    return encode(row)


def _touched(intent: Intent, booked: Booked | None) -> list[str]:
    """The items that the write may move: those of its lines, and those that were moved before."""
    found = {item for one in (booked.moves if booked is not None else ()) for item in one.units}
    try:
        body = decode(intent.body.encode())
    except NotJson:
        return sorted(found)
    for line in body.get("Line") or []:
        if reference := (line.get("SalesItemLineDetail") or {}).get("ItemRef"):
            found.add(str(reference["value"]))
    return sorted(found)


def parse(row: bytes) -> KnownLink:
    """A link from its row."""
    document = decode(row)
    pending = document.get("pending")
    at = document.get("at")
    return KnownLink(
        document["revision"],
        document.get("document", ""),
        document.get("place", ""),
        document.get("token", 0),
        document.get("stands", False),
        tuple(_took(*one) for one in document.get("took", ())),
        pending and Pending(datetime.fromisoformat(pending[0]), pending[1], frozenset(pending[2])),
        None if at is None else (at[0], at[1]),
    )


def _took(at: str, document: str, units: dict[str, str]) -> Took:
    return Took(datetime.fromisoformat(at), document, {item: Decimal(count) for item, count in units.items()})


def words(key: str, row: bytes) -> Collection[str]:
    """What the index calls a row by: its document."""
    place = parse(row).place
    return (place_word(key.partition(":")[0], place),) if place else ()


def place_word(connection: str, place: str) -> str:
    """Links of orders whose document this is."""
    return f"{connection}:{place}"
