"""Behaviour of both logs: no call waits for ever, and the error says whether anything was done."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Iterator
from contextlib import closing, contextmanager

import pytest

from shared.log.embedded import EmbeddedLog
from shared.log.kafka import KafkaLog
from shared.log.port import AppendUnknown, Log, LogUnavailable, TopicPartition
from tests.support.kafka_broker import Broker, free_port
from tests.support.log_factory import LogFactory
from tests.support.log_reading import EVENTS, event, eventually, numbers, partitions_of, poll_until, read_everything

CALL_SECONDS = 1.0
SLACK_SECONDS = 1.5  # of a busy machine


async def raises_in_time(call: Awaitable[object], expected: type[Exception] = LogUnavailable) -> Exception:
    started = time.monotonic()
    with pytest.raises(expected) as raised:
        await call
    assert time.monotonic() - started < CALL_SECONDS + SLACK_SECONDS
    return raised.value


@contextmanager
def write_locked(address: str) -> Iterator[None]:
    """The file's write lock, taken as another process would."""
    with closing(sqlite3.connect(address.split(":", 1)[1], isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def frozen(broker: Broker) -> Iterator[None]:
    broker.freeze()
    try:
        yield
    finally:
        broker.thaw()


async def test_embedded_calls_on_a_locked_file_end_in_time_and_nothing_was_done(open_embedded: LogFactory) -> None:
    log = await open_embedded(call_seconds=CALL_SECONDS)
    await log.ensure_topics([EVENTS])
    await log.append(event(0))
    consumer = log.consumer("group", [EVENTS.name])
    await consumer.start()
    await poll_until(consumer, bool)
    with write_locked(open_embedded.address):
        errors = await asyncio.gather(*(raises_in_time(log.append(event(number))) for number in range(1, 50)))
        assert not any(isinstance(error, AppendUnknown) for error in errors)
        assert "locked" in str(errors[0])
        await raises_in_time(consumer.commit({TopicPartition(EVENTS.name, 0): 1}))
        assert numbers(await read_everything(log, partitions_of(EVENTS))) == [0]
    await log.append(event(100))
    assert numbers(await read_everything(log, partitions_of(EVENTS))) == [0, 100]
    await consumer.close()


async def test_kafka_calls_on_a_broker_that_hangs_end_in_time_and_work_again_when_it_wakes(
    open_kafka: LogFactory, kafka_broker: Broker
) -> None:
    log = await open_kafka(call_seconds=CALL_SECONDS)
    await log.ensure_topics([EVENTS])
    await log.append(event(0))
    consumer = log.consumer("group", [EVENTS.name])
    await consumer.start()
    await poll_until(consumer, bool)
    other = log.consumer("other", [EVENTS.name])
    with frozen(kafka_broker):
        await raises_in_time(log.append(event(1)), AppendUnknown)
        await raises_in_time(log.end_offsets(partitions_of(EVENTS)))
        await raises_in_time(log.identity())
        await raises_in_time(consumer.commit({sorted(consumer.assignment())[0]: 1}))
        started = time.monotonic()
        assert await consumer.poll(10, 0.5) == []
        assert time.monotonic() - started < 0.5 + SLACK_SECONDS
        await raises_in_time(other.start())

    async def awake() -> bool:
        try:
            await log.append(event(2))
        except LogUnavailable:
            return False
        return True

    await eventually(awake)
    read = numbers(await read_everything(log, partitions_of(EVENTS)))
    assert read[0] == 0
    assert read[-1] == 2
    assert read.count(1) <= 1  # its outcome was unknown; the idempotent producer may have delivered it, but once
    await consumer.close()


async def test_kafka_closes_in_time_while_the_broker_hangs(
    open_kafka: LogFactory, kafka_broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.limits.KAFKA_CONNECTION_SECONDS", 1.0)
    others = asyncio.all_tasks()
    log = await open_kafka(call_seconds=CALL_SECONDS)
    await log.ensure_topics([EVENTS])
    await log.append(event(0))
    consumer = log.consumer("group", [EVENTS.name])
    await consumer.start()
    await poll_until(consumer, lambda _: bool(consumer.assignment()))
    with frozen(kafka_broker):
        await raises_in_time(log.append(event(1)), AppendUnknown)
        started = time.monotonic()
        await consumer.close()
        await log.close()
        assert time.monotonic() - started < 10
        left = asyncio.all_tasks() - others
        assert not left, "tasks that would go on trying to reach the broker"


async def test_kafka_that_is_not_there_is_unavailable_at_the_start() -> None:
    log = KafkaLog(f"127.0.0.1:{free_port()}", client_id="test", call_seconds=CALL_SECONDS)
    await raises_in_time(log.start())


async def test_a_closed_log_takes_nothing_and_closing_twice_is_harmless(any_log: Log) -> None:
    await any_log.ensure_topics([EVENTS])
    await any_log.append(event(0))
    await any_log.close()
    await any_log.close()
    with pytest.raises(LogUnavailable):
        await any_log.append(event(1))


async def test_appends_under_way_are_finished_by_close(any_log: Log, open_log: LogFactory) -> None:
    await any_log.ensure_topics([EVENTS])
    await any_log.append(event(0))
    under_way = [asyncio.create_task(any_log.append(event(number))) for number in range(1, 100)]
    await asyncio.sleep(0)
    await any_log.close()
    results = await asyncio.gather(*under_way, return_exceptions=True)
    done = [result for result in results if not isinstance(result, BaseException)]
    assert all(isinstance(result, LogUnavailable) for result in results if result not in done)
    assert done
    kept = numbers(await read_everything(await open_log(), partitions_of(EVENTS)))
    assert len(kept) >= 1 + len(done)


async def test_embedded_close_fails_what_it_can_not_finish_in_time(
    open_embedded: LogFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.limits.LOG_CLOSE_SECONDS", 0.3)
    log = await open_embedded()
    assert isinstance(log, EmbeddedLog)
    await log.ensure_topics([EVENTS])
    with write_locked(open_embedded.address):
        waiting = asyncio.create_task(log.append(event(1)))
        await asyncio.sleep(0)
        started = time.monotonic()
        await log.close()
        with pytest.raises(LogUnavailable, match="closed"):
            await waiting
        assert time.monotonic() - started < 2
