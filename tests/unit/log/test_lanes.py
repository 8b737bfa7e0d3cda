"""The lanes alone, steered by the test: order within a key, coalescing, commits, turns."""

from __future__ import annotations

from shared.log.signals import PoisonRecord, RetryLater
from tests.unit.log.lanes_support import FIRST, SECOND, Handler, lanes_for, record, until


async def test_records_of_one_key_are_handled_one_after_the_other_and_other_keys_beside_them(handler: Handler) -> None:
    handler.gate(0)
    lanes = lanes_for(handler)
    lanes.submit([record(0, "a"), record(1, "b"), record(2, "a")])
    await until(lambda: 1 in handler.finished)
    assert handler.started == [(0,), (1,)]
    handler.gate(0).set()
    await until(lambda: lanes.queued == 0)
    assert handler.finished == [1, 0, 2]


async def test_the_same_key_in_two_partitions_is_two_entities(handler: Handler) -> None:
    handler.gate(0)
    lanes = lanes_for(handler)
    lanes.submit([record(0, "a", 0), record(1, "a", 1)])
    await until(lambda: handler.finished == [1])
    assert lanes.take_commits() == {SECOND: 2}
    handler.gate(0).set()
    await until(lambda: lanes.take_commits() == {FIRST: 1})


async def test_a_commit_never_goes_past_an_unfinished_record_and_is_taken_once(handler: Handler) -> None:
    handler.gate(11)
    lanes = lanes_for(handler)
    lanes.submit([record(10, "a"), record(11, "b"), record(12, "c")])
    await until(lambda: sorted(handler.finished) == [10, 12])
    assert lanes.take_commits() == {FIRST: 11}
    assert lanes.take_commits() == {}
    handler.gate(11).set()
    await until(lambda: lanes.queued == 0)
    assert lanes.take_commits() == {FIRST: 13}


async def test_a_record_delivered_twice_is_handled_once(handler: Handler) -> None:
    lanes = lanes_for(handler)
    lanes.submit([record(0), record(1)])
    await until(lambda: lanes.queued == 0)
    lanes.submit([record(0), record(1), record(2)])
    await until(lambda: lanes.queued == 0)
    assert handler.finished == [0, 1, 2]


async def test_coalescing_gives_all_records_queued_for_the_key_at_once(handler: Handler) -> None:
    handler.gate(0)
    lanes = lanes_for(handler, coalesce=True)
    lanes.submit([record(0, "a")])
    await until(lambda: handler.started == [(0,)])
    lanes.submit([record(1, "a"), record(2, "b"), record(3, "a")])
    handler.gate(0).set()
    await until(lambda: lanes.queued == 0)
    assert handler.started == [(0,), (2,), (1, 3)]
    assert lanes.take_commits() == {FIRST: 4}


async def test_a_retry_when_coalescing_includes_what_came_meanwhile(handler: Handler) -> None:
    handler.errors[0] = [RetryLater(0.05, "not there yet")]
    lanes = lanes_for(handler, coalesce=True)
    lanes.submit([record(0)])
    await until(lambda: handler.started == [(0,)])
    lanes.submit([record(1)])
    await until(lambda: lanes.queued == 0)
    assert handler.started == [(0,), (0, 1)]


async def test_poison_in_a_coalesced_batch_takes_only_the_poison_out(handler: Handler) -> None:
    handler.gate(0)
    handler.errors[2] = [PoisonRecord("no JSON"), PoisonRecord("no JSON")]
    lanes = lanes_for(handler, coalesce=True)
    lanes.submit([record(0), record(1), record(2), record(3)])
    handler.gate(0).set()
    await until(lambda: lanes.queued == 0)
    assert handler.started == [(0, 1, 2, 3), (0,), (1,), (2,), (3,)]
    assert handler.buried == [(2, "PoisonRecord")]
    assert handler.finished == [0, 1, 3]


async def test_after_poison_was_taken_out_records_are_coalesced_again(handler: Handler) -> None:
    handler.gate(0)
    handler.errors[1] = [PoisonRecord("no JSON"), PoisonRecord("no JSON")]
    lanes = lanes_for(handler, coalesce=True)
    lanes.submit([record(0), record(1)])
    await until(lambda: handler.started == [(0, 1)])
    lanes.submit([record(2), record(3)])
    handler.gate(0).set()
    await until(lambda: lanes.queued == 0)
    assert handler.started == [(0, 1), (0,), (1,), (2, 3)]


async def test_at_most_so_many_handlers_run_at_once_and_partitions_take_turns(handler: Handler) -> None:
    for offset in range(20):
        handler.gate(offset)
    lanes = lanes_for(handler, running=4)
    lanes.submit([record(offset, f"key {offset}") for offset in range(10)])
    lanes.submit([record(offset, f"key {offset}", 1) for offset in range(10, 12)])
    await until(lambda: len(handler.started) == 4)
    for offset in range(4):
        handler.gate(offset).set()
    await until(lambda: len(handler.started) == 8)
    assert lanes.running == 4
    assert {(10,), (11,)} <= set(handler.started)  # not behind the whole backlog of the first partition
    await lanes.revoke([FIRST, SECOND], 0)


async def test_a_held_partition_takes_records_and_starts_them_when_released(handler: Handler) -> None:
    lanes = lanes_for(handler)
    lanes.hold([FIRST])
    lanes.submit([record(0), record(1, "b", 1)])
    await until(lambda: handler.finished == [1])
    assert lanes.to_pause([FIRST, SECOND]) == {FIRST}
    lanes.release([FIRST])
    await until(lambda: handler.finished == [1, 0])
    assert lanes.to_pause([FIRST, SECOND]) == frozenset()
