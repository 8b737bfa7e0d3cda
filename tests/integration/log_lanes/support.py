"""Topics, records and waiting for the tests of what stands on the log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from uuid import uuid4

from shared.log import deadletters
from shared.log.partitions import partition_for
from shared.log.port import Cleanup, Log, NewRecord, Position, Record, TopicPartition, TopicSpec

PARTITIONS = 3
REALMS = {partition_for(str(number), PARTITIONS): str(number) for number in range(50)}
"""A realm for each partition."""


async def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - any condition, and none of them signals
            await asyncio.sleep(0.002)


async def new_topic(log: Log, cleanup: Cleanup = Cleanup.DELETE) -> str:
    """A topic of its own for each test: a broker outlives them."""
    name = f"lanes-{uuid4().hex[:12]}"
    await log.ensure_topics([TopicSpec(name, PARTITIONS, cleanup)])
    return name


async def with_dead_letters(log: Log) -> None:
    await log.ensure_topics([TopicSpec(deadletters.TOPIC, PARTITIONS, Cleanup.DELETE)])


async def put(log: Log, topic: str, key: str, value: bytes | None, partition: int = 0) -> Position:
    position = await log.append(NewRecord(topic, key, value, REALMS[partition]))
    assert position.partition == partition, "the log chose another partition for the realm"
    return position


async def read_all(log: Log, topic: str) -> list[Record]:
    """Every record of the topic up to its end now."""
    sources = [TopicPartition(topic, number) for number in range(PARTITIONS)]
    ends = await log.end_offsets(sources)
    reader = log.reader()
    await reader.start()
    try:
        await reader.assign(await log.start_offsets(sources))
        records: list[Record] = []
        async with asyncio.timeout(20):
            while any(reader.position(source) < ends[source] for source in sources):
                records += await reader.poll(1_000, 0.2)
        return records
    finally:
        await reader.close()


def last_values(records: Iterable[Record]) -> dict[str, bytes]:
    """The model of a compacted topic."""
    state: dict[str, bytes] = {}
    for record in records:
        if record.value is None:
            state.pop(record.key, None)
        else:
            state[record.key] = record.value
    return state
