"""Back-pressure: which partitions are paused when records pile up."""

from __future__ import annotations

from shared import limits
from shared.log.lanes import Lanes
from tests.unit.log.lanes_support import FIRST, SECOND, Handler, lanes_for, record, until


async def test_a_hanging_handler_pauses_its_partition_at_its_share_and_not_the_others(handler: Handler) -> None:
    handler.gate(0)
    lanes = Lanes(handler, bury=handler.bury, records=100, partition_records=10)
    lanes.submit([record(offset, "stuck") for offset in range(10)])
    assert lanes.to_pause([FIRST, SECOND]) == {FIRST}
    lanes.submit([record(offset, "b", 1) for offset in range(100, 110)])
    await until(lambda: lanes.queued == 10)
    assert lanes.to_pause([FIRST, SECOND]) == {FIRST}
    handler.gate(0).set()
    await until(lambda: lanes.queued == 0)
    assert lanes.to_pause([FIRST, SECOND]) == frozenset()


async def test_all_partitions_pause_when_the_room_is_used_up_until_half_of_it_is_free(handler: Handler) -> None:
    lanes = Lanes(handler, bury=handler.bury, records=10, partition_records=10)
    for offset in range(10):
        handler.gate(offset)
    lanes.submit([record(offset, f"key {offset}") for offset in range(10)])
    assert lanes.room == 0
    assert lanes.to_pause([FIRST, SECOND]) == {FIRST, SECOND}
    for offset in range(4):
        handler.gate(offset).set()
    await until(lambda: lanes.queued == 6)
    assert lanes.to_pause([FIRST, SECOND]) == {FIRST, SECOND}
    handler.gate(4).set()
    await until(lambda: lanes.queued == 5)
    assert lanes.to_pause([FIRST, SECOND]) == frozenset()


async def test_large_values_use_up_the_room_too(handler: Handler) -> None:
    handler.gate(0)
    lanes = lanes_for(handler)
    value = bytes(limits.LANES_BYTES // 2)
    lanes.submit([record(0, "a", value=value), record(1, "a", value=value)])
    assert lanes.to_pause([SECOND]) == {SECOND}


async def test_records_finished_behind_a_stuck_one_are_bounded(handler: Handler) -> None:
    handler.gate(0)
    lanes = lanes_for(handler, records=10**6)
    lanes.submit([record(0, "stuck")])
    for begin in range(1, limits.LANES_PARTITION_OFFSETS, 100):
        lanes.submit([record(offset, f"key {offset}") for offset in range(begin, begin + 100)])
        await until(lambda: lanes.queued == 1)
    assert lanes.to_pause([FIRST]) == {FIRST}
