"""Appends to Kafka: one idempotent producer, replaced when it is broken."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaProducer
from aiokafka import errors as kafka
from aiokafka.structs import RecordMetadata

from shared import limits
from shared.log import kafka_errors, kafka_stopping
from shared.log.kafka_options import Options
from shared.log.kafka_records import kafka_headers
from shared.log.port import AppendUnknown, LogUnavailable, NewRecord, Position, RecordTooLarge


class Producer:
    """Appends with two time limits: until the record is queued nothing was done; after that nobody knows.

    An idempotent producer numbers its batches. One that the broker refuses leaves a hole in the numbers, and every
    later batch of the partition is refused as out of order; so after a failed batch a new producer takes over.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._producer = AIOKafkaProducer(**options.producer())
        self._replacing: asyncio.Task[None] | None = None
        self._closed = False

    async def start(self) -> None:
        await self._producer.start()

    async def close(self) -> None:
        self._closed = True
        if self._replacing is not None:
            self._replacing.cancel()
            await asyncio.wait([self._replacing])
        await kafka_stopping.stop(self._producer, limits.KAFKA_CONNECTION_SECONDS)

    async def append(self, topic: str, partition: int, record: NewRecord) -> Position:
        """Raises AppendUnknown, LogUnavailable, RecordTooLarge; LogError where an operator must act."""
        what = f"appending to {topic}/{partition}"
        sent: asyncio.Future[RecordMetadata] | None = None
        try:
            async with asyncio.timeout(self._options.call_seconds):  # one timer for both steps: this path is hot
                sent = await self._queue(what, topic, partition, record)
                metadata = await sent
        except TimeoutError:
            if sent is None:
                raise LogUnavailable(f"{what}: not even queued in time, nothing was done") from None
            raise AppendUnknown(f"{what}: no answer within {self._options.call_seconds:g} s") from None
        except (kafka.MessageSizeTooLargeError, kafka.RecordListTooLargeError) as error:
            self._replace()
            raise RecordTooLarge(f"{what}: refused by the broker: {error!r}") from error
        except kafka.KafkaError as error:
            self._replace()
            raise AppendUnknown(f"{what}: {error!r}") from error
        if metadata.offset < 0:  # the broker knew the batch from an earlier try, but no longer its place
            raise AppendUnknown(f"{what}: stored, but Kafka has forgotten at which offset")
        return Position(record.topic, partition, metadata.offset)

    async def partition_count(self, topic: str) -> int:
        """How many partitions the topic has. Raises LogUnavailable, also when there is no such topic (yet)."""
        async with kafka_errors.bounded(f"looking topic {topic} up", self._options.call_seconds):
            return len(await self._producer.partitions_for(topic))

    async def fetch_metadata(self) -> None:
        """Asks any broker for the cluster's metadata: answered means that Kafka is there."""
        await self._producer.client.fetch_all_metadata()

    async def _queue(self, what: str, topic: str, partition: int, record: NewRecord) -> asyncio.Future[RecordMetadata]:
        """Hands the record to the client. Errors here mean that nothing was done."""
        try:
            sent: asyncio.Future[RecordMetadata] = await self._producer.send(
                topic, value=record.value, key=record.key.encode(), partition=partition, headers=kafka_headers(record)
            )
        except kafka.MessageSizeTooLargeError as error:
            raise RecordTooLarge(f"{what}: {error}") from error
        except kafka.KafkaError as error:
            self._replace()
            raise kafka_errors.translated(what, error) from error
        return sent

    def _replace(self) -> None:
        if self._replacing is None and not self._closed:
            self._replacing = asyncio.create_task(self._take_over(), name="replacing the Kafka producer")

    async def _take_over(self) -> None:
        """Starts a new producer and stops the broken one; when no broker answers, the next failure tries again."""
        broken, fresh = self._producer, AIOKafkaProducer(**self._options.producer())
        to_stop = fresh
        try:
            async with asyncio.timeout(self._options.call_seconds):
                await fresh.start()
            self._producer, to_stop = fresh, broken
        except (TimeoutError, kafka.KafkaError):
            return
        finally:
            await kafka_stopping.stop(to_stop, limits.KAFKA_CONNECTION_SECONDS)
            self._replacing = None
