"""Positions in partitions and reading on from them: what a reader and a consumer of the embedded log have in common."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping

from shared.log import embedded_store as store
from shared.log.embedded_heads import Heads
from shared.log.embedded_reads import Reads
from shared.log.port import LogError, Record, TopicPartition


class Cursors:
    """The next offset of each partition read, and which are paused."""

    def __init__(self, reads: Reads, heads: Heads, partition_id: Callable[[TopicPartition], int]) -> None:
        self._reads = reads
        self._heads = heads
        self._partition_id = partition_id
        self._positions: dict[TopicPartition, int] = {}
        self._paused: set[TopicPartition] = set()

    def assign(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Exactly these partitions from now on, none of them paused."""
        self._positions = dict(offsets)
        self._paused.clear()

    def seek(self, source: TopicPartition, offset: int) -> None:
        self._positions[source] = offset
        self._heads.wake()

    def position(self, source: TopicPartition) -> int:
        if source not in self._positions:
            raise LogError(f"{source.topic}/{source.partition} is not among the partitions read")
        return self._positions[source]

    def pause(self, partitions: Iterable[TopicPartition]) -> None:
        self._paused.update(self._positions.keys() & set(partitions))

    def resume(self, partitions: Iterable[TopicPartition]) -> None:
        self._paused.difference_update(partitions)
        self._heads.wake()

    async def fetch(self, max_records: int) -> list[Record]:
        """Records from where the positions stand, as many partitions as fit; moves the positions past them."""
        wanted = [
            store.Fetch(source, self._partition_id(source), offset, self._heads.end(self._partition_id(source)))
            for source, offset in self._positions.items()
            if source not in self._paused
        ]
        wanted = [each for each in wanted if each.offset < each.end]
        if not wanted:
            return []
        records, positions = await self._reads.run(store.fetch, wanted, max_records)
        stale = {each.source for each in wanted if not self._still_wanted(each)}
        for source, offset in positions.items():
            if source not in stale:
                del self._positions[source]  # to the back of the queue, so that a full partition starves no other
                self._positions[source] = offset
        return [record for record in records if record.source not in stale] if stale else records

    def _still_wanted(self, each: store.Fetch) -> bool:
        """False when a seek, a pause or a revocation came while the file was read."""
        return each.source not in self._paused and self._positions.get(each.source) == each.offset


async def wait_for(event: asyncio.Event, seconds: float) -> None:
    """Returns when the event is set or the time is over."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
