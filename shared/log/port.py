"""The port that both logs stand behind: the embedded one (a SQLite file) and Kafka.

Contract, the same for both and proved by one behavioural suite (`tests/integration/log`):

* `append` returns only when the record survives the death of the process (embedded: also of the power; Kafka:
  acks=all). When it raises `AppendUnknown` the record may be there or not; the caller decides by reading.
* Offsets of a partition grow by at least one a record; a reader sees a partition's records in offset order,
  and only records that are durable.
* A group's partition is owned by one consumer at a time. What it has not committed is read again by the next owner.
* The partition is chosen by realm (`partition_for`), never by key, so that all of a realm has one owner.
* Every call has a time limit; none waits for ever.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol


class LogError(Exception):
    """Something between us and the log. Subclasses say what the caller should do."""


class LogUnavailable(LogError):
    """The log can't be reached or is too slow. Nothing was done; try again later."""


class AppendUnknown(LogUnavailable):
    """An append ran into its time limit or lost its connection: the record may or may not be in the log."""


class RecordTooLarge(LogError):
    """The record is over the limit of the log and will never be taken; a retry is pointless."""


class TopicMismatch(LogError):
    """A topic exists with another policy than ours: an operator must decide. The service doesn't start."""


class NotOwner(LogError):
    """The partition belongs to another member of the group by now. Stop work on it."""


class TopicPartition(NamedTuple):
    """One partition of a topic."""

    topic: str
    partition: int


class Position(NamedTuple):
    """Where a record stands."""

    topic: str
    partition: int
    offset: int


class Cleanup(StrEnum):
    """How a topic forgets: after a time, or all but the last record of each key."""

    DELETE = "delete"
    COMPACT = "compact"


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic as it must be. `retention` is for DELETE, `compaction_lag` (records younger are kept) for COMPACT."""

    name: str
    partitions: int
    cleanup: Cleanup
    retention: timedelta | None = None
    compaction_lag: timedelta = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A record to append. `value` None is a tombstone: compaction forgets the key."""

    topic: str
    key: str
    value: bytes | None
    realm: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def size_bytes(self) -> int:
        """Of key, value and headers together: what limits.RECORD_MAX_BYTES bounds."""
        texts = (self.key, *self.headers.keys(), *self.headers.values())
        return len(self.value or b"") + sum(len(text.encode()) for text in texts)


@dataclass(frozen=True, slots=True)
class Record:
    """A record as read. `timestamp_ms` is when it was appended, in milliseconds since 1970 UTC."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: str
    value: bytes | None
    headers: Mapping[str, str]

    @property
    def source(self) -> TopicPartition:
        return TopicPartition(self.topic, self.partition)

    @property
    def position(self) -> Position:
        return Position(self.topic, self.partition, self.offset)


PartitionsCallback = Callable[[frozenset[TopicPartition]], Awaitable[None]]


class Reader(Protocol):
    """Reads partitions that it names itself, without a group: for projections, replays and tools."""

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def assign(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Reads exactly these partitions from now on, each from its offset.

        An offset that retention has removed means the first one kept.
        """

    async def poll(self, max_records: int, wait_seconds: float) -> list[Record]:
        """Records in offset order per partition; waits for the first at most `wait_seconds`; [] when none came."""

    def position(self, partition: TopicPartition) -> int:
        """The offset from which the next poll of this partition reads. After a poll that found nothing it may pass
        the last record's offset + 1 (gaps left by compaction)."""


class Consumer(Protocol):
    """A member of a group. Callbacks run inside `poll`; an error in one is raised by that or the next `poll`."""

    async def start(self) -> None: ...

    async def close(self) -> None:
        """Leaves the group at once, so that others take over without waiting; commits nothing."""

    async def poll(self, max_records: int, wait_seconds: float) -> list[Record]:
        """Records of the assigned partitions that are not paused. Must be called at least every
        `limits.CONSUMER_POLL_SECONDS`, paused or not, or the group takes the partitions away."""

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """The next offsets to read after a restart. Raises NotOwner when the group has moved on, LogUnavailable."""

    async def committed(self, partition: TopicPartition) -> int | None: ...

    def assignment(self) -> frozenset[TopicPartition]: ...

    def pause(self, partitions: Iterable[TopicPartition]) -> None: ...

    def resume(self, partitions: Iterable[TopicPartition]) -> None: ...

    async def seek(self, partition: TopicPartition, offset: int) -> None: ...

    async def seek_to_time(self, partition: TopicPartition, instant: datetime) -> None:
        """To the first record appended at or after `instant` (with a time zone); to the end when there is none."""


class Log(Protocol):
    """One log, shared by all parts of a process."""

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def identity(self) -> str:
        """Which log this is (cluster id, or the embedded file's own id): local state of another log is worthless."""

    async def ensure_topics(self, specs: Sequence[TopicSpec]) -> None:
        """Creates what is missing and verifies the rest (partitions, cleanup, retention). Raises TopicMismatch."""

    async def append(self, record: NewRecord) -> Position:
        """Durable on return. Raises AppendUnknown, LogUnavailable, RecordTooLarge."""

    async def start_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """The first offset still kept, per partition."""

    async def end_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """The offset that the next record will get, per partition."""

    def reader(self) -> Reader: ...

    def consumer(
        self,
        group: str,
        topics: Sequence[str],
        *,
        on_assigned: PartitionsCallback | None = None,
        on_revoked: PartitionsCallback | None = None,
    ) -> Consumer:
        """A new member of `group`; without a committed offset a partition is read from its first record."""
