"""The embedded log: one SQLite file in WAL mode, for one machine.

Acknowledged means synced to the disk, so it survives kill -9 and the power. Any number of processes may append to the
file and read it at the same time; one process at a time consumes it in groups. Parts: `embedded_store` (tables and
statements), `embedded_writer` (group commit), `embedded_reads` and `embedded_cursors` (reading), `embedded_heads`
(noticing new records), `embedded_group` and `embedded_consumer` (groups), `embedded_housekeeping` (forgetting).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from shared import limits
from shared.log import embedded_housekeeping as housekeeping
from shared.log import embedded_store as store
from shared.log import embedded_topics
from shared.log.embedded_consumer import EmbeddedConsumer
from shared.log.embedded_cursors import Cursors
from shared.log.embedded_group import Group, ProcessLock
from shared.log.embedded_heads import Heads, Watcher
from shared.log.embedded_reader import EmbeddedReader
from shared.log.embedded_reads import Reads
from shared.log.embedded_writer import Writer, WriteTransaction
from shared.log.partitions import partition_for
from shared.log.port import (
    Cleanup,
    LogError,
    LogUnavailable,
    NewRecord,
    PartitionsCallback,
    Position,
    RecordTooLarge,
    TopicPartition,
    TopicSpec,
)


class EmbeddedLog:
    """See `port.Log`. `call_seconds` bounds every call, `poll_seconds` the time between two polls of a consumer."""

    def __init__(
        self,
        path: Path,
        *,
        call_seconds: float = limits.LOG_CALL_SECONDS,
        poll_seconds: float = limits.CONSUMER_POLL_SECONDS,
    ) -> None:
        self._path = path
        self._call_seconds = call_seconds
        self._poll_seconds = poll_seconds
        self._topics: dict[str, store.Topic] = {}
        self._groups: dict[str, Group] = {}
        self.process_lock = ProcessLock(path)
        self.heads: Heads
        self.reads: Reads
        self._writer: Writer
        self._watcher: Watcher
        self._housekeeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Opens the file, and makes it when it isn't there. Raises LogUnavailable, LogError (not our file)."""
        await asyncio.to_thread(store.create, self._path)
        self.heads = Heads()
        self.reads = Reads(self._path, self._call_seconds)
        await self._refresh()
        self._writer = Writer(self._path, self.heads.advance)
        self._writer.start()
        self._watcher = Watcher(self._path, self.heads)
        self._watcher.start()
        self._housekeeper = asyncio.create_task(self._keep_house(), name=f"housekeeping {self._path.name}")

    async def close(self) -> None:
        """Finishes appends under way, at most limits.LOG_CLOSE_SECONDS; later ones are LogUnavailable."""
        if self._housekeeper is None:
            return
        self._housekeeper.cancel()
        await asyncio.wait([self._housekeeper])
        self._housekeeper = None
        self._watcher.stop()
        await self._writer.close(limits.LOG_CLOSE_SECONDS)
        await self.reads.close(limits.LOG_CLOSE_SECONDS)
        self.heads.wake()

    async def identity(self) -> str:
        return await self.reads.run(store.identity)

    async def ensure_topics(self, specs: Sequence[TopicSpec]) -> None:
        def ensure(transaction: WriteTransaction) -> None:
            embedded_topics.ensure_topics(transaction.sql, specs)

        await self.write(ensure)
        await self._refresh()

    async def append(self, record: NewRecord) -> Position:
        size = record.size_bytes
        if size > limits.RECORD_MAX_BYTES:
            raise RecordTooLarge(f"{record.topic}: a record of {size} bytes; {limits.RECORD_MAX_BYTES} are allowed")
        topic = await self.topic(record.topic)
        partition = partition_for(record.realm, len(topic.partition_ids))
        partition_id = topic.partition_ids[partition]
        compacted = topic.cleanup is Cleanup.COMPACT
        offset = await self.write(lambda transaction: transaction.append(partition_id, record, compacted), size)
        return Position(record.topic, partition, offset)

    async def start_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return {source: span.start for source, span in (await self._spans(partitions)).items()}

    async def end_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return {source: span.end for source, span in (await self._spans(partitions)).items()}

    def reader(self) -> EmbeddedReader:
        return EmbeddedReader(self)

    def consumer(
        self,
        group: str,
        topics: Sequence[str],
        *,
        on_assigned: PartitionsCallback | None = None,
        on_revoked: PartitionsCallback | None = None,
    ) -> EmbeddedConsumer:
        return EmbeddedConsumer(self, group, topics, on_assigned, on_revoked)

    async def housekeep(self) -> None:
        """Removes what retention and compaction allow, in bounded steps between which appends go on."""
        await self._refresh()  # another process may have created topics
        for topic in list(self._topics.values()):
            for partition_id in topic.partition_ids:
                step = partial(housekeeping.step, topic=topic, partition_id=partition_id)
                while await self.write(step):
                    pass

    # --- for the readers and consumers of this log ---

    async def topic(self, name: str) -> store.Topic:
        """Raises LogError for a topic that nobody has created."""
        if name not in self._topics:
            await self._refresh()
        if name not in self._topics:
            raise LogError(f"{self._path}: no topic {name!r}; ensure_topics creates it")
        return self._topics[name]

    def partition_count(self, topic: str) -> int:
        return len(self._topics[topic].partition_ids)

    def partition_id(self, source: TopicPartition) -> int:
        """Raises LogError for a topic not yet looked up, or a partition out of its range."""
        topic = self._topics.get(source.topic)
        if topic is None or not 0 <= source.partition < len(topic.partition_ids):
            raise LogError(f"{self._path}: no partition {source.topic}/{source.partition}")
        return topic.partition_ids[source.partition]

    def group(self, name: str) -> Group:
        return self._groups.setdefault(name, Group(self._poll_seconds))

    def cursors(self) -> Cursors:
        return Cursors(self.reads, self.heads, self.partition_id)

    async def write(self, run: Callable[[WriteTransaction], Any], size: int = 0) -> Any:
        return await self._writer.run(run, size, self._call_seconds)

    # --- own ---

    async def _refresh(self) -> None:
        self._topics = await self.reads.run(store.load_topics)
        spans = await self.reads.run(store.load_spans)
        self.heads.advance({partition_id: span.end for partition_id, span in spans.items()})

    async def _spans(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, store.Span]:
        wanted = list(partitions)
        for name in {source.topic for source in wanted}:
            await self.topic(name)
        spans = await self.reads.run(store.load_spans)
        return {source: spans[self.partition_id(source)] for source in wanted}

    async def _keep_house(self) -> None:
        while True:
            await asyncio.sleep(limits.HOUSEKEEP_SECONDS)
            try:
                await self.housekeep()
            except LogUnavailable:
                continue  # another process or the disk is busy: what is left stays for the next round
