"""What the lanes do when a handler fails: waits, dead letters, stops."""

from __future__ import annotations

import asyncio

import pytest

from shared import limits
from shared.log.lanes import Lanes
from shared.log.port import LogUnavailable, Record
from shared.log.signals import CorruptRecord, PoisonRecord, RetryLater, StopService, TooManyDeadLetters
from tests.unit.log.lanes_support import FIRST, Handler, lanes_for, record, until


async def test_retry_later_keeps_the_order_of_its_lane_and_others_go_on(handler: Handler) -> None:
    handler.errors[0] = [RetryLater(0.1, "slow"), RetryLater(0.1, "slow")]
    lanes = lanes_for(handler, running=1)
    lanes.submit([record(0, "a"), record(1, "a"), record(2, "b"), record(3, "b")])
    await until(lambda: 3 in handler.finished)
    assert handler.finished == [2, 3]
    assert lanes.take_commits() == {}
    await until(lambda: lanes.queued == 0)
    assert handler.finished == [2, 3, 0, 1]
    assert lanes.retries == 2
    assert lanes.take_commits() == {FIRST: 4}


async def test_one_entity_that_waits_again_and_again_keeps_nobody_of_its_partition_waiting(handler: Handler) -> None:
    handler.errors[0] = [RetryLater(0.02, "its realm is down") for _ in range(20)]
    lanes = lanes_for(handler, running=1)
    lanes.submit([record(0, "a"), *(record(offset, f"b{offset}") for offset in range(1, 30))])
    await until(lambda: len(handler.finished) == 29)
    assert 0 not in handler.finished
    assert lanes.to_pause([FIRST]) == frozenset()
    assert lanes.take_commits() == {}


async def test_a_record_counts_as_finished_only_when_its_dead_letter_is_written(handler: Handler) -> None:
    handler.errors[0] = [PoisonRecord("bad"), PoisonRecord("bad")]
    handler.bury_errors = [LogUnavailable("gone")]
    written = asyncio.Event()
    plain_bury = handler.bury

    async def slow_bury(one: Record, error: Exception) -> None:
        await plain_bury(one, error)
        await written.wait()

    lanes = Lanes(handler, bury=slow_bury, jitter=lambda: 0.0)
    lanes.submit([record(0), record(1, "b")])
    await until(lambda: handler.buried == [(0, "PoisonRecord")])
    assert lanes.retries == 1  # the log was gone at first: tried again, not lost
    assert lanes.take_commits() == {}
    written.set()
    await until(lambda: lanes.queued == 0)
    assert lanes.take_commits() == {FIRST: 2}


async def test_an_unexpected_error_is_a_dead_letter_with_its_class(handler: Handler) -> None:
    handler.errors[0] = [ZeroDivisionError("bug")]
    lanes = lanes_for(handler)
    lanes.submit([record(0), record(1)])
    await until(lambda: lanes.queued == 0)
    assert handler.buried == [(0, "ZeroDivisionError")]
    assert handler.finished == [1]


@pytest.mark.parametrize("error", [CorruptRecord("state is nonsense"), TooManyDeadLetters("flood")])
async def test_an_error_that_stops_the_service_finishes_nothing_and_starts_nothing_more(
    handler: Handler, error: StopService
) -> None:
    handler.errors[0] = [error]
    lanes = lanes_for(handler, running=1)
    lanes.submit([record(0, "a"), record(1, "b")])
    await until(lambda: lanes.failure is not None)
    await until(lambda: lanes.running == 0)
    assert lanes.failure is error
    assert handler.started == [(0,)]
    assert handler.buried == []
    assert await lanes.revoke([FIRST], 0) == {}


async def test_the_log_being_gone_is_retried_with_growing_waits_for_that_lane(handler: Handler) -> None:
    handler.errors[0] = [LogUnavailable("gone"), LogUnavailable("gone")]
    lanes = lanes_for(handler)
    loop = asyncio.get_running_loop()
    begin = loop.time()
    lanes.submit([record(0)])
    await until(lambda: lanes.queued == 0)
    assert loop.time() - begin >= limits.RETRY_FIRST_SECONDS * 1.5 * 0.99  # half of 1 + half of 2, without jitter
    assert handler.buried == []
    assert handler.finished == [0]


async def test_a_handler_cancelled_from_within_is_tried_again() -> None:
    handler = Handler()
    handler.errors[0] = [asyncio.CancelledError()]
    lanes = lanes_for(handler)
    lanes.submit([record(0)])
    await until(lambda: handler.finished == [0])
    assert lanes.take_commits() == {FIRST: 1}
