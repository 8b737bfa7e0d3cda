"""A reader of Kafka: partitions that it names itself, no group."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition as KafkaPartition

from shared import limits
from shared.log import kafka_errors, kafka_stopping
from shared.log.kafka_options import Options
from shared.log.kafka_records import from_kafka, known_position
from shared.log.port import LogError, Record, TopicPartition


class KafkaReader:
    """See `port.Reader`.

    A position always reaches the end offset: compaction never touches a partition's last record, and where it has
    removed the last of a batch, the batch itself still says where the next one starts.
    """

    def __init__(self, options: Options, namespace: str) -> None:
        self._namespace = namespace
        self._call_seconds = options.call_seconds
        self._consumer = AIOKafkaConsumer(**options.reader())
        self._positions: dict[TopicPartition, int] = {}

    async def start(self) -> None:
        try:
            async with kafka_errors.bounded("starting a reader", self._call_seconds):
                await self._consumer.start()
        except LogError:
            await self.close()
            raise

    async def close(self) -> None:
        await kafka_stopping.stop(self._consumer, limits.KAFKA_CONNECTION_SECONDS)

    async def assign(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Also asks for the start offsets, so that a position below the first kept record is never shown."""
        theirs = {self._kafka(source): offset for source, offset in offsets.items()}
        async with kafka_errors.bounded("assigning a reader", self._call_seconds):
            starts = await self._consumer.beginning_offsets(list(theirs))
        self._consumer.assign(list(theirs))
        self._positions = {}
        for source, offset in offsets.items():
            position = max(offset, starts[self._kafka(source)])
            self._consumer.seek(self._kafka(source), position)
            self._positions[source] = position

    async def poll(self, max_records: int, wait_seconds: float) -> list[Record]:
        if not self._positions:
            await asyncio.sleep(wait_seconds)
            return []
        async with kafka_errors.bounded("reading", wait_seconds + self._call_seconds):
            batches = await self._consumer.getmany(timeout_ms=round(wait_seconds * 1000), max_records=max_records)
            records = [from_kafka(raw, self._namespace) for batch in batches.values() for raw in batch]
            await self._note_positions()
        return records

    def position(self, partition: TopicPartition) -> int:
        if partition not in self._positions:
            raise LogError(f"{partition.topic}/{partition.partition} is not among the partitions read")
        return self._positions[partition]

    async def _note_positions(self) -> None:
        for source in self._positions:
            position = await known_position(self._consumer, self._kafka(source))
            if position is not None:  # else retention has overtaken us and the first kept offset is being asked for
                self._positions[source] = position

    def _kafka(self, source: TopicPartition) -> KafkaPartition:
        return KafkaPartition(self._namespace + source.topic, source.partition)
