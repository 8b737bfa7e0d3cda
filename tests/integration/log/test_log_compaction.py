"""Behaviour of both logs: forgetting, by key and by age."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from shared.log.embedded import EmbeddedLog
from shared.log.port import Cleanup, Log, NewRecord, TopicPartition, TopicSpec
from tests.support.log_factory import LogFactory
from tests.support.log_reading import eventually, poll_count, read_everything

PARTITION = TopicPartition("state", 0)
AT_ONCE = TopicSpec("state", 1, Cleanup.COMPACT, compaction_lag=timedelta(0))
LATER = TopicSpec("state", 1, Cleanup.COMPACT, compaction_lag=timedelta(hours=1))
SHORT = TopicSpec("state", 1, Cleanup.DELETE, retention=timedelta(seconds=1))

# Kafka compacts and deletes only closed segments: close one with the first append that comes 100 ms after its start.
EAGER = {"segment.ms": "100", "min.cleanable.dirty.ratio": "0.001"}


async def close_segment(log: Log) -> None:
    await asyncio.sleep(0.2)
    await log.append(NewRecord("state", "closes the segment", b"", "r"))


async def housekeep(log: Log) -> None:
    """Kafka's broker looks every second by itself (deploy/kafka); the embedded log is told to."""
    if isinstance(log, EmbeddedLog):
        await log.housekeep()


async def put(log: Log, key: str, value: bytes | None) -> int:
    return (await log.append(NewRecord("state", key, value, "r"))).offset


async def contents(log: Log) -> dict[int, tuple[str, bytes | None]]:
    records = await read_everything(log, [PARTITION])
    return {r.offset: (r.key, r.value) for r in records if r.key != "closes the segment"}


async def test_compaction_keeps_the_last_record_of_each_key_at_its_old_offset(open_log: LogFactory) -> None:
    log = await open_log(topic_options=EAGER)
    await log.ensure_topics([AT_ONCE])
    for round_ in range(5):
        for key in ("a", "b", "c"):
            await put(log, key, f"{key}{round_}".encode())
    await close_segment(log)
    last = {12: ("a", b"a4"), 13: ("b", b"b4"), 14: ("c", b"c4")}

    async def compacted() -> bool:
        await housekeep(log)
        return await contents(log) == last

    await eventually(compacted)
    assert await put(log, "d", b"d") >= 15


async def test_a_reader_catches_up_over_the_gaps_that_compaction_leaves(open_log: LogFactory) -> None:
    log = await open_log(topic_options=EAGER)
    await log.ensure_topics([AT_ONCE])
    for _ in range(50):
        await put(log, "only", b"x")
    await put(log, "gone", b"x")
    await put(log, "gone", None)
    await close_segment(log)

    async def compacted() -> bool:
        await housekeep(log)
        return len(await contents(log)) <= 2

    await eventually(compacted)
    end = (await log.end_offsets([PARTITION]))[PARTITION]
    for start in (0, 10, 48):
        reader = log.reader()
        await reader.start()
        await reader.assign({PARTITION: start})

        async def caught_up(reader=reader) -> bool:  # type: ignore[no-untyped-def]
            await reader.poll(100, 0.1)
            return bool(reader.position(PARTITION) == end)

        await eventually(caught_up)
        await reader.close()
    consumer = log.consumer("group", ["state"])
    await consumer.start()
    assert (await poll_count(consumer, 3))[0].key == "only"
    await consumer.close()


async def test_records_younger_than_the_compaction_lag_are_all_kept(open_log: LogFactory) -> None:
    log = await open_log(topic_options=EAGER)
    await log.ensure_topics([LATER])
    for value in (b"1", b"2", b"3"):
        await put(log, "a", value)
    await close_segment(log)
    await housekeep(log)
    await asyncio.sleep(2.5 if open_log.kind == "kafka" else 0)  # the broker has looked twice by then
    assert [value for _, value in (await contents(log)).values()] == [b"1", b"2", b"3"]


async def test_retention_removes_old_records_and_never_uses_an_offset_again(open_log: LogFactory) -> None:
    log = await open_log(topic_options={"segment.ms": "100"})
    await log.ensure_topics([SHORT])
    for number in range(10):
        await put(log, "a", str(number).encode())
    await close_segment(log)

    async def removed() -> bool:
        await housekeep(log)
        return (await log.start_offsets([PARTITION]))[PARTITION] >= 10

    await eventually(removed)
    assert await contents(log) == {}
    consumer = log.consumer("late", ["state"])
    await consumer.start()

    async def read_new() -> bool:
        assert await put(log, "a", b"new") >= 11  # again and again: on a busy machine it is removed before it is read
        return b"new" in [record.value for record in await consumer.poll(10, 0.5)]

    await eventually(read_new)
    await consumer.close()
