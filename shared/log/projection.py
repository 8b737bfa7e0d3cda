"""A compacted topic as a table: the last state per key of chosen partitions, in SQLite, at most a few ms behind.

Contract
* A row and the offset up to which its partition was read change in one transaction: after a crash both are old or new.
* `add` returns when its partitions were read up to the end that the topic had at the call. Before that they aren't
  visible: `get` and `scan` serve only partitions that are ready.
* `reach(position)` is the barrier for one's own write: after it, `get` shows that record or a later one.
* State is rebuilt from the topic when it can't be trusted: file missing or broken, of another schema, log or topic;
  ahead of the topic's end; behind its start; not read for so long that tombstones may be gone that it never saw.
* A record that the fold calls corrupt stops the projection: every further call raises that CorruptRecord. Going past
  it is an operator's act (`skip`).
* `on_change` hears of a refused record (KEEP) at least once, even across a crash, unless a later record of the key was
  taken: then the refused one isn't its last and does no harm. What a restore refuses is told at its end. Of a change it
  hears once, or not at all when the process dies between. It holds up the projection while it runs, so it must not
  wait for `reach`.
"""

from __future__ import annotations

import asyncio
import enum
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, NamedTuple

import structlog

from shared import limits
from shared.log.port import Log, LogUnavailable, NotOwner, Position, Reader, Record, TopicPartition
from shared.log.projection_store import Store
from shared.log.projection_waiter import Waiter
from shared.log.signals import CorruptRecord, StopService, backoff

__all__ = ["KEEP", "CorruptRecord", "Fold", "Index", "OnChange", "Projection", "ProjectionStopped", "last_value"]


class Keep(enum.Enum):
    """The type of KEEP."""

    KEEP = enum.auto()


KEEP: Final = Keep.KEEP
"""A fold's answer: the record is refused, the row stays as it is."""

Fold = Callable[[bytes | None, Record], bytes | Literal[Keep.KEEP] | None]
"""(row as it is, record) -> row as it shall be, None to delete it, or KEEP. Pure: a rebuild calls it again.

May raise CorruptRecord.
"""

OnChange = Callable[[Record, bytes | None, bytes | None], Awaitable[None]]
"""(record, row before, row after). Both are the same when the record was refused."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Index:
    """Words by which `find` finds rows. `words` (key, row) is pure; another `name` lets the file be rebuilt."""

    name: str
    words: Callable[[str, bytes], Collection[str]]


class ProjectionStopped(StopService):
    """The projection can't go on, for another reason than a corrupt record: the disk, or a fault of a fold."""


class Change(NamedTuple):
    """What a record did to its row."""

    record: Record
    before: bytes | None
    after: bytes | None
    refused: bool


def last_value(current: bytes | None, record: Record) -> bytes | None:
    """The plainest fold: the row is the last record's value, a tombstone deletes it."""
    return record.value


class Projection:
    """See the module. `start` and `close` once each; the other methods belong to the event loop's thread."""

    def __init__(
        self,
        log: Log,
        topic: str,
        path: Path,
        fold: Fold = last_value,
        *,
        on_change: OnChange | None = None,
        index: Index | None = None,
        skip: Collection[Position] = (),
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._log = log
        self._topic = topic
        self._fold = fold
        self._on_change = on_change
        self._index = index
        self._skip = frozenset(skip)
        self._wall_clock = wall_clock
        self._store = Store(path)
        self._next: dict[int, int] = {}  # of the partitions that are followed
        self._ready: set[int] = set()
        self._waiters: set[Waiter] = set()
        self._changed = asyncio.Event()  # the set of followed partitions
        self._adding = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._polled_ms = 0  # what is ready held everything that the log held then
        self.failure: StopService | LogUnavailable | None = None

    async def start(self) -> None:
        """Opens the file. Raises LogUnavailable."""
        await self._store.open(self._topic, await self._log.identity(), self._index.name if self._index else "")
        self._polled_ms = self._now_ms()
        reader = self._log.reader()
        try:
            await reader.start()
        except BaseException:
            self._store.close()
            await reader.close()
            raise
        self._task = asyncio.create_task(self._follow(reader), name=f"projection {self._topic}")
        self._task.add_done_callback(self._ended)

    async def close(self) -> None:
        if self._task is None:
            return
        self._note_read(self._next)
        self._task.cancel()
        await asyncio.wait([self._task])
        self._task = None
        self._store.close()

    async def add(self, partitions: Iterable[int]) -> None:
        """Follows these partitions too; returns when they are ready. Those followed already cost nothing.

        Raises LogUnavailable (call again), CorruptRecord, NotOwner (removed meanwhile).
        """
        self._check()
        wanted = sorted(set(partitions))
        async with self._adding:
            sources = [TopicPartition(self._topic, partition) for partition in wanted]
            starts, ends = await self._log.start_offsets(sources), await self._log.end_offsets(sources)
            for source in sources:
                if source.partition not in self._next:
                    self._next[source.partition] = self._resume_at(source, starts[source], ends[source])
                    self._changed.set()
        # No time limit: a restore takes as long as the topic is long, and the caller can cancel it.
        for source in sources:
            await self._wait(source.partition, ends[source])
        for partition in wanted:
            if partition not in self._ready:
                if partition not in self._next:
                    raise NotOwner(f"{self._topic}-{partition} isn't followed any more")
                self._ready.add(partition)  # from here on `_take` reports what is refused; up to here we do
                await self._report([self._still_refused(record) for record in self._open_refusals(partition)])

    async def remove(self, partitions: Iterable[int]) -> None:
        """Follows these no more. Their rows stay in the file, unseen, so that a later `add` is quick."""
        going = set(partitions) & self._next.keys()
        self._note_read(going)
        for partition in going:
            del self._next[partition]
        self._ready -= going
        self._changed.set()
        for waiter in [waiter for waiter in self._waiters if waiter.partition in going]:
            waiter.fail(NotOwner(f"{self._topic}-{waiter.partition} isn't followed any more"))

    @property
    def ready(self) -> frozenset[int]:
        """The partitions whose rows can be seen."""
        return frozenset(self._ready)

    def get(self, key: str) -> bytes | None:
        self._check()
        return next((value for partition, value in self._store.find(key) if partition in self._ready), None)

    def find(self, word: str) -> list[tuple[str, bytes]]:
        """Keys and rows that the index calls by this word, by key."""
        self._check()
        return [(key, value) for key, partition, value in self._store.find_word(word) if partition in self._ready]

    def keys(self, word: str) -> list[str]:
        """The keys alone: there may be many."""
        self._check()
        return [key for key, partition in self._store.keys(word) if partition in self._ready]

    def words(self, prefix: str) -> list[str]:
        """The words that begin so, as far as they call a row. `prefix` isn't empty."""
        self._check()
        return sorted({word for word, partition in self._store.words(prefix) if partition in self._ready})

    def scan(self, prefix: str = "") -> Iterator[tuple[str, bytes]]:
        """Keys that begin with `prefix` and their rows, by key. Rows that change meanwhile are seen old or new."""
        self._check()
        return ((key, value) for key, partition, value in self._store.scan(prefix) if partition in self._ready)

    async def reach(self, position: Position, seconds: float = limits.PROJECTION_REACH_SECONDS) -> None:
        """Returns when the record at `position` has been read.

        Raises LogUnavailable when that takes longer than `seconds`, NotOwner when the partition isn't followed, and
        what stopped the projection.
        """
        self._check()
        if position.topic != self._topic:
            raise ValueError(f"a record of {position.topic} never comes to the projection of {self._topic}")
        try:
            async with asyncio.timeout(seconds):
                await self._wait(position.partition, position.offset + 1)
        except TimeoutError as error:
            where = f"{position.topic}-{position.partition} at offset {position.offset}"
            raise LogUnavailable(f"{where} wasn't read within {seconds:g} s") from error

    # --- following the topic

    async def _follow(self, reader: Reader) -> None:
        failures = 0
        try:
            while True:
                try:
                    await self._follow_same(reader)
                    failures = 0
                except LogUnavailable as error:
                    failures += 1
                    if failures == 1:
                        _log.warning("projection can't read", topic=self._topic, error_class=type(error).__qualname__)
                    await asyncio.sleep(backoff(failures))
        finally:
            await reader.close()

    async def _follow_same(self, reader: Reader) -> None:
        """Reads until the set of partitions changes, always from what the file says or knows better."""
        self._changed.clear()
        await reader.assign({TopicPartition(self._topic, number): offset for number, offset in self._next.items()})
        changed = asyncio.create_task(self._changed.wait())
        try:
            while not self._changed.is_set():
                poll = asyncio.create_task(reader.poll(limits.PROJECTION_BATCH_RECORDS, limits.PROJECTION_POLL_SECONDS))
                try:
                    await asyncio.wait([poll, changed], return_when=asyncio.FIRST_COMPLETED)
                finally:
                    poll.cancel()  # what it had in hand is read again: the next assignment names the offsets
                    await asyncio.wait([poll])
                if self._changed.is_set():
                    _ = poll.cancelled() or poll.exception()  # looked at, so that asyncio doesn't miss it
                    return
                await self._take(poll.result(), reader)
        finally:
            changed.cancel()
            with suppress(asyncio.CancelledError):
                await changed

    async def _take(self, records: list[Record], reader: Reader) -> None:
        changes = self._apply(records) if records else []
        self._polled_ms = self._now_ms()
        for number in self._next:
            # Past gaps that compaction left: the end may stand behind one.
            self._next[number] = max(self._next[number], reader.position(TopicPartition(self._topic, number)))
        for waiter in [
            waiter for waiter in self._waiters if self._next.get(waiter.partition, -1) >= waiter.next_offset
        ]:
            waiter.succeed()
        await self._report([one for one in changes if not one.refused or one.record.partition in self._ready])
        await asyncio.sleep(0)  # a restore polls without ever waiting; others must get their turn

    def _apply(self, records: list[Record]) -> list[Change]:
        """All of them in one transaction, or none."""
        changes: list[Change] = []
        reached: dict[int, int] = {}
        with self._store.transaction():
            for record in records:
                reached[record.partition] = record.offset + 1
                if record.position not in self._skip and (change := self._apply_one(record)) is not None:
                    changes.append(change)
            for number, next_offset in reached.items():
                self._store.set_progress(number, next_offset, self._now_ms())
        self._next.update(reached)
        return changes

    def _apply_one(self, record: Record) -> Change | None:
        before = self._store.get(record.key, record.partition)
        try:
            after = self._fold(before, record)
        except CorruptRecord as error:
            raise CorruptRecord(error.why, record.position) from error
        if isinstance(after, Keep):
            if self._on_change is not None:
                self._store.add_refusal(record)
            return Change(record, before, before, refused=True)
        self._store.outdate_refusals(record.key, record.partition)
        if after == before:
            return None
        if after is None:
            self._store.delete(record.key, record.partition)
        else:
            self._store.put(record, after)
        if self._index is not None:
            words = [() if row is None else self._index.words(record.key, row) for row in (before, after)]
            self._store.set_words(record.key, record.partition, *words)
        return Change(record, before, after, refused=False)

    def _open_refusals(self, partition: int) -> list[Record]:
        return [] if self._on_change is None else self._store.refusals(self._topic, partition)

    def _still_refused(self, record: Record) -> Change:
        standing = self._store.get(record.key, record.partition)
        return Change(record, standing, standing, refused=True)

    async def _report(self, changes: list[Change]) -> None:
        if self._on_change is None:
            return
        for change in changes:
            failures = 0
            while True:
                try:
                    await self._on_change(change.record, change.before, change.after)
                    break
                except LogUnavailable:
                    failures += 1
                    await asyncio.sleep(backoff(failures))
        if refused := [change.record for change in changes if change.refused]:
            with self._store.transaction():
                self._store.drop_refusals(refused)

    # --- trust

    def _resume_at(self, source: TopicPartition, start: int, end: int) -> int:
        """From where a partition is read: behind what the file holds, or from the start when that can't be trusted."""
        held = self._store.progress(source.partition)
        if held is None:
            reason = "never read"
        elif held.next_offset > end:
            reason = f"ahead of the log: read up to {held.next_offset}, the log ends at {end}"
        elif held.next_offset < start:
            reason = f"behind the log: read up to {held.next_offset}, the log starts at {start}"
        elif self._now_ms() - held.read_ms > limits.PROJECTION_TRUST.total_seconds() * 1000:
            reason = "not read for too long"
        else:
            return held.next_offset
        _log.debug("projection is read anew", topic=source.topic, partition=source.partition, reason=reason)
        with self._store.transaction():
            self._store.forget(source.partition)
        return start

    def _note_read(self, partitions: Iterable[int]) -> None:
        """Notes when those that are ready were last read to their end: no record may have come for long."""
        if self.failure is not None:
            return
        with self._store.transaction():
            for number in self._ready.intersection(partitions):
                self._store.set_progress(number, self._next[number], self._polled_ms)

    def _now_ms(self) -> int:
        return round(self._wall_clock() * 1000)

    # --- waiting

    async def _wait(self, partition: int, next_offset: int) -> None:
        if partition not in self._next:
            raise NotOwner(f"{self._topic}-{partition} isn't followed")
        if self._next[partition] >= next_offset:
            return
        self._check()
        waiter = Waiter(partition, next_offset)
        self._waiters.add(waiter)
        try:
            await waiter.future
        finally:
            self._waiters.discard(waiter)

    def _check(self) -> None:
        if self.failure is not None:
            raise self.failure

    def _ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is None:
            self.failure = LogUnavailable(f"the projection of {self._topic} is closed")
        else:
            self.failure = error if isinstance(error, StopService) else ProjectionStopped(f"{self._topic}: {error!r}")
            self.failure.__cause__ = error if error is not self.failure else error.__cause__
            _log.error("projection stopped", topic=self._topic, error_class=type(error).__qualname__)
        for waiter in list(self._waiters):
            waiter.fail(self.failure)
