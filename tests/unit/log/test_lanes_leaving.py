"""Partitions that go to another owner: what may still finish, and what is committed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from shared.log.lanes import Lanes
from shared.log.port import NotOwner, Record
from tests.unit.log.lanes_support import FIRST, SECOND, Handler, lanes_for, record, until


async def test_a_partition_that_went_to_another_is_dropped_without_a_commit(handler: Handler) -> None:
    handler.gate(1)
    handler.errors[0] = [NotOwner("moved")]
    lanes = lanes_for(handler)
    lanes.submit([record(0, "a"), record(1, "b"), record(2, "a"), record(3, "a", 1)])
    await until(lambda: lanes.running == 0)
    lanes.submit([record(4, "c")])
    assert lanes.queued == 0
    assert lanes.take_commits() == {SECOND: 4}
    assert handler.finished == [3]
    assert await lanes.revoke([FIRST], 0) == {}
    lanes.submit([record(0, "a")])  # assigned again: a new beginning
    await until(lambda: lanes.take_commits() == {FIRST: 1})


async def test_what_was_finished_before_a_partition_went_to_another_is_not_committed_any_more(handler: Handler) -> None:
    handler.errors[1] = [NotOwner("moved")]
    lanes = lanes_for(handler)
    lanes.submit([record(0, "a"), record(1, "b")])
    await until(lambda: lanes.running == 0)
    assert handler.finished == [0]
    assert lanes.take_commits() == {}


async def test_revoking_lets_running_handlers_finish_and_starts_no_more(handler: Handler) -> None:
    handler.gate(0)
    lanes = lanes_for(handler)
    lanes.submit([record(0, "a"), record(1, "a")])
    await until(lambda: handler.started == [(0,)])
    revoking = asyncio.create_task(lanes.revoke([FIRST], 5))
    await asyncio.sleep(0)
    lanes.submit([record(2, "b")])
    handler.gate(0).set()
    assert await revoking == {FIRST: 1}
    assert handler.started == [(0,)]
    assert lanes.queued == 0


async def test_revoking_cancels_what_doesnt_finish_in_time_and_never_commits_it(handler: Handler) -> None:
    handler.gate(1)
    lanes = lanes_for(handler)
    lanes.submit([record(0, "a"), record(1, "b"), record(2, "c")])
    await until(lambda: sorted(handler.finished) == [0, 2])
    assert await lanes.revoke([FIRST], 0.01) == {FIRST: 1}
    assert lanes.running == 0
    assert lanes.take_commits() == {}


async def test_a_handler_that_swallows_its_cancellation_is_not_committed_either() -> None:
    async def stubborn(_: Sequence[Record]) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return

    handler = Handler()
    lanes = Lanes(stubborn, bury=handler.bury)
    lanes.submit([record(0)])
    await asyncio.sleep(0)
    assert await lanes.revoke([FIRST], 0.01) == {}
    assert lanes.take_commits() == {}
    assert lanes.running == 0


async def test_a_handler_that_outlives_its_partition_finishes_nothing() -> None:
    async def handle(records: Sequence[Record]) -> None:
        if records[0].key == "moved":
            raise NotOwner("moved")
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)

    lanes = Lanes(handle, bury=Handler().bury)
    lanes.submit([record(0, "stubborn"), record(1, "moved")])
    await until(lambda: lanes.running == 0)
    assert lanes.take_commits() == {}
    assert lanes.finished == 0
    assert lanes.queued == 0
