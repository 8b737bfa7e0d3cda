"""Behaviour of both logs: what an append promises."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict

import pytest

from shared import limits
from shared.log.partitions import partition_for
from shared.log.port import Log, LogError, NewRecord, Position, RecordTooLarge, TopicPartition
from tests.support.log_factory import LogFactory
from tests.support.log_reading import EVENTS, STATE, append_events, event, numbers, partitions_of, read_everything


@pytest.fixture
async def log(any_log: Log) -> Log:
    await any_log.ensure_topics([EVENTS, STATE])
    return any_log


async def test_records_of_a_partition_are_read_in_the_order_appended_and_at_the_positions_told(log: Log) -> None:
    positions = await append_events(log, 40)
    read = await read_everything(log, partitions_of(EVENTS))
    assert sorted((record.position, int(record.value or b"")) for record in read) == sorted(
        zip(positions, range(40), strict=True)
    )
    by_partition = defaultdict(list)
    for record in read:
        by_partition[record.source].append((record.offset, int(record.value or b"")))
    assert len(by_partition) > 1
    for pairs in by_partition.values():
        assert pairs == sorted(pairs)


async def test_concurrent_appends_get_distinct_offsets_without_a_gap(log: Log) -> None:
    positions = await asyncio.gather(*(log.append(event(number)) for number in range(300)))
    (partition,) = {position.partition for position in positions}
    assert sorted(position.offset for position in positions) == list(range(300))
    assert len(await read_everything(log, [TopicPartition(EVENTS.name, partition)])) == 300


async def test_all_of_a_realm_goes_to_one_partition_whatever_the_key(log: Log) -> None:
    for realm in ("9341452", "1234567890", "sandbox"):
        position = await log.append(event(1, realm))
        other_key = await log.append(NewRecord(EVENTS.name, "other", b"x", realm))
        same_realm_other_topic = await log.append(NewRecord(STATE.name, "k", b"x", realm))
        assert position.partition == partition_for(realm, EVENTS.partitions)
        assert other_key.partition == same_realm_other_topic.partition == position.partition


async def test_key_value_and_headers_come_back_unchanged(log: Log) -> None:
    headers = {"event-id": "7", "cause": "webhook", "empty": "", "text": "Grüße, 注文 ✓"}
    value = bytes(range(256))
    before_ms = time.time() * 1000 - 1000
    position = await log.append(NewRecord(EVENTS.name, "shop:order:Ä1", value, "r", headers))
    (record,) = await read_everything(log, partitions_of(EVENTS))
    assert (record.key, record.value, record.headers) == ("shop:order:Ä1", value, headers)
    assert record.position == Position(EVENTS.name, position.partition, position.offset)
    assert before_ms < record.timestamp_ms < time.time() * 1000 + 1000


async def test_a_tombstone_is_read_as_none_and_an_empty_value_as_empty(log: Log) -> None:
    await log.append(NewRecord(STATE.name, "k", None, "r"))
    await log.append(NewRecord(STATE.name, "k", b"", "r"))
    assert [record.value for record in await read_everything(log, partitions_of(STATE))] == [None, b""]


async def test_the_largest_allowed_record_is_taken_and_one_byte_more_refused(log: Log) -> None:
    largest = b"x" * (limits.RECORD_MAX_BYTES - len("key"))
    await log.append(NewRecord(EVENTS.name, "key", largest, "r"))
    with pytest.raises(RecordTooLarge, match=str(limits.RECORD_MAX_BYTES)):
        await log.append(NewRecord(EVENTS.name, "key", largest + b"x", "r"))
    await log.append(event(2, "r"))
    read = await read_everything(log, partitions_of(EVENTS))
    assert [record.value == largest for record in read] == [True, False]


async def test_an_append_to_a_topic_that_nobody_created_is_an_error_within_the_time_limit(
    open_log: LogFactory,
) -> None:
    log = await open_log(call_seconds=1.5)
    started = time.monotonic()
    with pytest.raises(LogError):
        await log.append(NewRecord("no-such-topic", "k", b"x", "r"))
    assert time.monotonic() - started < 4


async def test_another_handle_sees_the_records_and_the_same_identity(log: Log, open_log: LogFactory) -> None:
    await append_events(log, 10)
    other = await open_log()
    assert sorted(numbers(await read_everything(other, partitions_of(EVENTS)))) == list(range(10))
    assert await other.identity() == await log.identity() != ""
    await other.append(event(10))
    assert 10 in numbers(await read_everything(log, partitions_of(EVENTS)))
