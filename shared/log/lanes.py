"""Per-entity lanes: records of one (partition, key) strictly one after the other, different keys at the same time.

Contract
* A record is finished when its handler returned, or when its dead letter is durable. Nothing else finishes it.
* `take_commits` never goes past an unfinished record of the partition.
* A lane whose handler asked to wait (`RetryLater`, or the log didn't answer) waits alone: what
  it waits for may be another's trouble than its neighbours', who share the partition and perhaps not even the realm.
* With `coalesce` a handler gets all records queued for the key. When such a batch turns out to be poison, its records
  are handled again one by one, so that only the poison is set aside.
* A partition that went to another owner (`NotOwner`) is dropped without a word; nothing of it is committed here again.
* `StopService` from a handler, or too many dead letters, ends everything: `failure` is set and nothing starts any more.

Parts: `lane_state` (a partition's lanes as data) and `lane_attempt` (one handling and its outcome); here is what starts
when. All methods belong to the event loop's thread and none but `revoke` waits.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Iterable
from functools import partial

from shared import limits
from shared.log.lane_attempt import Again, Alone, Bury, Done, Failed, Handle, Lost, Outcome, attempt
from shared.log.lane_state import Lane, PartitionLanes, take_commits
from shared.log.port import Record, TopicPartition
from shared.log.signals import Jitter, backoff

__all__ = ["Bury", "Handle", "Lanes"]


class Lanes:
    """See the module. `handle` gets one record, or with `coalesce` those queued for its key, oldest first."""

    def __init__(
        self,
        handle: Handle,
        *,
        bury: Bury,
        coalesce: bool = False,
        running: int = limits.LANES_RUNNING,
        records: int = limits.LANES_RECORDS,
        partition_records: int = limits.LANES_PARTITION_RECORDS,
        jitter: Jitter = random.random,
    ) -> None:
        self._handle = handle
        self._bury = bury
        self._coalesce = coalesce
        self._max_running = running
        self._max_records = records
        self._max_partition_records = partition_records
        self._jitter = jitter
        self._partitions: dict[TopicPartition, PartitionLanes] = {}
        self._turns: deque[PartitionLanes] = deque()  # so that one realm's backlog doesn't keep others waiting
        self._full = False
        self.running = 0
        self.finished = 0  # records, ever
        self.retries = 0  # attempts that will be repeated, ever
        self.failure: BaseException | None = None

    # --- records in, commits out

    def hold(self, partitions: Iterable[TopicPartition]) -> None:
        """Takes records of these partitions but starts none before `release`."""
        for source in partitions:
            self._partition(source).held = True

    def release(self, partitions: Iterable[TopicPartition]) -> None:
        for source in partitions:
            self._partition(source).held = False
        self._dispatch()

    def submit(self, records: Iterable[Record]) -> None:
        """Queues records as polled: in offset order per partition. One delivered twice is taken once."""
        for record in records:
            self._partition(record.source).add(record)
        self._dispatch()

    def take_commits(self) -> dict[TopicPartition, int]:
        """The next offset to commit of each partition where it has grown since the last call."""
        return take_commits(self._partitions.values())

    # --- back-pressure

    @property
    def queued(self) -> int:
        """Records taken and not finished, those under way included."""
        return sum(partition.queued for partition in self._partitions.values())

    @property
    def room(self) -> int:
        """How many more records may be submitted."""
        return max(0, self._max_records - self.queued)

    def to_pause(self, assigned: Iterable[TopicPartition]) -> frozenset[TopicPartition]:
        """Those of the assigned partitions that must not be read now, with hysteresis.

        All of them when the room is used up, in records or in bytes; one whose own share is used up or
        that is held.
        """
        share = max(
            self.queued / self._max_records,
            sum(partition.queued_bytes for partition in self._partitions.values()) / limits.LANES_BYTES,
        )
        self._full = share >= 1 or (self._full and share > limits.LANES_LOW_WATER)
        return frozenset(source for source in assigned if self._full or self._must_pause(source))

    def _must_pause(self, source: TopicPartition) -> bool:
        partition = self._partitions.get(source)
        return partition is not None and partition.must_pause(self._max_partition_records)

    # --- the end of a partition

    async def revoke(self, partitions: Iterable[TopicPartition], grace_seconds: float) -> dict[TopicPartition, int]:
        """Forgets these partitions; the offsets to commit for them, as `take_commits`.

        Starts nothing more, lets running handlers finish for `grace_seconds` together, cancels the rest. A cancelled
        record isn't finished.
        """
        leaving = [self._partitions[source] for source in partitions if source in self._partitions]
        for partition in leaving:
            partition.close()
        tasks = {task for partition in leaving for task in partition.tasks}
        try:
            if tasks and grace_seconds > 0:
                await asyncio.wait(tasks, timeout=grace_seconds)
            commits = take_commits(leaving)  # before the cancelling: a handler that swallows it hasn't finished
        finally:
            for partition in leaving:
                partition.lose()
                del self._partitions[partition.source]
                self._turns.remove(partition)
        if left := {task for task in tasks if not task.done()}:
            await asyncio.wait(left, timeout=limits.CANCEL_SECONDS)
        return commits

    # --- scheduling

    def _partition(self, source: TopicPartition) -> PartitionLanes:
        partition = self._partitions.get(source)
        if partition is None:
            partition = self._partitions[source] = PartitionLanes(source)
            self._turns.append(partition)
        return partition

    def _dispatch(self) -> None:
        while self.failure is None and self.running < self._max_running:
            partition = self._next_partition()
            if partition is None:
                return
            self._start(partition.ready.popleft())

    def _next_partition(self) -> PartitionLanes | None:
        for _ in range(len(self._turns)):
            self._turns.rotate(-1)
            if self._turns[0].may_start():
                return self._turns[0]
        return None

    def _start(self, lane: Lane) -> None:
        partition = lane.partition
        task = asyncio.create_task(self._run(lane, lane.batch(self._coalesce)), name=f"lane {partition.source}")
        partition.tasks.add(task)
        self.running += 1
        task.add_done_callback(partial(self._ended, lane))

    async def _run(self, lane: Lane, batch: tuple[Record, ...]) -> None:
        self._settle(lane, batch, await attempt(self._handle, self._bury, batch, lane.failures + 1, self._jitter))

    def _ended(self, lane: Lane, task: asyncio.Task[None]) -> None:
        partition = lane.partition
        partition.tasks.discard(task)
        self.running -= 1
        if task.cancelled():  # by us, when the partition is lost; or by something inside the handler
            self._settle(lane, (), Again(backoff(lane.failures + 1, self._jitter)))
        elif (error := task.exception()) is not None:
            self._fail(error)  # a fault of this module: nothing may go on after it
        self._dispatch()

    def _settle(self, lane: Lane, batch: tuple[Record, ...], outcome: Outcome) -> None:
        partition = lane.partition
        match outcome:
            case _ if partition.lost:
                pass
            case Done():
                partition.finish(lane, batch)
                self.finished += len(batch)
            case Failed(error):
                self._fail(error)
            case Lost():
                partition.lose()
            case _ if partition.closed:
                pass  # no further attempt here; the next owner makes it
            case Again(seconds):
                lane.failures += 1
                self.retries += 1
                partition.after(seconds, partial(self._make_ready, lane))
            case Alone():
                lane.alone = len(batch)
                self.retries += 1
                partition.ready.appendleft(lane)

    def _make_ready(self, lane: Lane) -> None:
        lane.partition.ready.append(lane)
        self._dispatch()

    def _fail(self, error: BaseException) -> None:
        self.failure = self.failure or error
