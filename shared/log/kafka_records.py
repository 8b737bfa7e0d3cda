"""Records and positions as Kafka has them, to and from the port's."""

from __future__ import annotations

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka import errors as kafka
from aiokafka.structs import TopicPartition as KafkaPartition

from shared.log.port import NewRecord, Record


def from_kafka(raw: Any, namespace: str) -> Record:
    """A fetched record. Bytes that are no UTF-8 (another program's record) show as replacement characters."""
    return Record(
        topic=raw.topic.removeprefix(namespace),
        partition=raw.partition,
        offset=raw.offset,
        timestamp_ms=raw.timestamp,
        key=(raw.key or b"").decode(errors="replace"),
        value=raw.value,
        headers={name: (value or b"").decode(errors="replace") for name, value in raw.headers},
    )


def kafka_headers(record: NewRecord) -> list[tuple[str, bytes]]:
    return [(name, value.encode()) for name, value in record.headers.items()]


async def known_position(consumer: AIOKafkaConsumer, partition: KafkaPartition) -> int | None:
    """The consumer's position, if it is known without asking the broker; None while it isn't, or isn't assigned."""
    try:
        async with asyncio.timeout(0):
            position: int = await consumer.position(partition)
            return position
    except (TimeoutError, kafka.IllegalStateError):
        return None
