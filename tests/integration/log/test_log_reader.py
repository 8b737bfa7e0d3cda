"""Behaviour of both logs: readers and offsets."""

from __future__ import annotations

import asyncio
import time

import pytest

from shared.log.port import Log, LogError, TopicPartition
from tests.support.log_factory import LogFactory
from tests.support.log_reading import (
    EVENTS,
    PATIENCE_SECONDS,
    append_events,
    event,
    numbers,
    partitions_of,
    read_everything,
)


@pytest.fixture
async def log(any_log: Log) -> Log:
    await any_log.ensure_topics([EVENTS])
    return any_log


async def test_start_and_end_offsets_of_an_empty_and_of_a_filled_partition(log: Log) -> None:
    sources = partitions_of(EVENTS)
    assert await log.start_offsets(sources) == await log.end_offsets(sources) == dict.fromkeys(sources, 0)
    positions = [await log.append(event(number)) for number in range(5)]
    source = TopicPartition(EVENTS.name, positions[0].partition)
    assert (await log.end_offsets(sources))[source] == positions[-1].offset + 1 == 5
    assert (await log.start_offsets(sources))[source] == 0


async def test_a_reader_starts_where_it_is_told_and_its_position_follows(log: Log) -> None:
    positions = [await log.append(event(number)) for number in range(10)]
    source = TopicPartition(EVENTS.name, positions[0].partition)
    reader = log.reader()
    await reader.start()
    await reader.assign({source: 6})
    assert reader.position(source) == 6
    first = await reader.poll(2, PATIENCE_SECONDS)
    assert (numbers(first), reader.position(source)) == ([6, 7], 8)
    assert numbers(await reader.poll(100, PATIENCE_SECONDS)) == [8, 9]
    assert reader.position(source) == 10
    await reader.assign({source: 9})
    assert numbers(await reader.poll(100, PATIENCE_SECONDS)) == [9]
    await reader.close()


async def test_a_poll_gives_at_most_as_many_records_as_asked_and_starves_no_partition(log: Log) -> None:
    await append_events(log, 40)
    reader = log.reader()
    await reader.start()
    await reader.assign(dict.fromkeys(partitions_of(EVENTS), 0))
    seen: list[int] = []
    sources = set()
    until = time.monotonic() + PATIENCE_SECONDS
    while len(seen) < 40:
        assert time.monotonic() < until
        records = await reader.poll(7, 0.5)
        assert len(records) <= 7
        seen += numbers(records)
        sources |= {record.source for record in records}
    assert sorted(seen) == list(range(40))
    assert len(sources) > 1
    await reader.close()


async def test_an_empty_poll_waits_its_time_and_no_longer(log: Log) -> None:
    reader = log.reader()
    await reader.start()
    await reader.assign(dict.fromkeys(partitions_of(EVENTS), 0))
    started = time.monotonic()
    assert await reader.poll(10, 0.4) == []
    assert 0.3 < time.monotonic() - started < 2
    await reader.close()


async def test_a_waiting_poll_returns_soon_after_an_append_by_anyone(log: Log, open_log: LogFactory) -> None:
    other = await open_log()
    reader = log.reader()
    await reader.start()
    await reader.assign(dict.fromkeys(partitions_of(EVENTS), 0))
    for number, writer in enumerate([log, other]):
        waiting = asyncio.create_task(reader.poll(10, PATIENCE_SECONDS))
        await asyncio.sleep(0.2)  # the poll is under way by then; if not, the test only proves less
        started = time.monotonic()
        await writer.append(event(number))
        assert numbers(await waiting) == [number]
        assert time.monotonic() - started < 2
    await reader.close()


async def test_a_position_that_is_not_read_is_an_error(log: Log) -> None:
    reader = log.reader()
    await reader.start()
    with pytest.raises(LogError):
        reader.position(TopicPartition(EVENTS.name, 0))
    await reader.close()


async def test_two_readers_do_not_disturb_one_another(log: Log) -> None:
    await append_events(log, 12)
    first, second = await asyncio.gather(
        read_everything(log, partitions_of(EVENTS)), read_everything(log, partitions_of(EVENTS))
    )
    assert sorted(numbers(first)) == sorted(numbers(second)) == list(range(12))
