"""Behaviour of both logs: groups with one member."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from shared.log.port import Consumer, Log, NotOwner, Record, TopicPartition
from tests.support.log_reading import (
    EVENTS,
    append_events,
    event,
    numbers,
    partitions_of,
    poll_count,
    poll_until,
    read_everything,
)


@pytest.fixture
async def log(any_log: Log) -> Log:
    await any_log.ensure_topics([EVENTS])
    return any_log


@pytest.fixture
async def member(log: Log) -> AsyncIterator[Consumer]:
    consumer = log.consumer("group", [EVENTS.name])
    await consumer.start()
    yield consumer
    await consumer.close()


async def owns_all(consumer: Consumer) -> None:
    await poll_until(consumer, lambda _: len(consumer.assignment()) == EVENTS.partitions)


async def test_each_group_reads_everything(log: Log) -> None:
    await append_events(log, 20)
    for group in ("orders", "catalog"):
        consumer = log.consumer(group, [EVENTS.name])
        await consumer.start()
        records = await poll_count(consumer, 20)
        assert sorted(numbers(records)) == list(range(20))
        await consumer.commit(dict.fromkeys(consumer.assignment(), 20))
        await consumer.close()


async def test_what_is_committed_is_not_read_again_and_the_rest_is(log: Log) -> None:
    positions = [await log.append(event(number)) for number in range(10)]
    source = TopicPartition(EVENTS.name, positions[0].partition)
    first = log.consumer("group", [EVENTS.name])
    await first.start()
    await poll_count(first, 10)
    assert await first.committed(source) is None
    await first.commit({source: 4})
    assert await first.committed(source) == 4
    await first.close()
    second = log.consumer("group", [EVENTS.name])
    await second.start()
    assert numbers(await poll_count(second, 6)) == [4, 5, 6, 7, 8, 9]
    await second.close()


async def test_a_paused_partition_gives_nothing_is_kept_and_goes_on_after_resume(log: Log, member: Consumer) -> None:
    await owns_all(member)
    paused = TopicPartition(EVENTS.name, (await log.append(event(0, "realm-0"))).partition)
    await poll_count(member, 1)
    member.pause([paused])
    await append_events(log, 24)
    elsewhere = [r for r in await read_everything(log, partitions_of(EVENTS)) if r.source != paused]
    records = await poll_count(member, len(elsewhere))
    records += await member.poll(100, 0.5)
    assert {record.position for record in records} == {record.position for record in elsewhere} != set()
    assert member.assignment() == frozenset(partitions_of(EVENTS))
    member.resume([paused])
    records = await poll_count(member, 25 - 1 - len(elsewhere))
    assert {record.source for record in records} == {paused}
    assert [record.offset for record in records] == list(range(1, 1 + len(records)))


async def test_seek_goes_back_and_forth(log: Log, member: Consumer) -> None:
    positions = [await log.append(event(number)) for number in range(8)]
    source = TopicPartition(EVENTS.name, positions[0].partition)
    assert numbers(await poll_count(member, 8)) == list(range(8))
    await member.seek(source, 2)
    assert numbers(await poll_count(member, 6)) == [2, 3, 4, 5, 6, 7]
    await member.seek(source, 7)
    assert numbers(await poll_count(member, 1)) == [7]


async def test_seek_to_a_time_finds_the_first_record_appended_then_or_later(log: Log, member: Consumer) -> None:
    for number in range(6):
        source = TopicPartition(EVENTS.name, (await log.append(event(number))).partition)
        await asyncio.sleep(0.02)  # so that each has a time of its own
    records = await poll_count(member, 6)
    stamps = [datetime.fromtimestamp(record.timestamp_ms / 1000, UTC) for record in records]
    await member.seek_to_time(source, stamps[3])
    assert numbers(await poll_count(member, 3)) == [3, 4, 5]
    await member.seek_to_time(source, stamps[0] - timedelta(hours=1))
    assert numbers(await poll_count(member, 6)) == [0, 1, 2, 3, 4, 5]
    await member.seek_to_time(source, stamps[5] + timedelta(hours=1))
    await log.append(event(6))
    assert numbers(await poll_count(member, 1)) == [6]


async def test_seek_and_commit_of_a_partition_that_is_not_assigned_are_refused(member: Consumer) -> None:
    source = TopicPartition(EVENTS.name, 0)
    with pytest.raises(NotOwner, match="events/0"):
        await member.commit({source: 1})
    with pytest.raises(NotOwner):
        await member.seek(source, 1)
    await owns_all(member)
    await member.commit({source: 0})


async def test_pausing_what_is_not_assigned_is_no_error(member: Consumer) -> None:
    member.pause(partitions_of(EVENTS))
    member.resume(partitions_of(EVENTS))
    await owns_all(member)
    assert member.assignment() == frozenset(partitions_of(EVENTS))


async def test_polls_that_are_cancelled_and_partitions_paused_meanwhile_lose_nothing(
    log: Log, member: Consumer
) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    await owns_all(member)
    read: list[Record] = []
    for number in range(60):
        polling = asyncio.create_task(member.poll(10, 1.0))
        await asyncio.sleep(chance.random() * 0.01)
        append = asyncio.create_task(log.append(event(number, f"realm-{number % 8}")))
        await asyncio.sleep(chance.random() * 0.02)
        polling.cancel()
        await asyncio.wait([polling])
        if not polling.cancelled():
            read += polling.result()
        await append
        some = chance.sample(partitions_of(EVENTS), 2)
        await asyncio.sleep(chance.random() * 0.02)
        member.pause(some)
        read += await member.poll(10, 0)
        member.resume(some)
    read += await poll_until(member, lambda records: len(records) >= 60 - len(read))
    assert sorted(numbers(read)) == list(range(60)), f"seed {seed}"
