"""A reader of the embedded log: partitions that it names itself, no group."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from shared.log.embedded_cursors import wait_for
from shared.log.port import Record, TopicPartition

if TYPE_CHECKING:
    from shared.log.embedded import EmbeddedLog


class EmbeddedReader:
    """See `port.Reader`. A partition that doesn't exist is a LogError from `assign`."""

    def __init__(self, log: EmbeddedLog) -> None:
        self._log = log
        self._cursors = log.cursors()
        self._heads = log.heads
        self._closed = False

    async def start(self) -> None:
        """Nothing to do: the file is open."""

    async def close(self) -> None:
        self._closed = True
        self._heads.wake()

    async def assign(self, offsets: Mapping[TopicPartition, int]) -> None:
        for source in offsets:
            await self._log.topic(source.topic)
            self._log.partition_id(source)
        self._cursors.assign(offsets)
        self._heads.wake()

    async def poll(self, max_records: int, wait_seconds: float) -> list[Record]:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait_seconds
        while True:
            change = self._heads.next_change()
            records = await self._cursors.fetch(max_records)
            left = deadline - loop.time()
            if records or left <= 0 or self._closed:
                return records
            await wait_for(change, left)

    def position(self, partition: TopicPartition) -> int:
        return self._cursors.position(partition)
