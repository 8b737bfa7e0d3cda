"""The link of one entity (an order, a customer, an item), as a record of `bookbridge.links`. Pure.

A record holds the entity's whole state, so compaction keeps all that matters. Every record carries `revision`, one more
than the state it was made from. A record counts only when its revision is above the current one; of two writers who
start from the same state, the one that stands first in the log wins, and the other sees that it lost. That is the lock
(design, idea 5): no record of a process that was overtaken ever counts.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.log.port import Record
from shared.log.projection import KEEP, CorruptRecord, Keep
from shared.snapshots import overtaken


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Movement(_Value):
    """What one write of a document took off items' stock: item Id -> pieces, negative for what it gave back. `at` is
    the time that QuickBooks shows of the write, in whole seconds; `document` how people call it."""

    at: datetime
    document: str
    units: dict[str, Decimal]


class Booked(_Value):
    """An object of the books that stands for the entity. `content_hash` is of the content we sent last; `difference` is
    by how much the books' sum (or else tax) is off what that content says, 0 as it should be. `moves` are those of all
    documents that stood for it, the oldest first; of many, the oldest are summed up."""

    entity: str
    id: str
    sync_token: str
    content_hash: str
    requestid: str
    total: Decimal
    number: str = ""
    voided: bool = False
    difference: Decimal = Decimal(0)
    moves: tuple[Movement, ...] = ()


class Intent(_Value):
    """A write that was decided and whose answer isn't recorded yet: exactly these bytes, under exactly this requestid,
    are sent, by whomever, until the outcome is known. `bid` names it within a batch, whose requestid it then has."""

    entity: str
    action: str
    generation: int
    requestid: str
    path: str
    body: str
    content_hash: str
    total: Decimal
    tax: Decimal
    number: str = ""
    bid: str = ""
    decided_at: datetime


class Held(_Value):
    """Why the entity waits. `settings` is the version of the settings that led to it: another is worth a new try.
    `lacks` is what the books would need to have, see `Parked`: once they have it, a new try is worth it, too."""

    reason: str
    text: str
    setting: str
    settings: str
    since: datetime
    lacks: str = ""


class SnapshotRef(_Value):
    """Which snapshot the state was made from: the shop's own time stamp, when it was read, and where it stands.
    `follows` says when the one was read that it follows; it matters while the snapshot is in hand, and isn't kept."""

    updated_at: str
    fetched_at: datetime
    partition: int
    offset: int
    follows: datetime | None = Field(default=None, exclude=True)

    def older_than(self, applied: SnapshotRef | None) -> bool:
        """Whether a newer one was applied. The shop's own time stamp says nothing: its clock may be set back."""
        if applied is None or self.same_record(applied):
            return False
        return overtaken(self.fetched_at, self.follows, applied.fetched_at)

    def same_record(self, other: SnapshotRef | None) -> bool:
        """Whether both are one record of the log."""
        return other is not None and (self.partition, self.offset) == (other.partition, other.offset)


class LinkState(_Value):
    """All that is known of one entity. `generation` counts the writes that ended, well or badly; `numbers_taken` the
    document numbers that turned out to be another's. `acted` is the last write that came through, `acted_on` the
    snapshot that asked for it: a process that dies before it tells leaves the next one to tell."""

    revision: int = 0
    stamp: str = ""
    generation: int = 0
    numbers_taken: int = 0
    booked: Booked | None = None
    intent: Intent | None = None
    held: Held | None = None
    snapshot: SnapshotRef | None = None
    acted: str = ""
    acted_on: SnapshotRef | None = None
    refused: str = ""


def parse(value: bytes | None) -> LinkState:
    """The state of a stored row; the empty state when there is none."""
    return LinkState() if value is None else LinkState.model_validate_json(value)


def lacking_words(key: str, row: bytes) -> list[str]:
    """What the index calls a row by: the connection, and what its entity waits for in the books."""
    if b'"lacks":"' not in row or (held := parse(row).held) is None or not held.lacks:
        return []
    return [f"{key.partition(':')[0]}:{held.lacks}"]


def fold(current: bytes | None, record: Record) -> bytes | Literal[Keep.KEEP] | None:
    """The projection's rule. Raises CorruptRecord for what is no link: going past it would lose a document."""
    if record.value is None:
        return None
    try:
        incoming = LinkState.model_validate_json(record.value)
    except ValidationError as error:
        raise CorruptRecord(f"{record.position}: not a link: {error.error_count()} errors") from error
    return record.value if incoming.revision > parse(current).revision else KEEP
