"""Per-entity lanes: records of one (partition, key) strictly one after the other, different keys at the same time.

Contract
* A record is finished when its handler returned, or when its dead letter is durable. Nothing else finishes it.
* `take_commits` never goes past an unfinished record of the partition.
* A lane whose handler asked to wait (`RetryLater`, or the log didn't answer) waits alone. `DependencyDown` stops the
  partition from starting anything; when the time is over one record is tried, and the rest only after it came through.
* With `coalesce` a handler gets all records queued for the key. When such a batch turns out to be poison, its records
  are handled again one by one, so that only the poison is set aside.
* A partition that went to another owner (`NotOwner`) is dropped without a word; nothing of it is committed here again.
* `StopService` from a handler, or too many dead letters, ends everything: `failure` is set and nothing starts any more.

All methods belong to the event loop's thread and none but `revoke` waits.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import partial
from itertools import islice

from shared import limits
from shared.log.port import LogUnavailable, NotOwner, Record, TopicPartition
from shared.log.prefix import Prefix
from shared.log.signals import DependencyDown, Jitter, RetryLater, StopService, backoff

Handle = Callable[[Sequence[Record]], Awaitable[None]]
Bury = Callable[[Record, Exception], Awaitable[None]]


class _Dependency(Enum):
    UP = auto()
    DOWN = auto()  # nothing starts until the timer rings
    PROBE = auto()  # the next record that starts is the probe
    PROBING = auto()  # the probe is under way


class _Done:
    """All records of the batch are finished."""


class _Alone:
    """Handle the batch again, record by record."""


class _Lost:
    """The partition isn't ours any more."""


@dataclass(frozen=True, slots=True)
class _Again:
    seconds: float


@dataclass(frozen=True, slots=True)
class _Down:
    seconds: float


@dataclass(frozen=True, slots=True)
class _Failed:
    error: StopService


_Outcome = _Done | _Alone | _Lost | _Again | _Down | _Failed


@dataclass(slots=True, eq=False)
class _Lane:
    """One entity. Its records stay in the queue until they are finished; in `ready`, in a task, or in a timer."""

    partition: _Partition
    key: str
    queue: deque[Record] = field(default_factory=deque)
    alone: int = 0  # so many of the next records are handled one by one
    failures: int = 0  # in a row


@dataclass(slots=True, eq=False)
class _Partition:
    source: TopicPartition
    held: bool = False  # its owner is still restoring
    prefix: Prefix = field(default_factory=Prefix)
    lanes: dict[str, _Lane] = field(default_factory=dict)
    ready: deque[_Lane] = field(default_factory=deque)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    timers: set[asyncio.TimerHandle] = field(default_factory=set)
    dependency: _Dependency = _Dependency.UP
    probe_timer: asyncio.TimerHandle | None = None
    queued: int = 0
    queued_bytes: int = 0
    paused: bool = False
    closed: bool = False
    lost: bool = False  # what still ends here counts for nothing

    def may_start(self) -> bool:
        startable = self.dependency in (_Dependency.UP, _Dependency.PROBE)
        return startable and bool(self.ready) and not self.held and not self.closed

    def close(self) -> None:
        """Starts nothing any more; what runs goes on."""
        self.closed = True
        self.ready.clear()
        for timer in self.timers:
            timer.cancel()
        self.timers.clear()


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
        self._partitions: dict[TopicPartition, _Partition] = {}
        self._turns: deque[_Partition] = deque()  # so that one realm's backlog doesn't keep others waiting
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
            partition = self._partition(record.source)
            if partition.closed or not partition.prefix.add(record.offset):
                continue
            lane = partition.lanes.get(record.key)
            if lane is None:
                lane = partition.lanes[record.key] = _Lane(partition, record.key)
                partition.ready.append(lane)
            lane.queue.append(record)
            partition.queued += 1
            partition.queued_bytes += len(record.value or b"")
        self._dispatch()

    def take_commits(self) -> dict[TopicPartition, int]:
        """The next offset to commit of each partition where it has grown since the last call."""
        return _take(self._partitions.values())

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

        All of them when the room is used up, in records or in bytes; one whose own share is used up, whose
        dependency is down or that is held.
        """
        share = max(
            self.queued / self._max_records,
            sum(partition.queued_bytes for partition in self._partitions.values()) / limits.LANES_BYTES,
        )
        self._full = share >= 1 or (self._full and share > limits.LANES_LOW_WATER)
        return frozenset(source for source in assigned if self._full or self._must_pause(source))

    def _must_pause(self, source: TopicPartition) -> bool:
        if (partition := self._partitions.get(source)) is None:
            return False
        # Finished records behind a stuck one are held as offsets: they need a bound too.
        share = max(
            partition.queued / self._max_partition_records, len(partition.prefix) / limits.LANES_PARTITION_OFFSETS
        )
        partition.paused = share >= 1 or (partition.paused and share > limits.LANES_LOW_WATER)
        return partition.paused or partition.held or partition.dependency is not _Dependency.UP

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
            commits = _take(leaving)  # before the cancelling: a handler that swallows it hasn't finished
        finally:
            for partition in leaving:
                self._lose(partition)
                del self._partitions[partition.source]
                self._turns.remove(partition)
        if left := {task for task in tasks if not task.done()}:
            await asyncio.wait(left, timeout=limits.CANCEL_SECONDS)
        return commits

    # --- scheduling

    def _partition(self, source: TopicPartition) -> _Partition:
        partition = self._partitions.get(source)
        if partition is None:
            partition = self._partitions[source] = _Partition(source)
            self._turns.append(partition)
        return partition

    def _dispatch(self) -> None:
        while self.failure is None and self.running < self._max_running:
            partition = self._next_partition()
            if partition is None:
                return
            self._start(partition.ready.popleft())

    def _next_partition(self) -> _Partition | None:
        for _ in range(len(self._turns)):
            self._turns.rotate(-1)
            if self._turns[0].may_start():
                return self._turns[0]
        return None

    def _start(self, lane: _Lane) -> None:
        partition = lane.partition
        probing = partition.dependency is _Dependency.PROBE
        if probing:
            partition.dependency = _Dependency.PROBING
        count = len(lane.queue) if self._coalesce and not lane.alone else 1
        batch = tuple(islice(lane.queue, count))
        task = asyncio.create_task(self._run(lane, batch), name=f"lane {partition.source}")
        partition.tasks.add(task)
        self.running += 1
        task.add_done_callback(partial(self._ended, lane, probing))

    async def _run(self, lane: _Lane, batch: tuple[Record, ...]) -> None:
        self._settle(lane, batch, await self._attempt(batch, lane.failures + 1))

    def _ended(self, lane: _Lane, probing: bool, task: asyncio.Task[None]) -> None:
        partition = lane.partition
        partition.tasks.discard(task)
        self.running -= 1
        if task.cancelled():  # by us, when the partition is lost; or by something inside the handler
            self._settle(lane, (), _Again(backoff(lane.failures + 1, self._jitter)))
        elif (error := task.exception()) is not None:
            self._fail(error)  # a fault of this module: nothing may go on after it
        if probing and partition.dependency is _Dependency.PROBING:
            partition.dependency = _Dependency.UP
        self._dispatch()

    async def _attempt(self, batch: tuple[Record, ...], number: int) -> _Outcome:
        try:
            try:
                await self._handle(batch)
            except (RetryLater, DependencyDown, StopService, LogUnavailable, NotOwner):
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, it doesn't go unseen: a dead letter, or a stop
                if len(batch) > 1:
                    return _Alone()
                await self._bury(batch[0], error)
        except RetryLater as later:
            return _Again(_bounded(later.seconds))
        except DependencyDown as down:
            return _Down(_bounded(down.seconds))
        except LogUnavailable:
            return _Again(backoff(number, self._jitter))
        except NotOwner:
            return _Lost()
        except StopService as stop:
            return _Failed(stop)
        return _Done()

    def _settle(self, lane: _Lane, batch: tuple[Record, ...], outcome: _Outcome) -> None:
        partition = lane.partition
        match outcome:
            case _ if partition.lost:
                pass
            case _Done():
                self._finish(lane, batch)
            case _Failed(error):
                self._fail(error)
            case _Lost():
                self._lose(partition)
            case _ if partition.closed:
                pass  # no further attempt here; the next owner makes it
            case _Again(seconds):
                lane.failures += 1
                self.retries += 1
                self._after(seconds, partition, partial(self._make_ready, lane))
            case _Down(seconds):
                lane.failures += 1
                self.retries += 1
                partition.ready.appendleft(lane)  # it knows what to ask for: the probe
                self._take_down(partition, seconds)
            case _Alone():
                lane.alone = len(batch)
                self.retries += 1
                partition.ready.appendleft(lane)

    def _finish(self, lane: _Lane, batch: tuple[Record, ...]) -> None:
        partition = lane.partition
        for record in batch:
            lane.queue.popleft()
            partition.prefix.finish(record.offset)
            partition.queued -= 1
            partition.queued_bytes -= len(record.value or b"")
        self.finished += len(batch)
        lane.failures = 0
        lane.alone = max(0, lane.alone - len(batch))
        if not lane.queue:
            del partition.lanes[lane.key]
        elif not partition.closed:
            partition.ready.append(lane)

    def _make_ready(self, lane: _Lane) -> None:
        lane.partition.ready.append(lane)
        self._dispatch()

    def _take_down(self, partition: _Partition, seconds: float) -> None:
        partition.dependency = _Dependency.DOWN
        until = asyncio.get_running_loop().time() + seconds
        if (earlier := partition.probe_timer) is not None:
            if earlier.when() >= until:
                return
            earlier.cancel()
            partition.timers.discard(earlier)
        partition.probe_timer = self._after(seconds, partition, partial(self._probe, partition))

    def _probe(self, partition: _Partition) -> None:
        partition.probe_timer = None
        partition.dependency = _Dependency.PROBE
        self._dispatch()

    def _after(self, seconds: float, partition: _Partition, action: Callable[[], None]) -> asyncio.TimerHandle:
        def ring() -> None:
            partition.timers.discard(timer)
            action()

        timer = asyncio.get_running_loop().call_later(seconds, ring)
        partition.timers.add(timer)
        return timer

    def _lose(self, partition: _Partition) -> None:
        partition.close()
        partition.lost = True
        partition.queued = partition.queued_bytes = 0
        current = asyncio.current_task()
        for task in partition.tasks:
            if task is not current:
                task.cancel()

    def _fail(self, error: BaseException) -> None:
        self.failure = self.failure or error


def _bounded(seconds: float) -> float:
    return min(max(0.0, seconds), limits.HANDLER_WAIT_MAX_SECONDS)


def _take(partitions: Iterable[_Partition]) -> dict[TopicPartition, int]:
    offsets = ((partition.source, partition.prefix.take()) for partition in partitions if not partition.lost)
    return {source: offset for source, offset in offsets if offset is not None}
