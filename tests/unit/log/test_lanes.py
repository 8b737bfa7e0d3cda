"""The lanes alone: handlers are steered by the test, no log is needed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared import limits
from shared.log.lanes import Lanes
from shared.log.port import LogUnavailable, NotOwner, Record, TopicPartition
from shared.log.signals import CorruptRecord, DependencyDown, PoisonRecord, RetryLater, StopService, TooManyDeadLetters

FIRST, SECOND = TopicPartition("orders", 0), TopicPartition("orders", 1)


def record(offset: int, key: str = "a", partition: int = 0, value: bytes = b"{}") -> Record:
    return Record("orders", partition, offset, 1_700_000_000_000 + offset, key, value, {})


async def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - any condition, and none of them signals
            await asyncio.sleep(0.001)


class Handler:
    """Notes what it is given, and does for an offset what the test has laid down: errors to raise, gates to wait at."""

    def __init__(self) -> None:
        self.started: list[tuple[int, ...]] = []
        self.finished: list[int] = []
        self.buried: list[tuple[int, str]] = []
        self.errors: dict[int, list[BaseException]] = {}
        self.gates: dict[int, asyncio.Event] = {}
        self.bury_errors: list[Exception] = []

    async def __call__(self, records: Sequence[Record]) -> None:
        offsets = tuple(one.offset for one in records)
        self.started.append(offsets)
        for offset in offsets:
            if offset in self.gates:
                await self.gates[offset].wait()
            if self.errors.get(offset):
                raise self.errors[offset].pop(0)
        self.finished += offsets

    async def bury(self, one: Record, error: Exception) -> None:
        if self.bury_errors:
            raise self.bury_errors.pop(0)
        self.buried.append((one.offset, type(error).__name__))

    def gate(self, offset: int) -> asyncio.Event:
        return self.gates.setdefault(offset, asyncio.Event())


@pytest.fixture
def handler() -> Handler:
    return Handler()


def lanes_for(handler: Handler, *, coalesce: bool = False, running: int = 64, records: int = 2_000) -> Lanes:
    return Lanes(handler, bury=handler.bury, coalesce=coalesce, running=running, records=records, jitter=lambda: 0.0)


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


async def test_while_a_dependency_is_down_nothing_of_the_partition_starts_and_others_do(handler: Handler) -> None:
    handler.errors[10] = [DependencyDown(0.2, "down"), DependencyDown(0.1, "still down")]
    lanes = lanes_for(handler, running=1)
    lanes.submit([record(10, "a"), record(11, "b"), record(12, "c")])
    await until(lambda: lanes.retries == 1)
    lanes.submit([record(20, "a", 1), record(21, "b", 1)])
    await until(lambda: len(handler.finished) == 2)
    assert handler.finished == [20, 21]
    assert handler.started == [(10,), (20,), (21,)]
    assert lanes.to_pause([FIRST, SECOND]) == {FIRST}
    handler.gate(10)
    await until(lambda: handler.started[3:] == [(10,)])  # the probe, alone
    handler.gate(10).set()
    await until(lambda: lanes.queued == 0)
    assert handler.started[3:] == [(10,), (10,), (11,), (12,)]
    assert lanes.to_pause([FIRST, SECOND]) == frozenset()


async def test_while_the_probe_runs_the_rest_of_its_partition_waits(handler: Handler) -> None:
    handler.errors[0] = [DependencyDown(0.02, "down")]
    lanes = lanes_for(handler, running=8)
    handler.gate(0).set()
    lanes.submit([record(0, "a")])
    await until(lambda: lanes.retries == 1)
    handler.gates[0] = asyncio.Event()
    lanes.submit([record(1, "b"), record(2, "c")])
    await until(lambda: len(handler.started) == 2)
    assert handler.started == [(0,), (0,)]
    assert lanes.to_pause([FIRST]) == {FIRST}
    handler.gate(0).set()
    await until(lambda: lanes.queued == 0)
    assert sorted(handler.finished) == [0, 1, 2]


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


async def test_a_handler_cancelled_from_within_is_tried_again() -> None:
    handler = Handler()
    handler.errors[0] = [asyncio.CancelledError()]
    lanes = lanes_for(handler)
    lanes.submit([record(0)])
    await until(lambda: handler.finished == [0])
    assert lanes.take_commits() == {FIRST: 1}


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


OUTCOMES = st.sampled_from(["done", "retry", "down", "poison", "bug", "log gone"])


@settings(max_examples=200, deadline=None)
@given(
    keys=st.lists(st.sampled_from("abcd"), min_size=1, max_size=30),
    gaps=st.lists(st.integers(1, 3), min_size=30, max_size=30),
    choices=st.lists(st.tuples(st.integers(0, 10**6), OUTCOMES), max_size=80),
    revoke_after=st.none() | st.integers(0, 60),
    coalesce=st.booleans(),
)
def test_commits_are_the_contiguous_prefix_whatever_order_records_finish_or_fail_in(
    keys: list[str],
    gaps: list[int],
    choices: list[tuple[int, str]],
    revoke_after: int | None,
    coalesce: bool,
) -> None:
    asyncio.run(_scenario(keys, gaps, choices, revoke_after, coalesce))


async def _scenario(
    keys: list[str], gaps: list[int], choices: list[tuple[int, str]], revoke_after: int | None, coalesce: bool
) -> None:
    """The test is the handler: it holds every batch given out, and ends one of them at each step."""
    offsets = [sum(gaps[: number + 1]) for number in range(len(keys))]
    records = [record(offset, key) for offset, key in zip(offsets, keys, strict=True)]
    open_batches: list[tuple[tuple[Record, ...], asyncio.Future[None]]] = []
    finished: list[Record] = []
    unexpected: list[Exception] = []
    committed = -1

    async def handle(batch: Sequence[Record]) -> None:
        running = {one.key for taken, _ in open_batches for one in taken}
        assert not running & {one.key for one in batch}, "two handlers of one key at once"
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (tuple(batch), future)
        open_batches.append(entry)
        try:
            await future
            finished.extend(batch)
        finally:
            open_batches.remove(entry)

    async def bury(one: Record, error: Exception) -> None:
        finished.append(one)
        unexpected.extend([] if isinstance(error, PoisonRecord | KeyError) else [error])

    def check(commits: dict[TopicPartition, int]) -> None:
        nonlocal committed
        if FIRST in commits:
            assert commits[FIRST] > committed, "a commit went backwards"
            committed = commits[FIRST]
        done = {one.offset for one in finished}
        assert all(offset in done for offset in offsets if offset < committed), "committed past an unfinished record"

    lanes = Lanes(handle, bury=bury, coalesce=coalesce, jitter=lambda: 0.0)
    errors: dict[str, Callable[[], Exception]] = {
        "retry": lambda: RetryLater(0, ""),
        "down": lambda: DependencyDown(0, ""),
        "poison": lambda: PoisonRecord(""),
        "bug": lambda: KeyError("bug"),
        "log gone": lambda: LogUnavailable(""),
    }
    waiting = list(records)
    steps = 0
    plan = list(choices)
    while revoke_after is None or steps < revoke_after:
        lanes.submit(waiting[:3])
        del waiting[:3]
        for _ in range(5):  # tasks and timers that are due
            await asyncio.sleep(0)
        check(lanes.take_commits())
        if not open_batches:
            if not waiting and lanes.queued == 0:
                break
            await asyncio.sleep(0.01)
            continue
        choice, outcome = plan.pop() if plan else (0, "done")
        _, future = open_batches[choice % len(open_batches)]
        if outcome == "done":
            future.set_result(None)
        else:
            future.set_exception(errors[outcome]())
        steps += 1
    check(await lanes.revoke([FIRST], 0))
    for key in "abcd":
        seen = list(dict.fromkeys(one.offset for one in finished if one.key == key))
        assert seen == sorted(seen), "a key's records finished out of order"
    if revoke_after is None:
        assert {one.offset for one in finished} == set(offsets)
        assert committed == offsets[-1] + 1
    assert unexpected == []
    assert lanes.failure is None
    assert lanes.running == 0
