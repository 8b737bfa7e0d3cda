"""The lanes of one partition as data: what is queued, what may start, what is finished, and the timers that run.

No scheduling here: `lanes.py` decides what starts next, over all partitions.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice

from shared import limits
from shared.log.port import Record, TopicPartition
from shared.log.prefix import Prefix


@dataclass(slots=True, eq=False)
class Lane:
    """One entity. Its records stay in the queue until they are finished; in `ready`, in a task, or in a timer."""

    partition: PartitionLanes
    key: str
    queue: deque[Record] = field(default_factory=deque)
    alone: int = 0  # so many of the next records are handled one by one
    failures: int = 0  # in a row

    def batch(self, coalesce: bool) -> tuple[Record, ...]:
        """What the next attempt handles."""
        return tuple(islice(self.queue, len(self.queue) if coalesce and not self.alone else 1))


@dataclass(slots=True, eq=False)
class PartitionLanes:
    """A partition's lanes. A closed one starts nothing any more; a lost one belongs to another owner."""

    source: TopicPartition
    held: bool = False  # its owner is still restoring
    prefix: Prefix = field(default_factory=Prefix)
    lanes: dict[str, Lane] = field(default_factory=dict)
    ready: deque[Lane] = field(default_factory=deque)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    timers: set[asyncio.TimerHandle] = field(default_factory=set)
    queued: int = 0
    queued_bytes: int = 0
    paused: bool = False
    closed: bool = False
    lost: bool = False  # what still ends here counts for nothing

    def may_start(self) -> bool:
        return bool(self.ready) and not self.held and not self.closed

    def must_pause(self, max_records: int) -> bool:
        """Whether it must not be read now, with hysteresis: it is full, or it is held."""
        # Finished records behind a stuck one are held as offsets: they need a bound too.
        share = max(self.queued / max_records, len(self.prefix) / limits.LANES_PARTITION_OFFSETS)
        self.paused = share >= 1 or (self.paused and share > limits.LANES_LOW_WATER)
        return self.paused or self.held

    def add(self, record: Record) -> None:
        """Queues the record in its lane, unless it was delivered before or nothing starts here any more."""
        if self.closed or not self.prefix.add(record.offset):
            return
        lane = self.lanes.get(record.key)
        if lane is None:
            lane = self.lanes[record.key] = Lane(self, record.key)
            self.ready.append(lane)
        lane.queue.append(record)
        self.queued += 1
        self.queued_bytes += len(record.value or b"")

    def finish(self, lane: Lane, batch: tuple[Record, ...]) -> None:
        """The lane's first records, `batch`, are finished."""
        for record in batch:
            lane.queue.popleft()
            self.prefix.finish(record.offset)
            self.queued -= 1
            self.queued_bytes -= len(record.value or b"")
        lane.failures = 0
        lane.alone = max(0, lane.alone - len(batch))
        if not lane.queue:
            del self.lanes[lane.key]
        elif not self.closed:
            self.ready.append(lane)

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Does it in so many seconds, unless the partition is closed before."""

        def ring() -> None:
            self.timers.discard(timer)
            action()

        timer = asyncio.get_running_loop().call_later(seconds, ring)
        self.timers.add(timer)

    def close(self) -> None:
        """Starts nothing any more; what runs goes on."""
        self.closed = True
        self.ready.clear()
        for timer in self.timers:
            timer.cancel()
        self.timers.clear()

    def lose(self) -> None:
        """Forgets its records and cancels what runs, but for the task that finds it out."""
        self.close()
        self.lost = True
        self.queued = self.queued_bytes = 0
        current = asyncio.current_task()
        for task in self.tasks:
            if task is not current:
                task.cancel()


def take_commits(partitions: Iterable[PartitionLanes]) -> dict[TopicPartition, int]:
    """The next offset to commit of each partition where it has grown since the last call."""
    offsets = ((partition.source, partition.prefix.take()) for partition in partitions if not partition.lost)
    return {source: offset for source, offset in offsets if offset is not None}
