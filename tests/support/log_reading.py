"""Reading a log in tests: until something has come or a time is over, never by sleeping for luck."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta

from shared.log.port import Cleanup, Consumer, Log, NewRecord, Position, Record, TopicPartition, TopicSpec

PATIENCE_SECONDS = 20.0  # for what takes a second at most when the machine is idle

EVENTS = TopicSpec("events", 4, Cleanup.DELETE, retention=timedelta(days=1))
STATE = TopicSpec("state", 4, Cleanup.COMPACT)


def partitions_of(spec: TopicSpec) -> list[TopicPartition]:
    return [TopicPartition(spec.name, number) for number in range(spec.partitions)]


def event(number: int, realm: str = "realm-1", topic: str = EVENTS.name) -> NewRecord:
    return NewRecord(topic, f"key-{number}", str(number).encode(), realm)


async def append_events(log: Log, count: int, realms: int = 8) -> list[Position]:
    """`count` numbered records, spread over realms, in order within each realm."""
    return [await log.append(event(number, f"realm-{number % realms}")) for number in range(count)]


async def read_everything(log: Log, partitions: Iterable[TopicPartition]) -> list[Record]:
    """All records of the partitions, from the first kept to the ends as they are now."""
    wanted = list(partitions)
    ends = await log.end_offsets(wanted)
    reader = log.reader()
    await reader.start()
    try:
        await reader.assign(dict.fromkeys(wanted, 0))
        records: list[Record] = []
        until = time.monotonic() + PATIENCE_SECONDS
        while any(reader.position(partition) < ends[partition] for partition in wanted):
            assert time.monotonic() < until, "the reader did not reach the end offsets"
            records += await reader.poll(1000, 0.2)
        return records
    finally:
        await reader.close()


async def poll_until(consumer: Consumer, done: Callable[[list[Record]], bool]) -> list[Record]:
    """Polls until `done` is true of all records so far, and returns them."""
    records: list[Record] = []
    until = time.monotonic() + PATIENCE_SECONDS
    while not done(records):
        assert time.monotonic() < until, f"gave up with {len(records)} records, {len(consumer.assignment())} partitions"
        records += await consumer.poll(100, 0.1)
    return records


async def poll_count(consumer: Consumer, count: int) -> list[Record]:
    return await poll_until(consumer, lambda records: len(records) >= count)


async def eventually(condition: Callable[[], Awaitable[bool]], seconds: float = PATIENCE_SECONDS) -> None:
    until = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < until, f"not so within {seconds} s"
        await asyncio.sleep(0.1)


def numbers(records: Iterable[Record]) -> list[int]:
    return [int(record.value or b"-1") for record in records]
